/* SPDX-License-Identifier: MIT */
/* guarantees: P3.2 P3.7 */
/* Guests that build page tables no honest one would, and code that changes. */
#include "raw.h"

#define PTE_RW   (HL_PTE_PRESENT | HL_PTE_WRITE | HL_PTE_ACCESSED | HL_PTE_DIRTY)
#define PTE_HUGE HL_U64(0x80)
#define ROOT_AT  300 /* entries of the root from here on are not in use */

/* Free scratch that nothing else here uses, all zero: a page by number. */
static uint64_t *spare(unsigned number)
{
    return (uint64_t *)(HL_SCRATCH_GVA_END - (0x10 + number) * HL_PAGE_SIZE);
}

static uint64_t physical(const uint64_t *page)
{
    return (uint64_t)page - HL_SCRATCH_GPA_TO_GVA;
}

static uint64_t *root(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return (uint64_t *)((value & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA);
}

static void table_fill(uint64_t *table, unsigned count, uint64_t entry)
{
    for (unsigned i = 0; i < count; i++)
        table[i] = entry;
}

/* The address that entry ROOT_AT of the root begins. */
static uint64_t base(void)
{
    return 0xFFFFull << 48 | (uint64_t)ROOT_AT << 39;
}

/* Argument 0: how many entries of the third level; each is 262,144 more
 * addresses of one and the same page. */
RAW_FUNCTION(alias_one_page)
{
    table_fill(spare(0), 512, physical(spare(3)) | HL_PTE_NX | PTE_RW);
    table_fill(spare(1), 512, physical(spare(0)) | HL_PTE_TABLE);
    table_fill(spare(2), (unsigned)raw_int(call, 0),
               physical(spare(1)) | HL_PTE_TABLE);
    root()[ROOT_AT] = physical(spare(2)) | HL_PTE_TABLE;
    *spare(3) = 42;
    raw_return_int((int32_t)*(volatile uint64_t *)(base() + 0x12345000));
}

/* Argument 0: a huge page of 2 MiB or, from 4 on, 1 GiB; & 1: of memory that
 * is missing; & 2: write to it. */
RAW_FUNCTION(huge_page)
{
    const uint64_t how = (uint64_t)raw_int(call, 0);
    const uint64_t size = (how & 4) != 0 ? 1ull << 30 : 2ull << 20;
    const uint64_t gpa =
        (how & 1) != 0 ? 0x300000000 : physical(spare(3)) & ~(size - 1);
    const uint64_t entry = gpa | PTE_HUGE | HL_PTE_NX | PTE_RW;
    const uint64_t at = base() + ((uint64_t)physical(spare(3)) & (size - 1));
    volatile uint64_t *word = (volatile uint64_t *)at;

    *spare(3) = 42;
    root()[ROOT_AT] = physical(spare(2)) | HL_PTE_TABLE;
    *spare(2) = (how & 4) != 0 ? entry : physical(spare(1)) | HL_PTE_TABLE;
    *spare(1) = entry;
    if ((how & 2) != 0)
        *word = 42;
    raw_return_int((int32_t)*word);
}

/* The whole root table points at itself, level by level. */
RAW_FUNCTION(table_of_itself)
{
    const uint64_t at = (uint64_t)ROOT_AT << 30 | (uint64_t)ROOT_AT << 21 |
                        (uint64_t)ROOT_AT << 12;

    root()[ROOT_AT] = physical(root()) | HL_PTE_TABLE;
    raw_return_int((int32_t)(*(volatile uint64_t *)(base() + at) & 1));
}

/* Code in memory that is both: written, run, changed, run again. */
RAW_FUNCTION(self_modify)
{
    uint8_t *code = (uint8_t *)spare(3);
    uint32_t first;
    uint32_t second;

    *spare(0) = physical(spare(3)) | PTE_RW;
    *spare(1) = physical(spare(0)) | HL_PTE_TABLE;
    *spare(2) = physical(spare(1)) | HL_PTE_TABLE;
    root()[ROOT_AT] = physical(spare(2)) | HL_PTE_TABLE;
    code[0] = 0xB8; /* mov $…, %eax; ret */
    raw_store32(code + 1, 40);
    code[5] = 0xC3;
    __asm__ volatile("call *%1" : "=a"(first) : "r"(base()) : "memory");
    raw_store32((uint8_t *)base() + 1, 2); /* by its other address */
    __asm__ volatile("call *%1" : "=a"(second) : "r"(base()) : "memory");
    raw_return_int((int32_t)(first + second));
}
