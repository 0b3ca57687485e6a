#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The fuzzers' own tools: a build that stays apart, seeds, ledger, the kit for
# embedders.

setup() {
    fuzz=$HL_BUILD/fuzz
    lib=$HL_BUILD/lib
    mark=hl_this_object_is_for_fuzzing_only
}

@test "nothing of the fuzzing build is in hl or libhlhost" {
    for file in "$HL_BUILD/bin/hl" "$lib/libhlhost.a" "$lib/libhlhost.so"; do
        run nm "$file"
        [ "$status" -eq 0 ]
        [[ $output != *$mark* ]]
        [[ $output != *__asan_* ]]
        [[ $output != *LLVMFuzzer* ]]
    done
}

@test "no object of the fuzzing build can be linked without its mark" {
    [ "$(find "$fuzz/obj" -name '*.o' | wc -l)" -gt 50 ]
    for object in $(find "$fuzz/obj" "$fuzz/traced" -name '*.o' \
        ! -name build_mark.o ! -name wire_flatc.o); do
        nm "$object" | grep -q " U $mark\$"
    done
    run gcc -shared -fPIC -Wl,-z,defs -o "$BATS_TEST_TMPDIR/out.so" \
        "$fuzz/obj/host-harness/src/layout.o" "$HL_BUILD/obj/libhlhost.o" \
        -ldl -lpthread -lrt
    [ "$status" -ne 0 ]
    [[ $output == *$mark* ]]
}

@test "seeds are the same as text and as files" {
    for text in fuzz/corpus/*.hex; do
        dir=$BATS_TEST_TMPDIR/$(basename "$text")
        fuzz/seeds unpack "$text" "$dir"
        [ "$(find "$dir" -type f | wc -l)" -eq "$(grep -c '^[0-9a-f]' "$text")" ]
        fuzz/seeds pack "$dir" 1000 | sort >"$dir.packed"
        grep '^[0-9a-f]' "$text" | sort >"$dir.text"
        cmp "$dir.packed" "$dir.text"
    done
}

@test "a seed that is no hex is refused by its line" {
    printf '00ff\n\n0g\n' >"$BATS_TEST_TMPDIR/bad.hex"
    run fuzz/seeds unpack "$BATS_TEST_TMPDIR/bad.hex" "$BATS_TEST_TMPDIR/bad"
    [ "$status" -ne 0 ]
    [[ $output == *"bad.hex:3: no hex"* ]]
}

@test "a decoder's version follows its code, not its comments" {
    cd "$BATS_TEST_TMPDIR"
    decoder=$BATS_TEST_DIRNAME/../fuzz/decoder-version
    printf 'int f(void)\n{\n    return 1; /* one */\n}\n' >a.c
    first=$("$decoder" a.c)
    printf 'int f(void) {\n return 1; // eins\n}\n' >a.c
    [ "$("$decoder" a.c)" = "$first" ]
    printf 'int f(void) { return 2; }\n' >a.c
    [ "$("$decoder" a.c)" != "$first" ]
}

@test "a campaign enters what it ran, and the ledger adds it up" {
    ledger=$BATS_TEST_TMPDIR/ledger.md
    source=host-harness/src/abort_stream.c
    target=$BATS_TEST_TMPDIR/guest_streams
    cp "$fuzz/guest_streams" "$target"
    for _ in 1 2; do
        run fuzz/campaign "$target" 0 500 "$ledger" "$source"
        [ "$status" -eq 0 ]
    done
    [ "$(wc -l <"$ledger")" -eq 2 ]
    version=$(fuzz/decoder-version "$source")
    grep -q "| guest_streams | .* | $version | 50[0-9] | " "$ledger"
    printf '| 2020-01-01 00:00 | guest_streams | x | old | 3000000 | 1 | - | - |\n' \
        >>"$ledger"
    run fuzz/ledger "$ledger" "guest_streams $version"
    [ "$status" -eq 0 ]
    [[ ${lines[1]} =~ guest_streams\ +$version\ +0\.0\ M\ +3\.0\ M ]]
    [[ $output == *"make fuzz TARGET=guest_streams RUNS=49999"* ]]
}

@test "CI's runs enter nothing, and a finding neither" {
    ledger=$BATS_TEST_TMPDIR/ledger.md
    target=$BATS_TEST_TMPDIR/mutator
    run fuzz/campaign "$fuzz/guest_streams" 0 100 - host-harness/src/run.c
    [ "$status" -eq 0 ]
    printf '#!/bin/sh\necho broken promise; exit 1\n' >"$target"
    chmod +x "$target"
    run fuzz/campaign "$target" 1 1 "$ledger" host-harness/src/run.c
    [ "$status" -eq 1 ]
    [[ $output == *"mutator found something"* ]]
    [ ! -e "$ledger" ]
}

