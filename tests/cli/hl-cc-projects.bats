#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Guests built by CMake, Meson and autoconf with the files of SYSROOT/share,
# in both float variants: their configure checks tell the truth, what they
# build runs.

load toolchain

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    cp -R "$FIXTURES/projects" source
    SHARE=$(hl-config --sysroot)/share
}

# greets BUILDER PROGRAM: the guest is of the float variant, and runs
greets() {
    run hl run "$2" 2>/dev/null
    [ "$status" -eq 0 ]
    says "hello from $1, 1.4142"
}

# No vector register outside of sse2 guests.
variant_is() {
    count=$(llvm-objdump-19 -d --no-show-raw-insn "$2" | grep -c '%xmm' || true)
    echo "$1: $count instructions with vector registers"
    if [ "$1" = soft ]; then [ "$count" -eq 0 ]; else [ "$count" -gt 0 ]; fi
}

@test "CMake" {
    for float in sse2 soft; do
        cmake -S source/cmake -B build-$float -DHLKIT_FLOAT=$float \
            -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE="$SHARE/hlkit.cmake"
        cmake --build build-$float
        greets cmake build-$float/greeting
        variant_is $float build-$float/greeting
    done
}

@test "Meson" {
    cp source/*.[ch] source/meson/
    meson setup build-sse2 source/meson --cross-file "$SHARE/hlkit.meson"
    meson setup build-soft source/meson --cross-file "$SHARE/hlkit.meson" \
        --cross-file "$SHARE/hlkit-soft.meson"
    for float in sse2 soft; do
        ninja -C build-$float
        greets meson build-$float/greeting
        variant_is $float build-$float/greeting
    done
}

@test "autoconf" {
    cp source/*.[ch] source/autoconf/
    (cd source/autoconf && autoconf && autoheader)
    for float in sse2 soft; do
        cp -R source/autoconf build-$float
        cd build-$float
        HLKIT_FLOAT=$float CONFIG_SITE=$SHARE/config.site \
            ./configure --host=x86_64-none-elf
        grep -q '#define HAVE_STDIO_H 1' config.h
        not grep -q '#define HAVE_LINUX_TYPES_H' config.h
        case $float in
        sse2) grep -q '#define SIZEOF_LONG_DOUBLE 16' config.h ;;
        soft) grep -q '#define SIZEOF_LONG_DOUBLE 8' config.h ;;
        esac
        make
        greets autoconf greeting
        variant_is $float greeting
        cd ..
    done
}
