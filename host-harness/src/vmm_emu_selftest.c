/* SPDX-License-Identifier: MIT */
/*
 * Once a process, before the first sandbox: does this library behave as the
 * backend relies on? A guest of one page goes through page faults, exceptions
 * in a row, changed code and changed mappings, and writes down what it saw.
 */
#include <string.h>
#include <sys/mman.h>

#include "vmm_emu.h"

#define AT       HL_U64(0x100000) /* GVA and GPA of the first page */
#define PAGES    16
#define PAGE(n)  (AT + (n) * HL_U64(0x1000))
#define TABLES   0 /* pages 0-7, identity */
#define CODE     8
#define DATA     9  /* GDT, TSS at +0x40, IDT at +0x800 */
#define LOG      10 /* what the guest saw */
#define STACK    11
#define FAULT    12               /* the handlers' stack */
#define FUNCTION 13               /* two pages, each with a function */
#define HOLE     HL_U64(0x400000) /* mapped by the handler, and remapped */

/*
 * The guest. R12: log. R13: the leaf entry of HOLE. R14: entry to write there
 * on a page fault. R15: where to go on after a fault that cannot be mended.
 * Handlers write down their vector or error code and the address.
 */
__asm__(".pushsection .rodata\n"
        "selftest_code:\n"
        /* two faults mended by a mapping: one load, one store */
        "    mov (%rdi), %rbx\n"
        "    mov $7, %ecx\n"
        "    stc\n"
        "    mov %ecx, 0x800(%rsi)\n"
        "    jnc 9f\n"
        /* two divides by zero and an undefined opcode, skipped */
        "    xor %ebp, %ebp\n"
        "    div %ebp\n"
        "    div %ebp\n"
        "    ud2\n"
        /* a fetch of what is not executable */
        "    lea 1f(%rip), %r15\n"
        "    jmp *%r12\n"
        /* changed code: the function in R8, patched through R9 */
        "1:  call *%r8\n"
        "    mov %rax, 0x800(%r12)\n"
        "    movb $3, 1(%r9)\n"
        "    call *%r8\n"
        "    mov %rax, 0x808(%r12)\n"
        /* changed mapping, all three ways to flush */
        "    mov %r10, (%r13)\n"
        "    invlpg (%rdi)\n"
        "    mov (%rdi), %rax\n"
        "    mov %rax, 0x810(%r12)\n"
        "    mov %r11, (%r13)\n"
        "    mov %cr3, %rax\n"
        "    mov %rax, %cr3\n"
        "    mov (%rdi), %rax\n"
        "    mov %rax, 0x818(%r12)\n"
        "    mov %r10, (%r13)\n"
        "    mov %cr4, %rax\n"
        "    xor $0x80, %rax\n"
        "    mov %rax, %cr4\n"
        "    xor $0x80, %rax\n"
        "    mov %rax, %cr4\n"
        "    mov (%rdi), %rax\n"
        "    mov %rax, 0x820(%r12)\n"
        /* an out with work behind it */
        "    out %eax, $0x6c\n"
        "    movq $1, 0x828(%r12)\n"
        "9:  hlt\n"
        "selftest_divide:\n"
        "    movq $0x100, (%r12)\n"
        "    jmp 2f\n"
        "selftest_opcode:\n"
        "    movq $0x106, (%r12)\n"
        "2:  add $8, %r12\n"
        "    addq $2, (%rsp)\n"
        "    iretq\n"
        "selftest_page:\n"
        "    pop (%r12)\n"
        "    mov %cr2, %rax\n"
        "    mov %rax, 8(%r12)\n"
        "    add $16, %r12\n"
        "    testb $0x10, -16(%r12)\n"
        "    jz 3f\n"
        "    mov %r15, (%rsp)\n"
        "    iretq\n"
        "3:  mov %r14, (%r13)\n"
        "    or $2, %r14\n" /* writable the next time */
        "    invlpg (%rdi)\n"
        "    iretq\n"
        "selftest_end:\n"
        ".popsection\n");
