/* SPDX-License-Identifier: MIT */
/* malloc: NULL and ENOMEM when the heap is used up, and life goes on. */
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../libc_check/check.h"

#define BLOCK 1000

/* Functions the compiler must not see through: it may assume of malloc and its
 * kin that they leave errno alone, and drop those whose result is unused. */
static void *(*volatile allocate)(size_t) = malloc;
static void *(*volatile allocate_zeroed)(size_t, size_t) = calloc;
static void *(*volatile reallocate)(void *, size_t) = realloc;
static void *(*volatile reallocate_array)(void *, size_t,
                                          size_t) = reallocarray;
static void *(*volatile allocate_aligned)(size_t, size_t) = aligned_alloc;

/* Blocks linked to a list, until malloc gives no more; how many. */
static void **allocate_all(int *count)
{
    void **list = NULL, **block;

    *count = 0;
    while ((block = allocate(BLOCK))) {
        *block = list;
        list = block;
        ++*count;
    }
    return list;
}

static void free_all(void **list)
{
    while (list) {
        void **next = *list;

        free(list);
        list = next;
    }
}

static void exhaustion(void)
{
    int first, second;
    void **list;

    errno = 0;
    list = allocate_all(&first);
    CHECK(errno == ENOMEM);
    CHECK(first > 50);
    CHECK_ERRNO(allocate_zeroed(1, 100000) == NULL, ENOMEM);
    free_all(list);
    list = allocate_all(&second);
    CHECK(second == first);
    free_all(list);
    list = allocate(BLOCK * 20);
    CHECK(list != NULL);
    free(list);
}

/* Nor these sizes. */
static volatile size_t huge = SIZE_MAX, half = SIZE_MAX / 2 + 1, odd = 48;

static void overflow(void)
{
    void *block = allocate(10);

    CHECK_ERRNO(allocate(huge) == NULL, ENOMEM);
    CHECK_ERRNO(allocate(half) == NULL, ENOMEM);
    CHECK_ERRNO(allocate_zeroed(half, 2) == NULL, ENOMEM);
    CHECK_ERRNO(allocate_zeroed(huge, huge) == NULL, ENOMEM);
    CHECK_ERRNO(reallocate(block, huge) == NULL, ENOMEM);
    CHECK_ERRNO(reallocate_array(block, half, 4) == NULL, ENOMEM);
    CHECK_ERRNO(allocate_aligned(64, huge - 32) == NULL, ENOMEM);
    CHECK_ERRNO(allocate_aligned(odd, 10) == NULL, EINVAL);
    CHECK(block != NULL);
    free(block);
}

static void alignment(void)
{
    void *block;

    for (size_t align = 16; align <= 4096; align *= 2) {
        block = allocate_aligned(align, 100);
        CHECK(block && (uintptr_t)block % align == 0);
        free(block);
    }
    CHECK(posix_memalign(&block, 256, 10) == 0 && (uintptr_t)block % 256 == 0);
    free(block);
    for (int i = 1; i < 100; i += 7) {
        block = allocate((size_t)i);
        CHECK(block && (uintptr_t)block % _Alignof(max_align_t) == 0);
        free(block);
    }
}

static void contents(void)
{
    char *block = allocate_zeroed(10, 100), *bigger;
    int wrong = 0;

    CHECK(block != NULL);
    for (int i = 0; i < 1000; i++)
        wrong += block[i] != 0;
    memset(block, 0x5a, 1000);
    bigger = reallocate(block, 20000);
    CHECK(bigger != NULL);
    for (int i = 0; i < 1000; i++)
        wrong += bigger[i] != 0x5a;
    CHECK(wrong == 0);
    CHECK(reallocate(bigger, 10) == bigger);
    CHECK(malloc_usable_size(bigger) >= 10);
    free(bigger);
    free(NULL);
    block = allocate(0);
    CHECK(block != NULL);
    free(block);
}

int main(void)
{
    contents();
    overflow();
    alignment();
    exhaustion();
    return check_done();
}
