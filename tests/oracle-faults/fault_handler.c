/* SPDX-License-Identifier: MIT */
/* Descriptor tables and the exception handler (abi §2.5). */
#include "fault.h"

#define CODE_SELECTOR 8
#define DATA_SELECTOR 0x10
#define TSS_SELECTOR  0x18
#define TSS_AT        (FAULT_TABLES + 0x40)
#define IDT_AT        (FAULT_TABLES + HL_PAGE_SIZE)

/* What the stubs in fault_entry.S leave on the stack, lowest first. */
struct frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, flags, rsp, ss;
};

void fault_handle(struct frame *frame);
void fault_start(uint64_t stack_top);

extern const char fault_stub_0[], fault_stub_3[], fault_stub_6[],
    fault_stub_8[], fault_stub_12[], fault_stub_13[], fault_stub_14[];

static void record(const struct frame *frame, uint64_t cr2)
{
    const uint64_t at = FAULT_LOG->count;
    volatile struct fault_record *to = &FAULT_LOG->of[at];

    if (at == sizeof(FAULT_LOG->of) / sizeof(FAULT_LOG->of[0]))
        return;
    FAULT_LOG->count = at + 1;
    to->vector = frame->vector;
    to->error = frame->error;
    to->rip = frame->rip;
    to->cr2 = frame->vector == HL_VECTOR_PAGE ? cr2 : 0;
    to->rsp = frame->rsp;
    to->flags = frame->flags;
    to->rcx = frame->rcx;
    to->rsi = frame->rsi;
    to->rdi = frame->rdi;
}

/* Is it a page that only has to be given? Then it is. */
static bool mend(const struct frame *frame, uint64_t cr2)
{
    const bool in_stack = cr2 >= STACK_LOW && cr2 < STACK_HIGH;
    const uint64_t *entry;

    if (frame->vector != HL_VECTOR_PAGE)
        return false;
    if ((frame->error & 1) == 0 && (in_stack || FAULT_LOG->fill != 0)) {
        page_map(cr2 & ~(uint64_t)0xFFF);
        return true;
    }
    entry = pte_of(cr2, false);
    if ((frame->error & 0x1F) != 3 || entry == NULL ||
        (*entry & (HL_PTE_AVL_MASK | HL_PTE_PRESENT)) !=
            (HL_PTE_COW | HL_PTE_PRESENT))
        return false;
    page_make_private(cr2);
    return true;
}

void fault_handle(struct frame *frame)
{
    uint64_t cr2;

    __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    /* After a restore the log is copied on write like any page: by hand, as
     * a fault in here would not end well. */
    if ((*pte_of(FAULT_LOG_AT, false) & HL_PTE_WRITE) == 0) {
        page_make_private(FAULT_LOG_AT);
        if (frame->vector == HL_VECTOR_PAGE && cr2 - FAULT_LOG_AT < 4096)
            return;
    }
    record(frame, cr2);
    if (mend(frame, cr2))
        return;
    if (FAULT_LOG->resume != 0) {
        frame->rip = FAULT_LOG->resume;
        FAULT_LOG->resume = 0;
        return;
    }
    raw_out(HL_PORT_ABORT, 2u | 15u << 8 | (uint32_t)frame->vector << 16);
    raw_abort(32, "unexpected exception");
}

static void gate(uint64_t vector, const char *stub)
{
    const uint64_t at = (uint64_t)stub;
    uint64_t *entry = (uint64_t *)(IDT_AT + vector * 16);

    entry[0] = (at & 0xFFFF) | (uint64_t)CODE_SELECTOR << 16 | 1ull << 32 |
               0x8Eull << 40 | (at >> 16 & 0xFFFF) << 48; /* IST 1 */
    entry[1] = at >> 32;
}

static void tables_load(void)
{
    const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } gdt = {0x27, FAULT_TABLES}, idt = {0xFFF, IDT_AT};

    __asm__ volatile("lgdt %0; lidt %1; "
                     "mov %w2, %%ds; mov %w2, %%es; mov %w2, %%ss; "
                     "lea 1f(%%rip), %%rax; push %3; push %%rax; lretq; "
                     "1: ltr %w4" ::"m"(gdt),
                     "m"(idt), "r"(DATA_SELECTOR), "i"(CODE_SELECTOR),
                     "r"(TSS_SELECTOR)
                     : "rax", "memory");
}

/* Runs on the entry stack: touches fresh scratch pages only (abi §2.5). */
void fault_start(uint64_t stack_top)
{
    uint64_t *gdt = (uint64_t *)FAULT_TABLES;
    uint8_t *tss = (uint8_t *)TSS_AT;

    page_map(FAULT_TABLES);
    page_map(IDT_AT);
    page_map(FAULT_LOG_AT);
    page_map(STACK_HIGH - HL_PAGE_SIZE);
    __asm__ volatile("mov %%cr0, %%rax; mov %%rax, %%cr0" ::: "rax", "memory");
    gdt[1] = 0x00AF9B000000FFFF; /* accessed bits preset */
    gdt[2] = 0x00CF93000000FFFF;
    gdt[3] = 0x67 | (TSS_AT & 0xFFFFFF) << 16 | 0x89ull << 40 |
             (TSS_AT >> 24 & 0xFF) << 56;
    gdt[4] = TSS_AT >> 32;
    raw_store64(tss + 0x24, stack_top); /* IST1 */
    raw_store32(tss + 0x64, 0x68u << 16);
    gate(0, fault_stub_0);
    gate(3, fault_stub_3);
    gate(6, fault_stub_6);
    gate(8, fault_stub_8);
    gate(12, fault_stub_12);
    gate(13, fault_stub_13);
    gate(14, fault_stub_14);
    tables_load();
}
