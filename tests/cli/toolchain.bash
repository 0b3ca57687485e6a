# SPDX-License-Identifier: MIT
# For the tests of hl-cc and hl-config: the tools, a folder of the test's own.
HL_BUILD=$(cd "${HL_BUILD:-$BATS_TEST_DIRNAME/../../build}" && pwd)
PATH=$HL_BUILD/bin:$PATH
FIXTURES=$BATS_TEST_DIRNAME/../cc
SYSROOT=$HL_BUILD/sysroot
export PATH FIXTURES SYSROOT
unset CPATH C_INCLUDE_PATH

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# source NAME <<E: writes a file into the test's folder
source_file() {
    cat >"$1"
}

# not COMMAND…: it fails. A line `! COMMAND` is no check: bash goes on after it.
not() {
    if "$@"; then
        echo "not expected: $*" >&2
        return 1
    fi
}

# says TEXT: the output of the last `run` holds it
says() {
    [[ $output == *"$1"* ]] || {
        echo "expected: $1" >&2
        echo "got: $output" >&2
        return 1
    }
}

says_not() {
    [[ $output != *"$1"* ]] || {
        echo "not expected: $1" >&2
        echo "got: $output" >&2
        return 1
    }
}

# refuses TEXT FIX ARGUMENT...: hl-cc fails with these words, leaves no output
refuses() {
    local text=$1 fix=$2
    shift 2
    rm -f guest
    run hl-cc "$@" -o guest
    [ "$status" -eq 1 ]
    says "$text"
    says "hl-cc: note: $fix"
    [ ! -e guest ]
}
