# SPDX-License-Identifier: MIT
# For the tests of hl: tools, guests, and every backend this machine has.
HL_BUILD=$(cd "${HL_BUILD:-$BATS_TEST_DIRNAME/../../build}" && pwd)
PATH=$HL_BUILD/bin:$PATH
# bats sets these: shellcheck cannot see it
: "${status:=}" "${output:=}" "${stderr:=}"
GUESTS=$BATS_TEST_DIRNAME/guests
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# A test that needs a backend begins with this.
need_backend() {
    [ -n "$(backends)" ] || skip "neither KVM nor the emulator works here"
}

# guests_build NAME...: both float variants of tests/cli/guests/NAME.c
guests_build() {
    local name float
    hl --version >/dev/null || return 1
    for name; do
        for float in sse2 soft; do
            mkdir -p "$BATS_FILE_TMPDIR/$float"
            hl-cc -mfloat=$float -O1 -g -Wall -o "$BATS_FILE_TMPDIR/$float/$name" \
                "$GUESTS/$name.c"
        done
    done
}

# The backends that work here, as words: emu kvm
backends() {
    if [ ! -s "$BATS_FILE_TMPDIR/backends" ]; then
        hl doctor >"$BATS_FILE_TMPDIR/doctor" 2>&1 || true
        grep -q '^emulator *ok' "$BATS_FILE_TMPDIR/doctor" &&
            echo emu >>"$BATS_FILE_TMPDIR/backends"
        grep -qE '^kvm *(ok|partly)' "$BATS_FILE_TMPDIR/doctor" &&
            echo kvm >>"$BATS_FILE_TMPDIR/backends"
    fi
    cat "$BATS_FILE_TMPDIR/backends" 2>/dev/null || true
}

# The float variant that a backend is tested with: soft runs under any KVM.
float_of() {
    case $1 in
    kvm) echo soft ;;
    *) echo sse2 ;;
    esac
}

# on_each COMMAND NAME WORD...: `hl COMMAND --backend B GUEST WORD...` on each
# backend in turn; CHECK is a function of the test, called with $backend set
# after each run.
on_each() {
    local check=$1 command=$2 name=$3
    shift 3
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/$name
        # shellcheck disable=SC2086  # words
        run --separate-stderr hl "$command" --backend "$backend" \
            $HL_OPTIONS "$guest" "$@"
        "$check" || {
            echo "on $backend: status $status" >&2
            echo "stdout: $output" >&2
            echo "stderr: $stderr" >&2
            return 1
        }
    done
}

# gives STATUS [STDOUT]: of the last run
gives() {
    [ "$status" -eq "$1" ] && { [ $# -lt 2 ] || [ "$output" = "$2" ]; }
}

# says TEXT...: stderr of the last run holds each
says() {
    local text
    for text; do
        [[ $stderr == *"$text"* ]] || {
            echo "not on stderr: $text" >&2
            return 1
        }
    done
}

# hl_fails STATUS WORD...: hl fails with nothing on stdout
hl_fails() {
    local wanted=$1
    shift
    run -"$wanted" --separate-stderr hl "$@"
    if [ "$status" -ne "$wanted" ] || [ -n "$output" ]; then
        echo "status $status, stdout $output, stderr $stderr" >&2
        return 1
    fi
}
