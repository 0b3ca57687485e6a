/* SPDX-License-Identifier: MIT */
/* Registers between hl_vmm's structures and the engine. */
#include <string.h>

#include "vmm_emu.h"

#define REG_COUNT 18

/* In the order of struct hl_vmm_regs. */
static const int general[REG_COUNT] = {
    UC_X86_REG_RAX,    UC_X86_REG_RBX,    UC_X86_REG_RCX,    UC_X86_REG_RDX,
    UC_X86_REG_RSI,    UC_X86_REG_RDI,    UC_X86_REG_RSP,    UC_X86_REG_RBP,
    UC_X86_REG_R8,     UC_X86_REG_R8 + 1, UC_X86_REG_R8 + 2, UC_X86_REG_R8 + 3,
    UC_X86_REG_R8 + 4, UC_X86_REG_R8 + 5, UC_X86_REG_R8 + 6, UC_X86_REG_R8 + 7,
    UC_X86_REG_RIP,    UC_X86_REG_EFLAGS,
};
_Static_assert(sizeof(struct hl_vmm_regs) == REG_COUNT * sizeof(uint64_t),
               "hl_vmm_regs is an array of 18 words");

#define MSR_EFER           0xC0000080u
#define MSR_STAR           0xC0000081u
#define MSR_KERNEL_GS_BASE 0xC0000102u

uint64_t emu_reg_get(const struct vmm_emu *emu, int reg)
{
    uint64_t value = 0;

    emu->api->reg_read(emu->uc, reg, &value);
    return value;
}

void emu_reg_set(struct vmm_emu *emu, int reg, uint64_t value)
{
    emu->api->reg_write(emu->uc, reg, &value);
}

static void regs_point(struct hl_vmm_regs *regs, void *at[REG_COUNT])
{
    for (size_t i = 0; i < REG_COUNT; i++)
        at[i] = (char *)regs + i * sizeof(uint64_t);
}

void emu_regs_read(struct vmm_emu *emu)
{
    void *at[REG_COUNT];

    memset(&emu->regs, 0, sizeof(emu->regs));
    regs_point(&emu->regs, at);
    emu->api->reg_read_batch(emu->uc, general, at, REG_COUNT);
}

void emu_regs_write(struct vmm_emu *emu)
{
    void *at[REG_COUNT];

    emu->regs.rflags |= HL_RFLAGS_INIT;
    regs_point(&emu->regs, at);
    emu->api->reg_write_batch(emu->uc, general, at, REG_COUNT);
    emu->regs_dirty = false;
}

static uint64_t msr_get(const struct vmm_emu *emu, uint32_t index)
{
    uc_x86_msr msr = {.rid = index};

    emu->api->reg_read(emu->uc, UC_X86_REG_MSR, &msr);
    return msr.value;
}

static void msr_set(struct vmm_emu *emu, uint32_t index, uint64_t value)
{
    const uc_x86_msr msr = {.rid = index, .value = value};

    emu->api->reg_write(emu->uc, UC_X86_REG_MSR, &msr);
}

/*
 * The engine shows selectors and bases, not descriptor attributes, and in
 * 64-bit mode needs no more: they are made up as a flat GDT has them, so that
 * what is saved here is valid for any backend.
 */
static struct hl_vmm_segment segment_get(const struct vmm_emu *emu, int reg,
                                         bool is_code, uint64_t base)
{
    struct hl_vmm_segment segment = {
        .base = base,
        .selector = (uint16_t)emu_reg_get(emu, reg),
    };

    if (segment.selector == 0 && !is_code)
        return segment;
    segment.limit = segment.selector ? UINT32_MAX : 0;
    segment.type = is_code ? 0xB : 3;
    segment.present = segment.s = 1;
    segment.l = is_code;
    segment.db = !is_code;
    segment.g = segment.selector != 0;
    return segment;
}

static struct hl_vmm_segment system_segment_get(const struct vmm_emu *emu,
                                                int reg)
{
    uc_x86_mmr mmr = {0};

    emu->api->reg_read(emu->uc, reg, &mmr);
    return (struct hl_vmm_segment){
        .base = mmr.base,
        .limit = mmr.limit,
        .selector = mmr.selector,
        .type = mmr.flags >> 8 & 0xF,
        .present = mmr.flags >> 15 & 1,
    };
}

