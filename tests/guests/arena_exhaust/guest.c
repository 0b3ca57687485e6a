/* SPDX-License-Identifier: MIT */
/* hl_alloc gives what is left, then NULL; all of it is back at the next call.
 */
#include <hl.h>

#include <stdlib.h>
#include <string.h>

HL_EXPORT(uint64_t, fill, (uint32_t, size))
{
    uint64_t total = 0;
    void *block;

    while ((block = hl_alloc(size))) {
        if ((uintptr_t)block % 16)
            return hl_fail(HL_ERR_GUEST, "not aligned");
        memset(block, 0xEE, size);
        total += size;
    }
    return total;
}

HL_EXPORT(bool, huge)
{
    return hl_alloc(SIZE_MAX) == NULL && hl_alloc(SIZE_MAX - 20) == NULL &&
           hl_alloc((size_t)1 << 40) == NULL;
}

/* Heap pages that lie where the arena has been are zero all the same. */
HL_EXPORT(bool, heap_is_zero, (uint32_t, size))
{
    uint8_t *memory = malloc(size);

    if (!memory)
        return hl_fail(HL_ERR_MALLOC, "no heap");
    for (uint32_t i = 16; i < size; i++)
        if (memory[i])
            return false;
    return true;
}

static void exhaust(void)
{
    while (hl_alloc(4096))
        ;
    while (hl_alloc(16))
        ;
}

HL_EXPORT(hl_string, format_too_long)
{
    exhaust();
    return hl_format("%d", 5);
}

HL_EXPORT(hl_string, fail_too_long)
{
    exhaust();
    return hl_fail_string(HL_ERR_HOST, "%d", 5);
}

/* What is said of a result that does not fit needs arena, too. */
HL_EXPORT(hl_string, result_too_long, (hl_string, unused))
{
    hl_string text = {memset(hl_alloc(100000), 'a', 100000), 100000};

    (void)unused;
    exhaust();
    return text;
}