extern const uint8_t selftest_code[], selftest_divide[], selftest_opcode[],
    selftest_page[], selftest_end[];

/* What it must have seen, in order: of a page fault the error code and the
 * address, of others 0x100 + vector; then the values it read. */
static const struct {
    const char *what;
    uint64_t value;
} wanted[] = {
    {"page fault of a load", 0},
    {"address of a load", HOLE + 0x10},
    {"page fault of a store", 3},
    {"address of a store", HOLE + 0x810},
    {"first divide error", 0x100},
    {"second divide error", 0x100},
    {"undefined opcode", 0x106},
    {"fetch without permission", 0x11},
    {"address of a fetch", PAGE(LOG) + 7 * 8},
    {"code", 2},
    {"changed code", 3},
    {"invlpg", 0x1414},
    {"TLB flush by CR3", 0x1313},
    {"TLB flush by CR4", 0x1414},
    {"stop at a port", 0}, /* what is behind it was not done */
};
#define LOG_WORDS      9 /* values follow at +0x800 */

#define FUNCTION_AT(n) PAGE(FUNCTION + (n))

static void put(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void gate_put(uint8_t *idt, unsigned vector, const uint8_t *handler)
{
    uint64_t at = PAGE(CODE) + (uint64_t)(handler - selftest_code);

    put(idt + 16 * vector, (at & 0xFFFF) | HL_U64(8) << 16 | HL_U64(1) << 32 |
                               HL_U64(0x8E) << 40 | (at >> 16 & 0xFFFF) << 48);
    put(idt + 16 * vector + 8, at >> 32);
}

static void memory_fill(uint8_t *host)
{
    static const uint8_t function[] = {0xB8, 2, 0, 0, 0, 0xC3}; /* mov, ret */
    uint8_t *data = host + DATA * HL_PAGE_SIZE;

    memcpy(host + CODE * HL_PAGE_SIZE, selftest_code,
           (size_t)(selftest_end - selftest_code));
    put(data + 0x08, HL_U64(0x00AF9B000000FFFF));
    put(data + 0x10, HL_U64(0x00CF93000000FFFF));
    put(data + 0x40 + 0x24, PAGE(FAULT + 1));
    gate_put(data + 0x800, 0, selftest_divide);
    gate_put(data + 0x800, 6, selftest_opcode);
    gate_put(data + 0x800, 14, selftest_page);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *page = host + (FUNCTION + i) * HL_PAGE_SIZE;

        memcpy(page, function, sizeof(function));
        put(page + 0x10, 0x1313 + 0x101 * i);
    }
}

/* Identity, with the code page read-only, the log and data not executable, and
 * a table for HOLE that the guest fills. */
static hl_status tables_fill(uint8_t *host, hl_error *error)
{
    const uint64_t rwx = 0x63, rx = 0x61, rw = 0x63 | HL_PTE_NX;
    struct hl_pagetable t;
    hl_status status = pagetable_init(&t, PAGE(TABLES), error);

    if (status == HL_OK)
        status = pagetable_map(&t, PAGE(0), PAGE(0), CODE, rw, error);
    if (status == HL_OK)
        status = pagetable_map(&t, PAGE(CODE), PAGE(CODE), 1, rx, error);
    if (status == HL_OK)
        status = pagetable_map(&t, PAGE(DATA), PAGE(DATA), FUNCTION - DATA, rw,
                               error);
    if (status == HL_OK)
        status =
            pagetable_map(&t, PAGE(FUNCTION), PAGE(FUNCTION), 2, rwx, error);
    if (status == HL_OK)
        status = pagetable_map(&t, HOLE, 0, 1, 0, error);
    if (status == HL_OK && t.count <= CODE)
        memcpy(host, t.bytes, t.count * HL_PAGE_SIZE);
    pagetable_free(&t);
    return status;
}

/* GVA of HOLE's leaf entry: the tables are mapped 1:1. */
static uint64_t hole_entry(const struct hl_vmm_slot *slot)
{
    uint64_t table = slot->gpa;

    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t value;

        memcpy(&value,
               slot->host + (table - slot->gpa) + (HOLE >> shift & 511) * 8, 8);
        table = value & HL_PTE_ADDR;
    }
    return table + (HOLE >> 12 & 511) * 8;
}