@test "a campaign without a limit is refused, not run for ever" {
    ledger=$BATS_TEST_TMPDIR/ledger.md
    run timeout 20 fuzz/campaign "$fuzz/guest_streams" 0 0 "$ledger" \
        host-harness/src/run.c
    [ "$status" -eq 2 ]
    [[ $output == *"SECONDS=… or RUNS=…"* ]]
    [ ! -e "$ledger" ]
}

@test "a campaign starts from the tree's seeds" {
    run make -n BUILD="$BATS_TEST_TMPDIR/none" fuzz TARGET=guest_streams RUNS=1
    [[ $output == *"fuzz/seeds unpack fuzz/corpus/guest_streams.hex"* ]]
}

@test "fuzz-repro runs one input, and says what is missing" {
    printf abc >"$BATS_TEST_TMPDIR/input"
    run fuzz/campaign --repro "$fuzz/guest_streams" "$BATS_TEST_TMPDIR/input" "" 0
    [ "$status" -eq 0 ]
    [[ $output == *"Executed $BATS_TEST_TMPDIR/input"* ]]
    run timeout 20 fuzz/campaign --repro "$fuzz/guest_streams" "" "" 0
    [ "$status" -eq 2 ]
    [[ $output == *"FILE=…"* ]]
    run timeout 20 fuzz/campaign --repro "$fuzz/guest_streams" \
        "$BATS_TEST_TMPDIR/nothing" "" 0
    [ "$status" -eq 2 ]
    [[ $output == *"nothing: no such file"* ]]
    run make fuzz-repro TARGET=nonsense
    [ "$status" -eq 2 ]
    [[ $output == *"TARGET=… is one of wire_decode_call"* ]]
}

@test "the mutator counts its calls, and is repeated by its seed" {
    run timeout 300 "$fuzz/mutator" 0 1 7
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "mutator: seed 7" ]
    [[ $output =~ number_of_executed_units:\ [1-9] ]]
    run timeout 20 fuzz/campaign --repro "$fuzz/mutator" "" "" 0
    [ "$status" -eq 2 ]
    [[ $output == *"SEED=… RUNS=…"* ]]
    target=$BATS_TEST_TMPDIR/vm-emu
    printf '#!/bin/sh\necho "vm: seed 42"; exit 1\n' >"$target"
    chmod +x "$target"
    run fuzz/campaign "$target" 1 1 - host-harness/src/run.c
    [ "$status" -eq 1 ]
    [[ $output == *"make fuzz-repro TARGET=vm-emu SEED=42 RUNS=…"* ]]
}

@test "in the VM each twin speaks its own transport" {
    raw=$HL_BUILD/tests/guests/raw
    for twin in vm-emu:scribble vm-emu-virtq:scribble_virtq; do
        run timeout 300 "$fuzz/${twin%:*}" 0 1 7 "$raw/${twin#*:}"
        [ "$status" -eq 0 ]
        [[ $output =~ number_of_executed_units:\ [1-9] ]]
    done
    run timeout 300 "$fuzz/vm-emu" 0 1 7 "$raw/scribble_virtq"
    [ "$status" -eq 77 ]
    run timeout 300 "$fuzz/vm-emu-virtq" 0 1 7 "$raw/scribble"
    [ "$status" -eq 77 ]
    [[ $output == *"checkpoint"* ]]
}

@test "the kit finds the bug planted in the sample, and none in the mended one" {
    flags="-g -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined
        -Ihost-harness/include -Isdk/include"
    cd "$BATS_TEST_DIRNAME/.."
    # shellcheck disable=SC2086
    clang-19 $flags samples/fuzz-host/main.c -o "$BATS_TEST_TMPDIR/kit" \
        "$lib/libhlhost.a" -ldl -lpthread -lrt
    # shellcheck disable=SC2086
    clang-19 $flags -DFIXED samples/fuzz-host/main.c \
        -o "$BATS_TEST_TMPDIR/mended" "$lib/libhlhost.a" -ldl -lpthread -lrt
    cd "$BATS_TEST_TMPDIR"
    run ./kit -seed=1 -runs=500000
    [ "$status" -ne 0 ]
    [[ $output == *heap-buffer-overflow* ]]
    [[ $output == *"in field_sum"* ]]
    run ./mended -seed=1 -runs=20000
    [ "$status" -eq 0 ]
}
