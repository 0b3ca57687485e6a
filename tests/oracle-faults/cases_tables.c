/* SPDX-License-Identifier: MIT */
/* Page tables edited at run time, and code that changes. */
#include "fault.h"

static uint64_t value_at(uint64_t va)
{
    return *(volatile uint64_t *)va;
}

static void value_put(uint64_t va, uint64_t value)
{
    *(volatile uint64_t *)va = value;
}

static uint64_t alias_of(uint64_t physical)
{
    return (uint64_t)page_at(physical);
}

/* mov $value, %eax; ret */
static void code_put(uint8_t *at, uint32_t value)
{
    volatile uint8_t *code = at;

    code[0] = 0xb8;
    for (unsigned i = 0; i < 4; i++)
        code[1 + i] = (uint8_t)(value >> (8 * i));
    code[5] = 0xc3;
}

static uint64_t code_run(uint64_t va)
{
    uint64_t value;

    __asm__ volatile("call *%1" : "=&a"(value) : "r"(va) : "memory");
    return value;
}

/* Two pages in turn at one address, by invlpg and by mov cr3; an alias sees
 * the same; unmapped and read-only stores fault. */
FAULT_CASE(19)
{
    const uint64_t first = page_alloc();
    const uint64_t second = page_alloc();
    const uint64_t data = HL_PTE_NX | PTE_DATA;
    uint64_t base;

    FAULT_BEGIN();
    value_put(alias_of(first), 1);
    value_put(alias_of(second), 2);
    pte_set(X, first | data, FLUSH_PAGE);
    fault_print(value_at(X));
    pte_set(X, second | data, FLUSH_PAGE);
    fault_print(value_at(X));
    value_put(X, 9);
    fault_print(value_at(alias_of(second)));
    value_put(alias_of(second), 10);
    fault_print(value_at(X));
    pte_set(X, first | data, FLUSH_ALL);
    fault_print(value_at(X));
    pte_set(X, 0, FLUSH_PAGE);
    __asm__ volatile(AT_1_RESUME_AT_2 "1: movq $1, (%[x]); 2:"
                     : BASE, RESUME
                     : [x] "r"(X)
                     : "rax", "memory");
    pte_set(X, first | HL_PTE_NX | PTE_RO, FLUSH_PAGE);
    __asm__ volatile("lea 2f(%%rip), %%rax; mov %%rax, %[resume]; "
                     "lea 1f(%%rip), %[base]; 1: movq $1, (%[x]); 2:"
                     : RESUME, [base] "=&r"(base)
                     : [x] "r"(X)
                     : "rax", "memory");
    /* one base is printed: make the second fault relative to its own */
    FAULT_LOG->of[1].rip += fault_report.base - base;
}

/* The CPU sets accessed and dirty. */
FAULT_CASE(20)
{
    const uint64_t bits = HL_PTE_ACCESSED | HL_PTE_DIRTY;

    FAULT_BEGIN();
    pte_set(X, page_alloc() | HL_PTE_NX | HL_PTE_PRESENT | HL_PTE_WRITE,
            FLUSH_PAGE);
    fault_print(*(volatile uint64_t *)pte_of(X, false) & bits);
    value_at(X);
    fault_print(*(volatile uint64_t *)pte_of(X, false) & bits);
    value_put(X, 1);
    fault_print(*(volatile uint64_t *)pte_of(X, false) & bits);
}

/* Code changed at its own address; through an alias; by another page. */
FAULT_CASE(21)
{
    const uint64_t page = page_alloc();

    FAULT_BEGIN();
    code_put(page_at(page), 11);
    pte_set(X, page | PTE_DATA, FLUSH_PAGE);
    fault_print(code_run(X));
    *(volatile uint8_t *)(X + 1) = 22;
    fault_print(code_run(X));
}

FAULT_CASE(22)
{
    const uint64_t page = page_alloc();

    FAULT_BEGIN();
    code_put(page_at(page), 11);
    pte_set(X, page | PTE_RO, FLUSH_PAGE);
    fault_print(code_run(X));
    *(volatile uint8_t *)(page_at(page) + 1) = 33;
    fault_print(code_run(X));
}

FAULT_CASE(23)
{
    const uint64_t first = page_alloc();
    const uint64_t second = page_alloc();

    FAULT_BEGIN();
    code_put(page_at(first), 11);
    code_put(page_at(second), 44);
    pte_set(X, first | PTE_RO, FLUSH_PAGE);
    fault_print(code_run(X));
    pte_set(X, second | PTE_RO, FLUSH_PAGE);
    fault_print(code_run(X));
    pte_set(X, first | PTE_RO, FLUSH_ALL);
    fault_print(code_run(X));
}

/* Code in a page of the image that is copied on write. */
FAULT_CASE(24)
{
    FAULT_BEGIN();
    __asm__ volatile(AT_1 "1: movb $0xb8, (%[code])"
                     : BASE
                     : [code] "r"(fault_code)
                     : "rax", "memory");
    code_put(fault_code, 55);
    fault_print(code_run((uint64_t)fault_code));
    ((volatile uint8_t *)fault_code)[1] = 66;
    fault_print(code_run((uint64_t)fault_code));
}

/* A page that is plainly read-only: no copy is made. */
FAULT_CASE(31)
{
    const uint64_t at = (uint64_t)fault_array + 0x9000;

    pte_set(at, *pte_of(at, false) & ~(uint64_t)HL_PTE_COW, FLUSH_PAGE);
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "1: movl $1, 0x100(%[at]); 2:"
                     : BASE, RESUME
                     : [at] "r"(at)
                     : "rax", "memory");
    fault_print(raw_load32(fault_array + 0x9100));
}
