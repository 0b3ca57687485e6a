/* SPDX-License-Identifier: MIT */
/* A decoder of operand addresses, 64-bit mode only (SDM vol. 2, chapter 2). */
#include <string.h>

#include "vmm_emu_decode.h"

#define REX_W 8u
#define REX_R 4u
#define REX_X 2u
#define REX_B 1u

bool emu_is_prefix(uint8_t byte)
{
    return (byte & 0xF0) == 0x40 || byte == 0x66 || byte == 0x67 ||
           byte == 0xF2 || byte == 0xF3 || byte == 0x2E || byte == 0x36 ||
           byte == 0x3E || byte == 0x26 || byte == 0x64 || byte == 0x65 ||
           byte == 0xF0;
}

struct cursor {
    const uint8_t *code;
    size_t size, at;
    const struct emu_addressing *from;
    struct emu_insn *insn;
    bool failed;
    bool operand_16, address_32;
    uint8_t segment; /* prefix byte, or 0 */
    uint8_t rex;
    unsigned map; /* 0 one-byte, 1 0F, 2 0F38, 3 0F3A */
    uint8_t opcode;
    uint8_t modrm;
};

static uint8_t next(struct cursor *c)
{
    if (c->at >= c->size || c->at >= EMU_INSN_MAX) {
        c->failed = true;
        return 0;
    }
    return c->code[c->at++];
}

static uint64_t next_bytes(struct cursor *c, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)next(c) << (8 * i);
    return value;
}

static uint64_t next_signed(struct cursor *c, unsigned count)
{
    uint64_t value = next_bytes(c, count);
    uint64_t sign = HL_U64(1) << (8 * count - 1);

    return (value ^ sign) - sign;
}

static uint64_t reg(const struct cursor *c, unsigned number)
{
    const struct hl_vmm_regs *r = c->from->regs;
    const uint64_t values[16] = {
        r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi,
        r->r8,  r->r9,  r->r10, r->r11, r->r12, r->r13, r->r14, r->r15,
    };

    return values[number & 15];
}

static uint64_t segment_base(const struct cursor *c)
{
    return c->segment == 0x64   ? c->from->fs_base
           : c->segment == 0x65 ? c->from->gs_base
                                : 0;
}

static void operand_add(struct cursor *c, uint64_t address, unsigned access,
                        bool is_stack)
{
    if (c->insn->count < EMU_OPERAND_MAX)
        c->insn->operands[c->insn->count++] =
            (struct emu_operand){address, access, is_stack};
}

static void operand_add_data(struct cursor *c, uint64_t offset, unsigned access,
                             bool is_stack)
{
    if (c->address_32)
        offset &= UINT32_MAX;
    operand_add(c, segment_base(c) + offset, access, is_stack);
}

/* Legacy prefixes, REX, VEX, escape bytes, opcode. */
static void take_vex(struct cursor *c, uint8_t first)
{
    uint8_t inverted = next(c);

    c->rex = inverted & 0x80 ? 0 : REX_R;
    c->map = 1;
    if (first == 0xC4) {
        c->rex = (uint8_t)(~inverted >> 5 & 7);
        c->map = inverted & 0x1F;
        next(c);
    }
    c->opcode = next(c);
    if (c->map < 1 || c->map > 3)
        c->failed = true;
}

static uint8_t take_prefixes(struct cursor *c)
{
    for (;;) {
        uint8_t byte = next(c);

        if (c->failed)
            return 0;
        if (byte == 0x66)
            c->operand_16 = true;
        else if (byte == 0x67)
            c->address_32 = true;
        else if (byte == 0xF2 || byte == 0xF3)
            c->insn->is_repeated = true;
        else if (byte == 0x64 || byte == 0x65 || byte == 0x2E || byte == 0x36 ||
                 byte == 0x3E || byte == 0x26)
            c->segment = byte;
        else if (byte != 0xF0)
            return byte;
    }
}

static void take_opcode(struct cursor *c)
{
    uint8_t byte = take_prefixes(c);

    if ((byte & 0xF0) == 0x40) {
        c->rex = byte & 0xF;
        byte = next(c);
    }
    if (byte == 0xC4 || byte == 0xC5) {
        take_vex(c, byte);
        return;
    }
    if (byte == 0x0F) {
        byte = next(c);
        c->map = byte == 0x38 ? 2 : byte == 0x3A ? 3 : 1;
        if (c->map != 1)
            byte = next(c);
    }
    c->opcode = byte;
}

