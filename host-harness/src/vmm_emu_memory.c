/* SPDX-License-Identifier: MIT */
/* Guest memory by virtual address, read without Unicorn's help: its own
 * functions translate through the TLB and may raise faults of their own. */
#include <string.h>

#include "vmm_emu.h"

bool emu_walk(const struct vmm_emu *emu, uint64_t gva, unsigned access,
              struct hl_walk *walk)
{
    return pagetable_walk(&emu->phys, emu_reg_get(emu, UC_X86_REG_CR3), gva,
                          access, false, walk);
}

size_t emu_code_read(const struct vmm_emu *emu, uint64_t gva, uint8_t *code,
                     size_t size)
{
    size_t done = 0;

    while (done < size) {
        struct hl_walk walk;
        uint64_t at = gva + done;
        size_t part = HL_PAGE_SIZE - at % HL_PAGE_SIZE;

        if (part > size - done)
            part = size - done;
        if (!emu_walk(emu, at, HL_ACCESS_FETCH, &walk))
            break;
        const uint8_t *host = phys_at(&emu->phys, walk.gpa, part);
        if (!host)
            break;
        memcpy(code + done, host, part);
        done += part;
    }
    return done;
}

void emu_insn_at_rip(const struct vmm_emu *emu, struct emu_insn *insn)
{
    uint8_t code[EMU_INSN_MAX];
    const struct emu_addressing from = {
        .regs = &emu->regs,
        .fs_base = emu_reg_get(emu, UC_X86_REG_FS_BASE),
        .gs_base = emu_reg_get(emu, UC_X86_REG_GS_BASE),
    };
    size_t size = emu_code_read(emu, emu->regs.rip, code, sizeof(code));

    emu_decode(code, size, &from, insn);
}
