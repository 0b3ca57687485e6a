/* SPDX-License-Identifier: MIT */
/*
 * memset_explicit and memset_s, in place of picolibc's: for their inline
 * assembly clang puts an x87 instruction (wait) into soft-float guests.
 */
#define __STDC_WANT_LIB_EXT1__ 1
#include "os.h"

#include <stdlib.h>
#include <string.h>

/* picolibc's own: what set_constraint_handler_s() was given. */
extern constraint_handler_t __cur_handler;

/* A call the compiler cannot see through, and so not leave out. */
static void *(*const volatile set)(void *, int, size_t) = memset;

void *memset_explicit(void *data, int byte, size_t len)
{
    return set(data, byte, len);
}

errno_t memset_s(void *data, rsize_t max, int byte, rsize_t len)
{
    const char *problem = NULL;

    if (!data)
        problem = "memset_s: dest is NULL";
    else if (max > RSIZE_MAX)
        problem = "memset_s: buffer size exceeds RSIZE_MAX";
    else if (len > max)
        problem = "memset_s: count exceeds buffer size";
    if (data && max <= RSIZE_MAX)
        set(data, byte, problem ? max : len);
    if (!problem)
        return 0;
    if (__cur_handler)
        __cur_handler(problem, NULL, -1);
    return -1;
}
