#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl new: projects that build and test themselves.

load helpers

# project_works WORD...: made by hl new WORD... project, it passes its test
project_works() {
    run -0 hl new "$@"
    local dir=${*: -1}
    run -0 make -s -C "$dir" test
    [[ $output == *"all tests passed"* ]]
    run -0 make -s -C "$dir" run
    run -0 make -s -C "$dir"
    [ -z "$output" ]
}

@test "a project of functions builds and tests itself" {
    hl doctor >/dev/null || skip "no backend works here"
    project_works first
    [ -f first/first.c ]
}

@test "--job" {
    hl doctor >/dev/null || skip "no backend works here"
    project_works --job a-job
    [ -f a-job/a_job.c ]
}

@test "--main" {
    hl doctor >/dev/null || skip "no backend works here"
    project_works --main prog
}

@test "--host" {
    hl doctor >/dev/null || skip "no backend works here"
    project_works --host embed
}

@test "any folder name will do" {
    hl doctor >/dev/null || skip "no backend works here"
    project_works "2 words & \$more 'quoted'"
    project_works "größe"
    mkdir int
    cd int
    project_works .
    [ -f int.c ]
}

@test "a folder that holds something is refused and left alone" {
    mkdir full
    touch full/.hidden
    hl_fails 125 new full
    says "full is not empty, and nothing was changed"
    [ "$(ls -A full)" = .hidden ]
    touch file
    hl_fails 125 new file
    hl_fails 125 new no/such/parent
}

@test "a failure leaves nothing half-written" {
    # Room for the first bytes of a file only: writing fails in the middle.
    run -125 bash -c "trap '' XFSZ; ulimit -f 1; exec hl new --host half 2>&1"
    [[ $output == *"cannot write into half"*"nothing was left there"* ]]
    [ ! -e half ]
    mkdir empty
    run -125 bash -c "trap '' XFSZ; ulimit -f 1; exec hl new --host empty 2>&1"
    [ -z "$(ls -A empty)" ]
}

@test "two kinds at once are refused" {
    hl_fails 125 new --job --main x
    says "exclude each other"
    [ ! -e x ]
}
