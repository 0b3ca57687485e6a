/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <string.h>

static const char *const float_names[] = {
    [TARGET_SSE2] = "sse2",
    [TARGET_SOFT] = "soft",
};

const char *target_float_name(enum target_float variant)
{
    return float_names[variant];
}

bool target_float_parse(const char *name, enum target_float *variant)
{
    for (int i = TARGET_SSE2; i <= TARGET_SOFT; i++)
        if (strcmp(name, float_names[i]) == 0) {
            *variant = (enum target_float)i;
            return true;
        }
    return false;
}

static const char *const compile_flags[] = {
    "--target=" TARGET_TRIPLE,
    "-D__HYPERLIGHT__=1",
    /* x86-64 as every host's CPU has it: no popcnt, movbe, BMI, AVX */
    "-march=x86-64",
    /* exceptions are taken while guest code runs */
    "-mno-red-zone",
    /* PIE with base 0 is what the loader takes (abi §1.1); nothing lies
     * outside it, so data is reached without a GOT */
    "-fPIE",
    "-fvisibility=hidden",
    "-fdirect-access-external-data",
    /* one guard page lies under the stack: touch each page on the way down. The
     * driver drops the plain option for this target, the compiler knows it. */
    "-Xclang",
    "-fstack-clash-protection",
    "-mstack-probe-size=4096",
    /* the canary is a global: a guest has no FS base (abi §1.3) */
    "-fstack-protector-strong",
    "-mstack-protector-guard=global",
    /* backtraces follow frame pointers, which this target keeps; the tables
     * would be a tenth of the image */
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-ffunction-sections",
    "-fdata-sections",
    /* with -flto the driver hands no pure bitcode to a linker for this target;
     * objects that hold both are linked as bitcode by hl-ld */
    "-ffat-lto-objects",
    /* what the build machine's own programs include is not for guests */
    "-nostdlibinc",
    NULL,
};

/* No SSE or x87 instruction at all; doubles travel in general registers. No
 * other set of flags compiles the whole libc. */
static const char *const soft_flags[] = {
    "-mno-sse",
    "-mno-mmx",
    "-mlong-double-64",
    "-Xclang",
    "-target-feature",
    "-Xclang",
    "+soft-float",
    /* as gcc says it: libc then has no rounding modes and exception flags */
    "-D_SOFT_FLOAT=1",
    NULL,
};

void target_compile_flags(struct words *words, enum target_float variant,
                          const char *sysroot, bool libc)
{
    words_add_all(words, compile_flags);
    if (variant == TARGET_SOFT)
        words_add_all(words, soft_flags);
    /* The corrected stdarg.h must precede the compiler's own; libc itself,
     * built with -nostdlibinc, needs it as well. (With -nostdinc clang looks
     * nowhere, here neither.) */
    if (variant == TARGET_SOFT) {
        words_add(words, "-isystem");
        words_add(words, text_format("%s/include-soft", sysroot));
    }
    if (!libc)
        return;
    /* libc comes last, as on every system: -I and -isystem override it. Before
     * it, the SDK's headers that stand in front of some of libc's. */
    words_add(words, "-idirafter");
    words_add(words, text_format("%s/include/libc", sysroot));
    words_add(words, "-idirafter");
    words_add(words, text_format("%s/include", sysroot));
}

void target_link_flags(struct words *words, enum target_float variant,
                       const char *sysroot)
{
    const char *name = target_float_name(variant);

    /* For this target clang links through the program named here, which it
     * looks for in the -B folders; the name tells hl-ld the float variant. */
    words_add(words, text_format("-B%s/libexec", sysroot));
    words_add(words, text_format("-B%s/lib/%s", sysroot, name));
    words_add(words, "-ccc-gcc-name");
    words_add(words, text_format("hl-ld-%s", name));
}
