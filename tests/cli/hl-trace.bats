#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl --trace: every crossing of the boundary, on stderr.
# guarantees: B21

load helpers

setup_file() {
    guests_build functions
}

@test "a call, its host call and both results, a line each" {
    check() {
        gives 0 "" &&
            says 'enter start' 'call print_line("hi") -> Void' \
                'host-call hl_println("hi") -> Void' \
                'host-result hl_println = void' 'result print_line = void'
    }
    HL_OPTIONS=--trace on_each check call functions print_line hi
    check() { gives 0 5 && says 'call add(2, 3) -> Int' 'result add = 5'; }
    HL_OPTIONS=--trace on_each check call functions add 2 3
}

@test "an error result shows code and text" {
    check() { gives 1 && says 'result refuse = error 15 "no"'; }
    HL_OPTIONS=--trace on_each check call functions refuse no
}

@test "long texts and bytes are cut, their length told" {
    long=$(printf 'x%.0s' {1..100})
    check() { gives 0 && says 'call echo_string("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"...(100 bytes)) -> String'; }
    HL_OPTIONS=--trace on_each check call functions echo_string "$long"
    check() { gives 0 && says '...(100 bytes)) -> VecBytes'; }
    HL_OPTIONS=--trace on_each check call functions echo_bytes "$long"
}

@test "B21: control characters are escaped in a trace" {
    check() { gives 0 && says 'call echo_string("a\x1bb\n") -> String' && [[ $stderr != *$'\x1b'* ]]; }
    HL_OPTIONS=--trace on_each check call functions echo_string $'a\x1bb\n'
}

@test "--trace=json is one JSON object a line" {
    check() {
        gives 0 "" && python3 -c '
import json, sys
events = [json.loads(line) for line in sys.stdin if line.startswith("{")]
kinds = [e["kind"] for e in events]
assert kinds[0] == "enter" and "host-call" in kinds and "host-result" in kinds
call = next(e for e in events if e["kind"] == "call")
assert call["name"] == "print_line" and call["returns"] == "Void"
assert call["args"] == [{"type": "String", "value": "hi"}]
times = [e["time_ns"] for e in events]
assert times == sorted(times)
' <<<"$stderr"
    }
    HL_OPTIONS=--trace=json on_each check call functions print_line hi
}

@test "logs, debug characters and aborts are crossings too" {
    check() { gives 0 && says 'log level ' 'it broke'; }
    HL_OPTIONS=--trace on_each check call functions log_at 1 "it broke"
    check() { gives 0 && says 'debug A'; }
    HL_OPTIONS=--trace on_each check call functions debug_char 65
    check() { gives 134 && says 'abort code 15 why'; }
    HL_OPTIONS=--trace on_each check call functions give_up why
}

@test "a run that ends otherwise is a crossing too" {
    check() { gives 124 && says 'call spin() -> ' 'exit Command timed out'; }
    HL_OPTIONS='--trace --timeout 0.5' on_each check call functions spin
}
