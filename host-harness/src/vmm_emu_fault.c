/* SPDX-License-Identifier: MIT */
/*
 * Exceptions, as the CPU delivers them in 64-bit mode (SDM vol. 3, 6.14): gate
 * from the IDT, stack from the TSS, frame of five or six words. A fault while
 * delivering becomes a double fault, one in that a shutdown.
 */
#include <stdio.h>
#include <string.h>

#include "vmm_emu.h"

#define VECTOR_DOUBLE  8
#define VECTOR_TSS     10
#define VECTOR_MISSING 11
#define VECTOR_STACK   12

#define RFLAGS_TF      HL_U64(0x100)
#define RFLAGS_IF      HL_U64(0x200)
#define RFLAGS_NT      HL_U64(0x4000)
#define RFLAGS_RF      HL_U64(0x10000)

#define ERROR_IDT      2u /* the error code's index is one of the IDT */
#define ERROR_EXT      1u /* while delivering another event */

enum outcome { DELIVERED, FAULTED, ENDED };

/* One attempt; fault is what went wrong with it. */
struct delivery {
    struct vmm_emu *emu;
    const struct emu_exception *exception;
    struct emu_exception fault;
    struct hl_vmm_exit *exit;
};

static enum outcome fault(struct delivery *d, unsigned vector, uint64_t error)
{
    d->fault = (struct emu_exception){
        .vector = vector, .has_error = true, .error = error};
    return FAULTED;
}

static enum outcome end_other(struct delivery *d, const char *text)
{
    d->exit->kind = HL_VMM_EXIT_OTHER;
    snprintf(d->exit->text, sizeof(d->exit->text), "%s", text);
    return ENDED;
}

static uint64_t external(const struct delivery *d)
{
    return d->exception->is_software ? 0 : ERROR_EXT;
}

/* Host pointer to part bytes of one page at gva, or the fault. */
static enum outcome reach(struct delivery *d, uint64_t gva, size_t part,
                          unsigned access, unsigned on_non_canonical,
                          uint8_t **host)
{
    struct vmm_emu *emu = d->emu;
    struct hl_walk walk;

    if (!pagetable_walk(&emu->phys, emu_reg_get(emu, UC_X86_REG_CR3), gva,
                        access, true, &walk)) {
        fault(d, walk.non_canonical ? on_non_canonical : HL_VECTOR_PAGE,
              walk.error);
        d->fault.cr2 = gva;
        return FAULTED;
    }
    *host = phys_at(&emu->phys, walk.gpa, part);
    bool is_rom = phys_at(&(struct hl_phys){{emu->phys.slots[0]}}, walk.gpa, 1);
    if (!*host || (is_rom && access == HL_ACCESS_WRITE)) {
        d->exit->kind = HL_VMM_EXIT_MEMORY;
        d->exit->gpa = walk.gpa;
        d->exit->is_write = access == HL_ACCESS_WRITE;
        return ENDED;
    }
    if (access == HL_ACCESS_WRITE)
        emu_code_written(emu, walk.gpa);
    return DELIVERED;
}

/* Eight bytes, which may lie in two pages. */
static enum outcome word_read(struct delivery *d, uint64_t gva, uint64_t *value)
{
    size_t first = HL_PAGE_SIZE - gva % HL_PAGE_SIZE;
    uint8_t *host;
    enum outcome outcome;

    if (first > 8)
        first = 8;
    *value = 0;
    outcome = reach(d, gva, first, HL_ACCESS_READ, HL_VECTOR_PROTECT, &host);
    if (outcome != DELIVERED)
        return outcome;
    memcpy(value, host, first);
    if (first == 8)
        return DELIVERED;
    outcome = reach(d, gva + first, 8 - first, HL_ACCESS_READ,
                    HL_VECTOR_PROTECT, &host);
    if (outcome == DELIVERED)
        memcpy((uint8_t *)value + first, host, 8 - first);
    return outcome;
}

