/* SPDX-License-Identifier: MIT */
/* The emulator's instruction decoder: lengths and operand addresses. */
#include <string.h>

#include "test.h"
#include "vmm_emu_decode.h"

static const struct hl_vmm_regs regs = {
    .rax = 0x1010,
    .rbx = 0x2000,
    .rcx = 0x30,
    .rdx = 0x40,
    .rsi = 0x5000,
    .rdi = 0x6000,
    .rsp = 0x7000,
    .rbp = 0x8000,
    .r8 = 0x9000,
    .r12 = 0xC000,
    .r13 = 0xD000,
    .r15 = 0xF,
    .rip = 0x100000,
};

static const struct emu_addressing from = {&regs, 0xF0000, 0xA0000};

enum { R = HL_ACCESS_READ, W = HL_ACCESS_WRITE };

struct sample {
    const char *text;
    uint8_t code[EMU_INSN_MAX];
    uint8_t length;
    uint64_t read, write; /* addresses, 0: none */
};

static const struct sample samples[] = {
    {"nop", {0x90}, 1, 0, 0},
    {"mov %rax, (%rbx)", {0x48, 0x89, 0x03}, 3, 0x2000, 0x2000},
    {"mov 8(%rsp), %rax", {0x48, 0x8B, 0x44, 0x24, 0x08}, 5, 0x7008, 0x7008},
    {"mov -8(%rbp), %eax", {0x8B, 0x45, 0xF8}, 3, 0x7FF8, 0x7FF8},
    {"mov (%r12), %eax", {0x41, 0x8B, 0x04, 0x24}, 4, 0xC000, 0xC000},
    {"mov (%r13), %eax", {0x41, 0x8B, 0x45, 0x00}, 4, 0xD000, 0xD000},
    {"mov 0x10(%rbx,%rcx,4), %eax",
     {0x8B, 0x44, 0x8B, 0x10},
     4,
     0x20D0,
     0x20D0},
    {"mov (%rbx,%r8), %eax", {0x42, 0x8B, 0x04, 0x03}, 4, 0xB000, 0xB000},
    {"mov 0x1234, %eax",
     {0x8B, 0x04, 0x25, 0x34, 0x12, 0, 0},
     7,
     0x1234,
     0x1234},
    {"mov 0x10(%rip), %eax",
     {0x8B, 0x05, 0x10, 0, 0, 0},
     6,
     0x100016,
     0x100016},
    {"movl $1, 0x10(%rip)",
     {0xC7, 0x05, 0x10, 0, 0, 0, 1, 0, 0, 0},
     10,
     0x10001A,
     0x10001A},
    {"cmpb $1, 0x10(%rip)",
     {0x80, 0x3D, 0x10, 0, 0, 0, 1},
     7,
     0x100017,
     0x100017},
    {"testb $1, (%rdi)", {0xF6, 0x07, 0x01}, 3, 0x6000, 0x6000},
    {"notl (%rdi)", {0xF7, 0x17}, 2, 0x6000, 0x6000},
    {"mov %fs:0x10, %rax",
     {0x64, 0x48, 0x8B, 0x04, 0x25, 0x10, 0, 0, 0},
     9,
     0xF0010,
     0xF0010},
    {"mov %gs:(%rbx), %rax", {0x65, 0x48, 0x8B, 0x03}, 4, 0xA2000, 0xA2000},
    {"movabs 0x500000000000, %al",
     {0xA0, 0, 0, 0, 0, 0, 0x50, 0, 0},
     9,
     HL_U64(0x500000000000),
     0},
    {"movabs %eax, 0x5000", {0xA3, 0, 0x50, 0, 0, 0, 0, 0, 0}, 9, 0, 0x5000},
    {"movabs $imm64, %rax", {0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8}, 10, 0, 0},
    {"push %rax", {0x50}, 1, 0, 0x6FF8},
    {"push %r8", {0x41, 0x50}, 2, 0, 0x6FF8},
    {"push (%rdi)", {0xFF, 0x37}, 2, 0x6000, 0x6FF8},
    {"pop (%rdi)", {0x8F, 0x07}, 2, 0x7000, 0x6000},
    {"pop 8(%rsp)", {0x8F, 0x44, 0x24, 0x08}, 4, 0x7000, 0x7010},
    {"call rel32", {0xE8, 1, 0, 0, 0}, 5, 0, 0x6FF8},
    {"call *(%rdi)", {0xFF, 0x17}, 2, 0x6000, 0x6FF8},
    {"ret", {0xC3}, 1, 0x7000, 0},
    {"leave", {0xC9}, 1, 0x8000, 0},
    {"enter $32, $0", {0xC8, 0x20, 0, 0}, 4, 0, 0x6FF8},
    {"iretq", {0x48, 0xCF}, 2, 0x7000, 0},
    {"movsb", {0xA4}, 1, 0x5000, 0x6000},
    {"rep movsq", {0xF3, 0x48, 0xA5}, 3, 0x5000, 0x6000},
    {"rep stosb", {0xF3, 0xAA}, 2, 0, 0x6000},
    {"lodsb", {0xAC}, 1, 0x5000, 0},
    {"scasb", {0xAE}, 1, 0x6000, 0},
    {"outsb", {0x6E}, 1, 0x5000, 0},
    {"rep insb", {0xF3, 0x6C}, 2, 0, 0x6000},
    {"xlat", {0xD7}, 1, 0x2010, 0},
    {"movups (%rdi), %xmm0", {0x0F, 0x10, 0x07}, 3, 0x6000, 0x6000},
    {"pshufd $1, (%rdi), %xmm0",
     {0x66, 0x0F, 0x70, 0x07, 1},
     5,
     0x6000,
     0x6000},
    {"lock xadd %eax, 0x10(%rdi)",
     {0xF0, 0x0F, 0xC1, 0x47, 0x10},
     5,
     0x6010,
     0x6010},
    {"bts %rax, (%rdi): bit 0x1010 is byte 0x202",
     {0x48, 0x0F, 0xAB, 0x07},
     4,
     0x6200,
     0x6200},
    {"andn (%rdi), %eax, %eax",
     {0xC4, 0xE2, 0x78, 0xF2, 0x07},
     5,
     0x6000,
     0x6000},
    {"mov (%edi), %eax", {0x67, 0x8B, 0x07}, 3, 0x6000, 0x6000},
    {"movw $1, (%rdi)", {0x66, 0xC7, 0x07, 1, 0}, 5, 0x6000, 0x6000},
    {"out %eax, $0x65", {0xE7, 0x65}, 2, 0, 0},
    {"out %ax, %dx", {0x66, 0xEF}, 2, 0, 0},
    {"in $5, %eax", {0xE5, 0x05}, 2, 0, 0},
    {"jz rel32", {0x0F, 0x84, 0, 0, 0, 0}, 6, 0, 0},
    {"ud2", {0x0F, 0x0B}, 2, 0, 0},
    {"syscall", {0x0F, 0x05}, 2, 0, 0},
    {"fxsave (%rdi)", {0x0F, 0xAE, 0x07}, 3, 0x6000, 0x6000},
    {"lgdt (%rdi)", {0x0F, 0x01, 0x17}, 3, 0x6000, 0x6000},
    {"pextrb $1, %xmm0, (%rdi)",
     {0x66, 0x0F, 0x3A, 0x14, 0x07, 1},
     6,
     0x6000,
     0x6000},
    {"int3", {0xCC}, 1, 0, 0},
    {"int $0x80", {0xCD, 0x80}, 2, 0, 0},
};

