#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The list of what hl may do while a guest runs: nothing on it is superfluous,
# nothing else is possible. harden_shim.c stands between hl and libseccomp.
load helpers

setup_file() {
    guests_build functions program
    cp "$HL_BUILD"/samples/soft/echo-worker "$BATS_FILE_TMPDIR/soft/"
    cp "$HL_BUILD"/samples/sse2/echo-worker "$BATS_FILE_TMPDIR/sse2/"
    printf '{"a":%0200000d}' 1 >"$BATS_FILE_TMPDIR/big"
}

# shim WORD...: hl with the shim; HARDEN_… tell it what to do
shim() {
    LD_PRELOAD=$HL_BUILD/tests/harden_shim.so hl "$@"
}

# Each does something else with hl on $backend; status 0 if it went well.
workloads='adds fails_at_a_place times_out copies_input floods_a_pipe
    repeats_a_job captures'
adds() {
    [ "$(shim call "${with[@]}" "$guest/functions" add 1 2 2>&1)" = 3 ]
}
fails_at_a_place() {
    shim call "${with[@]}" "$guest/functions" touch_nowhere 2>err && return 1
    grep -q 'functions.c:' err
}
times_out() {
    shim call "${with[@]}" --timeout 0.5 "$guest/functions" spin 2>err && return 1
    grep -q 'spin: Command timed out' err
}
copies_input() {
    head -c 5000 /dev/zero | tr '\0' x >in
    shim run "${with[@]}" --stdin - "$guest/program" cat <in >out 2>err &&
        cmp -s in out
}
floods_a_pipe() {
    { shim run "${with[@]}" "$guest/program" flood 2>err || true; } |
        head -n 3 | cmp -s - <(printf 'y\ny\ny\n')
    [ ! -s err ]
}
repeats_a_job() {
    shim job "${with[@]}" --repeat 3 --input in "$guest/echo-worker" >out 2>err
}
captures() {
    shim run "${with[@]}" --json "$guest/program" many >out 2>err &&
        grep -q 'line 500' out
}
# works_all: every workload on $backend
works_all() {
    local work
    guest=$BATS_FILE_TMPDIR/$(float_of "$backend")
    with=(--harden=on --backend "$backend")
    echo '{"a":1}' >in
    for work in $workloads; do
        "$work" || {
            echo "on $backend: $work: $(cat err)" >&2
            return 1
        }
    done
}

# Each entry of the list for $backend, the KVM ones among them
list() {
    rm -f names
    HARDEN_LIST=names shim call --harden=on --backend "$backend" \
        "$BATS_FILE_TMPDIR/$(float_of "$backend")/functions" add 1 2 >sum
    sort -u names
}

@test "what hl and its guests do is on the list" {
    need_backend
    for backend in $(backends); do
        works_all
    done
}

# Refused, these are not missed by what is tried here: munmap and close give
# back what long jobs would use up, getrandom has the clock behind it, kill
# ends a reader of debug information that does not end by itself. Those are
# seen to be used at least.
@test "nothing on the list is superfluous" {
    local entry
    need_backend
    for backend in $(backends); do
        list >entries
        # seen on one backend is enough
        [ ! -e tried ] || sed -i '/^ioctl/!d' entries
        touch tried
        while read -r entry; do
            case $entry in
            munmap | close | getrandom | kill) export HARDEN_KILL=$entry ;;
            *) export HARDEN_OMIT=$entry ;;
            esac
            if works_all >failed 2>&1; then
                echo "superfluous on $backend: $entry" >&2
                return 1
            fi
            unset HARDEN_KILL HARDEN_OMIT
        done <entries
    done
}

@test "nothing but what is on the list is allowed" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        HARDEN_PROBE=$PWD/probe-$backend shim call --harden=on \
            --backend "$backend" "$guest" add 1 2 >sum
        [ "$(cat "probe-$backend")" = probed ]
        [ "$(cat sum)" = 3 ]
    done
}

@test "hl leaves no core and opens few files" {
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/functions
        hl call --backend "$backend" --harden=on --timeout 20 "$guest" spin \
            2>err &
        hl=$!
        sleep 1
        pid=$(cat "/proc/$hl/task/$hl/children")
        pid=${pid%% *}
        grep -qE '^Max core file size +0 +0 ' "/proc/${pid:-$hl}/limits"
        grep -qE '^Max open files +64 +64 ' "/proc/${pid:-$hl}/limits"
        kill $hl
        wait $hl || true
    done
}