/* The frame is 16-aligned, so a word never crosses a page. */
static enum outcome word_push(struct delivery *d, uint64_t *rsp, uint64_t value)
{
    uint8_t *host;
    enum outcome outcome =
        reach(d, *rsp - 8, 8, HL_ACCESS_WRITE, VECTOR_STACK, &host);

    if (outcome != DELIVERED)
        return outcome;
    memcpy(host, &value, 8);
    *rsp -= 8;
    return DELIVERED;
}

struct gate {
    uint64_t handler;
    uint16_t selector;
    uint8_t ist;
    bool is_trap;
};

static enum outcome gate_read(struct delivery *d, struct gate *gate)
{
    uint64_t error =
        (uint64_t)d->exception->vector << 3 | ERROR_IDT | external(d);
    uint64_t low, high;
    uc_x86_mmr idt = {0};
    enum outcome outcome;

    d->emu->api->reg_read(d->emu->uc, UC_X86_REG_IDTR, &idt);
    if (d->exception->vector * 16 + 15 > idt.limit)
        return fault(d, HL_VECTOR_PROTECT, error);
    uint64_t at = idt.base + d->exception->vector * 16;
    outcome = word_read(d, at, &low);
    if (outcome == DELIVERED)
        outcome = word_read(d, at + 8, &high);
    if (outcome != DELIVERED)
        return outcome;
    uint8_t type = low >> 40 & 0x1F;
    if (type != 0xE && type != 0xF)
        return fault(d, HL_VECTOR_PROTECT, error);
    if (!(low >> 47 & 1))
        return fault(d, VECTOR_MISSING, error);
    *gate = (struct gate){
        .handler = (low & 0xFFFF) | (low >> 48) << 16 | high << 32,
        .selector = (uint16_t)(low >> 16),
        .ist = low >> 32 & 7,
        .is_trap = type == 0xF,
    };
    return DELIVERED;
}

/* The gate's code segment must be 64-bit code of privilege 0. */
static enum outcome segment_check(struct delivery *d, const struct gate *gate)
{
    uint64_t error = (gate->selector & 0xFFF8u) | external(d);
    uc_x86_mmr gdt = {0};
    uint64_t descriptor;
    enum outcome outcome;

    if ((gate->selector & 0xFFF8) == 0)
        return fault(d, HL_VECTOR_PROTECT, external(d));
    if (gate->selector & 4)
        return end_other(d, "emulator: exception gates into the LDT");
    d->emu->api->reg_read(d->emu->uc, UC_X86_REG_GDTR, &gdt);
    if ((gate->selector | 7u) > gdt.limit)
        return fault(d, HL_VECTOR_PROTECT, error);
    outcome = word_read(d, gdt.base + (gate->selector & 0xFFF8), &descriptor);
    if (outcome != DELIVERED)
        return outcome;
    /* S, code */
    if ((descriptor >> 43 & 3) != 3 || (descriptor >> 45 & 3) != 0 ||
        (descriptor >> 53 & 3) != 1) /* privilege 0; L and not D */
        return fault(d, HL_VECTOR_PROTECT, error);
    if (!(descriptor >> 47 & 1))
        return fault(d, VECTOR_MISSING, error);
    return DELIVERED;
}

static enum outcome stack_find(struct delivery *d, const struct gate *gate,
                               uint64_t *rsp)
{
    uc_x86_mmr tss = {0};
    enum outcome outcome = DELIVERED;

    *rsp = d->emu->regs.rsp;
    if (gate->ist != 0) {
        uint32_t offset = 0x24u + (gate->ist - 1u) * 8;

        d->emu->api->reg_read(d->emu->uc, UC_X86_REG_TR, &tss);
        if (offset + 7 > tss.limit)
            return fault(d, VECTOR_TSS, (tss.selector & 0xFFF8u) | external(d));
        outcome = word_read(d, tss.base + offset, rsp);
    }
    *rsp &= ~HL_U64(15);
    return outcome;
}