static bool has_modrm(const struct cursor *c)
{
    uint8_t op = c->opcode;

    if (c->map >= 2)
        return true;
    if (c->map == 1)
        return !((op >= 0x05 && op <= 0x0B) || op == 0x0E ||
                 (op >= 0x30 && op <= 0x37) || op == 0x77 ||
                 (op & 0xF0) == 0x80 || (op >= 0xA0 && op <= 0xA2) ||
                 (op >= 0xA8 && op <= 0xAA) || (op >= 0xC8 && op <= 0xCF));
    return (op < 0x40 && (op & 7) < 4) || op == 0x63 || op == 0x69 ||
           op == 0x6B || (op >= 0x80 && op <= 0x8F) || op == 0xC0 ||
           op == 0xC1 || op == 0xC6 || op == 0xC7 ||
           (op >= 0xD0 && op <= 0xD3) || (op >= 0xD8 && op <= 0xDF) ||
           op == 0xF6 || op == 0xF7 || op >= 0xFE;
}

/* Bytes of the immediate that follows. */
static unsigned immediate_size(const struct cursor *c)
{
    unsigned wide = c->operand_16 ? 2 : 4;
    uint8_t op = c->opcode;

    if (c->map == 3)
        return 1;
    if (c->map == 2)
        return 0;
    if (c->map == 1) {
        if ((op & 0xF0) == 0x80)
            return 4;
        return (op >= 0x70 && op <= 0x73) || op == 0xA4 || op == 0xAC ||
               op == 0xBA || op == 0xC2 || (op >= 0xC4 && op <= 0xC6);
    }
    if (op < 0x40)
        return (op & 7) == 4 ? 1 : (op & 7) == 5 ? wide : 0;
    if (op >= 0xB8 && op <= 0xBF)
        return c->rex & REX_W ? 8 : wide;
    switch (op) {
    case 0x68:
    case 0x69:
    case 0x81:
    case 0xC7:
    case 0xA9:
        return wide;
    case 0xE8:
    case 0xE9:
        return 4;
    case 0xC2:
    case 0xCA:
        return 2;
    case 0xC8:
        return 3;
    case 0xF6:
        return (c->modrm & 0x38) < 0x10 ? 1 : 0;
    case 0xF7:
        return (c->modrm & 0x38) < 0x10 ? wide : 0;
    case 0xA0:
    case 0xA1:
    case 0xA2:
    case 0xA3:
        return c->address_32 ? 4 : 8;
    default:
        return (op >= 0x70 && op <= 0x7F) || (op >= 0xB0 && op <= 0xB7) ||
               (op >= 0xE0 && op <= 0xE7) || op == 0x6A || op == 0x6B ||
               op == 0x80 || op == 0x82 || op == 0x83 || op == 0xA8 ||
               op == 0xC0 || op == 0xC1 || op == 0xC6 || op == 0xCD ||
               op == 0xEB || op == 0xD4 || op == 0xD5;
    }
}

/* The effective address of ModRM's memory operand, without segment base. */
static uint64_t take_address(struct cursor *c, bool *is_stack,
                             uint64_t rsp_added)
{
    unsigned mode = c->modrm >> 6;
    unsigned base = c->modrm & 7;
    unsigned rex_b = c->rex & REX_B ? 8 : 0;
    uint64_t address = 0;
    bool has_base = true;

    if (base == 4) {
        uint8_t sib = next(c);
        unsigned index = (sib >> 3 & 7) | (c->rex & REX_X ? 8u : 0);

        base = sib & 7;
        if (index != 4)
            address = reg(c, index) << (sib >> 6);
        has_base = !(mode == 0 && base == 5);
    } else if (mode == 0 && base == 5) {
        uint64_t offset = next_signed(c, 4);
        return c->from->regs->rip + c->at + immediate_size(c) + offset;
    }
    if (has_base) {
        address += reg(c, base | rex_b);
        if ((base | rex_b) == 4)
            address += rsp_added;
        *is_stack = !rex_b && (base == 4 || base == 5) && !c->segment;
    }
    if (mode == 1)
        address += next_signed(c, 1);
    else if (mode == 2 || !has_base)
        address += next_signed(c, 4);
    return address;
}

/* bt, bts, btr, btc with a register: the bit offset moves the address. */
static uint64_t bit_offset(const struct cursor *c)
{
    uint64_t bit = reg(c, (c->modrm >> 3 & 7) | (c->rex & REX_R ? 8u : 0));

    if (c->rex & REX_W)
        return (uint64_t)((int64_t)bit >> 6) * 8;
    if (c->operand_16)
        return (uint64_t)((int64_t)(int16_t)bit >> 4) * 2;
    return (uint64_t)((int64_t)(int32_t)bit >> 5) * 4;
}

static bool is_bit_by_register(const struct cursor *c)
{
    return c->map == 1 && (c->opcode & 0xE7) == 0xA3;
}

static void push(struct cursor *c)
{
    operand_add(c, c->from->regs->rsp - (c->operand_16 ? 2 : 8),
                HL_ACCESS_WRITE, true);
}

static void pop(struct cursor *c)
{
    operand_add(c, c->from->regs->rsp, HL_ACCESS_READ, true);
}

