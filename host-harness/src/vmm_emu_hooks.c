/* SPDX-License-Identifier: MIT */
/* Unicorn's callbacks: they record why a run ends, and end it. */
#include <string.h>

#include "vmm_emu.h"

/* Callbacks travel as void *, as uc_hook_add takes them. */
static void *callback(void (*function)(void))
{
    void *pointer;

    memcpy(&pointer, &function, sizeof(pointer));
    return pointer;
}
#define CALLBACK(function) callback((void (*)(void))(function))

static bool event_set(struct vmm_emu *emu, struct emu_event event)
{
    if (emu->is_dead || emu->event.kind != EMU_EVENT_NONE)
        return false;
    emu->event = event;
    emu->api->emu_stop(emu->uc);
    return true;
}

/* What follows can only end the run: `hlt`, `cli; hlt` (every dispatch). */
static bool only_halts(const struct vmm_emu *emu, uint64_t rip)
{
    uint8_t code[2];
    size_t size = emu_code_read(emu, rip, code, sizeof(code));

    return size >= 1 && (code[0] == 0xF4 ||
                         (size == 2 && code[0] == 0xFA && code[1] == 0xF4));
}

/*
 * uc_emu_stop in a port's hook ends the run some instructions later. They must
 * leave no trace: the state is kept here and put back after the run, and with
 * an empty TLB that nothing fills they reach no memory. This costs some 5 us
 * of filling the TLB again, so it is done once for each port instruction:
 * then a hook on the instruction behind it ends the run there.
 */
static void pause_here(struct vmm_emu *emu)
{
    emu->api->context_save(emu->uc, emu->paused);
    emu->is_paused = true;
    emu->is_dead = true;
    emu_tlb_flush(emu);
}

/* The stop that the port's hook asked for takes effect right behind this. */
static void on_landing(uc_engine *uc, uint64_t address, uint32_t size,
                       void *context)
{
    struct vmm_emu *emu = context;

    (void)uc;
    (void)size;
    if (emu->event.kind == EMU_EVENT_PORT && address == emu->landing)
        emu->has_landed = true;
}

static bool landing_is_known(const struct vmm_emu *emu, uint64_t address)
{
    for (size_t i = 0; i < emu->landing_count; i++)
        if (emu->landings[i] == address)
            return true;
    return false;
}

/* Code translated from now on has the hook; what is there now is dropped. */
static void landing_add(struct vmm_emu *emu, uint64_t address)
{
    struct hl_walk walk;
    uc_hook hook;

    if (emu->landing_count == EMU_LANDINGS_MAX ||
        landing_is_known(emu, address) ||
        !emu_walk(emu, address - 1, HL_ACCESS_FETCH, &walk) ||
        emu->api->hook_add(emu->uc, &hook, UC_HOOK_CODE, CALLBACK(on_landing),
                           emu, address, address) != UC_ERR_OK)
        return;
    emu->landings[emu->landing_count++] = address;
    emu_code_remove(emu, walk.gpa, 2);
}

bool emu_port_finish(struct vmm_emu *emu)
{
    if (!emu->is_paused)
        return emu->landing == 0 || emu->has_landed ||
               emu_reg_get(emu, UC_X86_REG_RIP) == emu->landing;
    emu->api->context_restore(emu->uc, emu->paused);
    emu->is_paused = false;
    emu->is_dead = false;
    if (!emu->event.is_in && !emu->event.is_string && !emu->event.is_blind)
        landing_add(emu, emu->regs.rip);
    return true;
}

/* All data of a string instruction in one exit, as far as its page goes; only
 * the first four bytes are looked at (abi §4). */
static void string_out(struct vmm_emu *emu, const struct emu_insn *insn)
{
    struct emu_event *event = &emu->event;
    struct hl_vmm_regs *regs = &emu->regs;
    bool down = regs->rflags & 0x400;
    uint64_t count = insn->is_repeated ? regs->rcx : 1;
    uint64_t address = insn->operands[0].address;
    uint64_t room = (HL_PAGE_SIZE - address % HL_PAGE_SIZE) / event->width;

    if (down || room == 0)
        room = 1;
    if (count > room)
        count = room;
    event->count = (uint32_t)count;
    struct hl_walk walk;
    size_t size = event->width * (size_t)count;
    const uint8_t *data =
        emu_walk(emu, address, HL_ACCESS_READ, &walk)
            ? phys_at(&emu->phys, walk.gpa, size < 4 ? size : 4)
            : NULL;
    if (data && count > 1)
        memcpy(&event->value, data, size < 4 ? size : 4);
}

