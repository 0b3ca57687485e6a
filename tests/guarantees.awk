# SPDX-License-Identifier: MIT
# What tests/guarantees-doc prints: see there. Input: kind, file, name.

function complain(text)
{
    print "guarantees: " text > "/dev/stderr"
    bad = 1
}

function trim(text)
{
    gsub(/^ +| +$/, "", text)
    return text
}

# A test or a fuzz target of an id; one line a file.
function prove(id, file, what,    key)
{
    if (!(id in promise)) {
        complain(file ": " what " names " id ", which does not exist")
        return
    }
    key = id SUBSEP file
    if (!(key in proofs)) {
        files[id] = files[id] file "\n"
        proofs[key] = what
    } else
        proofs[key] = proofs[key] ", " what
}

function ids_take(file, name,    rest, id)
{
    rest = name
    while (match(rest, /^(P[0-9]+[._][0-9]+|B[0-9]+)[_ :,.]+/)) {
        id = substr(rest, 1, RLENGTH)
        rest = substr(rest, RLENGTH + 1)
        gsub(/[_ :,.]+$/, "", id)
        sub(/_/, ".", id)
        if (kind == "c" || id ~ /^P/ || (file, id) in declared)
            prove(id, file, "`" name "`")
    }
    known[name] = file
}

BEGIN {
    while ((getline line < table) > 0) {
        if (line ~ /^(#|$)/)
            continue
        if (split(line, part, / \| /) == 3) {
            ids[++id_count] = part[1]
            how[part[1]] = part[2]
            promise[part[1]] = part[3]
        } else {
            classes[++class_count] = line
        }
    }
}

{ kind = $1 }
kind == "declared" {
    count = split($3, word, " ")
    for (i = 1; i <= count; i++) {
        declared[$2, word[i]] = 1
        if (!(word[i] in promise))
            complain($2 " declares " word[i] ", which does not exist")
    }
}
kind == "c" || kind == "bats" { ids_take($2, $3) }
kind == "fuzz" {
    count = split($3, word, " ")
    for (i = 1; i <= count; i++)
        if (word[i] in promise)
            fuzzers[word[i]] = fuzzers[word[i]] " `" $2 "`"
        else
            complain($2 " names " word[i] ", which does not exist")
}

function show_id(id,    count, i, file)
{
    print "\n### " id "\n\n" promise[id] "\n\nBy " how[id] "."
    if (files[id] == "")
        complain(id " has no test")
    print ""
    count = split(files[id], file, "\n")
    for (i = 1; i < count; i++)
        print "* `" file[i] "`: " proofs[id, file[i]]
    if (fuzzers[id] != "") {
        gsub(/` `/, "`, `", fuzzers[id])
        print "* fuzzed by" fuzzers[id]
    }
}

function anchor(id)
{
    gsub(/\./, "", id)
    return tolower(id)
}

function show_class(line,    part, word, count, i, by)
{
    split(line, part, / \| /)
    count = split(part[4], word, " ")
    for (i = 1; i <= count; i++) {
        if (word[i] in promise)
            by = by ", [" word[i] "](#" anchor(word[i]) ")"
        else if (word[i] in known)
            by = by ", `" word[i] "`"
        else if (word[i] != "-")
            complain("class " part[1] ": no test is named " word[i])
    }
    print "| " part[1] " | " part[3] " | " part[2] " | " substr(by, 3) " |"
}

END {
    print "<!-- SPDX-License-Identifier: MIT -->"
    print "<!-- Made by `make guarantees-doc`; the sentences are in"
    print "     tests/guarantees.txt, the rest is what the tests are named. -->"
    while ((getline line < "tests/guarantees.head") > 0)
        print line
    print "\n## The promises"
    for (i = 1; i <= id_count; i++)
        show_id(ids[i])
    print "\n## Bug classes\n"
    print "| # | class | closed by | proof |\n|---|---|---|---|"
    for (i = 1; i <= class_count; i++)
        show_class(classes[i])
    exit bad
}