/* Faults, unlike traps and software interrupts, push RF set. */
static uint64_t pushed_rflags(const struct delivery *d)
{
    unsigned vector = d->exception->vector;
    bool is_fault = !d->exception->is_software && vector != 1 && vector != 3 &&
                    vector != 4 && vector != VECTOR_DOUBLE;

    return d->emu->regs.rflags | (is_fault ? RFLAGS_RF : 0);
}

static enum outcome frame_push(struct delivery *d, uint64_t *rsp)
{
    const struct vmm_emu *emu = d->emu;
    const uint64_t words[] = {
        emu_reg_get(emu, UC_X86_REG_SS), emu->regs.rsp, pushed_rflags(d),
        emu_reg_get(emu, UC_X86_REG_CS), emu->regs.rip, d->exception->error,
    };
    size_t count = d->exception->has_error ? 6 : 5;

    for (size_t i = 0; i < count; i++) {
        enum outcome outcome = word_push(d, rsp, words[i]);

        if (outcome != DELIVERED)
            return outcome;
    }
    return DELIVERED;
}

static enum outcome try_deliver(struct delivery *d)
{
    struct vmm_emu *emu = d->emu;
    struct gate gate;
    uint64_t rsp;

    if (emu_reg_get(emu, UC_X86_REG_CS) & 3)
        return end_other(d, "emulator: exceptions in user mode");
    enum outcome outcome = gate_read(d, &gate);
    if (outcome == DELIVERED)
        outcome = segment_check(d, &gate);
    if (outcome == DELIVERED)
        outcome = stack_find(d, &gate, &rsp);
    if (outcome == DELIVERED)
        outcome = frame_push(d, &rsp);
    if (outcome != DELIVERED)
        return outcome;
    if (!gva_is_canonical(gate.handler))
        return fault(d, HL_VECTOR_PROTECT, external(d));
    emu->regs.rsp = rsp;
    emu->regs.rip = gate.handler;
    emu->regs.rflags &= ~(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF);
    if (!gate.is_trap)
        emu->regs.rflags &= ~RFLAGS_IF;
    emu->regs_dirty = true;
    if (emu_reg_get(emu, UC_X86_REG_CS) != (gate.selector & 0xFFF8u))
        emu_reg_set(emu, UC_X86_REG_CS, gate.selector & 0xFFF8u);
    return DELIVERED;
}

static bool is_contributory(const struct emu_exception *e)
{
    return !e->is_software &&
           (e->vector == 0 ||
            (e->vector >= VECTOR_TSS && e->vector <= HL_VECTOR_PROTECT));
}

static bool is_page_fault(const struct emu_exception *e)
{
    return !e->is_software && e->vector == HL_VECTOR_PAGE;
}

/* SDM vol. 3, table 6-5. */
static bool is_double_fault(const struct emu_exception *first,
                            const struct emu_exception *second)
{
    if (is_page_fault(first))
        return is_page_fault(second) || is_contributory(second);
    return is_contributory(first) && is_contributory(second);
}

bool emu_exception_deliver(struct vmm_emu *emu,
                           const struct emu_exception *exception,
                           struct hl_vmm_exit *exit)
{
    struct emu_exception now = *exception;
    struct delivery d = {.emu = emu, .exception = &now, .exit = exit};

    /* Ends: each round is a worse exception, and the worst ends it. */
    for (;;) {
        if (is_page_fault(&now))
            emu_reg_set(emu, UC_X86_REG_CR2, now.cr2);
        enum outcome outcome = try_deliver(&d);

        if (outcome != FAULTED)
            return outcome == DELIVERED;
        if (now.vector == VECTOR_DOUBLE && !now.is_software) {
            exit->kind = HL_VMM_EXIT_SHUTDOWN;
            return false;
        }
        if (is_double_fault(&now, &d.fault))
            now = (struct emu_exception){.vector = VECTOR_DOUBLE,
                                         .has_error = true};
        else
            now = d.fault;
    }
}
