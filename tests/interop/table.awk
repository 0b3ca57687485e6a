# SPDX-License-Identifier: MIT
# Results of several hosts (files CHECK <tab> ok|FAIL|skip <tab> text, each
# named like its host) as one Markdown table, with the reasons below it.
BEGIN { FS = "\t" }

FNR == 1 {
    host[++hosts] = FILENAME
    sub(/.*\//, "", host[hosts])
    sub(/^upstream-/, "", host[hosts])
}

{
    if ($1 == "*") {
        all[hosts] = $2
    } else if (!($1 in row)) {
        row[$1] = ++rows
        name[rows] = $1
    }
    word[$1, hosts] = $2
    if ($2 != "ok")
        explain(($1 == "*" ? "all" : $1) " (" $2 "): " $3, host[hosts])
}

# The same reason for several hosts is one line.
function explain(text, where) {
    if (!(text in hosts_of)) {
        reason[++reasons] = text
        hosts_of[text] = where
    } else {
        hosts_of[text] = hosts_of[text] ", " where
    }
}

# A check that a host does not have is left blank.
function cell(what) {
    return what == "FAIL" ? "**FAIL**" : what == "skip" ? "–" : what
}

END {
    line = "| check |"
    rule = "|---|"
    for (h = 1; h <= hosts; h++) {
        line = line " " host[h] " |"
        rule = rule "---|"
    }
    print line
    print rule
    for (r = 1; r <= rows; r++) {
        line = "| " name[r] " |"
        for (h = 1; h <= hosts; h++)
            line = line " " cell(h in all ? all[h] : word[name[r], h]) " |"
        print line
    }
    if (reasons)
        print ""
    for (i = 1; i <= reasons; i++)
        print "* " hosts_of[reason[i]] ": " reason[i]
}
