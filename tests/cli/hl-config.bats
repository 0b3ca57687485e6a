#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl-config: what it says is enough to build with plain clang and plain cc.

load toolchain

@test "--cflags and --ldflags make the same guest with plain clang" {
    cp "$FIXTURES"/fixtures/float.c .
    for float in sse2 soft; do
        # shellcheck disable=SC2046
        clang-19 $(hl-config -mfloat=$float --cflags) -O2 -c float.c
        # shellcheck disable=SC2046
        clang-19 $(hl-config --float=$float --ldflags) float.o \
            $(hl-config --libs) -o with-clang
        hl-cc -mfloat=$float -O2 float.c -o with-hl-cc
        cmp with-clang with-hl-cc
    done
}

@test "--sysroot is where the headers and libraries are" {
    sysroot=$(hl-config --sysroot)
    [ -f "$sysroot/include/stdio.h" ]
    [ -f "$sysroot/lib/soft/libc.a" ]
    [ -f "$sysroot/share/hlkit.cmake" ]
}

@test "--version and --abi are one word each" {
    run hl-config --version
    [[ $output =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    run hl-config --abi
    [[ $output =~ ^hyperlight-[a-z0-9.-]+$ ]]
}

@test "several queries are answered in one line, in their order" {
    run hl-config --version --libs --abi
    [ "$status" -eq 0 ]
    [ "$output" = "$(hl-config --version) $(hl-config --libs) $(hl-config --abi)" ]
}

@test "--host-cflags and --host-libs compile a host program" {
    printf '#include <hl_host.h>\n#include <hl_image.h>\nint main(void)\n{\n    return hl_image_check(0, 0, 0, 0) == HL_OK;\n}\n' >host.c
    # shellcheck disable=SC2046
    cc -std=c11 $(hl-config --host-cflags) host.c $(hl-config --host-libs) -o host
    ./host
}

@test "no query, an unknown one, an unknown variant" {
    run hl-config
    [ "$status" -eq 1 ]
    says "usage: hl-config"
    run hl-config --nonsense
    [ "$status" -eq 1 ]
    says "hl-config: error: unknown option '--nonsense'"
    run hl-config --float=x87 --cflags
    [ "$status" -eq 1 ]
    says "hl-config: error: unknown float variant 'x87'; write -mfloat=sse2 or -mfloat=soft"
}

@test "--help" {
    run hl-config --help
    [ "$status" -eq 0 ]
    says "--host-cflags"
}

@test "a tree without sysroot says where it looked" {
    mkdir bin
    cp "$HL_BUILD/bin/hl-config" "$HL_BUILD/bin/hl-cc" bin/
    run bin/hl-config --cflags
    [ "$status" -eq 1 ]
    says "hl-config: error: no sysroot in $PWD/sysroot nor in $PWD/lib/hlkit/sysroot; run \`make\`"
    run bin/hl-cc -c x.c
    [ "$status" -eq 1 ]
    says "hl-cc: error: no sysroot in"
}

@test "the installed layout works from a folder with a blank in its name" {
    mkdir -p "my tools/bin" "my tools/lib/hlkit"
    cp "$HL_BUILD/bin/hl-cc" "$HL_BUILD/bin/hl-config" "my tools/bin/"
    cp -R "$SYSROOT" "my tools/lib/hlkit/"
    cp "$FIXTURES"/fixtures/float.c .
    [ "$("my tools/bin/hl-config" --sysroot)" = "$PWD/my tools/lib/hlkit/sysroot" ]
    "my tools/bin/hl-cc" -O2 float.c -o moved
    hl-cc -O2 float.c -o here
    cmp moved here
    ln -sf "$PWD/my tools/bin/hl-cc" linked-cc
    ./linked-cc -O2 float.c -o linked
    cmp linked here
}