static bool touches(const struct emu_insn *insn, uint64_t address,
                    unsigned access)
{
    for (unsigned i = 0; i < insn->count; i++)
        if (insn->operands[i].address == address &&
            (insn->operands[i].access & access))
            return true;
    return false;
}

static bool has_access(const struct emu_insn *insn, unsigned access)
{
    for (unsigned i = 0; i < insn->count; i++)
        if (insn->operands[i].access & access)
            return true;
    return false;
}

static void lengths_and_operands(void **state)
{
    struct emu_insn insn;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        const struct sample *s = &samples[i];

        emu_decode(s->code, sizeof(s->code), &from, &insn);
        if (insn.length != s->length ||
            (s->read ? !touches(&insn, s->read, R) : has_access(&insn, R)) ||
            (s->write ? !touches(&insn, s->write, W) : has_access(&insn, W)))
            fail_msg("%s: length %u, %u operands, first %#llx", s->text,
                     insn.length, insn.count,
                     (unsigned long long)insn.operands[0].address);
    }
}

static void cut_instructions_have_no_length(void **state)
{
    struct emu_insn insn;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++)
        for (uint8_t size = 0; size < samples[i].length; size++) {
            emu_decode(samples[i].code, size, &from, &insn);
            assert_int_equal(insn.length, 0);
            assert_int_equal(insn.count, 0);
        }
    /* prefixes without end */
    uint8_t prefixes[EMU_INSN_MAX + 1];
    memset(prefixes, 0x66, sizeof(prefixes));
    emu_decode(prefixes, sizeof(prefixes), &from, &insn);
    assert_int_equal(insn.length, 0);
}

/* Any bytes decode to something, and nothing is read beyond their end. */
static void all_byte_pairs_decode(void **state)
{
    struct emu_insn insn;

    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        uint8_t code[EMU_INSN_MAX] = {(uint8_t)(i >> 8), (uint8_t)i};

        for (size_t size = 0; size <= sizeof(code); size++) {
            emu_decode(code, size, &from, &insn);
            assert_true(insn.length <= size);
            assert_true(insn.count <= EMU_OPERAND_MAX);
        }
    }
}

static void fault_addresses(void **state)
{
    static const uint8_t load[] = {0x48, 0x8B, 0x83, 0xFC, 0x0F, 0, 0};
    static const uint8_t push[] = {0xFF, 0x37};
    struct emu_insn insn;
    bool is_stack;

    (void)state;
    /* mov 0xffc(%rbx), %rax: from page 2 into page 3 */
    emu_decode(load, sizeof(load), &from, &insn);
    assert_int_equal(emu_fault_address(&insn, 0x2000, R, &is_stack), 0x2FFC);
    assert_int_equal(emu_fault_address(&insn, 0x3000, R, &is_stack), 0x3000);
    assert_int_equal(emu_fault_address(&insn, 0x9000, R, &is_stack), 0x9000);
    assert_false(is_stack);
    /* push (%rdi): reads one page, writes another */
    emu_decode(push, sizeof(push), &from, &insn);
    assert_int_equal(emu_fault_address(&insn, 0x6000, R, &is_stack), 0x6000);
    assert_false(is_stack);
    assert_int_equal(emu_fault_address(&insn, 0x6000, W, &is_stack), 0x6FF8);
    assert_true(is_stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_and_operands),
        cmocka_unit_test(cut_instructions_have_no_length),
        cmocka_unit_test(all_byte_pairs_decode),
        cmocka_unit_test(fault_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
