#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# libc inside the VM: tests/guests/libc_*, each on the emulator (both float
# variants) and, where there is a KVM, on it (soft). docs/libc.md has the
# promises.

bats_require_minimum_version 1.5.0

setup() {
    PATH=$HL_BUILD/bin:$PATH
    guests=$HL_BUILD/tests/guests
    cd "$BATS_TEST_TMPDIR" || return 1
    places="emu/sse2 emu/soft"
    [ ! -w /dev/kvm ] || places="$places kvm/soft"
}

# hl_at PLACE SUBCOMMAND GUEST ARG...: stdout in $output, stderr in file err
hl_at() {
    local place=$1 command=$2 guest=$3
    shift 3
    run --separate-stderr hl "$command" --backend "${place%/*}" \
        "${options[@]}" "$guests/${place#*/}/$guest" "$@"
    echo "# hl $command $guest at $place: status $status"
    echo "$output"
    echo "$stderr"
}

# checks GUEST ARG...: a guest of checks has none that failed, everywhere
checks() {
    for place in $places; do
        hl_at "$place" run "$@"
        [ "$status" -eq 0 ]
        [[ $output =~ [1-9][0-9]*\ checks,\ 0\ failed ]]
    done
}

@test "B2: printf makes the text ISO C demands for every conversion" {
    checks libc_printf
}

@test "B4: stdin by line, character and block; stdout and stderr byte exact" {
    printf 'first line\nsecond\n 42\nz\0' >in
    options=(--stdin in)
    for place in $places; do
        hl run --backend "${place%/*}" --stdin in \
            "$guests/${place#*/}/libc_stdio" >out 2>err || { cat out err; false; }
        printf 'bytes \0\377\nfputs\nputs\nc' >want
        head -c 21 out | cmp - want
        grep -aqE '^c[1-9][0-9]* checks, 0 failed$' out
        [ "$(tail -n 1 out)" = "no newline at the end" ]
        printf 'to stderr 1\nfputs to stderr\nperror: No such file or directory\n' >want
        cmp err want
    done
}

@test "B5: without stdin reading is the end at once" {
    for place in $places; do
        hl_at "$place" run libc_stdio
        [[ $output =~ failed:\ fgets ]]
    done
}

@test "B6: strtod takes back what printf made, numbers have limits, libm is right" {
    checks libc_strtod
}

@test "B6: setjmp and longjmp" {
    checks libc_setjmp
}

@test "B6: qsort, bsearch, string.h, ctype.h" {
    checks libc_qsort
}

@test "B3: malloc gives NULL and ENOMEM at the end, calloc sees overflow" {
    checks libc_malloc
}

@test "B7: time is the host's when hl_get_time is granted" {
    checks libc_time
}

@test "B7: time is synthetic when it is not" {
    options=(--deny hl_get_time)
    checks libc_time synthetic
}

@test "B8: random numbers differ between VMs, srand repeats them" {
    checks libc_random
    hl_at emu/soft run libc_random
    one=$(echo "$output" | grep draw)
    hl_at emu/soft run libc_random
    two=$(echo "$output" | grep draw)
    echo "$one, $two"
    [ "${one% *}" != "${two% *}" ]
    [ "${one##* }" != "${two##* }" ]
}

@test "B14: wide characters, UTF-8, locale" {
    checks libc_wide
}

@test "B15: signals to itself, one process, one thread" {
    for place in $places; do
        hl_at "$place" run libc_signal
        [ "$status" -eq 143 ]
        [[ $output =~ [1-9][0-9]*\ checks,\ 0\ failed ]]
    done
}

@test "B1: constructors run in order before the first call; their output comes first, up to 4 KiB" {
    for place in $places; do
        hl_at "$place" call libc_startup constructors
        [ "$status" -eq 0 ]
        [ "$output" = 123 ]
        [ "${stderr_lines[0]}" = "first constructor" ]
        [ "${stderr_lines[1]}" = "constructor to stderr" ]
        [ "${stderr_lines[2]}" = "second constructor" ]
        [[ ${stderr_lines[3]} =~ ^\.{999}$ ]]
        [[ $stderr =~ "in the call"$ ]]
        [ "${#stderr}" -le 4200 ]
        hl_at "$place" call libc_startup was_full
        [ "$output" = true ]
    done
}

