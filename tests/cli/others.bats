#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl with guests that hlkit did not make (tests/others), with and without
# Hyperlight's version note.

load helpers

: "${stderr:=}"
RAW=$HL_BUILD/tests/guests/raw

# abi_of GUEST: its transport
abi_of() {
    case $1 in
    *virtq*) echo virtq ;;
    *) echo stack ;;
    esac
}

# call GUEST WORD...: on each backend; all end with $1 and print $2
call() {
    local wanted=$1 result=$2 guest=$3
    shift 3
    need_backend
    for backend in $(backends); do
        run --separate-stderr hl call --backend "$backend" \
            --abi="$(abi_of "$guest")" "$@" "$RAW/$guest" \
            'Add(Int,Int)->Int' 40 2
        echo "$guest on $backend: $status, $output, $stderr" >&2
        gives "$wanted" "$result" || return 1
    done
}

@test "a guest without any note is called, also with --strict-note" {
    for guest in other_stack other_virtq; do
        call 0 42 "$guest"
        call 0 42 "$guest" --strict-note
        run -0 hl check "$RAW/$guest"
        [[ $output == *": OK, every Hyperlight host accepts it" ]]
        run -0 hl inspect "$RAW/$guest"
        [[ $output == *"made by      not hlkit (no notes)"* ]]
        [[ $output == *"version note none: any Hyperlight host takes it"* ]]
    done
}

@test "B27: a version note is reported" {
    for guest in other_stack-0.17.0 other_stack-0.16.0 other_virtq-0.18.0; do
        run -0 hl inspect "$RAW/$guest"
        [[ $output == *"version note ${guest#*-}"* ]]
        run -0 hl inspect --json "$RAW/$guest"
        [[ $output == *"\"${guest#*-}\""* ]]
        run -0 hl check "$RAW/$guest"
        [[ $output == *": OK, but only Hyperlight ${guest#*-} accepts it"* ]]
    done
}

@test "B27: --strict-note refuses the version note of another host, as Hyperlight does" {
    for guest in other_stack-0.17.0 other_virtq-0.18.0; do
        call 0 42 "$guest"
        call 0 42 "$guest" --strict-note
    done
    call 0 42 other_stack-0.16.0
    call 126 "" other_stack-0.16.0 --strict-note
    says "made for Hyperlight 0.16.0, not for 0.17.0 (version note)"
    call 0 42 other_virtq-0.17.0
    call 126 "" other_virtq-0.17.0 --strict-note
    says "made for Hyperlight 0.17.0, not for 0.18.0 (version note)"
}

@test "without a note a call has to say its types, and there is no main to run" {
    need_backend
    run -125 --separate-stderr hl call "$RAW/other_stack" Add 40 2
    says "was not made by hlkit and does not say what Add takes"
    run -126 --separate-stderr hl run "$RAW/other_stack"
    says "has no main()"
}

@test "a guest that speaks the other transport only does not start" {
    need_backend
    for pair in stack:other_virtq virtq:other_stack; do
        run -126 --separate-stderr hl call --abi="${pair%:*}" \
            "$RAW/${pair#*:}" 'Add(Int,Int)->Int' 40 2
        says "start-up of"
        case $pair in
        stack:*) says "if it speaks the other transport: --abi=virtq" ;;
        *) says "if it speaks the other transport: --abi=stack" ;;
        esac
    done
}
