/* SPDX-License-Identifier: MIT */
/* guarantees: B24 P3.6 */
/* Instructions a guest has no business with. */
#include "raw.h"

/* Argument 0: the register. Both halves, so that no read is only by luck. */
RAW_FUNCTION(read_msr)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(raw_int(call, 0)));
    raw_return_int((int32_t)(low | high));
}

RAW_FUNCTION(write_msr)
{
    __asm__ volatile("wrmsr" ::"a"(1), "d"(0), "c"(raw_int(call, 0)));
    raw_return_int(1);
}

/* Argument 0 selects one; what becomes of it depends on the machine. */
RAW_FUNCTION(odd_instruction)
{
    switch (raw_int(call, 0)) {
    case 0:
        __asm__ volatile("vmcall" ::: "rax", "memory");
        break;
    case 1:
        __asm__ volatile("vmmcall" ::: "rax", "memory");
        break;
    case 2:
        __asm__ volatile("int $0x80");
        break;
    case 3:
        __asm__ volatile("int3");
        break;
    case 4:
        __asm__ volatile("syscall" ::: "rcx", "r11", "memory");
        break;
    case 5:
        __asm__ volatile("sysenter");
        break;
    case 6:
        __asm__ volatile("iretq");
        break;
    case 7:
        __asm__ volatile("invd");
        break;
    case 8:
        __asm__ volatile("rdpmc" ::"c"(0) : "rax", "rdx");
        break;
    case 9:
        __asm__ volatile("xsetbv" ::"c"(0), "a"(7), "d"(0));
        break;
    case 10:
        __asm__ volatile("mov %0, %%cr0" ::"r"(0ull));
        break;
    case 11:
        __asm__ volatile("mov %0, %%cr4" ::"r"(~0ull));
        break;
    case 12:
        __asm__ volatile("lldt %w0; ltr %w0" ::"r"(0x7F8));
        break;
    case 13:
        __asm__ volatile("movw %w0, %%ss" ::"r"(0));
        break;
    case 14:
        __asm__ volatile("monitor; mwait" ::"a"(0), "c"(0), "d"(0));
        break;
    case 15:
        __asm__ volatile("vmxoff");
        break;
    case 16:
        __asm__ volatile("lock; .byte 0x90"); /* lock nop */
        break;
    case 17:
        __asm__ volatile(".rept 20; .byte 0x66; .endr; nop");
        break;
    case 18:
        __asm__ volatile("cpuid" ::"a"(0x40000000), "c"(0) : "rbx", "rdx");
        break;
    case 19:
        __asm__ volatile("ljmp *%0" ::"m"(*(const uint64_t *)"\0\0\0\0\x08\0"));
        break;
    case 20:
        __asm__ volatile("rsm");
        break;
    case 21:
        __asm__ volatile("sti; hlt");
        break;
    default:
        break;
    }
    raw_return_int(1);
}
