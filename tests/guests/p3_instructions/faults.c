/* SPDX-License-Identifier: MIT */
/* guarantees: P3.6 B16 */
/* Faults, halts, and registers that are not as the ABI has them. */
#include "raw.h"

RAW_FUNCTION(divide_by_zero)
{
    __asm__ volatile("xorl %%edx, %%edx; movl $5, %%eax; xorl %%ecx, %%ecx; "
                     "divl %%ecx" ::
                         : "eax", "ecx", "edx");
}

RAW_FUNCTION(undefined_instruction)
{
    __asm__ volatile("ud2");
}

RAW_FUNCTION(triple_fault)
{
    static const struct {
        uint8_t bytes[10];
    } none = {{0}};

    __asm__ volatile("lidt %0; ud2" ::"m"(none));
}

RAW_FUNCTION(halt_without_result)
{
    raw_halt();
}

RAW_FUNCTION(hlt_instruction)
{
    __asm__ volatile("cli; hlt");
}

RAW_FUNCTION(hlt_with_result)
{
    raw_return_int(42);
    __asm__ volatile("cli; hlt");
}

/* A register state that a later call must not see (restore clears it). */
RAW_FUNCTION(trash_registers)
{
    uint64_t cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4 ^ HL_CR4_PGE));
    __asm__ volatile("mov %0, %%dr0; mov %0, %%dr1" ::"r"(0x1234567ull));
    __asm__ volatile("std");
    raw_out(77, 0);
}

/* What trash_registers changed: 0 if nothing is left of it. */
RAW_FUNCTION(registers_left)
{
    uint64_t cr4;
    uint64_t dr0;
    uint64_t flags;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %%dr0, %0" : "=r"(dr0));
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    raw_return_int((cr4 != HL_CR4_INIT) | (dr0 != 0) << 1 |
                   ((flags & 0x400) != 0) << 2);
}
