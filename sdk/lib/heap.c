/* SPDX-License-Identifier: MIT */
/*
 * The heap's end. Its pages are mapped when they are granted, from scratch
 * memory, so that using what was granted cannot fail.
 */
#include "runtime.h"

/* Pages for [from, to), with those of the tables that may be missing. */
static uint64_t pages_needed(uint64_t from, uint64_t to)
{
    uint64_t tables = (to >> HL_TABLE_SHIFT) - (from >> HL_TABLE_SHIFT) + 3;

    return ((to - from) >> HL_PAGE_SHIFT) + tables;
}

static bool heap_grow(uint64_t end)
{
    uint64_t mapped = HL_PAGE_UP(end);

    if (mapped <= hl_runtime.heap_mapped)
        return true;
    if (pages_needed(hl_runtime.heap_mapped, mapped) + HL_RESERVE_PAGES >
        hl_pages_left())
        return false;
    for (uint64_t gva = hl_runtime.heap_mapped; gva < mapped;
         gva += HL_PAGE_SIZE)
        hl_page_map(gva, hl_page_zeroed());
    hl_runtime.heap_mapped = mapped;
    return true;
}

void *hl_sbrk(ptrdiff_t increment)
{
    const struct hl_start_info *info = &hl_runtime.info;
    uint64_t old = hl_runtime.heap_end, used = old - info->heap;

    if (increment < 0) {
        uint64_t less = 0 - (uint64_t)increment;

        if (less > used)
            return NULL;
        hl_runtime.heap_end = old - less;
    } else if (increment > 0) {
        if ((uint64_t)increment > info->heap_size - used ||
            !heap_grow(old + (uint64_t)increment))
            return NULL;
        hl_runtime.heap_end = old + (uint64_t)increment;
    }
    return (void *)(uintptr_t)old;
}
