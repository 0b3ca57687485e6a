/* SPDX-License-Identifier: MIT */
/*
 * Fault tests with the answers of the real Hyperlight host (fault_kvm.txt):
 * a guest with its own exception handling makes a CPU do something subtle,
 * and reports registers, memory and every exception it saw. Function
 * T(Int) -> String runs one case, on a guest restored before.
 *
 * A report is what the case prints, then for each exception
 *     [vector error rip cr2 rsp flags ]
 * all in hex; rip relative to the instruction under test, flags only CF and
 * DF. So that it holds for any build, cr2 inside the array A, the code page
 * and the heap is printed as A+n, code+n, heap+n, and rsp as sp, sp-n.
 */
#ifndef HL_FAULT_H
#define HL_FAULT_H

#include "raw.h"

/* Address ranges of the guest's own (abi §2.5). */
#define FAULT_TABLES HL_U64(0xFFFFFD0000000000) /* GDT and TSS, then IDT */
#define FAULT_LOG_AT HL_U64(0xFFFFFD0000002000)
#define STACK_LOW    HL_U64(0xFFFFFE0000000000)
#define STACK_HIGH   HL_U64(0xFFFFFF0000000000)
/* Nothing is mapped here until a case does it. */
#define X HL_U64(0x500000000000)

#define PTE_DATA                                                               \
    (HL_PTE_PRESENT | HL_PTE_WRITE | HL_PTE_ACCESSED | HL_PTE_DIRTY)
#define PTE_RO (HL_PTE_PRESENT | HL_PTE_ACCESSED | HL_PTE_DIRTY)

struct fault_record {
    uint64_t vector, error, rip, cr2, rsp, flags, rcx, rsi, rdi;
};

/* One page, private whenever the handler runs. */
struct fault_log {
    uint64_t count;
    uint64_t resume; /* where to go on after a fault nothing can mend; once */
    uint64_t fill;   /* 1: give any missing page a fresh one */
    uint64_t unused;
    struct fault_record of[24];
};
#define FAULT_LOG ((volatile struct fault_log *)FAULT_LOG_AT)

typedef void fault_case_fn(void);
struct fault_case {
    uint64_t number;
    fault_case_fn *run;
};
#define FAULT_CASE(n)                                                          \
    static void fault_case_##n(void);                                          \
    __attribute__((                                                            \
        used, section("fault_cases"),                                          \
        aligned(16))) static const struct fault_case fault_entry_##n = {       \
        n, fault_case_##n};                                                    \
    static void fault_case_##n(void)

/* Pages that are copied on write, as a guest's data is. */
extern uint8_t fault_array[16 * HL_PAGE_SIZE];
extern uint8_t fault_code[HL_PAGE_SIZE];

/* What a case says about itself; the report's page is private beforehand. */
struct fault_report {
    char text[1600];
    uint32_t len;
    uint64_t base; /* rip is printed relative to this */
    uint64_t sp;   /* rsp of the case */
};
extern struct fault_report fault_report;
void fault_print(uint64_t value);

/* First in each case. */
#define FAULT_BEGIN() __asm__ volatile("mov %%rsp, %0" : "=m"(fault_report.sp))

/* In assembly: label 1 is the instruction under test; the second one also has
 * label 2, where things go on if it faults. RAX is lost. */
#define AT_1             "lea 1f(%%rip), %%rax; mov %%rax, %[base]; "
#define AT_1_RESUME_AT_2 AT_1 "lea 2f(%%rip), %%rax; mov %%rax, %[resume]; "
#define BASE             [base] "=m"(fault_report.base)
#define RESUME           [resume] "=m"(FAULT_LOG->resume)

/* fault_paging.c: none of these touches writable data. */
uint64_t page_alloc(void);
uint8_t *page_at(uint64_t physical);
/* The entry for va, tables made where missing if make is set, else NULL. */
uint64_t *pte_of(uint64_t va, bool make);
void page_map(uint64_t va); /* a fresh page, data */
enum flush { FLUSH_PAGE, FLUSH_ALL };
void pte_set(uint64_t va, uint64_t entry, enum flush how);
void page_make_private(uint64_t va);

#endif /* HL_FAULT_H */