static hl_status guest_start(struct hl_vmm *vmm, const struct hl_vmm_slot *slot,
                             hl_error *error)
{
    const struct hl_vmm_sregs sregs = {
        .cs = {.selector = 8, .type = 0xB, .present = 1, .s = 1, .l = 1},
        .ss = {.selector = 0x10, .type = 3, .present = 1, .s = 1},
        .tr = {.base = PAGE(DATA) + 0x40,
               .limit = 0x67,
               .type = 0xB,
               .present = 1},
        .gdt_base = PAGE(DATA),
        .gdt_limit = 0x17,
        .idt_base = PAGE(DATA) + 0x800,
        .idt_limit = 0xFF,
        .cr0 = HL_CR0_INIT,
        .cr3 = PAGE(TABLES),
        .cr4 = HL_CR4_INIT,
        .efer = HL_EFER_INIT,
    };
    hl_status status = vmm->ops->map(vmm, HL_VMM_SLOT_SCRATCH, slot, error);

    if (status == HL_OK)
        status = vmm->ops->reset(vmm, &sregs, error);
    if (status != HL_OK)
        return status;
    struct hl_vmm_regs *regs = vmm->ops->regs(vmm);
    regs->rip = PAGE(CODE);
    regs->rsp = PAGE(STACK + 1);
    regs->rdi = HOLE + 0x10;
    regs->rsi = HOLE + 0x10;
    regs->r8 = FUNCTION_AT(0);
    regs->r9 = HOLE; /* mapped to the same page by then */
    regs->r10 = FUNCTION_AT(1) | 0x63;
    regs->r11 = FUNCTION_AT(0) | 0x63;
    regs->r12 = PAGE(LOG);
    regs->r13 = hole_entry(slot);
    regs->r14 = FUNCTION_AT(0) | 0x61;
    vmm->ops->set_regs(vmm);
    return HL_OK;
}

static hl_status misbehaves(const char *what, const struct hl_vmm_exit *exit,
                            hl_error *error)
{
    const struct uc_api *api;

    if (emu_library_get(&api, error) != HL_OK)
        return HL_FAIL_BACKEND;
    return hl_error_set(error, HL_FAIL_BACKEND,
                        "%s fails the emulator's self-test (%s; exit %d %s): "
                        "use Unicorn 2.1.4, see toolchain/fetch-source",
                        api->path, what, exit->kind, exit->text);
}

static hl_status guest_check(struct hl_vmm *vmm, const uint8_t *log,
                             hl_error *error)
{
    struct hl_vmm_exit exit;
    hl_status status = vmm->ops->run(vmm, &exit, error);

    if (status != HL_OK)
        return status;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        uint64_t seen;

        memcpy(&seen, log + 8 * i + (i < LOG_WORDS ? 0 : 0x800), 8);
        if (seen != wanted[i].value)
            return misbehaves(wanted[i].what, &exit, error);
    }
    if (exit.kind != HL_VMM_EXIT_OUT || exit.port != 0x6C)
        return misbehaves("port access", &exit, error);
    return HL_OK;
}

hl_status emu_selftest(const struct hl_vmm_ops *ops, hl_error *error)
{
    struct hl_vmm_slot slot = {.gpa = AT, .size = PAGES * HL_PAGE_SIZE};
    struct hl_vmm *vmm = NULL;
    hl_status status = ops->open(&vmm, error);

    if (status != HL_OK)
        return status;
    void *memory = mmap(NULL, slot.size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        status = hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
        goto out;
    }
    slot.host = memory;
    memory_fill(slot.host);
    status = tables_fill(slot.host, error);
    if (status == HL_OK)
        status = guest_start(vmm, &slot, error);
    if (status == HL_OK)
        status = guest_check(vmm, slot.host + LOG * HL_PAGE_SIZE, error);
out:
    ops->close(vmm);
    if (memory != MAP_FAILED)
        munmap(memory, slot.size);
    return status;
}
