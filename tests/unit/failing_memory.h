/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail when a test wants it. Included once by each test that
 * is linked with --wrap=malloc, --wrap=calloc; its other wrappers ask
 * fails_now() too.
 */
#ifndef HL_FAILING_MEMORY_H
#define HL_FAILING_MEMORY_H

#include <stdbool.h>
#include <stdlib.h>

/* The allocation that fails: counted down to 0; never if negative. */
static int fail_in = -1;
static int allocations_made; /* so far */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool fails_now(void)
{
    allocations_made++;
    return fail_in >= 0 && fail_in-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

#endif /* HL_FAILING_MEMORY_H */
