#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# docs/guarantees.md is what the tests say, and says it of every promise.

setup() {
    root=$BATS_TEST_DIRNAME/..
    tree=$BATS_TEST_TMPDIR/tree
}

# What the catalogue is made of, to be changed.
tree_copy() {
    mkdir -p "$tree"
    (cd "$root" && find tests fuzz \( -name '*.c' -o -name '*.bats' -o \
        -name 'guarantees*' \) -print0 | xargs -0 cp --parents -t "$tree")
}

complains() {
    run "$root/tests/guarantees-doc" "$tree"
    [ "$status" -eq 1 ]
    [[ $output == *"guarantees: $1"* ]]
}

@test "every promise has a test, every test's promise exists" {
    run "$root/tests/guarantees-doc"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^### ' <<<"$output")" -eq 52 ]
    [ "$(grep -cE '^\| [0-9]+ \|' <<<"$output")" -eq 32 ]
}

@test "docs/guarantees.md is current (else: make guarantees-doc)" {
    "$root/tests/guarantees-doc" >"$BATS_TEST_TMPDIR/now.md"
    diff -u "$root/docs/guarantees.md" "$BATS_TEST_TMPDIR/now.md"
}

@test "a promise without a test is told" {
    tree_copy
    find "$tree/tests" -name '*.c' -exec sed -i 's/ P3_5_/ p3_5_/' {} +
    complains "P3.5 has no test"
}

@test "a test of a promise that does not exist is told" {
    tree_copy
    echo 'static void B28_nothing(void **state)' >>"$tree/tests/unit/host_call.c"
    complains "tests/unit/host_call.c: \`B28_nothing\` names B28"
}

@test "a fuzz target of a promise that does not exist is told" {
    tree_copy
    echo '/* guarantees: P7.1 */' >>"$tree/fuzz/virtq_ring.c"
    complains "fuzz/virtq_ring.c names P7.1"
}

@test "a class proved by a test that does not exist is told" {
    tree_copy
    sed -i 's/B1_random_damage/B1_no_damage/' "$tree/tests/guarantees.txt"
    complains "class 11: no test is named B1_no_damage"
}

# Results of a run in which a test of each promise passed, in one suite.
results_make() {
    log=$BATS_TEST_TMPDIR/log
    mkdir -p "$log/unit"
    printf ' unit/one build/one\n!unit/two build/two --alone\n' >"$log/suites"
    sed -n 's/^\([PB][0-9.]*\) | .*/\1/p' "$root/tests/guarantees.txt" |
        tr . _ | sed 's|.*|ok\tunit/one\t&_holds\t|' >"$log/unit/one.result"
    printf 'ok\tunit/two\tnothing\t\n' >"$log/unit/two.result"
}

@test "make guarantees: a line a promise, and the sum" {
    results_make
    cd "$root"
    run tests/guarantees "$log"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 53 ]
    [ "${lines[52]}" = "52 ids, 0 failed" ]
    sed -i 's/^ok\t\(unit.one\tB4_\)/fail\t\1/' "$log/unit/one.result"
    run tests/guarantees "$log"
    [ "$status" -eq 1 ]
    [[ $output == *"B4    FAIL  unit/one"* ]]
    [ "${lines[52]}" = "52 ids, 1 failed" ]
}

@test "make guarantees: a suite that did not run to its end is told" {
    results_make
    cd "$root"
    printf 'fail\tunit/two\t(suite)\t1 of 2 tests ran\n' >>"$log/unit/two.result"
    run tests/guarantees "$log"
    [ "$status" -eq 1 ]
    [[ $output == *"unit/two did not run to its end"* ]]
    rm "$log/unit/two.result"
    run tests/guarantees "$log"
    [ "$status" -eq 1 ]
    [[ $output == *"unit/two did not run to its end"* ]]
}
