#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How hl tells that a guest died, and with which exit status.
# guarantees: B13 B15 B17

load helpers

setup_file() {
    guests_build functions
}

@test "a null pointer is status 139, with function and line" {
    line=$(grep -n 'return \*at + 1' "$GUESTS/functions.c" | cut -d: -f1)
    check() {
        gives 139 "" && says "hl: touch_nowhere: Exception: page fault" \
            "at 0x" "read_nowhere (" "functions.c:$line)" \
            "by 0x" "touch_nowhere (" "rip=0000"
    }
    on_each check call functions touch_nowhere
}

@test "stack overflow is status 139 and says so" {
    check() { gives 139 "" && says "stack overflow at 0x" "deep ("; }
    on_each check call functions overflow_stack
}

@test "a divide error is status 136" {
    check() { gives 136 "" && says "divide error" "functions.c:"; }
    on_each check call functions divide 1 0
}

@test "an invalid opcode is status 132" {
    check() { gives 132 "" && says "invalid opcode" "illegal ("; }
    on_each check call functions illegal
}

@test "a fault tells every general register" {
    check() {
        gives 132 "" && says "rip=" "rsp=" "rflags=" &&
            says rax=00000000000000a0 rbx=00000000000000b0 \
                rcx=00000000000000c0 rdx=00000000000000d0 \
                rsi=0000000000000051 rdi=00000000000000d1 \
                rbp=00000000000000b9 r8=0000000000000108 \
                r9=0000000000000109 r10=0000000000000110 \
                r11=0000000000000111 r12=0000000000000112 \
                r13=0000000000000113 r14=0000000000000114 \
                r15=0000000000000115
    }
    on_each check call functions known_registers
}

@test "B15: a port that does not exist is status 134, named" {
    check() { gives 134 "" && says "hl: bad_port: " "port 4660"; }
    on_each check call functions bad_port
}

@test "B13: an abort is status 134 with code and text, on one line" {
    check() { gives 134 "" && says 'hl: give_up: guest aborted: code 15: a\nb'; }
    on_each check call functions give_up $'a\nb'
}

@test "B17: a call that does not end is status 124, in time" {
    check() { gives 124 "" && says "spin: Command timed out after 0.3 s; --timeout sets the limit"; }
    SECONDS=0
    HL_OPTIONS="--timeout 0.3" on_each check call functions spin
    [ "$SECONDS" -lt 10 ]
}

# inherits BLOCKED IGNORED WORD...: WORD... with these signals
inherits() {
    timeout -s KILL 60 python3 -c '
import os, signal, sys
def numbers(names):
    return [eval(n, vars(signal)) for n in names.split()]
for number in numbers(sys.argv[2]):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, numbers(sys.argv[1]))
for number in numbers(sys.argv[1]):
    os.kill(os.getpid(), number)
os.execvp(sys.argv[3], sys.argv[3:])' "$@"
}

@test "B17: signals that the parent blocked or ignored do not stop the clock" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        with="hl call --backend $backend --timeout 0.3 $guest"
        for signals in 'SIGRTMIN+3|' '|SIGRTMIN+3' '|SIGCHLD' 'SIGCHLD|' \
            'SIGRTMIN+3 SIGCHLD SIGALRM|SIGCHLD SIGALRM'; do
            # shellcheck disable=SC2086  # words
            run -124 --separate-stderr inherits "${signals%|*}" "${signals#*|}" $with spin
            says "spin: Command timed out after 0.3 s"
            # shellcheck disable=SC2086
            run -139 --separate-stderr inherits "${signals%|*}" "${signals#*|}" $with touch_nowhere
            says "page fault"
        done
    done
}

@test "a fault under --json is one line of JSON, details on stderr" {
    check() {
        gives 136 && [[ $output == '{"ok":false,"code":15,"message":"'*'divide error'*'","status":136}' ]] &&
            says "functions.c:"
    }
    HL_OPTIONS=--json on_each check call functions divide 1 0
}

@test "without debug information addresses are told, no names" {
    need_backend
    for backend in $(backends); do
        llvm-strip-19 -o stripped "$BATS_FILE_TMPDIR/$(float_of "$backend")/functions"
        run -136 --separate-stderr hl call --backend "$backend" stripped divide 1 0
        says "divide error" "at 0x"
        [[ $stderr != *functions.c* ]]
    done
}

@test "without debug information the symbol table names the function" {
    need_backend
    for backend in $(backends); do
        llvm-strip-19 --strip-debug -o nodebug \
            "$BATS_FILE_TMPDIR/$(float_of "$backend")/functions"
        run -132 --separate-stderr hl call --backend "$backend" nodebug illegal
        says "invalid instruction" "at 0x" "illegal+0x"
        [[ $stderr != *functions.c* ]]
    done
}

