#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl run: arguments, environment, input, output, exit status.
# guarantees: B17 B22

load helpers

setup_file() {
    guests_build program functions
}

@test "the program gets its file name and its arguments, options too" {
    check() { gives 0 "[program][args][--json][-v][--][a b]"; }
    on_each check run program args --json -v -- "a b"
}

@test "the exit status is main's, & 255" {
    check() { gives 3 ""; }
    on_each check run program exit 3
    check() { gives 255 ""; }
    on_each check run program exit -1
    check() { gives 77 ""; }
    on_each check run program other
}

@test "the environment is what --env gives, and nothing else" {
    check() { gives 0 ""; }
    on_each check run program env
    check() { gives 0 $'A=1\nB=two=2\nC='; }
    HL_OPTIONS="--env A=1 --env=B=two=2 --env C=" on_each check run program env
}

@test "stdout and stderr are separate and byte exact" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        hl run --backend "$backend" "$guest" both >out 2>err
        [ "$(od -An -tx1 out)" = " 6f 75 74 00 ff 0a" ]
        [ "$(od -An -tx1 err)" = " 65 72 72 1b 0a" ]
    done
}

@test "much output comes out whole" {
    check() { gives 0 && [ "${#lines[@]}" -eq 3000 ] && [ "${lines[2999]}" = "line 2999" ]; }
    on_each check run program many
}

@test "--stdin FILE and - are the program's input; without it there is none" {
    head -c 20000 /dev/urandom >input
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        hl run --backend "$backend" --stdin input "$guest" cat | cmp - input
        hl run --backend "$backend" --stdin - "$guest" cat <input | cmp - input
        [ -z "$(echo x | hl run --backend "$backend" "$guest" cat)" ]
    done
}

@test "an image without main is status 126 with the next step" {
    hl_fails 126 run "$BATS_FILE_TMPDIR/soft/functions"
    says "has no main(): call one of its functions with hl call"
}

@test "an empty argument is refused: the block cannot hold it" {
    hl_fails 125 run "$BATS_FILE_TMPDIR/soft/program" a ""
    says "argument 2 is empty"
}

@test "a program that runs too long is status 124, in time" {
    check() { gives 124 "" && says "Command timed out"; }
    SECONDS=0
    HL_OPTIONS="--timeout 0.3" on_each check run program spin
    [ "$SECONDS" -lt 10 ]
}

@test "output that nobody takes does not stop the clock" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        SECONDS=0
        { hl run --backend "$backend" --timeout 0.5 "$guest" flood ||
            echo $? >status; } |
            sleep 4
        [ "$(cat status)" -eq 124 ]
        [ "$SECONDS" -lt 8 ]
    done
}

@test "B17: messages and traces that nobody takes do not stop the clock" {
    need_backend
    mkfifo deaf
    exec 8<>deaf
    dd if=/dev/zero of=deaf bs=4096 oflag=nonblock 2>err || true # full
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        for option in --preset=hlkit --trace --trace=json -v; do
            got=0
            timeout -s KILL 30 hl run --backend "$backend" --timeout 0.5 \
                "$option" "$guest" complain 2>&8 || got=$?
            [ "$got" -eq 124 ]
        done
    done
    exec 8>&-
}

# The pipe takes one line: the trace of the call waits until time is over, and
# no time is left for main.
@test "B17: what a trace waits counts" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        run -124 timeout -s KILL 60 python3 -c '
import fcntl, os, subprocess, sys
reader, writer = os.pipe()
fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
sys.exit(subprocess.run(sys.argv[1:], stderr=writer).returncode)
' hl run --backend "$backend" --timeout 1 --trace "$guest" exit 3
    done
}

@test "input that never comes does not stop the clock" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        SECONDS=0
        run -124 --separate-stderr bash -c "sleep 4 |
            hl run --backend $backend --timeout 0.5 --stdin - $guest cat"
        says "Command timed out"
    done
}