/* Registers behind a string instruction of which count data are done. */
static void string_step(struct vmm_emu *emu, const struct emu_insn *insn)
{
    struct hl_vmm_regs *regs = &emu->regs;
    uint64_t *pointer = emu->event.is_in ? &regs->rdi : &regs->rsi;
    uint64_t bytes = (uint64_t)emu->event.count * emu->event.width;

    *pointer += regs->rflags & 0x400 ? -bytes : bytes;
    if (insn->is_repeated) {
        regs->rcx -= emu->event.count;
        if (regs->rcx != 0)
            return; /* the instruction goes on */
    }
    regs->rip += insn->length;
}

static void port_event(struct vmm_emu *emu, struct emu_event event)
{
    struct emu_insn insn;

    if (!event_set(emu, event))
        return;
    emu_regs_read(emu);
    emu_insn_at_rip(emu, &insn);
    if (insn.is_string) {
        if (!event.is_in)
            string_out(emu, &insn);
        string_step(emu, &insn);
    } else {
        emu->regs.rip += insn.length;
    }
    emu->event.is_string = insn.is_string;
    /* The guest has unmapped the code it runs, and runs it from the TLB: the
     * instruction cannot be read. The next entry fetches it again, and faults
     * as it does on a CPU once the entry is gone. */
    emu->event.is_blind = insn.length == 0;
    emu->regs_dirty = true;
    emu->landing = 0;
    emu->has_landed = false;
    if (event.is_in || insn.is_string || insn.length == 0)
        pause_here(emu);
    else if (landing_is_known(emu, emu->regs.rip))
        emu->landing = emu->regs.rip;
    else if (!only_halts(emu, emu->regs.rip))
        pause_here(emu);
}

static void on_out(uc_engine *uc, uint32_t port, int size, uint32_t value,
                   void *context)
{
    (void)uc;
    port_event(context, (struct emu_event){.kind = EMU_EVENT_PORT,
                                           .port = (uint16_t)port,
                                           .width = (uint8_t)size,
                                           .count = 1,
                                           .value = value});
}

static uint32_t on_in(uc_engine *uc, uint32_t port, int size, void *context)
{
    (void)uc;
    port_event(context, (struct emu_event){.kind = EMU_EVENT_PORT,
                                           .is_in = true,
                                           .port = (uint16_t)port,
                                           .width = (uint8_t)size,
                                           .count = 1});
    return 0;
}

static void on_exception(uc_engine *uc, uint32_t vector, void *context)
{
    (void)uc;
    event_set(context, (struct emu_event){.kind = EMU_EVENT_EXCEPTION,
                                          .vector = vector});
}

/* The physical address width that the walker enforces (abi §3.1). */
static int on_cpuid(uc_engine *uc, void *context)
{
    struct vmm_emu *emu = context;

    (void)uc;
    if ((uint32_t)emu_reg_get(emu, UC_X86_REG_RAX) != 0x80000008)
        return 0;
    emu_reg_set(emu, UC_X86_REG_RAX, 48 << 8 | HL_PHYS_ADDR_BITS);
    emu_reg_set(emu, UC_X86_REG_RBX, 0);
    emu_reg_set(emu, UC_X86_REG_RCX, 0);
    emu_reg_set(emu, UC_X86_REG_RDX, 0);
    return 1;
}

/* mov to DR7 of a value that arms a breakpoint. Unicorn keeps breakpoints
 * outside of what its contexts save, and does not survive that. */
static bool arms_breakpoint(struct vmm_emu *emu, const uint8_t *code,
                            size_t size, uint8_t rex)
{
    static const int registers[8] = {
        UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RBX,
        UC_X86_REG_RSP, UC_X86_REG_RBP, UC_X86_REG_RSI, UC_X86_REG_RDI,
    };
    if (size < 3 || (code[2] >> 3 & 5) != 5) /* DR7, or DR5, its other name */
        return false;
    int number = code[2] & 7;
    int reg = rex & 1 ? UC_X86_REG_R8 + number : registers[number];
    return emu_reg_get(emu, reg) & 0xFF;
}

/*
 * rdmsr, wrmsr, rdpmc, xsetbv: no MSR is granted and XCR0 stays 1 (B24), so
 * each is #GP as under KVM's filter.
 */
