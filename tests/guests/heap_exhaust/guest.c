/* SPDX-License-Identifier: MIT */
/* Heap exhaustion is NULL and ENOMEM, and what was granted is usable. */
#include <hl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The compiler assumes that malloc leaves errno alone: keep it from knowing. */
static __attribute__((noinline)) int errno_get(void)
{
    __asm__ volatile("" : : : "memory");
    return errno;
}

/* Blocks of size bytes until NULL: how many; all freed again. */
HL_EXPORT(int32_t, fill, (uint32_t, size))
{
    void **list = NULL;
    int32_t count = 0;

    for (;;) {
        void **block;

        errno = 0;
        block = malloc(size);
        if (!block)
            break;
        memset(block, 0xA5, size);
        *block = list;
        list = block;
        count++;
    }
    if (errno_get() != ENOMEM)
        return hl_fail(HL_ERR_GUEST, "errno is %d", errno_get());
    while (list) {
        void **next = *list;

        free(list);
        list = next;
    }
    return count;
}

/* What was freed can be had again. */
HL_EXPORT(bool, fill_again, (uint32_t, size), (int32_t, at_least))
{
    int32_t count = fill(size);

    return count >= at_least && fill(size) == count;
}

HL_EXPORT(bool, malloc_works, (uint64_t, size))
{
    char *volatile block = malloc(size);

    if (!block)
        return false;
    memset(block, 1, size);
    free(block);
    return true;
}

HL_EXPORT(bool, calloc_overflows)
{
    volatile size_t many = SIZE_MAX / 2;
    void *volatile block;

    errno = 0;
    block = calloc(many, 16);
    return block == NULL && errno_get() == ENOMEM;
}
