/* SPDX-License-Identifier: MIT */
/* The page-table builder: 4 KiB leaves in a growing private buffer (abi §2.4).
 */
#include <stdlib.h>
#include <string.h>

#include "pagetable.h"

#define ENTRIES 512

static uint64_t entry_get(const struct hl_pagetable *table, size_t page,
                          size_t index)
{
    uint64_t value;

    memcpy(&value, table->bytes + page * HL_PAGE_SIZE + index * 8, 8);
    return value;
}

static void entry_set(struct hl_pagetable *table, size_t page, size_t index,
                      uint64_t value)
{
    memcpy(table->bytes + page * HL_PAGE_SIZE + index * 8, &value, 8);
}

/* Append a zeroed page; *page is its index. */
static hl_status page_add(struct hl_pagetable *table, size_t *page,
                          hl_error *error)
{
    if (table->count >= table->max_pages)
        return hl_error_set(error, HL_FAIL_LAYOUT,
                            "page tables would need more than %zu pages; map "
                            "less memory",
                            table->max_pages);
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 8;
        uint8_t *bytes = realloc(table->bytes, capacity * HL_PAGE_SIZE);

        if (!bytes)
            return hl_error_set(error, HL_FAIL_NO_MEMORY,
                                "out of host memory for page tables");
        table->bytes = bytes;
        table->capacity = capacity;
    }
    memset(table->bytes + table->count * HL_PAGE_SIZE, 0, HL_PAGE_SIZE);
    *page = table->count++;
    return HL_OK;
}

hl_status pagetable_init(struct hl_pagetable *table, uint64_t gpa,
                         hl_error *error)
{
    size_t root;

    memset(table, 0, sizeof(*table));
    table->gpa = gpa;
    table->max_pages = HL_PAGETABLE_PAGES_MAX;
    return page_add(table, &root, error);
}

/* Index of the page that entry index of page points to, made if missing. */
static hl_status child_get(struct hl_pagetable *table, size_t page,
                           size_t index, size_t *child, hl_error *error)
{
    uint64_t value = entry_get(table, page, index);

    if (value & HL_PTE_PRESENT) {
        *child = ((value & HL_PTE_ADDR) - table->gpa) / HL_PAGE_SIZE;
        return HL_OK;
    }
    hl_status status = page_add(table, child, error);
    if (status != HL_OK)
        return status;
    entry_set(table, page, index,
              (table->gpa + *child * HL_PAGE_SIZE) | HL_PTE_TABLE);
    return HL_OK;
}

static size_t index_at(uint64_t gva, unsigned level)
{
    return (gva >> (HL_PAGE_SHIFT + 9 * (level - 1))) & (ENTRIES - 1);
}

/* All of it aligned, canonical, below MAXPHYADDR, and no address wraps. */
static bool range_is_valid(uint64_t gva, uint64_t gpa, uint64_t pages)
{
    uint64_t phys_pages = HL_U64(1) << (HL_PHYS_ADDR_BITS - HL_PAGE_SHIFT);
    uint64_t half_pages = HL_U64(1) << (47 - HL_PAGE_SHIFT);

    if ((gva | gpa) % HL_PAGE_SIZE || !gva_is_canonical(gva))
        return false;
    /* Physical memory is smaller than half of the addresses. */
    return pages <= phys_pages && gpa >> HL_PAGE_SHIFT <= phys_pages - pages &&
           ((gva >> HL_PAGE_SHIFT) & (half_pages - 1)) <= half_pages - pages;
}

hl_status pagetable_map(struct hl_pagetable *table, uint64_t gva, uint64_t gpa,
                        uint64_t pages, uint64_t flags, hl_error *error)
{
    if (!range_is_valid(gva, gpa, pages))
        return hl_error_set(error, HL_FAIL_LAYOUT,
                            "cannot map %llu pages at %#llx to %#llx: not "
                            "page-aligned or out of the address space",
                            (unsigned long long)pages, (unsigned long long)gva,
                            (unsigned long long)gpa);
    while (pages > 0) {
        size_t page = 0;

        for (unsigned level = 4; level > 1; level--) {
            hl_status status =
                child_get(table, page, index_at(gva, level), &page, error);
            if (status != HL_OK)
                return status;
        }
        for (size_t i = index_at(gva, 1); i < ENTRIES && pages > 0; i++) {
            entry_set(table, page, i, gpa | flags);
            gva += HL_PAGE_SIZE;
            gpa += HL_PAGE_SIZE;
            pages--;
        }
    }
    return HL_OK;
}

static void relocate_page(struct hl_pagetable *table, size_t page,
                          unsigned level, uint64_t gpa)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        uint64_t value = entry_get(table, page, i);

        if (!(value & HL_PTE_PRESENT))
            continue;
        uint64_t offset = (value & HL_PTE_ADDR) - table->gpa;
        entry_set(table, page, i, (value & ~HL_PTE_ADDR) | (gpa + offset));
        if (level > 2)
            relocate_page(table, offset / HL_PAGE_SIZE, level - 1, gpa);
    }
}

void pagetable_relocate(struct hl_pagetable *table, uint64_t gpa)
{
    if (table->count > 0)
        relocate_page(table, 0, 4, gpa);
    table->gpa = gpa;
}

void pagetable_free(struct hl_pagetable *table)
{
    free(table->bytes);
    memset(table, 0, sizeof(*table));
}
