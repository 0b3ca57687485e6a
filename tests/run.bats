#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tests/run: what it counts, and which skips CI lets pass.

setup() {
    here=$BATS_TEST_DIRNAME
    cd "$BATS_TEST_TMPDIR"
}

# judged SUITE TAP: tests/tap.awk's words, with the skips of ./allowed
judged() {
    printf '%b' "$2" | awk -v suite="$1" -v status="${STATUS:-0}" \
        -v allowed=allowed -v result=result -v verbose=0 -f "$here/tap.awk"
}

@test "a skip passes in CI only if it is listed, also by a name of several words" {
    printf '# why\nbats/a KVM *\nhost/*-kvm-* *\n' >allowed
    judged bats/a '1..1\nok 1 KVM runs it too # skip none here\n'
    grep -q "^skip	bats/a	KVM runs it too	none here" result
    judged host/x-kvm-soft '1..1\nok 1 B1_a_test # SKIP\n'
    grep -q "^skip" result
    for line in 'bats/a 1..1\nok 1 KVMs # skip none\n' \
        'bats/b 1..1\nok 1 KVM runs it too # skip none\n' \
        'bats/a 1..1\nok 1 another of KVM * # skip none\n'; do
        judged "${line%% *}" "${line#* }"
        grep -q "^fail.*not listed" result
    done
}

@test "each skip that is listed is of tests that exist" {
    cd "$here/.."
    checked=0
    while read -r suite test; do
        case $suite in
        '' | '#'*) continue ;;
        bats/*)
            grep -qF "@test \"${test%\*}" "tests/${suite#bats/}.bats"
            checked=$((checked + 1))
            ;;
        esac
    done <tests/allowed-skips
    [ "$checked" -ge 3 ]
}

@test "a suite that ends early, late or with an error has failed" {
    : >allowed
    judged a '1..2\nok 1 one\n'
    grep -q "^fail	a	(suite)	1 of 2 tests ran" result
    judged a ''
    grep -q "^fail	a	(suite)	ran no test" result
    STATUS=3 judged a '1..1\nok 1 one\n'
    grep -q "^fail	a	(suite)	ended with status 3" result
    STATUS=124 judged a '1..1\nok 1 one\n'
    grep -q "^fail	a	(suite)	did not end in time" result
}
