#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl call: arguments by signature, results, failures.
# guarantees: P1.3 P4.4 B17 B21

load helpers

setup_file() {
    guests_build functions printing
}

# call FN ARG...: on every backend, the status and output in $want_status, $want
call() {
    on_each as_wanted call functions "$@"
}
as_wanted() {
    gives "${want_status:-0}" "$want"
}
returns() { # WANT FN ARG...
    want=$1
    shift
    call "$@"
}

@test "integers of every width come back exactly" {
    returns 5 add 2 3
    returns -2147483648 echo_int -2147483648
    returns 4294967295 echo_uint 4294967295
    returns -9223372036854775808 echo_long -9223372036854775808
    returns 18446744073709551615 echo_ulong 18446744073709551615
}

@test "float and double print the shortest text that reads back equal" {
    returns 0.1 echo_float 0.1
    returns 0.5 echo_double 0.5
    returns -1e+300 echo_double -1e300
    returns nan echo_double nan
    returns -inf echo_double -- -inf
    returns 0.30000000000000004 echo_double 0.30000000000000004
}

@test "bool, string and bytes" {
    returns true echo_bool true
    returns false echo_bool false
    returns "grüße" echo_string "grüße"
    returns "@x" echo_string text:@x
    returns hex:00ff echo_bytes hex:00FF
    returns hex:6162 echo_bytes ab
    returns hex: echo_bytes ""
}

@test "@file gives a file's bytes, of a String and of VecBytes" {
    printf 'a\nb' >file
    returns $'a\nb' echo_string @file
    returns hex:610a62 echo_bytes @file
}

@test "B17: an @file that never comes is status 124" {
    mkfifo fifo
    check() { gives 124 "" && says "echo_string: argument 1 (String): Command timed out"; }
    HL_OPTIONS="--timeout 0.5" on_each check call functions echo_string @fifo
    # With a writer, which writes nothing
    exec 8<>fifo
    HL_OPTIONS="--timeout 0.5" on_each check call functions echo_string @- <&8
    exec 8>&-
}

@test "an @file may be a pipe that is written in time" {
    mkfifo fifo
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        { sleep 0.7; echo late >fifo; } &
        [ "$(hl call --backend "$backend" --raw "$guest" echo_string @fifo)" = late ]
        wait
        [ "$(hl call --backend "$backend" --raw "$guest" echo_string @<(echo x))" = x ]
    done
}

@test "a void result prints nothing" {
    returns "" nothing
}

@test "--raw prints bytes and strings alone" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        [ "$(hl call --backend "$backend" "$guest" echo_bytes hex:41000a --raw |
            od -An -tx1)" = " 41 00 0a" ]
        [ "$(hl call --backend "$backend" "$guest" echo_string hi --raw |
            od -An -tx1)" = " 68 69" ]
    done
}

@test "--json is one line of the documented form" {
    HL_OPTIONS=--json
    returns '{"ok":true,"type":"Int","value":5}' add 2 3
    returns '{"ok":true,"type":"VecBytes","value":"00ff10"}' echo_bytes hex:00ff10
    returns '{"ok":true,"type":"Double","value":"nan"}' echo_double nan
    returns '{"ok":true,"type":"String","value":"a\"b\n"}' echo_string $'a"b\n'
    returns '{"ok":true,"type":"Void","value":null}' nothing
    returns '{"ok":true,"type":"ULong","value":18446744073709551615}' \
        echo_ulong 18446744073709551615
}

@test "--json tells failures too, with code and status" {
    HL_OPTIONS=--json
    want_status=1
    returns '{"ok":false,"code":15,"message":"not today","status":1}' refuse "not today"
    want_status=125
    run hl call --json "$BATS_FILE_TMPDIR/sse2/functions" nix
    [ "$status" -eq 125 ]
    [[ $output == '{"ok":false,"code":100,"message":"'*'","status":125}' ]]
}

