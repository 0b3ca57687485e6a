/* SPDX-License-Identifier: MIT */
/* How much the code under test allocates (B7): a hook of the sanitizers'
 * runtime, whose own header not every compiler has. */
#ifndef FUZZ_ALLOCATIONS_H
#define FUZZ_ALLOCATIONS_H

#include "check.h"

int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, size_t),
    void (*freed)(const volatile void *));

static size_t fuzz_allocated; /* bytes */

static inline void fuzz_count_allocation(const volatile void *at, size_t size)
{
    (void)at;
    fuzz_allocated += size;
}

static inline void fuzz_count_free(const volatile void *at)
{
    (void)at;
}

static inline void fuzz_allocations_watch(void)
{
    FUZZ_CHECK(__sanitizer_install_malloc_and_free_hooks(fuzz_count_allocation,
                                                         fuzz_count_free) != 0);
}

#endif /* FUZZ_ALLOCATIONS_H */
