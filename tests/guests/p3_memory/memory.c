/* SPDX-License-Identifier: MIT */
/* guarantees: P3.2 P3.3 P3.4 P3.7 */
/*
 * Guests that reach for memory they were not given. Without an exception
 * handler a page fault is a triple fault; memory that the page tables show
 * but the machine does not have is an exit of its own.
 */
#include "raw.h"

#define PTE_RW (HL_PTE_PRESENT | HL_PTE_WRITE | HL_PTE_ACCESSED | HL_PTE_DIRTY)

/* The entry of va in the guest's own tables, all of which lie in scratch. */
static uint64_t *entry_of(uint64_t va)
{
    uint64_t table;

    __asm__ volatile("mov %%cr3, %0" : "=r"(table));
    for (int shift = 39;; shift -= 9) {
        uint64_t *entries =
            (uint64_t *)((table & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA);
        uint64_t *entry = &entries[(va >> shift) & 511];

        if (shift == 12)
            return entry;
        table = *entry;
    }
}

static void point(uint64_t va, uint64_t entry)
{
    *entry_of(va) = entry;
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static void write_to(uint64_t va)
{
    *(volatile uint64_t *)va = 0x4141414141414141;
}

static uint64_t read_from(uint64_t va)
{
    return *(volatile uint64_t *)va;
}

/* By hand: for a compiler a jump to nowhere is one that never happens. */
static void jump_to(uint64_t va)
{
    __asm__ volatile("call *%0" ::"r"(va) : "memory");
}

/* A page of the guest's own that the tests below move about. */
static uint64_t heap(void)
{
    return raw_heap();
}

RAW_FUNCTION(write_unmapped)
{
    write_to(0x500000000000);
}

RAW_FUNCTION(read_unmapped)
{
    raw_return_int((int32_t)read_from(0x500000000000));
}

RAW_FUNCTION(write_page_zero)
{
    write_to(8);
}

RAW_FUNCTION(read_non_canonical)
{
    raw_return_int((int32_t)read_from(0x8000000000000000));
}

RAW_FUNCTION(write_below_scratch)
{
    write_to(HL_SCRATCH_GVA_END -
             raw_load64(
                 (const uint8_t *)(HL_SCRATCH_GVA_END - HL_META_SCRATCH_SIZE)) -
             8);
}

RAW_FUNCTION(write_to_code)
{
    write_to((uint64_t)jump_to);
}

RAW_FUNCTION(write_to_peb)
{
    write_to((uint64_t)raw_peb());
}

RAW_FUNCTION(execute_heap)
{
    jump_to(heap());
}

RAW_FUNCTION(execute_stack)
{
    const uint8_t code[] = {0xC3};

    jump_to((uint64_t)code);
}

RAW_FUNCTION(execute_null)
{
    jump_to(0);
}

/* Own tables, foreign addresses: nothing but an exit may come of it (P3.7). */
RAW_FUNCTION(map_missing_memory_and_read)
{
    point(heap(), 0x300000000 | HL_PTE_NX | PTE_RW);
    raw_return_int((int32_t)read_from(heap()));
}

RAW_FUNCTION(map_missing_memory_and_write)
{
    point(heap(), 0x300000000 | HL_PTE_NX | PTE_RW);
    write_to(heap());
}

RAW_FUNCTION(map_missing_memory_and_execute)
{
    point(heap(), 0x300000000 | PTE_RW);
    jump_to(heap());
}

RAW_FUNCTION(map_below_base_and_write)
{
    point(heap(), 0x1000 | HL_PTE_NX | PTE_RW);
    write_to(heap());
}

RAW_FUNCTION(map_above_scratch_and_write)
{
    point(heap(), 0xFFFFFF000 | HL_PTE_NX | PTE_RW); /* last page: its own */
    point(heap(), (HL_SCRATCH_GPA_END - 0x40000000) | HL_PTE_NX | PTE_RW);
    write_to(heap());
}

RAW_FUNCTION(map_snapshot_writable_and_write)
{
    const uint64_t page = *entry_of(heap()) & HL_PTE_ADDR;

    point(heap(), page | HL_PTE_NX | PTE_RW);
    write_to(heap());
}

/* Rings of tables and a table full of aliases: a snapshot must end. */
RAW_FUNCTION(loop_page_tables)
{
    uint64_t root;
    uint64_t *entries;

    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    entries = (uint64_t *)((root & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA);
    for (int i = 256; i < 500; i++)
        entries[i] = root | HL_PTE_TABLE;
    raw_return_int(1);
}

RAW_FUNCTION(break_page_tables)
{
    uint64_t root;
    uint64_t *entries;

    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    entries = (uint64_t *)((root & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA);
    for (int i = 256; i < 500; i++)
        entries[i] = ((uint64_t)i << 30) | HL_PTE_TABLE;
    raw_return_int(1);
}

/* Its own code is unmapped but may still be in the TLB. */
static void unmap_code(void)
{
    uint64_t root;

    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    *(volatile uint64_t *)((root & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA) = 0;
}

RAW_FUNCTION(unmap_code_and_print)
{
    unmap_code();
    raw_out(HL_PORT_DEBUG, 'x');
    raw_out(HL_PORT_DEBUG, 'y');
    raw_return_int(1);
}

RAW_FUNCTION(unmap_code_and_hlt)
{
    unmap_code();
    __asm__ volatile("cli; hlt");
}

/* The whole CPU without tables: the fault cannot even be delivered. */
RAW_FUNCTION(lose_page_tables)
{
    __asm__ volatile("mov %0, %%cr3" ::"r"(0x300000000ull) : "memory");
}

/* The allocator's word is the guest's own; the host must not believe it. */
RAW_FUNCTION(break_allocator_word)
{
    raw_store64((uint8_t *)(HL_SCRATCH_GVA_END - HL_META_ALLOCATOR),
                0xFFFFFFFFFFFFFFFF);
    raw_store64((uint8_t *)(HL_SCRATCH_GVA_END - HL_META_SCRATCH_SIZE), 1);
    raw_return_int(1);
}