# The debug information belongs to the guest: whatever is in it, hl goes on.
@test "broken debug information harms nobody" {
    need_backend
    for backend in $(backends); do
        llvm-objcopy-19 --dump-section .debug_info=info \
            "$BATS_FILE_TMPDIR/$(float_of "$backend")/functions" copy
        head -c "$(stat -c %s info)" /dev/urandom >noise
        llvm-objcopy-19 --update-section .debug_info=noise copy broken
        run -136 --separate-stderr hl call --backend "$backend" broken divide 1 0
        says "divide error" "at 0x"
    done
}

# fat_make FLOAT: ./fat, functions with 60000 symbol tables: to look through
# all of them takes longer than anybody waits.
fat_make() {
    python3 - "$BATS_FILE_TMPDIR/$1/functions" fat <<'END'
import struct, sys
image = bytearray(open(sys.argv[1], "rb").read())
image += bytes(-len(image) % 16)
tables, size, at = 60000, 24 * 100000, len(image)
def header(kind, offset, size, link, entry):
    return struct.pack("<IIQQQQIIQQ", 1, kind, 0, 0, offset, size, link, 0, 8, entry)
image += bytes(size) + b"\0.symtab\0".ljust(16, b"\0")
struct.pack_into("<Q", image, 40, len(image))
struct.pack_into("<HHH", image, 58, 64, tables + 2, tables + 1)
image += bytes(64) + tables * header(2, at, size, tables + 1, 24)
image += header(3, at + size, 16, 0, 0)
open(sys.argv[2], "wb").write(image)
END
}

@test "B17: names that take long to find cost no report, and nobody stays" {
    need_backend
    for backend in $(backends); do
        fat_make "$(float_of "$backend")"
        for harden in on off; do
            # run waits for everybody who could write to it
            run -139 --separate-stderr timeout 60 hl call --backend "$backend" \
                --timeout 0.5 --harden=$harden fat touch_nowhere
            says "page fault" "at 0x" "rip=0000"
            [[ $stderr != *killed* ]]
        done
    done
}

# reader_find HL: the process that reads names for the emulator's of this hl
reader_find() {
    for _ in {1..200}; do
        child=$(cat "/proc/$1/task/$1/children") && child=${child%% *}
        reader=$(cat "/proc/${child:-none}/task/$child/children" 2>/dev/null || true)
        reader=${reader%% *}
        grep -qsE '^Max address space +[0-9]+ +[0-9]+ ' \
            "/proc/${reader:-none}/limits" && return
        sleep 0.02
    done
    return 1
}

@test "what reads names has little memory, and ends if hl is killed" {
    backends | grep -q emu || skip "the emulator does not work here"
    fat_make sse2
    for harden in on off; do
        hl call --backend emu --harden=$harden fat touch_nowhere >out 2>err 3>&- &
        hl=$!
        reader_find $hl
        kill -KILL $hl
        for _ in {1..300}; do
            grep -qs '^State:.[^ZX]' "/proc/$reader/status" || break
            sleep 0.1
        done
        if grep -qs '^State:.[^ZX]' "/proc/$reader/status"; then
            kill -KILL "$reader"
            return 1
        fi
        wait $hl || true
    done
}

@test "the emulator's process is ended with hl, and hl tells of its death" {
    backends | grep -q emu || skip "the emulator does not work here"
    hl call --backend emu "$BATS_FILE_TMPDIR/sse2/functions" spin 2>err >out &
    hl=$!
    for _ in {1..50}; do
        child=$(cat /proc/$hl/task/$hl/children 2>/dev/null)
        [ -z "$child" ] || break
        sleep 0.1
    done
    sleep 0.3
    # shellcheck disable=SC2086
    kill -SEGV $child
    status=0
    wait $hl || status=$?
    [ "$status" -eq 125 ]
    grep -q "emulator crashed" err
}

@test "--harden: what hl may do after start-up is little" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        run -0 --separate-stderr hl call -v --harden=on --backend "$backend" "$guest" add 1 2
        says "process locked down"
        run -0 --separate-stderr hl call -v --harden=off --backend "$backend" "$guest" add 1 2
        [[ $stderr != *locked* ]]
        hl call --backend "$backend" --harden=on --timeout 20 "$guest" spin 2>err &
        hl=$!
        sleep 1
        pid=$(cat /proc/$hl/task/$hl/children)
        pid=${pid%% *}
        grep -q '^Seccomp:.2' /proc/${pid:-$hl}/status
        kill $hl
        wait $hl || true
    done
}
