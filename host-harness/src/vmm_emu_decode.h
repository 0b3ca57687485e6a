/* SPDX-License-Identifier: MIT */
/*
 * Which memory an instruction touches. The emulator tells only the page of a
 * refused access; CR2 and the frame need the byte, and a port exit needs the
 * instruction's length.
 */
#ifndef HL_VMM_EMU_DECODE_H
#define HL_VMM_EMU_DECODE_H

#include "pagetable.h"

#define EMU_INSN_MAX    15
#define EMU_OPERAND_MAX 3

struct emu_operand {
    uint64_t address;
    unsigned access; /* HL_ACCESS_READ, HL_ACCESS_WRITE */
    bool is_stack;   /* through SS: a bad address is #SS, not #GP */
};

struct emu_insn {
    uint8_t length;              /* 0: not an instruction this decoder knows */
    bool is_string, is_repeated; /* ins, outs, movs, … */
    unsigned count;
    struct emu_operand operands[EMU_OPERAND_MAX];
};

/* The registers that addresses are made of. */
struct emu_addressing {
    const struct hl_vmm_regs *regs;
    uint64_t fs_base, gs_base;
};

/* A legacy prefix or REX. */
bool emu_is_prefix(uint8_t byte);

/* Decode the instruction in size bytes at code; 64-bit mode. */
void emu_decode(const uint8_t *code, size_t size,
                const struct emu_addressing *from, struct emu_insn *insn);

/*
 * The address at which an access of the kind given to the page at page failed:
 * the operand's own if it begins there, else (an operand that crosses into it,
 * or an unknown instruction) the page's first byte.
 */
uint64_t emu_fault_address(const struct emu_insn *insn, uint64_t page,
                           unsigned access, bool *is_stack);

#endif /* HL_VMM_EMU_DECODE_H */