@test "B9: return, exit and exit from deep inside are results; atexit, destructors, stdout" {
    last=$'partial line, atexit 2\natexit 1\ndestructor'
    for place in $places; do
        for way in return:3 exit:7 deep:42; do
            hl_at "$place" run libc_atexit ${way%:*}
            [ "$status" -eq ${way#*:} ]
            [ "$output" = "$last" ]
            [ -z "$stderr" ]
        done
        hl_at "$place" run libc_atexit quick
        [ "$status" -eq 9 ]
        [ "$output" = "partial line, " ]
    done
}

# twice PLACE GUEST: its main is called, called again, and after a restore
twice() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    [ -x twice ] || cc -Wall -Wextra -Werror -I"$root/host-harness/include" \
        -I"$root/sdk/include" "$root/tests/guests/libc_check/twice.c" -o twice \
        "$HL_BUILD/lib/libhlhost.a" -ldl -lpthread -lrt
    HL_UNICORN=$HL_BUILD/lib/hlkit/libunicorn.so.2 \
        run ./twice "${1%/*}" "$guests/${1#*/}/$2"
    echo "# $2 twice at $1: status $status"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "B9: after main has ended calls fail, until a restore" {
    for place in $places; do
        twice "$place" libc_atexit
        [ "$(grep -c '^status 3$' <<<"$output")" -eq 2 ]
        [ "$(grep -c '^error .*program has ended$' <<<"$output")" -eq 1 ]
        [ "$(grep -c '^partial line, atexit 2$' <<<"$output")" -eq 2 ]
    done
}

@test "B8: random numbers differ after a restore" {
    for place in $places; do
        twice "$place" libc_random
        [ "$(grep -c '^draw ' <<<"$output")" -eq 2 ]
        [ "$(grep '^draw ' <<<"$output" | cut -d' ' -f2 | sort -u | wc -l)" -eq 2 ]
        [ "$(grep '^draw ' <<<"$output" | cut -d' ' -f3 | sort -u | wc -l)" -eq 2 ]
    done
}

@test "B9: arguments and environment arrive, and no others" {
    options=(--env A=1 --env B=two=2)
    for place in $places; do
        hl_at "$place" run libc_args x "y z" --flag 'ü'
        [ "$status" -eq 0 ]
        [ "$output" = "argc=5
argv[1]=x
argv[2]=y z
argv[3]=--flag
argv[4]=ü
end=1
env A=1
env B=two=2
same=1
ADDED=yes
NONE=absent" ]
    done
    options=()
    hl_at emu/soft run libc_args
    [ "${lines[0]}" = argc=1 ]
    [[ ! $output =~ env\  ]]
}

@test "B4, E7: output of any size arrives whole, every byte value" {
    awk 'BEGIN { for (i = 0; i < 300; i++) print "line", i }' >lines
    for place in $places; do
        guest=$guests/${place#*/}/libc_output
        for way in write stdio lines; do
            hl run --backend "${place%/*}" "$guest" $way >$way.out
        done
        [ "$(stat -c %s write.out)" -eq 200000 ]
        cmp write.out stdio.out
        [ "$(head -c 600 write.out | od -An -v -tu1 -w1 | sort -u | wc -l)" -eq 256 ]
        cmp lines.out lines
    done
}

@test "B4, D3: without hl_write text goes to HostPrint, lossy; without both it is EIO" {
    for place in $places; do
        options=(--deny hl_write --grant HostPrint)
        hl_at "$place" call libc_text print
        [ "$output" = 0 ]
        [ "${stderr//$'\xef\xbf\xbd'/?}" = "plain
cut €
bad ??? ???
lost ?" ]
        options=(--deny hl_write)
        hl_at "$place" call libc_text print
        [ "$output" = 5 ]
        [ -z "$stderr" ]
    done
}

@test "B10: abort, assert and exit outside main end the run with a reason" {
    for place in $places; do
        hl_at "$place" call libc_abort aborts
        [ "$status" -eq 134 ]
        [[ $stderr =~ "before the abort" ]]
        [[ $stderr =~ "on stderr" ]]
        [[ $stderr =~ "abort() called" ]]
        hl_at "$place" call libc_abort asserts 3
        [ "$status" -eq 134 ]
        [[ $stderr =~ libc_abort/guest.c:[0-9]+:\ asserts:\ assertion\ failed:\ n\ \>\ 5 ]]
        hl_at "$place" call libc_abort asserts 6
        [ "$status" -eq 0 ]
        hl_at "$place" call libc_abort exits 3
        [ "$status" -eq 134 ]
        [[ $stderr =~ "exit(3) was called outside main" ]]
        hl_at "$place" call libc_abort catches
        [ "$output" = 6 ]
    done
}

@test "B10: what was printed before a fault is not lost" {
    for place in $places; do
        hl_at "$place" call libc_abort faults
        [ "$status" -eq 139 ]
        [[ $stderr =~ "before the fault" ]]
    done
}

# refused TEXT: C from stdin does not compile, and the compiler says TEXT
refused() {
    cat >source.c
    run hl-cc -c source.c -o /dev/null
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output =~ "$1" ]]
}

@test "B15: what cannot work in a guest is a compile error that says why" {
    refused "'fork' is unavailable: a guest is one process" <<C
#include <unistd.h>
int f(void) { return fork(); }
C
    refused "'execv' is unavailable: a guest is one process" <<C
#include <unistd.h>
int f(char **v) { return execv(v[0], v); }
C
    refused "'alarm' is unavailable: nothing interrupts a guest" <<C
#include <unistd.h>
unsigned f(void) { return alarm(1); }
C
    refused "'waitpid' is unavailable: a guest is one process" <<C
#include <sys/wait.h>
int f(void) { return waitpid(1, 0, 0); }
C
    refused "'pthread_create' is unavailable: a guest has one thread" <<C
#include <pthread.h>
int f(pthread_t *t, void *(*g)(void *)) { return pthread_create(t, 0, g, 0); }
C
    for header in sys/socket.h sys/mman.h dlfcn.h poll.h threads.h; do
        refused "hlkit: a guest " <<<"#include <$header>"
    done
}

@test "KVM runs the soft guests too" {
    [ -w /dev/kvm ] || skip "no /dev/kvm"
    hl_at kvm/soft run libc_setjmp
    [ "$status" -eq 0 ]
}
