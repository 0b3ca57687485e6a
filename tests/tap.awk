# SPDX-License-Identifier: MIT
# Reads one suite's TAP (cmocka's or bats'). Prints a line for people, the
# failures in full (everything with verbose=1), and writes to the file RESULT
# one line a test: ok|fail|skip, tab, suite, tab, test, tab, reason. Lines
# `# figure: …` are shown whatever the outcome.
#
# Variables: suite, status (of the command), allowed (file of allowed skips,
# "" = every skip is allowed), result, verbose.

function glob_matches(text, glob,    re)
{
    re = glob
    gsub(/[][.+(){}^$|\\]/, "\\\\&", re)
    gsub(/\*/, ".*", re)
    return text ~ ("^" re "$")
}

function skip_is_allowed(test,    i)
{
    if (allowed == "")
        return 1
    for (i = 1; i <= patterns; i++)
        if (glob_matches(suite, suite_glob[i]) &&
            glob_matches(test, test_glob[i]))
            return 1
    return 0
}

function record(outcome, test, reason)
{
    count[outcome]++
    printf "%s\t%s\t%s\t%s\n", outcome, suite, test, reason > result
}

function fail(test, reason)
{
    record("fail", test, reason)
    in_failure = 1
    details = details "    FAIL " test (reason == "" ? "" : ": " reason) "\n"
}

function skip(test, reason)
{
    if (!skip_is_allowed(test)) {
        fail(test, "skipped, but not listed in tests/allowed-skips: " reason)
        return
    }
    record("skip", test, reason)
    if (reason != last_reason)
        notes = notes "    skip " test ": " reason "\n"
    last_reason = reason
}

BEGIN {
    printf "" > result
    if (allowed != "")
        while ((getline line < allowed) > 0)
            if (line !~ /^[ \t]*(#|$)/ && match(line, /[ \t]+/)) {
                suite_glob[++patterns] = substr(line, 1, RSTART - 1)
                test_glob[patterns] = substr(line, RSTART + RLENGTH)
            }
}

verbose { print }

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1; next }

/^(not )?ok [0-9]+/ {
    in_failure = 0
    is_ok = ($1 == "ok")
    text = $0
    sub(/^(not )?ok [0-9]+ *(- *)?/, "", text)
    seen++
    if (match(text, /# *[sS][kK][iI][pP]/)) {
        test = substr(text, 1, RSTART - 1)
        reason = substr(text, RSTART + RLENGTH)
        gsub(/^[ \t(]+|[ \t)]+$/, "", reason)
        sub(/ +$/, "", test)
        if (test == "") {
            # cmocka puts the test's name where the reason belongs, and
            # tests/unit/test.h's skip_because has printed the reason
            test = reason
            reason = because
        }
        because = ""
        skip(test, reason == "" ? "no reason given" : reason)
    } else if (is_ok) {
        record("ok", text, "")
    } else {
        fail(text, "")
    }
    next
}

/^# figure: / { notes = notes "    " substr($0, 11) "\n"; next }
/^# skip: / { because = substr($0, 9); next }

in_failure { details = details "      " $0 "\n"; next }
!/^# *(ok|not ok) - / && !/^(1\.\.|#)/ { stray = stray "      " $0 "\n" }

END {
    if (seen == 0)
        fail("(suite)", "ran no test")
    else if (planned && seen != plan)
        fail("(suite)", seen " of " plan " tests ran")
    if (status == 124 || status == 137)
        fail("(suite)", "did not end in time and was stopped")
    else if (status != 0 && count["fail"] == 0)
        fail("(suite)", "ended with status " status)
    printf "  %-6s %-34s %3d passed", count["fail"] ? "FAIL" : "ok", suite,
        count["ok"]
    if (count["fail"])
        printf ", %d failed", count["fail"]
    if (count["skip"])
        printf ", %d skipped", count["skip"]
    print ""
    printf "%s%s", notes, details
    if (count["fail"] && stray != "" && !verbose)
        printf "    output of %s:\n%s", suite, stray
}
