#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl-cc linking: a checked guest or an error with its fix, and no output then.

load toolchain

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    source_file puts.c <<'C'
#include <stdio.h>
int main(void)
{
    puts("hello");
    return 0;
}
C
    source_file twice.c <<'C'
int twice(int n);
int twice(int n) { return 2 * n; }
C
}

# --- what a guest is ---------------------------------------------------------

@test "a guest is a PIE at 0 with relative relocations only, in both variants" {
    for float in sse2 soft; do
        hl-cc -mfloat=$float -O2 puts.c -o guest
        run llvm-readelf-19 -hlrd guest
        says "DYN (Shared object file)"
        says_not INTERP
        says_not TLS
        says_not RELRO
        says_not JMPREL
        says_not RELR
        says_not NEEDED
        [[ $output =~ LOAD\ +0x0+\ 0x0+\  ]]
        types=$(llvm-readelf-19 -r guest | grep -o 'R_X86_64_[A-Z0-9_]*' | sort -u)
        [ "$types" = R_X86_64_RELATIVE ]
        # each segment has one permission besides reading, and its own pages
        llvm-readelf-19 -lW guest | not grep -E 'LOAD.* (RWE|W E|WE) '
    done
}

# 24 KiB for one transport; both may cost 6 KiB more.
@test "a stripped puts program is at most 27 KiB" {
    for float in sse2 soft; do
        hl-cc -mfloat=$float -Os -s puts.c -o guest
        size=$(stat -c %s guest)
        echo "$float: $size bytes"
        [ "$size" -le 27648 ]
    done
}

