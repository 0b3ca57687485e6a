/* SPDX-License-Identifier: MIT */
/* Pages and page tables of the fault tests' guest (abi §2.3, §2.4). */
#include "fault.h"

uint64_t page_alloc(void)
{
    volatile uint64_t *next =
        (uint64_t *)(HL_SCRATCH_GVA_END - HL_META_ALLOCATOR);
    uint64_t page = HL_PAGE_SIZE;

    __asm__ volatile("lock xaddq %0, %1" : "+r"(page), "+m"(*next)::"memory");
    if (page + HL_PAGE_SIZE >
        HL_SCRATCH_GPA_END - HL_SCRATCH_TOP_PAGES * HL_PAGE_SIZE)
        raw_abort(13, "out of scratch pages");
    return page;
}

uint8_t *page_at(uint64_t physical)
{
    return (uint8_t *)(physical + HL_SCRATCH_GPA_TO_GVA);
}

uint64_t *pte_of(uint64_t va, bool make)
{
    uint64_t table;

    __asm__ volatile("mov %%cr3, %0" : "=r"(table));
    for (int shift = 39;; shift -= 9) {
        uint64_t *entries = (uint64_t *)(void *)page_at(table & HL_PTE_ADDR);
        uint64_t *entry = &entries[(va >> shift) & 511];

        if (shift == 12)
            return entry;
        if ((*entry & HL_PTE_PRESENT) == 0) {
            if (!make)
                return NULL;
            *entry = page_alloc() | HL_PTE_TABLE;
        }
        table = *entry;
    }
}

void page_map(uint64_t va)
{
    *pte_of(va, true) = page_alloc() | HL_PTE_NX | PTE_DATA;
}

void pte_set(uint64_t va, uint64_t entry, enum flush how)
{
    uint64_t cr3;

    *pte_of(va, true) = entry;
    if (how == FLUSH_PAGE)
        __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
    else
        __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(cr3)::"memory");
}

void page_make_private(uint64_t va)
{
    uint64_t *entry = pte_of(va, false);
    const uint64_t page = page_alloc();
    const uint64_t *from = (const uint64_t *)(va & ~(uint64_t)0xFFF);
    uint64_t *to = (uint64_t *)(void *)page_at(page);

    for (unsigned i = 0; i < HL_PAGE_SIZE / 8; i++)
        to[i] = from[i];
    *entry = (*entry & ~(HL_PTE_ADDR | HL_PTE_AVL_MASK)) | page | HL_PTE_WRITE;
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}
