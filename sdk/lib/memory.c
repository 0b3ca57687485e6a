/* SPDX-License-Identifier: MIT */
/*
 * Page tables and scratch pages, as the guest sees them (abi §2.3-2.5). Also
 * runs on the exception stack: no SSE, no write to image pages.
 */
#include "runtime.h"

static inline uint64_t *table_of(uint64_t entry)
{
    return (uint64_t *)((entry & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA);
}

static inline uint64_t *table_root(void)
{
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    return table_of(cr3);
}

/*
 * The entry that maps gva's 2^shift bytes (a page: HL_PAGE_SHIFT), or NULL
 * where the tables have no branch.
 */
uint64_t *hl_entry_find(uint64_t gva, unsigned shift)
{
    uint64_t *table = table_root();

    for (unsigned level = 39; level > shift; level -= 9) {
        uint64_t entry = table[gva >> level & 511];

        if (!(entry & HL_PTE_PRESENT))
            return NULL;
        table = table_of(entry);
    }
    return &table[gva >> shift & 511];
}

/* The same, growing the branch; the branch's pages must be left (abi §2.5). */
uint64_t *hl_entry_make(uint64_t gva)
{
    uint64_t *table = table_root();

    for (int shift = 39; shift > HL_PAGE_SHIFT; shift -= 9) {
        uint64_t *entry = &table[gva >> shift & 511];

        if (!(*entry & HL_PTE_PRESENT))
            *entry = hl_page_zeroed() | HL_PTE_TABLE;
        table = table_of(*entry);
    }
    return &table[gva >> HL_PAGE_SHIFT & 511];
}

/*
 * Pages between the allocator and the arena's present floor. The allocator
 * word is scratch memory like any other: a value out of range is no room.
 */
size_t hl_pages_left(void)
{
    uint64_t floor = hl_runtime.guard - hl_runtime.call->arena_used;
    uint64_t next = HL_ALLOCATOR + HL_SCRATCH_GPA_TO_GVA;

    return floor > next ? (floor - next) >> HL_PAGE_SHIFT : 0;
}

/* GPA of a free page with any contents; 0 when there is none. */
uint64_t hl_page_take(void)
{
    uint64_t page = HL_ALLOCATOR;

    if (hl_pages_left() == 0)
        return 0;
    HL_ALLOCATOR = page + HL_PAGE_SIZE;
    return page;
}

/*
 * GPA of a zero page. Scratch pages are zero (abi §2.3) except where the arena
 * of an earlier call reached further down than the present one. Running out
 * is for the callers to prevent; it ends the run.
 */
uint64_t hl_page_zeroed(void)
{
    uint64_t page = hl_page_take();
    uint64_t gva = page + HL_SCRATCH_GPA_TO_GVA;

    if (page == 0)
        hl_abort_text(HL_ERR_MALLOC, "out of scratch pages: raise --scratch",
                      NULL);
    if (gva + HL_PAGE_SIZE > hl_runtime.guard - hl_runtime.call->arena_peak) {
        uint64_t count = HL_PAGE_SIZE / 8;

        __asm__ volatile("rep stosq"
                         : "+D"(gva), "+c"(count)
                         : "a"(0ull)
                         : "memory");
    }
    return page;
}

/* Map a private page at gva: writable, not executable. */
void hl_page_map(uint64_t gva, uint64_t page)
{
    *hl_entry_make(gva) = page | HL_PTE_PRESENT | HL_PTE_WRITE |
                          HL_PTE_ACCESSED | HL_PTE_DIRTY | HL_PTE_NX;
    hl_page_forget(gva);
}

/* Unmap the page under the main stack: at start-up and after a restore, which
 * maps the whole scratch alias again. */
void hl_guard_set(void)
{
    uint64_t *entry = hl_entry_find(hl_runtime.guard, HL_PAGE_SHIFT);

    if (entry)
        *entry = 0;
    hl_page_forget(hl_runtime.guard);
}