# Bytes in memory of the objects $1 (a regular expression) by the map file.
bytes_of() {
    local sum=0 size
    for size in $(sed -nE "s/^ +[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +[0-9]+ .*[(\/]($1)\.o\)?:\(\.(text|rodata|data|bss).*/\1/p" map); do
        sum=$((sum + 16#$size))
    done
    echo $sum
}

@test "the second transport costs a guest at most 6 KiB" {
    for float in sse2 soft; do
        hl-cc -mfloat=$float -Os puts.c -o guest -Wl,-Map=map
        stack=$(bytes_of transport_stack) virtq=$(bytes_of 'transport_virtq|external')
        echo "$float: $stack and $virtq bytes"
        [ "$stack" -gt 500 ]
        [ "$virtq" -gt 1000 ] # both are in it, and what is counted exists
        [ "$virtq" -le 6144 ]
    done
}

@test "the same source gives the same guest twice, from any folder" {
    hl-cc -O2 puts.c twice.c -o one
    mkdir other
    cp puts.c twice.c other/
    (cd other && hl-cc -O2 puts.c twice.c -o ../two)
    cmp one two
    not grep -aqF "$BATS_TEST_TMPDIR" one
    hl-cc -O2 -flto puts.c twice.c -o one
    (cd other && hl-cc -O2 -flto puts.c twice.c -o ../two)
    cmp one two
}

@test "links several sources, objects, archives and libraries" {
    echo 'int twice(int n); int main(void) { return twice(4); }' >main.c
    hl-cc main.c twice.c -o from-sources
    hl-cc -c twice.c
    hl-cc main.c twice.o -o from-object
    llvm-ar-19 rcs libtwice.a twice.o
    hl-cc main.c libtwice.a -o from-archive
    hl-cc main.c -L. -ltwice -o from-library
    llvm-ar-19 rcsT libthin.a twice.o
    hl-cc main.c libthin.a -o from-thin-archive
    hl-cc -x c main.c -x none twice.o -o from-both
    [ ! -e a.out ]
    hl-cc main.c twice.o
    [ -f a.out ]
}

@test "accepts the options of an ordinary link" {
    hl-cc -static -pie -pthread puts.c -lm -lc -lgcc -lpthread -ldl -lrt \
        -Wl,--gc-sections -Wl,-O2 -Xlinker -Map -Xlinker guest.map \
        -rdynamic -fuse-ld=lld -static-pie -o guest
    [ -s guest.map ]
    hl-cc -Wl,-v puts.c -o guest
    hl-cc -Wl,-u,malloc -Wl,--defsym=here=0 -Wl,-z,now puts.c -o guest
}

@test "a section found by __start_NAME and __stop_NAME stays (linker sets)" {
    source_file set.c <<'C'
#define IN_SET __attribute__((used, section("numbers")))
static const int one IN_SET = 1, ten IN_SET = 10;
extern const int __start_numbers[], __stop_numbers[];
int main(void)
{
    int sum = 0;
    for (const int *n = __start_numbers; n < __stop_numbers; n++)
        sum += *n;
    return sum;
}
C
    for float in sse2 soft; do
        hl-cc -mfloat=$float set.c -o guest
    done
    run hl run --backend=emu guest
    [ "$status" -eq 11 ]
}

@test "libm and the run-time library need no option" {
    source_file a.c <<'C'
#include <math.h>
int main(int argc, char **argv)
{
    __int128 n = argc;
    (void)argv;
    return (int)(sin(argc) + (double)(n * n / 3));
}
C
    for float in sse2 soft; do
        hl-cc -mfloat=$float a.c -o guest
    done
}

@test "naming libc early does not take the guest library's place" {
    hl-cc puts.c -o plain
    hl-cc -lc -lm puts.c -lc -o named
    cmp plain named
}

# --- main --------------------------------------------------------------------

exports_main() {
    llvm-nm-19 "$1" | grep -qw main && llvm-readelf-19 -n -W "$1" | grep -aq . &&
        grep -aq hl_main "$1"
}

@test "main is found in objects, archives, libraries and bitcode" {
    hl-cc puts.c -o guest
    exports_main guest
    hl-cc -c puts.c
    hl-cc puts.o -o guest
    exports_main guest
    llvm-ar-19 rcs libmain.a puts.o
    hl-cc libmain.a -o guest
    exports_main guest
    hl-cc -L. -lmain -o guest
    exports_main guest
    hl-cc -L. -l:libmain.a -o guest
    exports_main guest
    hl-cc -flto -fno-fat-lto-objects -c puts.c -o "it's bitcode.o"
    hl-cc "it's bitcode.o" -o guest
    exports_main guest
    hl-cc -emit-llvm -c puts.c -o puts.bc
    hl-cc puts.bc -o guest
    exports_main guest
}

@test "without main no hl_main is exported" {
    echo 'int domain(void); int domain(void) { return 1; } static int main_(void) { return domain(); } void *p = main_;' >a.c
    hl-cc a.c -o guest
    not grep -aq hl_main guest
}

# --- link-time optimisation ---------------------------------------------------

@test "-flto and -flto=thin link, in one step and in two" {
    echo 'int twice(int n); int main(void) { return twice(4); }' >main.c
    for lto in -flto -flto=thin; do
        for float in sse2 soft; do
            hl-cc -mfloat=$float $lto -O2 main.c twice.c -o guest
            hl-cc -mfloat=$float $lto -O2 -c main.c twice.c
            hl-cc -mfloat=$float $lto -O2 main.o twice.o -o guest
        done
    done
    # the call between the two files is gone
    hl-cc -flto -O2 main.c twice.c -o guest
    llvm-nm-19 guest | not grep -qw twice
}

# --- options of hl-ld ----------------------------------------------------------

@test "-r makes one object" {
    hl-cc -r puts.c twice.c -o both.o
    llvm-readelf-19 -h both.o | grep -q 'REL (Relocatable file)'
    hl-cc both.o -o guest
    exports_main guest
}

@test "-nostdlib, -nostartfiles and -nodefaultlibs leave out what they say" {
    source_file bare.c <<'C'
void entrypoint(void);
__attribute__((visibility("default"))) void entrypoint(void)
{
    for (;;)
        __asm__("hlt");
}
C
    hl-cc -nostdlib -fno-stack-protector bare.c -o guest
    llvm-nm-19 guest | grep -q ' T entrypoint'
    llvm-nm-19 guest | not grep -E 'hl_start|hl_dispatch|exit'
    hl-cc -nostartfiles -fno-stack-protector bare.c -o guest
    run hl-cc -nodefaultlibs puts.c -o guest
    [ "$status" -eq 1 ]
    says "undefined symbol: puts"
}

@test "-z stack-size reaches the guest" {
    hl-cc puts.c -Wl,-z,stack-size=131072 -o guest
    llvm-nm-19 guest | grep -q '^0*20000 A __hl_stack_size'
    hl-cc puts.c -Wl,-z,stack-size=0x20000 -o same
    cmp guest same
    hl-cc puts.c -o default
    not cmp -s guest default
}

@test "-z stack-size that is no size" {
    for size in none 100 12x -1 99999999999; do
        run hl-cc puts.c "-Wl,-z,stack-size=$size" -o guest
        [ "$status" -eq 1 ]
        says "hl-cc: error: -z stack-size=$size: the main stack is a number of bytes"
        [ ! -e guest ]
    done
}

@test "no version note by default, --hl-note pins one" {
    hl-cc puts.c -o guest
    llvm-readelf-19 -S guest | not grep -q hyperlight-version
    hl-cc --hl-note=0.16.0 puts.c -o guest
    llvm-objcopy-19 --dump-section .note.hyperlight-version=note guest
    # the 32 bytes of abi §1.4
    expected='0b 00 00 00 07 00 00 00 01 00 00 00 48 79 70 65'
    expected+=' 72 6c 69 67 68 74 00 00 30 2e 31 36 2e 30 00 00'
    [ "$(od -An -v -w32 -tx1 note)" = " $expected" ]
    llvm-readelf-19 -SW guest | grep -q 'hyperlight-version *NOTE .* A .* 8$'
}

@test "--hl-note that is no version" {
    for note in '' 'a b' "$(printf '%040d' 0)"; do
        run hl-cc "--hl-note=$note" puts.c -o guest
        [ "$status" -eq 1 ]
        says "hl-cc: error: --hl-note=$note: a version is 31 characters at most"
        [ ! -e guest ]
    done
}

# --- outputs -------------------------------------------------------------------

@test "after an error no output is left, not even an older one" {
    hl-cc puts.c -o guest
    mkdir tmp
    TMPDIR=$PWD/tmp run hl-cc puts.c -Dputs=missing_function -w -o guest
    [ "$status" -eq 1 ]
    [ ! -e guest ]
    [ -z "$(ls tmp)" ]
}

@test "a device as output stays a device" {
    hl-cc puts.c -o /dev/null
    [ -c /dev/null ]
    run hl-cc puts.c -Dputs=missing_function -w -o /dev/null
    [ "$status" -eq 1 ]
    [ -c /dev/null ]
}

@test "an output folder that is not there" {
    run hl-cc puts.c -o nowhere/guest
    [ "$status" -eq 1 ]
    says "nowhere/guest: No such file or directory"
}

# --- refusals: one each ----------------------------------------------------------

@test "refused: an undefined symbol" {
    echo 'int elsewhere(void); int main(void) { return elsewhere(); }' >a.c
    refuses "undefined symbol: elsewhere" "add the object or library (-l) that defines it" a.c
}

@test "refused: -shared" {
    run hl-cc -shared twice.c -o guest.so
    [ "$status" -eq 1 ]
    says "hl-cc: error: -shared: a guest is one static file, there are no shared libraries; leave -shared out"
    [ ! -e guest.so ]
}

@test "refused: a shared library as input" {
    gcc -shared -o libx.so -x c /dev/null
    refuses "attempted static link of dynamic object libx.so" "a guest has no shared libraries: give the static library (.a)" puts.c libx.so
}

@test "refused: a library that is not there" {
    refuses "unable to find library -lnowhere" "give its folder with -L" puts.c -lnowhere
}

@test "refused: 32-bit code" {
    run hl-cc -m32 puts.c -o guest
    [ "$status" -eq 1 ]
    [ ! -e guest ]
    echo '' | gcc -m32 -ffreestanding -x c -c - -o wide.o
    refuses "is incompatible with" "compile every object with hl-cc" puts.c wide.o
}

@test "refused: code that is not position independent" {
    refuses "recompile with -fPIC" "every object of a guest is position independent" -fno-pie -mcmodel=large puts.c
}

@test "refused: thread-local storage" {
    echo '_Thread_local int x; int main(void) { return x++; }' >a.c
    run hl-cc a.c -o guest
    [ "$status" -eq 1 ]
    says TLS
    says "hl-cc: note:"
    [ ! -e guest ]
}

@test "refused: functions chosen at start (ifunc)" {
    echo 'static int f(void) { return 1; } static void *r(void) { return f; } int g(void) __attribute__((ifunc("r"))); int main(void) { return g(); }' >a.c
    refuses "ifunc" "remove __attribute__((ifunc)) and target_clones" a.c
}

@test "refused: packed relative relocations" {
    refuses "DT_RELR" "link without -z pack-relative-relocs" puts.c -Wl,-z,pack-relative-relocs
}

@test "refused: an interpreter" {
    sed -e 's/^    ro PT_LOAD/    interp PT_INTERP;\n&/' \
        -e 's/^    \. = SIZEOF_HEADERS;/&\n.interp : { BYTE(47) BYTE(0) } :ro :interp/' \
        "$SYSROOT/lib/guest.ld" >interp.ld
    run hl-cc puts.c -T interp.ld -o guest
    [ "$status" -eq 1 ]
    says "PT_INTERP"
    says "hl-cc: note:"
    [ ! -e guest ]
}

@test "refused: a segment that is writable and executable" {
    sed 's/PT_LOAD FLAGS([56])/PT_LOAD FLAGS(7)/' "$SYSROOT/lib/guest.ld" >wx.ld
    run hl-cc puts.c -T wx.ld -o guest
    [ "$status" -eq 1 ]
    says "writ"
    says "executable"
    says "hl-cc: note:"
    [ ! -e guest ]
}

@test "refused: an image that does not begin at 0" {
    sed 's/\. = SIZEOF_HEADERS;/. = 0x10000 + SIZEOF_HEADERS;/' "$SYSROOT/lib/guest.ld" >base.ld
    run hl-cc puts.c -T base.ld -o guest
    [ "$status" -eq 1 ]
    says "not at 0"
    [ ! -e guest ]
}

@test "refused: no entry point" {
    run hl-cc -nostartfiles puts.c -o guest
    [ "$status" -eq 1 ]
    says "no entry point"
    says "hl-cc: note:"
    [ ! -e guest ]
}

@test "refused: nothing to load" {
    run hl-cc puts.c -Wl,--oformat=binary -o guest
    [ "$status" -eq 1 ]
    says "hl-cc: error:"
    [ ! -e guest ]
}

@test "refused: an image of more than 52428800 bytes" {
    echo 'char big[53000000] = {1}; int main(int c, char **v) { (void)v; return big[c]; }' >a.c
    refuses "Binary too large: 5" "remove debug data" a.c
}

@test "refused: an incomplete sysroot" {
    mkdir -p tree/bin
    cp "$HL_BUILD/bin/hl-cc" tree/bin/
    cp -R "$SYSROOT" tree/sysroot
    rm tree/sysroot/lib/sse2/crt0.o
    run tree/bin/hl-cc puts.c -o guest
    [ "$status" -eq 1 ]
    says "tree/sysroot/lib/sse2/crt0.o is missing: the sysroot is incomplete; run \`make\`"
    [ ! -e guest ]
}
