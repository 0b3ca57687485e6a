/* SPDX-License-Identifier: MIT */
/* What the checks need beside the samples and the guests of the tests. */
#include <stdlib.h>
#include <string.h>

#include <hl.h>

#define PAGE  4096
#define PAGES 256

HL_IMPORT(int32_t, bench_inc, (int32_t, x));

static uint8_t pages[PAGES][PAGE];

HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
{
    return a + b;
}

HL_EXPORT(hl_string, text, (hl_string, s))
{
    return s;
}

HL_EXPORT(double, minus_zero)
{
    return -0.0;
}

HL_EXPORT(float, minus_zero_float)
{
    return -0.0f;
}

/* Does malloc give a block of that size that keeps what is written to it? The
 * pointer is volatile, or the compiler leaves the block out. */
HL_EXPORT(bool, heap, (uint64_t, size))
{
    uint8_t *volatile block = malloc(size);
    bool kept;

    if (!block)
        return false;
    memset(block, 0x5A, size);
    kept = block[0] == 0x5A && block[size - 1] == 0x5A;
    free(block);
    return kept;
}

/* Sizes whose product does not fit a size_t have no block. */
HL_EXPORT(bool, calloc_overflows)
{
    volatile size_t many = SIZE_MAX / 2;
    void *volatile block = calloc(many, 16);

    return block == NULL;
}

/* Writes to count pages from the first one on: how many. */
HL_EXPORT(int32_t, dirty, (int32_t, first), (int32_t, count))
{
    for (int32_t page = first; page < first + count && page < PAGES; page++)
        pages[page][page] += 1;
    return count;
}

/* Sum of what dirty has written; reading a page takes one too: only 25. */
HL_EXPORT(int32_t, dirty_sum)
{
    int32_t sum = 0;

    for (int32_t page = 0; page < 25; page++)
        sum += pages[page][page];
    return sum;
}

HL_EXPORT(int32_t, host_calls, (int32_t, count))
{
    int32_t x = 0;

    while (x < count)
        if (bench_inc(&x, x) != HL_OK)
            return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return x;
}

HL_EXPORT(void, host_call_forever)
{
    int32_t x = 0;

    while (bench_inc(&x, x) == HL_OK)
        ;
}
