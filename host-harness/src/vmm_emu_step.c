/* SPDX-License-Identifier: MIT */
/*
 * Running a part of a block: Unicorn ends one at an exit address.
 *
 * A block of code that runs into a page that cannot be fetched is refused as a
 * whole, with RIP at its start. The CPU by contrast runs what lies before. So
 * the instructions up to the one that needs the page are run alone first.
 */
#include "vmm_emu.h"

/* Blocks have at most 512 instructions. */
#define INSNS_MAX 512

/* The first instruction from rip on that reaches into page; 0: none. */
static uint64_t crossing_find(struct vmm_emu *emu, uint64_t page)
{
    const struct emu_addressing from = {.regs = &emu->regs};
    uint64_t at = emu->regs.rip;

    for (int i = 0; i < INSNS_MAX && at < page; i++) {
        uint8_t code[EMU_INSN_MAX];
        struct emu_insn insn;
        size_t size = emu_code_read(emu, at, code, sizeof(code));

        emu_decode(code, size, &from, &insn);
        if (insn.length == 0)
            return page - at < EMU_INSN_MAX ? at : 0;
        if (at + insn.length > page)
            return at;
        at += insn.length;
    }
    return at == page ? at : 0;
}

static bool step_to(struct vmm_emu *emu, uint64_t to)
{
    if (emu->api->ctl(emu->uc, UC_CTL_EXITS, &to, (size_t)1) != UC_ERR_OK)
        return false;
    emu->step_to = to;
    return true;
}

bool emu_step_to_fetch(struct vmm_emu *emu)
{
    uint64_t page = emu->event.page;
    uint64_t rip = emu->regs.rip;
    uint8_t before = 0;

    if (rip >= page || page - rip > HL_PAGE_SIZE)
        return false;
    uint64_t to = crossing_find(emu, page);
    /* Behind a hlt, the end of the step could not be told from its exit. */
    if (to <= rip || emu_code_read(emu, to - 1, &before, 1) != 1 ||
        before == 0xF4)
        return false;
    return step_to(emu, to);
}

void emu_step_one(struct vmm_emu *emu)
{
    struct emu_insn insn;

    emu_insn_at_rip(emu, &insn);
    if (insn.length > 0)
        step_to(emu, emu->regs.rip + insn.length);
}

void emu_step_end(struct vmm_emu *emu)
{
    uint64_t none = 0;

    emu->api->ctl(emu->uc, UC_CTL_EXITS, &none, (size_t)0);
    emu->step_to = 0;
}
