#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl-cc compiling: the target's rules, its own options, clang for the rest.
# tests/cc/differential holds what must be the same as clang's.

load toolchain

hello() {
    source_file hello.c <<'C'
#include <stdio.h>
int main(void)
{
    puts("hello");
    return 0;
}
C
}

@test "compiles hosted C with built-ins, as __HYPERLIGHT__" {
    source_file a.c <<'C'
#if __STDC_HOSTED__ != 1 || __HYPERLIGHT__ != 1 || defined(__linux__)
#error not a hosted guest
#endif
#if defined(__AVX__) || defined(__SSE3__) || !defined(__SSE2__)
#error not plain x86-64
#endif
#include <string.h>
unsigned long f(void) { return strlen("built in"); }
C
    hl-cc -O2 -Wall -Werror -S a.c -o a.s
    run cat a.s
    says_not "strlen"
    says '$8, %eax'
}

@test "says nothing that clang would not say" {
    hello
    run hl-cc -Wall -Wextra -c hello.c
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    run hl-cc -Wall -E hello.c -o /dev/null
    [ -z "$output" ]
    run hl-cc --hl-note=0.17.0 -mfloat=soft -S hello.c
    [ -z "$output" ]
}

@test "a failing compilation has clang's status and words, and no output" {
    echo 'int main(void) { return nothing; }' >broken.c
    run hl-cc -c broken.c -o broken.o
    [ "$status" -eq 1 ]
    says "broken.c:1:25: error: use of undeclared identifier 'nothing'"
    [ ! -e broken.o ]
    ours=$output
    # shellcheck disable=SC2046
    run clang-19 $(hl-config --cflags) -c broken.c -o broken.o
    [ "$status" -eq 1 ]
    [ "$output" = "$ours" ]
}

@test "hl-cc becomes clang: signals reach it, its end is clang's" {
    mkfifo source.c
    hl-cc -c -x c source.c -o out.o 3>&- &
    pid=$!
    for _ in $(seq 50); do
        exe=$(readlink "/proc/$pid/exe")
        [[ $exe != *clang* ]] || break
        sleep 0.05
    done
    [[ $exe == *clang* ]]
    kill -TERM "$pid"
    wait "$pid" || ended=$?
    [ "$ended" -eq 143 ]
    [ ! -e out.o ]
}

@test "without clang the message says what to install" {
    hello
    run env PATH=/nonexistent "$HL_BUILD/bin/hl-cc" -c hello.c
    [ "$status" -eq 1 ]
    says "hl-cc: error: clang-19 is not on PATH; install it: apt-get install clang-19"
}

@test "--help lists the options of its own" {
    run hl-cc --help
    [ "$status" -eq 0 ]
    says "-mfloat=sse2|soft"
    says "--hl-note=VERSION"
    says "stack-size=N"
}

@test "--version names clang first, then hlkit, ABI and libc" {
    run hl-cc --version
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == *"clang version 19."* ]]
    says "hl-cc (hlkit) $(hl-config --version)"
    says "ABI: $(hl-config --abi)"
    says "picolibc 1.8."
}

@test "unknown float variant" {
    hello
    run hl-cc -mfloat=hard -c hello.c
    [ "$status" -eq 1 ]
    [ "$output" = "hl-cc: error: unknown float variant 'hard'; write -mfloat=sse2 or -mfloat=soft" ]
    [ ! -e hello.o ]
}

# The instructions of an object that touch a vector, x87 or MMX register.
float_instructions() {
    llvm-objdump-19 -d --no-show-raw-insn "$1" | grep -v 'file format' |
        grep -cE '%(xmm|ymm|mm|st)|[[:space:]](f[a-z]+|emms)[[:space:]]' || true
}

@test "-mfloat=soft makes no SSE or x87 instruction, the default does" {
    cp "$FIXTURES/fixtures/float.c" .
    hl-cc -O2 -mfloat=soft -c float.c -o soft.o
    hl-cc -O2 -c float.c -o sse2.o
    [ "$(float_instructions soft.o)" -eq 0 ]
    [ "$(float_instructions sse2.o)" -gt 0 ]
}

@test "soft libraries hold no SSE or x87 instruction besides fenv" {
    run float_instructions "$SYSROOT/lib/soft/libbuiltins.a"
    [ "$output" -eq 0 ]
    run float_instructions "$SYSROOT/lib/soft/libyyjson.a"
    [ "$output" -eq 0 ]
    members=$(llvm-objdump-19 -d --no-show-raw-insn "$SYSROOT/lib/soft/libc.a" |
        awk '/file format/ { file = $1 } /%xmm|%st\(|fldcw|fnst|ldmxcsr|stmxcsr/ { print file }' |
        sort -u | grep -v -e fenv -e 'fe[a-z]*\.c\.o' -e setjmp || true)
    echo "$members"
    [ -z "$members" ]
}

@test "the last -mfloat wins" {
    hello
    hl-cc -mfloat=soft -mfloat=sse2 -dM -E hello.c -o sse2.h
    hl-cc -mfloat=sse2 -mfloat=soft -dM -E hello.c -o soft.h
    grep -q __SSE2__ sse2.h
    not grep -q __SSE2__ soft.h
}

