/* SPDX-License-Identifier: MIT */
/* A guest unlike ours (other.h): memory, exceptions, and what it can do. */
#include "other.h"

#define LEAF                                                                   \
    (HL_PTE_PRESENT | HL_PTE_WRITE | HL_PTE_ACCESSED | HL_PTE_DIRTY | HL_PTE_NX)

static uint8_t *at(uint64_t physical)
{
    return (uint8_t *)(physical + HL_SCRATCH_GPA_TO_GVA);
}

/* A page of zeros. Twelve at the top are not for us in generation C. */
static uint64_t page_take(void)
{
    volatile uint64_t *next =
        (uint64_t *)(HL_SCRATCH_GVA_END - HL_META_ALLOCATOR);
    const uint64_t page = *next;

    if (page + 12 * HL_PAGE_SIZE >= HL_SCRATCH_GPA_END)
        raw_abort(13, "other: no pages");
    *next = page + HL_PAGE_SIZE;
    return page;
}

static uint64_t *leaf_of(uint64_t address)
{
    uint64_t table;

    __asm__ volatile("mov %%cr3, %0" : "=r"(table));
    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *entry = (uint64_t *)(void *)at(table & HL_PTE_ADDR) +
                          (address >> shift & 511);

        if ((*entry & HL_PTE_PRESENT) == 0)
            *entry = page_take() | HL_PTE_TABLE;
        table = *entry;
    }
    return (uint64_t *)(void *)at(table & HL_PTE_ADDR) + (address >> 12 & 511);
}

static void page_copy(uint64_t *leaf, uint64_t address)
{
    const uint64_t page = page_take();
    const uint64_t *from = (const uint64_t *)(address & ~HL_U64(0xFFF));
    uint64_t *to = (uint64_t *)(void *)at(page);

    for (unsigned i = 0; i < HL_PAGE_SIZE / 8; i++)
        to[i] = from[i];
    *leaf = (*leaf & HL_PTE_NX) | page | (LEAF & ~HL_PTE_NX);
    __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

void other_handle(const struct other_frame *frame)
{
    uint64_t address;
    uint64_t *leaf;

    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    if (frame->cs != OTHER_CODE || frame->ss != OTHER_DATA)
        raw_abort(15, "other: segments are not as they were loaded");
    if (frame->vector != 14)
        raw_abort(15, "other: a fault");
    if ((frame->error & 1) == 0 && address >= OTHER_STACK &&
        address < OTHER_STACK_TOP) {
        *leaf_of(address) = page_take() | LEAF;
        return;
    }
    leaf = leaf_of(address);
    if (frame->error != 3 || (*leaf & HL_PTE_AVL_MASK) != HL_PTE_COW)
        raw_abort(15, "other: memory that is not there");
    page_copy(leaf, address);
}

static void gate_put(uint64_t *idt, unsigned vector, const char *stub)
{
    const uint64_t to = (uint64_t)stub;

    idt[2 * vector] = (to & 0xFFFF) | OTHER_CODE << 16 | HL_U64(3) << 32 |
                      HL_U64(0x8E) << 40 | (to >> 16 & 0xFFFF) << 48;
    idt[2 * vector + 1] = to >> 32;
}

void other_start(uint64_t top)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } gdtr = {0x27, OTHER_TABLES}, idtr = {15 * 16 - 1, OTHER_TABLES + 0x1000};
    uint64_t *gdt = (uint64_t *)OTHER_TABLES;
    uint64_t *idt = (uint64_t *)(OTHER_TABLES + HL_PAGE_SIZE);
    const uint64_t tss = OTHER_TABLES + 0x100;

    *leaf_of(OTHER_TABLES) = page_take() | LEAF;
    *leaf_of(OTHER_TABLES + HL_PAGE_SIZE) = page_take() | LEAF;
    __asm__ volatile("mov %%cr0, %%rax; mov %%rax, %%cr0" ::: "rax", "memory");
    gdt[OTHER_DATA / 8] = HL_U64(0x00CF93000000FFFF);
    gdt[OTHER_TSS / 8] = 0x67 | (tss & 0xFFFFFF) << 16 | HL_U64(0x89) << 40 |
                         (tss >> 24 & 0xFF) << 56;
    gdt[OTHER_TSS / 8 + 1] = tss >> 32;
    gdt[OTHER_CODE / 8] = HL_U64(0x00AF9B000000FFFF);
    raw_store64((uint8_t *)tss + 0x24 + 2 * 8, top); /* IST3 */
    gate_put(idt, 8, other_stub_8);
    gate_put(idt, 13, other_stub_13);
    gate_put(idt, 14, other_stub_14);
    other_segments_load(&gdtr, &idtr);
}

/* ---- What it can do ----------------------------------------------------- */

static int32_t counter = 40; /* .data */
static uint8_t touched[3 * HL_PAGE_SIZE];
static int32_t told; /* by the host at start-up */

void other_main(void)
{
    other_transport_start();
    told = other_host_inc(41);
    other_transport_started();
}

RAW_FUNCTION(Add)
{
    other_return(raw_int(call, 0) + raw_int(call, 1));
}

RAW_FUNCTION(Count)
{
    touched[(uint32_t)counter % 3 * HL_PAGE_SIZE]++;
    other_return(counter++);
}

RAW_FUNCTION(Told)
{
    other_return(told);
}

RAW_FUNCTION(Ask)
{
    other_return(other_host_inc(raw_int(call, 0)));
}

__attribute__((noinline)) static int32_t deep(int32_t depth)
{
    volatile uint8_t frame[2048];

    frame[0] = 1;
    return depth == 0 ? 0 : frame[0] + deep(depth - 1);
}

/* 2 KiB of the stack for each. */
RAW_FUNCTION(Deep)
{
    other_return(deep(raw_int(call, 0)));
}

RAW_FUNCTION(Fault)
{
    *(volatile int32_t *)OTHER_STACK_TOP = raw_int(call, 0);
}
