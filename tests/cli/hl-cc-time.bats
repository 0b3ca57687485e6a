#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What hl-cc adds to clang's own time. Run alone (SERIAL_TESTS).

load toolchain

# Milliseconds of processor time that a command takes, its children included.
took() {
    local TIMEFORMAT='%3U %3S' user system
    read -r user system <<<"$({ time "$@" >/dev/null 2>&1; } 2>&1)"
    echo $((10#${user/./} + 10#${system/./}))
}

# The least of each counts, of runs made in turns: other programs on the
# machine slow some of them down, but none down to the least.
adds_at_most() {
    local limit=$1 clang=1000000 hl_cc=1000000 now
    shift
    for _ in $(seq 20); do
        now=$(took clang-19 "${flags[@]}" "$@")
        [ "$now" -ge $clang ] || clang=$now
        now=$(took hl-cc "$@")
        [ "$now" -ge $hl_cc ] || hl_cc=$now
    done
    echo "clang $clang ms, hl-cc $hl_cc ms"
    [ $((hl_cc - clang)) -le "$limit" ]
}

@test "compiling: at most 5 ms" {
    printf '#include <stdio.h>\nint main(void)\n{\n    return puts("");\n}\n' >a.c
    read -ra flags <<<"$(hl-config --cflags)"
    adds_at_most 5 -O2 -c a.c
}

@test "linking: at most 5 ms over clang and the same linker" {
    printf '#include <stdio.h>\nint main(void)\n{\n    return puts("");\n}\n' >a.c
    hl-cc -O2 -c a.c
    read -ra flags <<<"$(hl-config --ldflags)"
    adds_at_most 5 a.o -o guest
}

@test "hello world compiles and links in less than a second" {
    printf '#include <stdio.h>\nint main(void)\n{\n    return puts("");\n}\n' >a.c
    least=1000000
    for _ in 1 2 3 4 5; do
        now=$(took hl-cc -O2 a.c -o guest)
        [ "$now" -ge $least ] || least=$now
    done
    echo "$least ms"
    [ "$least" -lt 1000 ]
}