@test "a guest's error is status 1, its code and text on one line" {
    check() { gives 1 "" && [ "$stderr" = "hl: refuse failed: code 15: two\\nlines" ]; }
    on_each check call functions refuse $'two\nlines'
    check() { gives 1 "" && [ "$stderr" = "hl: refuse_as_unknown failed: code 4: no such row" ]; }
    on_each check call functions refuse_as_unknown
}

@test "arguments that do not fit are status 125, before the guest runs" {
    guest=$BATS_FILE_TMPDIR/sse2/functions
    hl_fails 125 call "$guest" add 1
    says "add(Int,Int)->Int takes 2 arguments, not 1"
    hl_fails 125 call "$guest" add 1 2 3
    hl_fails 125 call "$guest" add 1 2147483648
    says "add: argument 2 (Int): number out of range, -2147483648…2147483647"
    hl_fails 125 call "$guest" echo_uint -1
    says "out of range, 0…4294967295"
    hl_fails 125 call "$guest" echo_bool maybe
    says "neither true nor false"
    hl_fails 125 call "$guest" echo_bytes hex:0
    hl_fails 127 call "$guest" echo_bytes @/nonexistent/file
    says "cannot read its file: No such file or directory"
}

@test "arguments are not repeated in messages" {
    guest=$BATS_FILE_TMPDIR/sse2/functions
    hl_fails 125 call "$guest" add s3cret 1
    [[ $stderr != *s3cret* ]]
    hl_fails 127 call "$guest" echo_string @s3cret
    [[ $stderr != *s3cret* ]]
}

@test "an unknown function is status 125 and names the way to the list" {
    hl_fails 125 call "$BATS_FILE_TMPDIR/sse2/functions" nix
    says "has no function nix; hl inspect"
}

@test "a signature for an hlkit image is checked against its note" {
    returns 5 'add(Int,Int)->Int' 2 3
    hl_fails 125 call "$BATS_FILE_TMPDIR/sse2/functions" 'add(Int)->Int' 2
    says "the signature differs from the image's own, add(Int,Int)->Int"
    hl_fails 125 call "$BATS_FILE_TMPDIR/sse2/functions" 'add(int)->x' 2
    says "not a signature"
}

# An image whose notes are of somebody else says nothing of its functions.
unnoted() {
    for float in sse2 soft; do
        mkdir -p "$float"
        perl -pe 's/hlkit\x00/other\x00/g' "$BATS_FILE_TMPDIR/$float/functions" \
            >$float/unnoted
    done
}

@test "an image without notes is called by a signature" {
    unnoted
    need_backend
    for backend in $(backends); do
        guest=$(float_of "$backend")/unnoted
        run --separate-stderr hl call --backend "$backend" "$guest" 'add(Int,Int)->Int' 2 3
        gives 0 5
        run --separate-stderr hl call --backend "$backend" "$guest" 'nix()->Void'
        gives 125 ""
        run --separate-stderr hl call --backend "$backend" "$guest" 'add(Int)->Int' 2
        gives 125 ""
        run --separate-stderr hl call --backend "$backend" "$guest" 'refuse(String)->Int' no
        gives 1 ""
    done
    hl_fails 125 call soft/unnoted add 2 3
    says "was not made by hlkit" "add(Int,Int)->Int"
}

# The dispatcher's codes are the functions' as well; its words are not.
@test "an image without notes: a function's own error is status 1, whatever its code" {
    unnoted
    need_backend
    for backend in $(backends); do
        guest=$(float_of "$backend")/unnoted
        for code in 4 5 14; do
            run --separate-stderr hl call --backend "$backend" "$guest" \
                'refuse_with(Int,String)->Int' $code 'no such row'
            gives 1 ""
            says "refuse_with failed: code $code: no such row"
        done
        run --separate-stderr hl call --backend "$backend" "$guest" 'add(Int,Bool)->Int' 2 true
        gives 125 ""
        says "code 14: Expected parameter type Int"
    done
}