# Without a writer, open must not wait either.
@test "B17: a --stdin FIFO that nobody writes does not stop the clock" {
    mkfifo fifo
    check() { gives 124 "" && says "Command timed out"; }
    HL_OPTIONS="--timeout 0.5 --stdin fifo" on_each check run program cat
}

@test "--stdin takes a FIFO whose writer comes later, and other pipes" {
    mkfifo fifo
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        { sleep 0.7; exec >fifo; echo one; sleep 0.3; echo two; } &
        [ "$(hl run --backend "$backend" --stdin fifo "$guest" cat)" = $'one\ntwo' ]
        wait
        [ "$(hl run --backend "$backend" --stdin <(echo x) "$guest" cat)" = x ]
        [ "$(echo y | hl run --backend "$backend" --stdin /dev/stdin "$guest" cat)" = y ]
    done
}

# What hl opens is its own; the pipe it was started with stays as it was.
@test "--stdin - leaves its pipe in blocking mode" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        for file in - /dev/stdin; do
            echo x | {
                hl run --backend "$backend" --stdin "$file" "$guest" cat >out
                grep flags: /proc/self/fdinfo/0 >flags
            }
            [ "$(cat out)" = x ]
            [ $((0$(awk '{ print $2 }' flags) & 04000)) -eq 0 ]
        done
    done
}

@test "a reader that goes away ends the run" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/program
        { hl run --backend "$backend" "$guest" flood || echo $? >status; } | head -n 1
        [ "$(cat status)" -eq 141 ]
        # also when the parent ignores SIGPIPE
        { (trap '' PIPE && exec hl run --backend "$backend" --timeout 20 "$guest" flood) ||
            echo $? >status2; } | head -n 1
        [ "$(cat status2)" -eq 141 ]
    done
}

@test "--json tells exit code, stdout and stderr in one line" {
    check() {
        gives 0 && [[ $output == '{"success":true,"exit_code":0,"stdout":"out\u0000'$'\xef\xbf\xbd''\n","stderr":"err\u001b\n","error":null,"truncated":false,"timed_out":false,"duration_us":'* ]]
    }
    HL_OPTIONS=--json on_each check run program both
    check() { gives 3 && [[ $output == '{"success":false,"exit_code":3,"stdout":"","stderr":"","error":null,'* ]]; }
    HL_OPTIONS=--json on_each check run program exit 3
    check() {
        gives 124 && [[ $output == *'"exit_code":124,'*'"stderr":"Command timed out","error":"'*'"timed_out":true'* ]]
    }
    HL_OPTIONS="--json --timeout 0.3" on_each check run program spin
}

@test "B22: --json keeps 10,000 characters and marks what is cut" {
    check() {
        gives 0 && [[ $output == *'... [output truncated]","stderr":""'*'"truncated":true'* ]] &&
            [ "${#output}" -lt 13000 ]
    }
    HL_OPTIONS=--json on_each check run program many
}

# captured TEXT COUNT CUT: stdout of a program that prints TEXT COUNT times, in
# characters, and whether it was cut
captured() {
    want=$3
    check() {
        gives 0 && python3 -c '
import json, sys
result = json.load(sys.stdin)
text, mark = result["stdout"], "... [output truncated]"
cut = sys.argv[3] == "cut"
wanted = (sys.argv[1] * int(sys.argv[2]))[:10000] + (mark if cut else "")
assert text == wanted, (len(text), text[-40:])
assert result["truncated"] is cut
' "$text" "$count" "$want" <<<"$output"
    }
    text=$1 count=$2
    HL_OPTIONS=--json on_each check run program repeat "$count" "$text"
}

@test "B22: --json counts characters, and cuts between them" {
    captured é 10000 whole
    captured é 10001 cut
    captured 🐧 10000 whole
    captured 🐧 10001 cut
    captured xé 5000 whole
    captured a🐧🐧🐧🐧🐧 2000 cut
}

@test "abort is status 134" {
    check() { gives 134 "" && says "hl: program: guest aborted: code "; }
    on_each check run program abort
}
