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

/* Clang's flags for compiling; libc: with the folders of its headers. */
void target_compile_flags(struct words *words, enum target_float variant,
                          const char *sysroot, bool libc);
/* Clang's flags for linking: they make clang run hl-ld as its linker. */
void target_link_flags(struct words *words, enum target_float variant,
                       const char *sysroot);

/* The Hyperlight hosts that a guest linked here can talk to. */
#define TARGET_ABI    "hyperlight-0.13.1-0.18"
#define TARGET_TRIPLE "x86_64-unknown-none-elf"
/* Main stack of a guest that asks for no other size, in bytes. */
#define TARGET_STACK_SIZE "65536"

#endif /* TARGET_H */