static void on_guard(uc_engine *uc, uint64_t address, uint32_t length,
                     void *context)
{
    struct vmm_emu *emu = context;
    uint8_t bytes[EMU_INSN_MAX] = {0};
    const uint8_t *code = bytes;
    size_t size = emu_code_read(emu, address, bytes, sizeof(bytes));
    uint8_t rex = 0;

    (void)uc;
    (void)length;
    for (; size > 0 && emu_is_prefix(*code); size--, code++)
        rex = (*code & 0xF0) == 0x40 ? *code : 0;
    if (size < 2 || code[0] != 0x0F)
        return;
    if (code[1] == 0x30 || code[1] == 0x32 || code[1] == 0x33 ||
        (code[1] == 0x01 && size >= 3 && code[2] == 0xD1))
        event_set(emu, (struct emu_event){.kind = EMU_EVENT_EXCEPTION,
                                          .vector = HL_VECTOR_PROTECT});
    else if (code[1] == 0x23 && arms_breakpoint(emu, code, size, rex))
        event_set(emu, (struct emu_event){.kind = EMU_EVENT_REFUSED});
}

bool emu_guard_add(struct vmm_emu *emu, uint64_t gva)
{
    for (size_t i = 0; i < emu->guard_count; i++)
        if (emu->guards[i].address == gva)
            return true;
    if (emu->guard_count == EMU_GUARDS_MAX ||
        emu->api->hook_add(emu->uc, &emu->guards[emu->guard_count].hook,
                           UC_HOOK_CODE, CALLBACK(on_guard), emu, gva,
                           gva) != UC_ERR_OK)
        return false;
    emu->guards[emu->guard_count++].address = gva;
    return true;
}

/* They hold for any code at their addresses, so they are kept while few. */
void emu_guards_trim(struct vmm_emu *emu)
{
    if (emu->guard_count <= EMU_GUARDS_MAX / 4)
        return;
    emu->is_identity = true; /* it looks up what it drops */
    emu_tlb_flush(emu);
    for (size_t i = 0; i < emu->guard_count; i++)
        emu->api->hook_del(emu->uc, emu->guards[i].hook);
    emu->guard_count = 0;
    emu->api->ctl(emu->uc, UC_CTL_TB_FLUSH);
}

static void on_instruction(uc_engine *uc, uint64_t address, uint32_t size,
                           void *context)
{
    struct vmm_emu *emu = context;

    (void)uc;
    (void)address;
    (void)size;
    if (emu->event.kind == EMU_EVENT_NONE)
        emu->instructions++;
}

/* A hook is compiled into the code, which is therefore dropped. */
bool emu_counting_set(struct vmm_emu *emu, bool on)
{
    if (on == emu->is_counting)
        return true;
    if (on && emu->api->hook_add(emu->uc, &emu->count_hook, UC_HOOK_CODE,
                                 CALLBACK(on_instruction), emu, (uint64_t)1,
                                 (uint64_t)0) != UC_ERR_OK)
        return false;
    if (!on)
        emu->api->hook_del(emu->uc, emu->count_hook);
    emu->is_counting = on;
    emu->instructions = 0;
    return emu->api->ctl(emu->uc, UC_CTL_TB_FLUSH) == UC_ERR_OK;
}

hl_status emu_hooks_add(struct vmm_emu *emu, hl_error *error)
{
    const struct {
        int type;
        void *callback;
        int instruction;
    } hooks[] = {
        {UC_HOOK_TLB_FILL, CALLBACK(emu_tlb_fill), 0},
        {UC_HOOK_INTR, CALLBACK(on_exception), 0},
        {UC_HOOK_INSN, CALLBACK(on_out), UC_X86_INS_OUT},
        {UC_HOOK_INSN, CALLBACK(on_in), UC_X86_INS_IN},
        {UC_HOOK_INSN, CALLBACK(on_cpuid), UC_X86_INS_CPUID},
    };

    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        uc_hook hook;
        int err = emu->api->hook_add(emu->uc, &hook, hooks[i].type,
                                     hooks[i].callback, emu, (uint64_t)1,
                                     (uint64_t)0, hooks[i].instruction);

        if (err != UC_ERR_OK)
            return hl_error_set(error, HL_FAIL_BACKEND,
                                "%s: uc_hook_add failed: %s", emu->api->path,
                                emu->api->strerror(err));
    }
    return HL_OK;
}
