#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The two float variants compute and print the same, and what the build
# machine's own C library prints.

load toolchain

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    cp "$FIXTURES/run/$BATS_TEST_DESCRIPTION.c" program.c
    gcc -std=c11 -O0 -fno-builtin -ffp-contract=off -D_GNU_SOURCE program.c \
        -lm -o native
    ./native >expected
}

same_in_both() {
    for float in sse2 soft; do
        for level in -O0 -O2 "-O2 -flto"; do
            # shellcheck disable=SC2086
            hl-cc -mfloat=$float $level -std=c11 -D_GNU_SOURCE \
                -ffp-contract=off program.c -o guest
            hl run guest >got 2>warnings
            diff expected got
        done
    done
}

@test "variadic" { same_in_both; }
@test "arithmetic" { same_in_both; }
@test "conversion" { same_in_both; }
