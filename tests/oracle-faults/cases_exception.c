/* SPDX-License-Identifier: MIT */
/* Exceptions of every kind that a guest can meet, and what comes after. */
#include "fault.h"

/* Execute a page without execute permission. */
FAULT_CASE(9)
{
    const uint64_t heap = raw_peb()->heap;

    FAULT_BEGIN();
    __asm__ volatile("lea 2f(%%rip), %%rax; mov %%rax, %[resume]; "
                     "mov %%rsp, %%rbx; jmp *%[heap]; 2: mov %%rbx, %%rsp"
                     : RESUME
                     : [heap] "r"(heap)
                     : "rax", "rbx", "memory");
    fault_report.base = heap;
}

/* call NULL: the return address has been pushed. */
FAULT_CASE(10)
{
    uint64_t pushed;

    FAULT_BEGIN();
    __asm__ volatile("lea 2f(%%rip), %%rax; mov %%rax, %[resume]; "
                     "mov %%rsp, %%rbx; xor %%eax, %%eax; call *%%rax; "
                     "2: mov %%rsp, %%rcx; mov %%rbx, %%rsp; "
                     "sub %%rcx, %%rbx; mov %%rbx, %[pushed]"
                     : RESUME, [pushed] "=r"(pushed)
                     :
                     : "rax", "rbx", "rcx", "memory");
    fault_print(pushed);
}

/* A non-canonical address is a #GP. */
FAULT_CASE(11)
{
    uint64_t value;

    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "1: mov (%[at]), %[value]; 2:"
                     : BASE, RESUME, [value] "=&r"(value)
                     : [at] "r"(HL_U64(0x8000000000001000))
                     : "rax", "memory");
}

FAULT_CASE(12)
{
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "nop; 1: ud2; 2:"
                     : BASE, RESUME
                     :
                     : "rax", "memory");
}

FAULT_CASE(13)
{
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2
                     "mov $5, %%eax; xor %%edx, %%edx; xor %%ecx, %%ecx; "
                     "1: div %%ecx; 2:"
                     : BASE, RESUME
                     :
                     : "rax", "rcx", "rdx", "memory");
}

FAULT_CASE(14)
{
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "1: int3; 2:"
                     : BASE, RESUME
                     :
                     : "rax", "memory");
}

/* Code that runs off the end of a page into nothing: what came before has
 * happened (two increments), and rip is that of the crossing instruction. */
FAULT_CASE(28)
{
    static const uint8_t code[16] = {
        0x48, 0xff, 0xc3,                               /* inc %rbx */
        0x48, 0xff, 0xc3,                               /* inc %rbx */
        0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, /* nop … */
        0xb8, 0x01, /* mov $…, %eax: crosses */
    };
    const uint64_t page = page_alloc();
    uint64_t count;

    for (unsigned i = 0; i < sizeof(code); i++)
        page_at(page)[HL_PAGE_SIZE - sizeof(code) + i] = code[i];
    pte_set(X, page | PTE_RO, FLUSH_PAGE);
    FAULT_BEGIN();
    __asm__ volatile("lea 2f(%%rip), %%rax; mov %%rax, %[resume]; "
                     "xor %%ebx, %%ebx; mov %%rsp, %%r12; jmp *%[code]; "
                     "2: mov %%r12, %%rsp; mov %%rbx, %[count]"
                     : RESUME, [count] "=r"(count)
                     : [code] "r"(X + HL_PAGE_SIZE - sizeof(code))
                     : "rax", "rbx", "r12", "memory");
    fault_print(count);
    fault_report.base = X + HL_PAGE_SIZE - sizeof(code);
}

/* A reserved bit in an entry is a page fault with its own error bit. */
FAULT_CASE(30)
{
    pte_set(X, page_alloc() | HL_PTE_NX | PTE_DATA | 1ull << 51, FLUSH_PAGE);
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "1: mov (%[x]), %%rcx; 2:"
                     : BASE, RESUME
                     : [x] "r"(X)
                     : "rax", "rcx", "memory");
}

/* Model-specific registers are not the guest's. */
FAULT_CASE(36)
{
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "mov $0x277, %%ecx; 1: rdmsr; 2:"
                     : BASE, RESUME
                     :
                     : "rax", "rcx", "rdx", "memory");
}

/* The cases below end the call. */

/* A writable entry for a page of the snapshot. */
FAULT_CASE(25)
{
    const uint64_t peb = *pte_of((uint64_t)raw_peb(), false) & HL_PTE_ADDR;

    FAULT_BEGIN();
    pte_set(X, peb | HL_PTE_NX | PTE_DATA, FLUSH_PAGE);
    fault_print(*(volatile uint64_t *)X);
    *(volatile uint64_t *)X = 5;
    fault_print(1);
}

/* An entry for memory that the machine does not have. */
FAULT_CASE(26)
{
    FAULT_BEGIN();
    pte_set(X, HL_U64(0x300000000) | HL_PTE_NX | PTE_DATA, FLUSH_PAGE);
    fault_print(*(volatile uint64_t *)X);
}

FAULT_CASE(27)
{
    static const struct {
        uint8_t bytes[10];
    } none = {{0}};

    FAULT_BEGIN();
    __asm__ volatile("lidt %0; ud2" ::"m"(none));
}

FAULT_CASE(34)
{
    FAULT_BEGIN();
    raw_out(77, 1);
}

FAULT_CASE(35)
{
    FAULT_BEGIN();
    __asm__ volatile("in %%dx, %%eax" ::"d"(5) : "rax");
}
