#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl.h: what cannot cross the boundary is a compile or link error that says so,
# and what can compiles without a warning, with clang and with gcc.

load toolchain

COMPILE=$BATS_TEST_DIRNAME/../compile
INCLUDE=$BATS_TEST_DIRNAME/../../sdk/include
WARNINGS="-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wpointer-arith -Wcast-qual -Wwrite-strings -Wstrict-prototypes
    -Wmissing-prototypes -Wundef -Wvla -Werror"

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# refused COMPILER…: every tests/compile/*.c but ok_* fails with its own text
refused() {
    local file text count=0
    for file in "$COMPILE"/*.c; do
        case ${file##*/} in ok_*) continue ;; esac
        text=$(sed -n 's|.* expect: \(.*\) \*/|\1|p' "$file")
        [ -n "$text" ] || {
            echo "$file says no text to expect" >&2
            return 1
        }
        if "$@" -Werror -c "$file" -o refused.o 2>refused.log ||
            ! tr -d '\n' <refused.log | grep -qF -- "$text"; then
            echo "$file: not refused with: $text" >&2
            cat refused.log >&2
            return 1
        fi
        [ ! -e refused.o ]
        count=$((count + 1))
    done
    [ "$count" -ge 13 ]
}

@test "clang refuses what the wire cannot carry, by name" {
    refused hl-cc -Wall -O1
}

@test "gcc refuses what the wire cannot carry, by name" {
    refused gcc -std=c11 -Wall -ffreestanding -I"$INCLUDE" -O1
}

@test "declarations compile without a warning with clang, in both variants" {
    for float in sse2 soft; do
        for optimize in -O0 -O2 -Os; do
            # shellcheck disable=SC2086  # words
            hl-cc -mfloat=$float $WARNINGS $optimize -c \
                "$COMPILE/ok_everything.c" -o ok.o
        done
    done
}

@test "declarations compile without a warning with gcc" {
    for optimize in -O0 -O2 -Os; do
        # shellcheck disable=SC2086  # words
        gcc $WARNINGS -ffreestanding -I"$INCLUDE" $optimize -c \
            "$COMPILE/ok_everything.c" -o ok.o
    done
}

@test "two exports of one name in two files are a link error that names it" {
    printf '#include <hl.h>\nHL_EXPORT(int, same_name) { return 1; }\n' >a.c
    printf '#include <hl.h>\nHL_EXPORT(int, same_name) { return 2; }\n' >b.c
    run hl-cc a.c b.c -o guest
    [ "$status" -ne 0 ]
    [[ $output == *"duplicate symbol: hl_export_same_name"* ]]
    [ ! -e guest ]
}

@test "one import in several files is fine, with other types it is refused" {
    printf '#include <hl.h>\nHL_IMPORT(int, shared, (int, x));\n' >head.h
    printf '#include "head.h"\nHL_EXPORT(int, a) { int r; return shared(&r, 1) ? 0 : r; }\n' >a.c
    printf '#include "head.h"\nHL_EXPORT(int, b) { int r; return shared(&r, 2) ? 0 : r; }\n' >b.c
    hl-cc a.c b.c -o guest
    printf '#include <hl.h>\nHL_IMPORT(int, shared, (long, x));\nHL_EXPORT(int, b) { int r; return shared(&r, 2) ? 0 : r; }\n' >b.c
    rm guest
    run hl-cc a.c b.c -o guest
    [ "$status" -ne 0 ]
    [[ $output == *shared* ]]
    [ ! -e guest ]
}

# says OBJECT IMPORT RESULT PARAMETER: a file that imports say by these types
says() {
    printf '%s\n' '#include <hl.h>' 'IMPORT(R, say, (T, x));' \
        'HL_EXPORT(int, F) { R r; T x = {0}; return say(&r, x); }' >say.c
    hl-cc "-mfloat=$variant" -O1 "-DF=$1" "-DIMPORT=$2" "-DR=$3" "-DT=$4" \
        -c say.c -o "$1.o"
}

@test "one import as hl_string and as const char * is refused, by name and place" {
    for variant in sse2 soft; do
        says texts HL_IMPORT hl_string hl_string
        says parameter HL_IMPORT hl_string 'const char *'
        says result HL_IMPORT_OPTIONAL 'const char *' hl_string
        says again HL_IMPORT_OPTIONAL hl_string hl_string
        for pair in 'texts parameter' 'parameter texts'; do
            # shellcheck disable=SC2086  # words
            run hl-cc -mfloat=$variant ${pair// /.o }.o -o guest
            [ "$status" -ne 0 ]
            [[ $output == *"say is imported twice, with parameter 1 as hl_string and as const char *"* ]]
            [[ $output == *"declare the host function with the same types everywhere"* ]]
            [ ! -e guest ]
        done
        for pair in 'texts result' 'result texts'; do
            # shellcheck disable=SC2086  # words
            run hl-cc -mfloat=$variant ${pair// /.o }.o -o guest
            [ "$status" -ne 0 ]
            [[ $output == *"say is imported twice, with the result as hl_string and as const char *"* ]]
            [ ! -e guest ]
        done
        hl-cc -mfloat=$variant texts.o again.o -o guest
        rm guest
    done
}

@test "a guest that prints may declare HostPrint with either type of text" {
    printf '#include <hl.h>\n#include <stdio.h>\nHL_IMPORT(int, HostPrint, (T, x));\nHL_EXPORT(int, f) { int r; T x = {0}; puts("x"); return HostPrint(&r, x); }\n' >print.c
    for type in hl_string 'const char *'; do
        hl-cc "-DT=$type" print.c -o guest
        rm guest
    done
}

@test "exports and imports survive link-time optimisation and strip" {
    hl-cc -flto -O2 "$COMPILE/ok_everything.c" -o guest
    llvm-strip-19 guest
    run llvm-readelf-19 -n guest
    for name in add nothing text eleven greet hl_get_time hl_println host_text; do
        # names are text inside the descriptors, printed as hex
        hex=$(printf %s "$name" | od -An -tx1 | tr -s ' \n' ' ')
        [[ $(tr -s ' \n' ' ' <<<"$output") == *"${hex% }"* ]]
    done
}

@test "hl.h and hl_host.h in one file are refused" {
    printf '#include <hl_host.h>\n#include <hl.h>\n' >both.c
    run gcc -I"$INCLUDE" -I"$BATS_TEST_DIRNAME/../../host-harness/include" \
        -c both.c -o both.o
    [ "$status" -ne 0 ]
    [[ $output == *"include one of them"* ]]
}