static void system_segment_set(struct vmm_emu *emu, int reg,
                               const struct hl_vmm_segment *segment)
{
    const uc_x86_mmr mmr = {
        .selector = segment->selector,
        .base = segment->base,
        .limit = segment->limit,
        .flags = (uint32_t)segment->type << 8 | (uint32_t)segment->present
                                                    << 15,
    };

    emu->api->reg_write(emu->uc, reg, &mmr);
}

static uint16_t table_get(const struct vmm_emu *emu, int reg, uint64_t *base)
{
    uc_x86_mmr mmr = {0};

    emu->api->reg_read(emu->uc, reg, &mmr);
    *base = mmr.base;
    return (uint16_t)mmr.limit;
}

static void table_set(struct vmm_emu *emu, int reg, uint64_t base,
                      uint16_t limit)
{
    const uc_x86_mmr mmr = {.base = base, .limit = limit};

    emu->api->reg_write(emu->uc, reg, &mmr);
}

void emu_sregs_get(const struct vmm_emu *emu, struct hl_vmm_sregs *sregs)
{
    *sregs = (struct hl_vmm_sregs){
        .cs = segment_get(emu, UC_X86_REG_CS, true, 0),
        .ds = segment_get(emu, UC_X86_REG_DS, false, 0),
        .es = segment_get(emu, UC_X86_REG_ES, false, 0),
        .ss = segment_get(emu, UC_X86_REG_SS, false, 0),
        .fs = segment_get(emu, UC_X86_REG_FS, false,
                          emu_reg_get(emu, UC_X86_REG_FS_BASE)),
        .gs = segment_get(emu, UC_X86_REG_GS, false,
                          emu_reg_get(emu, UC_X86_REG_GS_BASE)),
        .tr = system_segment_get(emu, UC_X86_REG_TR),
        .ldt = system_segment_get(emu, UC_X86_REG_LDTR),
        .cr0 = emu_reg_get(emu, UC_X86_REG_CR0),
        .cr2 = emu_reg_get(emu, UC_X86_REG_CR2),
        .cr3 = emu_reg_get(emu, UC_X86_REG_CR3),
        .cr4 = emu_reg_get(emu, UC_X86_REG_CR4),
        .cr8 = emu_reg_get(emu, UC_X86_REG_CR8),
        .efer = msr_get(emu, MSR_EFER),
    };
    sregs->gdt_limit = table_get(emu, UC_X86_REG_GDTR, &sregs->gdt_base);
    sregs->idt_limit = table_get(emu, UC_X86_REG_IDTR, &sregs->idt_base);
}

/* A selector of FS or GS is loaded from the guest's own GDT. What is not there
 * would end in a jump to where nothing runs: the base is set all the same. */
static void fs_gs_selector_set(struct vmm_emu *emu, int reg,
                               const struct hl_vmm_sregs *sregs,
                               uint16_t selector)
{
    const uint64_t at = sregs->gdt_base + (selector & ~7u);
    struct hl_walk walk;

    if (selector == 0 || (selector & 4) != 0 ||
        (selector | 7u) > sregs->gdt_limit)
        return;
    for (unsigned i = 0; i < 8; i += 7)
        if (!pagetable_walk(&emu->phys, sregs->cr3, at + i, HL_ACCESS_READ,
                            false, &walk) ||
            phys_at(&emu->phys, walk.gpa, 1) == NULL)
            return;
    emu_reg_set(emu, reg, selector);
}

/* CR0.PG last, after what it switches on; what is read from the guest's tables
 * after GDTR and paging. */
void emu_sregs_set(struct vmm_emu *emu, const struct hl_vmm_sregs *sregs)
{
    msr_set(emu, MSR_EFER, sregs->efer);
    emu_reg_set(emu, UC_X86_REG_CR4, sregs->cr4);
    emu_reg_set(emu, UC_X86_REG_CR3, sregs->cr3);
    emu_reg_set(emu, UC_X86_REG_CR0, sregs->cr0);
    emu_reg_set(emu, UC_X86_REG_CR2, sregs->cr2);
    emu_reg_set(emu, UC_X86_REG_CR8, sregs->cr8);
    table_set(emu, UC_X86_REG_GDTR, sregs->gdt_base, sregs->gdt_limit);
    table_set(emu, UC_X86_REG_IDTR, sregs->idt_base, sregs->idt_limit);
    system_segment_set(emu, UC_X86_REG_LDTR, &sregs->ldt);
    system_segment_set(emu, UC_X86_REG_TR, &sregs->tr);
    emu_reg_set(emu, UC_X86_REG_CS, sregs->cs.selector);
    emu_reg_set(emu, UC_X86_REG_DS, sregs->ds.selector);
    emu_reg_set(emu, UC_X86_REG_ES, sregs->es.selector);
    emu_reg_set(emu, UC_X86_REG_SS, sregs->ss.selector);
    fs_gs_selector_set(emu, UC_X86_REG_FS, sregs, sregs->fs.selector);
    fs_gs_selector_set(emu, UC_X86_REG_GS, sregs, sregs->gs.selector);
    emu_reg_set(emu, UC_X86_REG_FS_BASE, sregs->fs.base);
    emu_reg_set(emu, UC_X86_REG_GS_BASE, sregs->gs.base);
}

