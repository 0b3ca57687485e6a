/* SPDX-License-Identifier: MIT */
/* The one home of the flags that make a guest of a C file. */
#ifndef TARGET_H
#define TARGET_H

#include "tool.h"

enum target_float { TARGET_SSE2, TARGET_SOFT };

/* "sse2", "soft": the names in -mfloat= and of the sysroot's lib folders. */
const char *target_float_name(enum target_float variant);
/* The inverse; false if name is neither. */
bool target_float_parse(const char *name, enum target_float *variant);

/* Which include folders of the sysroot are wanted. */
enum target_include {
    TARGET_INCLUDE_NONE,     /* -nostdinc */
    TARGET_INCLUDE_COMPILER, /* -nostdlibinc: what corrects the compiler's own
                              */
    TARGET_INCLUDE_ALL
};

/* Clang's flags for compiling. */
void target_compile_flags(struct words *words, enum target_float variant,
                          const char *sysroot, enum target_include include);
/* Clang's flags for linking: they make clang run hl-ld as its linker. */
void target_link_flags(struct words *words, enum target_float variant,
                       const char *sysroot);

/* The Hyperlight hosts that a guest linked here can talk to. */
#define TARGET_ABI    "hyperlight-0.13.1-0.18"
#define TARGET_TRIPLE "x86_64-unknown-none-elf"

#endif /* TARGET_H */