static void take_modrm(struct cursor *c)
{
    const unsigned both = HL_ACCESS_READ | HL_ACCESS_WRITE;
    unsigned group = c->modrm >> 3 & 7;
    bool is_pop = c->map == 0 && c->opcode == 0x8F;
    bool is_push = c->map == 0 && c->opcode == 0xFF && group == 6;
    bool is_call =
        c->map == 0 && c->opcode == 0xFF && (group == 2 || group == 3);
    bool is_stack = false;

    if (c->modrm < 0xC0) {
        uint64_t address =
            take_address(c, &is_stack, is_pop ? (c->operand_16 ? 2 : 8) : 0);

        if (is_bit_by_register(c))
            address += bit_offset(c);
        if (is_pop)
            pop(c);
        operand_add_data(c, address,
                         is_push || is_call ? (unsigned)HL_ACCESS_READ : both,
                         is_stack);
    }
    if (is_push || is_call)
        push(c);
}

/* Instructions without ModRM that touch memory all the same. */
static void implicit_operands(struct cursor *c)
{
    const struct hl_vmm_regs *r = c->from->regs;
    uint8_t op = c->opcode;

    if (c->map == 1) {
        if (op == 0xA0 || op == 0xA8)
            push(c);
        else if (op == 0xA1 || op == 0xA9)
            pop(c);
        return;
    }
    if (c->map != 0)
        return;
    if ((op & 0xF8) == 0x50 || op == 0x68 || op == 0x6A || op == 0x9C ||
        op == 0xE8)
        push(c);
    else if ((op & 0xF8) == 0x58 || op == 0x9D || op == 0xC2 || op == 0xC3 ||
             op == 0xCA || op == 0xCB || op == 0xCF)
        pop(c);
    else if (op == 0xC9) /* leave */
        operand_add(c, r->rbp, HL_ACCESS_READ, true);
    else if (op == 0xC8) /* enter */
        push(c);
    else if (op == 0xD7) /* xlat */
        operand_add_data(c, r->rbx + (r->rax & 0xFF), HL_ACCESS_READ, false);
}

static void string_operands(struct cursor *c)
{
    const struct hl_vmm_regs *r = c->from->regs;
    uint64_t mask = c->address_32 ? UINT32_MAX : UINT64_MAX;
    uint8_t op = c->opcode;
    bool reads_rsi = (op >= 0xA4 && op <= 0xA7) || op == 0xAC || op == 0xAD ||
                     op == 0x6E || op == 0x6F;
    bool writes_rdi = op == 0xA4 || op == 0xA5 || op == 0xAA || op == 0xAB ||
                      op == 0x6C || op == 0x6D;
    bool reads_rdi = op == 0xA6 || op == 0xA7 || op == 0xAE || op == 0xAF;

    if (c->map != 0 || !(reads_rsi || writes_rdi || reads_rdi)) {
        c->insn->is_repeated = false;
        return;
    }
    c->insn->is_string = true;
    if (reads_rsi)
        operand_add_data(c, r->rsi, HL_ACCESS_READ, false);
    if (writes_rdi || reads_rdi)
        operand_add(c, r->rdi & mask,
                    writes_rdi ? HL_ACCESS_WRITE : HL_ACCESS_READ, false);
}

void emu_decode(const uint8_t *code, size_t size,
                const struct emu_addressing *from, struct emu_insn *insn)
{
    struct cursor c = {.code = code, .size = size, .from = from, .insn = insn};

    memset(insn, 0, sizeof(*insn));
    take_opcode(&c);
    if (!c.failed && has_modrm(&c)) {
        c.modrm = next(&c);
        take_modrm(&c);
    } else if (!c.failed) {
        implicit_operands(&c);
    }
    string_operands(&c);
    uint64_t immediate = next_bytes(&c, immediate_size(&c));
    if (c.map == 0 && c.opcode >= 0xA0 && c.opcode <= 0xA3)
        operand_add_data(&c, immediate,
                         c.opcode < 0xA2 ? HL_ACCESS_READ : HL_ACCESS_WRITE,
                         false);
    if (c.failed)
        insn->count = 0;
    else
        insn->length = (uint8_t)c.at;
}

uint64_t emu_fault_address(const struct emu_insn *insn, uint64_t page,
                           unsigned access, bool *is_stack)
{
    *is_stack = false;
    for (unsigned i = 0; i < insn->count; i++) {
        const struct emu_operand *operand = &insn->operands[i];
        uint64_t start = operand->address & ~(uint64_t)(HL_PAGE_SIZE - 1);

        if (!(operand->access & access))
            continue;
        if (start == page) {
            *is_stack = operand->is_stack;
            return operand->address;
        }
        if (start + HL_PAGE_SIZE == page)
            *is_stack = operand->is_stack;
    }
    return page;
}
