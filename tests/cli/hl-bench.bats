#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl bench: which figures there are and what they look like, never how large.
load helpers

@test "hl bench prints each figure of each backend, and goals, as text" {
    need_backend
    run -0 --separate-stderr hl bench
    for backend in $(backends); do
        for name in 'cold start to first result' 'call with one host call' \
            restore snapshot 'interrupt latency'; do
            grep -qE "^$backend +$name +[0-9.]+ +[0-9.]+  us" <<<"$output"
        done
        grep -qE "^$backend +VM exits, warm call +[0-9.]+ +exits, goal 1: " \
            <<<"$output"
    done
    grep -qE '^size +soft/hello +[0-9.]+ +KiB' <<<"$output"
}

@test "hl bench --json DIR prints one object a line" {
    need_backend
    run -0 --separate-stderr hl bench --json "$HL_BUILD/samples"
    [ "${#lines[@]}" -ge 10 ]
    python3 -c 'import json, sys
for line in sys.stdin:
    figure = json.loads(line)
    assert figure["p50"] >= 0 and {"scope", "name", "unit"} <= set(figure)
    assert ("goal" in figure) == ("met" in figure)' <<<"$output"
}

@test "hl bench names the guest that it cannot open" {
    need_backend
    run -127 --separate-stderr hl bench "$PWD"
    says "cannot measure $PWD/" /bench
}

@test "hl bench without its guests beside it asks for the folder" {
    need_backend
    mkdir bin
    cp "$HL_BUILD/bin/hl" bin/
    run -125 --separate-stderr bin/hl bench
    says 'name the folder that holds sse2/bench and soft/bench'
}