@test "what the guest prints goes to stderr" {
    check() { gives 0 "" && says "hello"; }
    on_each check call functions print_line hello
    check() { gives 0 3 && says "abc"; }
    on_each check call functions write_to 1 abc
    check() { gives 0 -9; }
    on_each check call functions write_to 3 abc
}

@test "the clock gives whole seconds" {
    check() { gives 0 && [ "$output" -ge "$before" ] && [ "$output" -le "$((before + 60))" ]; }
    before=$(date +%s)
    on_each check call functions now
}

@test "--stdin is what the guest reads" {
    printf 'abcdef' >input
    check() { gives 0 hex:616263; }
    HL_OPTIONS="--stdin input" on_each check call functions read_some 3
    check() { gives 0 hex:; }
    on_each check call functions read_some 3
    hl_fails 127 call --stdin missing "$BATS_FILE_TMPDIR/sse2/functions" nothing
    says "cannot read the --stdin file missing"
}

@test "P4.4: --show-grants lists what is granted, sorted by name" {
    run hl call --show-grants
    [ "$status" -eq 0 ]
    [ "$output" = "hl_get_time()->ULong
hl_println(String)->Void
hl_read(Int)->VecBytes
hl_write(Int,VecBytes)->Int" ]
    run hl run --preset hyperlight --deny hl_read --show-grants
    [ "$output" = "HostPrint(String)->Int
hl_get_time()->ULong
hl_println(String)->Void
hl_write(Int,VecBytes)->Int" ]
    run hl job --deny all --grant hl_println --show-grants
    [ "$output" = "hl_println(String)->Void" ]
    run hl run --deny all --show-grants
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

@test "P4.4: print and clock are grants too: denied, the guest gets an error" {
    check() { gives 1 "" && says "code 17: HostFunction hl_println was not found"; }
    HL_OPTIONS="--deny hl_println" on_each check call functions print_line x
    check() { gives 1 "" && says "HostFunction hl_get_time was not found"; }
    HL_OPTIONS="--deny all" on_each check call functions now
}

@test "a required import that is not granted is status 125 with the option" {
    check() { gives 125 "" && says "HostPrint(String)->Int" "not granted" "--grant HostPrint"; }
    on_each check call printing print x
    check() { gives 0 0 && says "text"; }
    HL_OPTIONS="--grant HostPrint" on_each check call printing print text
    HL_OPTIONS="--preset hyperlight" on_each check call printing print text
    check() { gives 125 ""; }
    HL_OPTIONS="--preset hyperlight --deny all" on_each check call printing print x
}

@test "an import of another type is status 125, without advice to grant it" {
    need_backend
    cat >wrong.c <<'EOF'
#include <hl.h>
HL_IMPORT(void, hl_write, (hl_string, text));
HL_EXPORT(void, nothing)
{
    hl_write((hl_string){"x", 1});
}
EOF
    for backend in $(backends); do
        hl-cc -mfloat="$(float_of "$backend")" -o wrong wrong.c
        hl_fails 125 call --backend "$backend" wrong nothing
        says "hl_write(String)->Void" "make the declarations equal"
        [[ $stderr != *--grant* ]]
    done
}

@test "a grant that hl has not got is refused, denying one too" {
    hl_fails 125 call --grant hl_open "$BATS_FILE_TMPDIR/sse2/functions" nothing
    says "there is no host function hl_open"
    hl_fails 125 call --deny hl_wrte "$BATS_FILE_TMPDIR/sse2/functions" nothing
}

@test "messages too big for the input buffer name --input-size" {
    head -c 9000 /dev/zero >big
    check() { gives 125 "" && says "raise --input-size" && [[ $stderr != *--input-size*--input-size* ]]; }
    HL_OPTIONS="--input-size 8k" on_each check call functions echo_bytes @big
    # here it is the library that sees it
    head -c 8192 /dev/zero >full
    HL_OPTIONS="--input-size 8k" on_each check call functions echo_bytes @full
    check() { gives 0 "hex:$(printf '%018000d' 0)"; }
    HL_OPTIONS="--input-size 16k" on_each check call functions echo_bytes @big
}

@test "P1.3: the emulator is refused under --require-hypervisor" {
    hl_fails 125 call --backend emu --require-hypervisor \
        "$BATS_FILE_TMPDIR/sse2/functions" nothing
    says "no security boundary"
}

@test "P1.3: when auto takes the emulator, one line says so and why" {
    backends | grep -q emu || skip "the emulator does not work here"
    guest=$BATS_FILE_TMPDIR/sse2/functions
    if hl doctor | grep -q '^kvm *ok'; then
        skip "this machine's KVM runs every guest"
    fi
    run --separate-stderr hl call "$guest" add 2 3
    gives 0 5
    [ "${#stderr_lines[@]}" -eq 1 ]
    says "hl: running on the emulator, which is no security boundary: "
    run --separate-stderr hl call --backend emu "$guest" add 2 3
    gives 0 5
    [ -z "$stderr" ]
}

@test "an emulator that cannot be loaded is not said to run" {
    guest=$BATS_FILE_TMPDIR/sse2/functions
    if hl doctor | grep -q '^kvm *ok'; then
        skip "this machine's KVM runs every guest"
    fi
    HL_UNICORN=/nope hl_fails 125 call "$guest" add 2 3
    says "hl: no backend works: kvm: " "; emu: the emulator's library cannot be loaded: /nope"
    [[ $stderr != *"running on the emulator"* ]]
    [ "${#stderr_lines[@]}" -eq 1 ]
}

@test "-v says which backend runs and what it is" {
    check() {
        gives 0 5
        case "$backend" in
        kvm) says "backend kvm (a security boundary)" ;;
        emu) says "backend emu (no security boundary)" ;;
        esac
    }
    HL_OPTIONS=-v on_each check call functions add 2 3
}

@test "a log record of the guest shows level, file and line" {
    check() { gives 0 "" && says "guest log: error: " "functions.c:" "it broke"; }
    on_each check call functions log_at 1 "it broke"
    check() { gives 0 "" && [ -z "$stderr" ]; }
    on_each check call functions log_at 4 "detail"
    check() { gives 0 "" && says "guest log: debug: "; }
    HL_OPTIONS=-v on_each check call functions log_at 4 "detail"
}

@test "the debug port prints to stderr" {
    check() { gives 0 "" && [ "$stderr" = A ]; }
    on_each check call functions debug_char 65
}

@test "no such file is 127, no image 126" {
    hl_fails 127 call missing add
    says "missing"
    echo text >text
    hl_fails 126 call text add
    says "text"
}

@test "B21: guest output on a terminal is escaped, unless --raw asks" {
    command -v script >/dev/null || skip "script(1) is not here"
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        cmd="hl call --backend $backend $guest echo_string \$'a\\033[31mb'"
        shown=$(script -qec "bash -c \"$cmd\"" /dev/null </dev/null | tr -d '\r')
        [ "$shown" = 'a\x1b[31mb' ]
        shown=$(script -qec "bash -c \"$cmd --raw\"" /dev/null </dev/null)
        [[ $shown == *$'a\033[31mb'* ]]
    done
}

@test "B21: JSON on a terminal is JSON, whatever it holds" {
    command -v script >/dev/null || skip "script(1) is not here"
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        cmd="hl call --json --backend $backend $guest echo_string \$'\\u009b\\u202e\\u2028é'"
        LC_ALL=C.UTF-8 script -qec "bash -c \"$cmd\"" /dev/null </dev/null >shown
        python3 -c '
import json, sys
assert json.load(sys.stdin)["value"] == "\u009b\u202e\u2028\u00e9"' <shown
        grep -q 'u202e' shown
    done
}