#define XMM_COUNT 16
#define ST_COUNT  8
#define DR_COUNT  8

struct fpu_state {
    uint8_t xmm[XMM_COUNT][16];
    uint8_t st[ST_COUNT][16]; /* ten bytes each */
    uint64_t control, status, tags, mxcsr;
};

static void fpu_get(const struct vmm_emu *emu, struct fpu_state *fpu)
{
    for (int i = 0; i < XMM_COUNT; i++)
        emu->api->reg_read(emu->uc, UC_X86_REG_XMM0 + i, fpu->xmm[i]);
    for (int i = 0; i < ST_COUNT; i++)
        emu->api->reg_read(emu->uc, UC_X86_REG_FP0 + i, fpu->st[i]);
    fpu->control = emu_reg_get(emu, UC_X86_REG_FPCW);
    fpu->status = emu_reg_get(emu, UC_X86_REG_FPSW);
    fpu->tags = emu_reg_get(emu, UC_X86_REG_FPTAG);
    fpu->mxcsr = emu_reg_get(emu, UC_X86_REG_MXCSR);
}

static void fpu_set(struct vmm_emu *emu, const struct fpu_state *fpu)
{
    for (int i = 0; i < XMM_COUNT; i++)
        emu->api->reg_write(emu->uc, UC_X86_REG_XMM0 + i, fpu->xmm[i]);
    for (int i = 0; i < ST_COUNT; i++)
        emu->api->reg_write(emu->uc, UC_X86_REG_FP0 + i, fpu->st[i]);
    emu_reg_set(emu, UC_X86_REG_FPCW, fpu->control);
    emu_reg_set(emu, UC_X86_REG_FPSW, fpu->status);
    emu_reg_set(emu, UC_X86_REG_FPTAG, fpu->tags);
    emu_reg_set(emu, UC_X86_REG_MXCSR, fpu->mxcsr);
}

void emu_fpu_reset(struct vmm_emu *emu)
{
    const struct fpu_state initial = {
        .control = HL_FCW_INIT,
        .tags = 0xFFFF, /* all empty */
        .mxcsr = HL_MXCSR_INIT,
    };

    fpu_set(emu, &initial);
}

/*
 * Unicorn keeps the last exception for ever: the next one would arrive as a
 * double fault, the third not at all. Only a context saved before the first
 * exception is without it: go back to that one and carry the state over.
 */
void emu_exception_forget(struct vmm_emu *emu)
{
    static const uint32_t msrs[] = {MSR_STAR, MSR_STAR + 1, MSR_STAR + 2,
                                    MSR_STAR + 3, MSR_KERNEL_GS_BASE};
    enum { MSR_COUNT = sizeof(msrs) / sizeof(msrs[0]) };
    uint64_t msr[MSR_COUNT], dr[DR_COUNT];
    struct hl_vmm_sregs sregs;
    struct fpu_state fpu;

    emu_sregs_get(emu, &sregs);
    fpu_get(emu, &fpu);
    for (int i = 0; i < DR_COUNT; i++)
        dr[i] = emu_reg_get(emu, UC_X86_REG_DR0 + i);
    for (size_t i = 0; i < MSR_COUNT; i++)
        msr[i] = msr_get(emu, msrs[i]);

    emu->api->context_restore(emu->uc, emu->clean);
    emu_sregs_set(emu, &sregs);
    fpu_set(emu, &fpu);
    for (int i = 0; i < DR_COUNT; i++)
        emu_reg_set(emu, UC_X86_REG_DR0 + i, dr[i]);
    for (size_t i = 0; i < MSR_COUNT; i++)
        msr_set(emu, msrs[i], msr[i]);
    emu->regs_dirty = true;
}