@test "-mfloat and --hl-note are found in response files, nested ones too" {
    hello
    echo '-mfloat=soft "-DNAME=two words"' >inner.rsp
    echo '-dM -E @inner.rsp hello.c' >outer.rsp
    hl-cc @outer.rsp -o out.h
    not grep -q __SSE2__ out.h
    grep -q '#define NAME two words' out.h
    echo '--hl-note=0.17.0' >note.rsp
    hl-cc -c hello.c @note.rsp
}

@test "a response file that names itself is an error, not a hang" {
    echo '-mfloat=soft @self.rsp' >self.rsp
    run timeout 20 hl-cc @self.rsp -c x.c
    [ "$status" -ne 0 ]
    [ "$status" -ne 124 ]
}

@test "the user's flags win over the target's" {
    echo 'int f(int *p); int g(int n) { int a[64]; return f(a) + n; }' >a.c
    hl-cc -S -O2 a.c -o with.s
    hl-cc -S -O2 -fno-stack-protector a.c -o without.s
    grep -q __stack_chk_fail with.s
    not grep -q __stack_chk_fail without.s
    hl-cc -U__HYPERLIGHT__ -march=x86-64-v3 -dM -E a.c -o macros
    not grep -q __HYPERLIGHT__ macros
    grep -q __AVX2__ macros
}

@test "-I, -isystem and -iquote come before libc's headers" {
    mkdir mine
    echo '#define MINE 1' >mine/stdio.h
    printf '#include <stdio.h>\n#if !MINE\n#error libc\n#endif\n' >a.c
    hl-cc -c -isystem mine a.c
    hl-cc -c -I mine a.c
    run hl-cc -c a.c
    [ "$status" -eq 1 ]
}

@test "nothing of the build machine is included" {
    for header in linux/types.h bits/libc-header-start.h gnu/libc-version.h; do
        echo "#include <$header>" >a.c
        run hl-cc -c a.c
        [ "$status" -eq 1 ]
        says "file not found"
    done
}

@test "-nostdinc leaves no stdarg.h, -nostdlibinc the right one" {
    echo '#include <stdarg.h>' >a.c
    for float in sse2 soft; do
        run hl-cc -mfloat=$float -nostdinc -E a.c
        [ "$status" -eq 1 ]
        says "'stdarg.h' file not found"
        hl-cc -mfloat=$float -nostdlibinc -E a.c >$float
    done
    [ "$(grep -c include-soft sse2)" -eq 0 ]
    [ "$(grep -c include-soft soft)" -gt 0 ]
}

@test "large frames and alloca touch each page of the stack" {
    source_file a.c <<'C'
#include <alloca.h>
int f(volatile char *p);
int frame(void) { char a[20480]; return f(a); }
int dynamic(unsigned n) { return f(alloca(n)); }
C
    for float in sse2 soft; do
        hl-cc -mfloat=$float -O2 -S a.c -o a.s
        # each page is passed by one subtraction and a store
        [ "$(grep -cE 'sub[lq].*\$4096, %r(sp|11|ax|cx)|movq.*\$0, \(%rsp\)|orq.*\$0, \(%rsp\)' a.s)" -ge 2 ]
    done
}

@test "the stack protector's canary is a global, FS is never used" {
    echo 'int f(char *p); int g(void) { char a[64]; return f(a); }' >a.c
    hl-cc -O2 -S a.c
    grep -q '__stack_chk_guard(%rip)' a.s
    not grep -q '%fs' a.s
}

@test "no red zone" {
    echo 'int g(int a) { volatile int x[8]; x[a & 7] = a; return x[0]; }' >a.c
    hl-cc -O2 -fno-stack-protector -fomit-frame-pointer -S a.c
    grep -qE 'sub[lq].*%rsp|pushq' a.s
    not grep -qE -- '-[0-9]+\(%rsp' a.s
}

# These name a system that is not there, on purpose or upstream; each is an
# error that says so (sdk/include/libc) or never was part of picolibc.
@test "every header of libc compiles alone, in both variants" {
    cd "$SYSROOT/include"
    failed=
    for header in assert complex ctype errno fenv float inttypes iso646 limits \
        locale math setjmp signal stdalign stdarg stdatomic stdbool stddef \
        stdint stdio stdlib stdnoreturn string tgmath time uchar wchar wctype \
        alloca fcntl fnmatch getopt libgen search strings unistd sys/stat \
        sys/time sys/times sys/types byteswap endian pthread; do
        for float in sse2 soft; do
            for std in c99 c11 gnu17; do
                echo "#include <$header.h>" |
                    hl-cc -mfloat=$float -std=$std -Wall -Werror -fsyntax-only \
                        -x c - || failed="$failed $header($float,$std)"
            done
        done
    done
    echo "failed:$failed"
    [ -z "$failed" ]
}

@test "the same source gives the same object twice, without this machine's paths" {
    hello
    hl-cc -O2 -c hello.c -o one.o
    mkdir other
    cp hello.c other/
    (cd other && hl-cc -O2 -c hello.c -o ../two.o)
    cmp one.o two.o
    not grep -aq "$BATS_TEST_TMPDIR" one.o
    not grep -aq "$SYSROOT" one.o
}

@test "no library of the sysroot holds a path of this machine" {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    for library in "$SYSROOT"/lib/*/libc.a "$SYSROOT"/lib/*/libbuiltins.a \
        "$SYSROOT"/lib/*/libyyjson.a; do
        not grep -aqF "$root" "$library"
    done
}
