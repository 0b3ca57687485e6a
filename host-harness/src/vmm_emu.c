/* SPDX-License-Identifier: MIT */
/*
 * The emulator backend: the same images without KVM, for development and
 * tests. No security boundary: a JIT compiler in the host's own process.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm_emu.h"

/* Translated code of one guest: a hostile one shall not fill memory with it.
 * Unicorn starts over when the buffer is full. */
#define CODE_BUFFER_SIZE (16u << 20)

static hl_status engine_failed(const struct vmm_emu *emu, const char *what,
                               int err, hl_error *error)
{
    return hl_error_set(error, HL_FAIL_SYSTEM, "%s of %s failed: %s", what,
                        emu->api->path, emu->api->strerror(err));
}

static hl_status engine_open(struct vmm_emu *emu, hl_error *error)
{
    const struct uc_api *api = emu->api;
    int err = api->open(UC_ARCH_X86, UC_MODE_64, &emu->uc);

    if (err != UC_ERR_OK)
        return engine_failed(emu, "uc_open", err, error);
    err = api->ctl(emu->uc, UC_CTL_TCG_BUFFER_SIZE, CODE_BUFFER_SIZE);
    /* Any address may be run, 0 too: there is no address to stop at. */
    if (err == UC_ERR_OK)
        err = api->ctl(emu->uc, UC_CTL_USE_EXITS, 1);
    if (err == UC_ERR_OK)
        err = api->ctl(emu->uc, UC_CTL_TLB_TYPE, UC_TLB_VIRTUAL);
    if (err == UC_ERR_OK)
        err = api->context_alloc(emu->uc, &emu->clean);
    if (err == UC_ERR_OK)
        err = api->context_alloc(emu->uc, &emu->paused);
    if (err != UC_ERR_OK)
        return engine_failed(emu, "uc_ctl", err, error);
    emu_fpu_reset(emu);
    err = api->context_save(emu->uc, emu->clean);
    if (err != UC_ERR_OK)
        return engine_failed(emu, "uc_context_save", err, error);
    return emu_hooks_add(emu, error);
}

static void emu_close(struct hl_vmm *vmm)
{
    struct vmm_emu *emu = emu_of(vmm);

    if (!emu)
        return;
    if (emu->clean)
        emu->api->context_free(emu->clean);
    if (emu->paused)
        emu->api->context_free(emu->paused);
    if (emu->uc)
        emu->api->close(emu->uc);
    emu_code_free(emu);
    free(emu);
}

/* Without the self-test, which itself opens one. */
static hl_status emu_open_untested(struct hl_vmm **vmm, hl_error *error)
{
    struct vmm_emu *emu = calloc(1, sizeof(*emu));
    hl_status status;

    if (!emu)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    emu->base.ops = &hl_vmm_emu;
    status = emu_library_get(&emu->api, error);
    if (status == HL_OK)
        status = engine_open(emu, error);
    if (status == HL_OK)
        *vmm = &emu->base;
    else
        emu_close(&emu->base);
    return status;
}

/* The self-test, once a process; a failure is not kept. */
static hl_status emu_ready(hl_error *error)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool is_tested;
    hl_status status = HL_OK;

    pthread_mutex_lock(&lock);
    if (!is_tested) {
        struct hl_vmm_ops untested = hl_vmm_emu;

        untested.open = emu_open_untested;
        status = emu_selftest(&untested, error);
        is_tested = status == HL_OK;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

static hl_status emu_open(struct hl_vmm **vmm, hl_error *error)
{
    hl_status status = emu_ready(error);

    return status == HL_OK ? emu_open_untested(vmm, error) : status;
}

static hl_status emu_probe(bool *executes_sse, hl_error *error)
{
    hl_status status = emu_ready(error);

    if (status != HL_OK) {
        if (error)
            error->status = HL_FAIL_BACKEND;
        return HL_FAIL_BACKEND;
    }
    *executes_sse = true;
    return HL_OK;
}

static void slot_unmap(struct vmm_emu *emu, unsigned slot)
{
    struct hl_vmm_slot *mapped = &emu->phys.slots[slot];

    if (mapped->size == 0)
        return;
    emu_code_drop_slot(emu, slot);
    emu->is_identity = true; /* it looks up what it unmaps */
    emu->api->mem_unmap(emu->uc, mapped->gpa, mapped->size);
    emu->is_identity = false;
    emu_tlb_flush(emu);
    *mapped = (struct hl_vmm_slot){0};
    free(emu->code[slot]);
    emu->code[slot] = NULL;
}

static hl_status emu_map(struct hl_vmm *vmm, unsigned slot,
                         const struct hl_vmm_slot *memory, hl_error *error)
{
    struct vmm_emu *emu = emu_of(vmm);

    if (slot >= HL_VMM_SLOTS)
        return hl_error_set(error, HL_FAIL_ARGUMENT, "no memory slot %u", slot);
    if (memcmp(&emu->phys.slots[slot], memory, sizeof(*memory)) == 0)
        return HL_OK;
    slot_unmap(emu, slot);
    if (memory->size == 0)
        return HL_OK;
    emu->code[slot] = calloc((size_t)(memory->size / HL_PAGE_SIZE),
                             sizeof(struct emu_code_page));
    if (!emu->code[slot])
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    int err = emu->api->mem_map_ptr(emu->uc, memory->gpa, memory->size,
                                    slot == HL_VMM_SLOT_SNAPSHOT
                                        ? UC_PROT_READ | UC_PROT_EXEC
                                        : UC_PROT_ALL,
                                    memory->host);
    if (err != UC_ERR_OK) {
        free(emu->code[slot]);
        emu->code[slot] = NULL;
        return engine_failed(emu, "uc_mem_map_ptr", err, error);
    }
    emu->phys.slots[slot] = *memory;
    return HL_OK;
}

/* The context of creation holds every register, so nothing of before stays. */
static hl_status emu_reset(struct hl_vmm *vmm, const struct hl_vmm_sregs *sregs,
                           hl_error *error)
{
    struct vmm_emu *emu = emu_of(vmm);
    int err = emu->api->context_restore(emu->uc, emu->clean);

    if (err != UC_ERR_OK)
        return engine_failed(emu, "uc_context_restore", err, error);
    emu->is_dead = false;
    emu->is_paused = false;
    emu_guards_trim(emu);
    emu_code_refresh(emu);
    emu_sregs_set(emu, sregs);
    emu_tlb_flush(emu);
    memset(&emu->regs, 0, sizeof(emu->regs));
    emu->regs.rflags = HL_RFLAGS_INIT;
    emu->regs_dirty = true;
    return HL_OK;
}

static hl_status emu_save(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                          hl_error *error)
{
    (void)error;
    emu_sregs_get(emu_of(vmm), sregs);
    return HL_OK;
}

static hl_status emu_reset_fpu(struct hl_vmm *vmm, hl_error *error)
{
    (void)error;
    emu_fpu_reset(emu_of(vmm));
    return HL_OK;
}

static struct hl_vmm_regs *emu_regs(struct hl_vmm *vmm)
{
    return &emu_of(vmm)->regs;
}

static void emu_set_regs(struct hl_vmm *vmm)
{
    emu_of(vmm)->regs_dirty = true;
}

/* ---- Running ---------------------------------------------------------- */

/* The registers are those that the port's hook left for the next entry. */
static void port_exit(struct vmm_emu *emu, struct hl_vmm_exit *exit)
{
    const struct emu_event *event = &emu->event;

    if (!emu_port_finish(emu)) {
        exit->kind = HL_VMM_EXIT_OTHER;
        snprintf(exit->text, sizeof(exit->text),
                 "emulator: ran past a port instruction");
        return;
    }
    exit->kind = event->is_in ? HL_VMM_EXIT_IN : HL_VMM_EXIT_OUT;
    exit->port = event->port;
    exit->width = event->width;
    exit->count = event->count;
    exit->value = event->value;
}

/* The byte of the page that was to be accessed. */
static uint64_t fault_address(struct vmm_emu *emu, bool *is_stack)
{
    const struct emu_event *event = &emu->event;
    struct emu_insn insn;

    *is_stack = false;
    if (event->access == HL_ACCESS_FETCH)
        return emu->regs.rip - event->page < HL_PAGE_SIZE ? emu->regs.rip
                                                          : event->page;
    emu_insn_at_rip(emu, &insn);
    return emu_fault_address(&insn, event->page, event->access, is_stack);
}

static bool access_exit(struct vmm_emu *emu, struct hl_vmm_exit *exit)
{
    bool is_stack;

    emu_regs_read(emu);
    if (emu->event.access == HL_ACCESS_FETCH && emu_step_to_fetch(emu))
        return true;
    uint64_t address = fault_address(emu, &is_stack);
    struct emu_exception exception = {
        .vector = HL_VECTOR_PAGE,
        .has_error = true,
        .error = emu->event.walk.error,
        .cr2 = address,
    };
    if (emu->event.walk.non_canonical)
        exception = (struct emu_exception){
            .vector = is_stack ? 12 : HL_VECTOR_PROTECT, .has_error = true};
    return emu_exception_deliver(emu, &exception, exit);
}

static void memory_exit(struct vmm_emu *emu, struct hl_vmm_exit *exit)
{
    bool is_stack;

    emu_regs_read(emu);
    exit->kind = HL_VMM_EXIT_MEMORY;
    exit->gpa =
        emu->event.walk.gpa + fault_address(emu, &is_stack) % HL_PAGE_SIZE;
    exit->is_write = emu->event.access == HL_ACCESS_WRITE;
}

static bool has_error_code(unsigned vector)
{
    return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

/* `int n`, int3 and into leave RIP behind them. */
static bool is_software(const struct vmm_emu *emu, unsigned vector)
{
    uint8_t code[2] = {0};
    uint64_t rip = emu->regs.rip;

    if (vector == 3 || vector == 4)
        return true;
    return emu_code_read(emu, rip - 2, code, 2) == 2 && code[0] == 0xCD &&
           code[1] == vector;
}

/* Unicorn does not tell error codes: those it raises are 0 here. */
static bool exception_exit(struct vmm_emu *emu, unsigned vector,
                           struct hl_vmm_exit *exit)
{
    emu_regs_read(emu);
    if (vector > 255) {
        exit->kind = HL_VMM_EXIT_OTHER;
        snprintf(exit->text, sizeof(exit->text), "emulator: event %#x", vector);
        return false;
    }
    bool software = is_software(emu, vector);
    const struct emu_exception exception = {
        .vector = vector,
        .has_error = has_error_code(vector) && !software,
        .is_software = software,
    };
    if (vector == 0 || has_error_code(vector))
        emu_exception_forget(emu);
    return emu_exception_deliver(emu, &exception, exit);
}

/* uc_emu_start ended without a word from a hook. */
static bool silent_exit(struct vmm_emu *emu, int err, struct hl_vmm_exit *exit)
{
    uint8_t code = 0;

    if (err == UC_ERR_INSN_INVALID)
        return exception_exit(emu, HL_VECTOR_OPCODE, exit);
    emu_regs_read(emu);
    if (err == UC_ERR_OK && emu->stop) {
        exit->kind = HL_VMM_EXIT_STOPPED;
    } else if (err == UC_ERR_OK &&
               (emu_code_read(emu, emu->regs.rip - 1, &code, 1) != 1 ||
                code == 0xF4)) {
        /* hlt, perhaps of a guest that has unmapped its own code. */
        exit->kind = HL_VMM_EXIT_HALT;
    } else {
        exit->kind = HL_VMM_EXIT_OTHER;
        snprintf(exit->text, sizeof(exit->text), "emulator stopped: %.40s",
                 emu->api->strerror(err));
    }
    return false;
}

static bool end_other(struct hl_vmm_exit *exit, const char *text)
{
    exit->kind = HL_VMM_EXIT_OTHER;
    snprintf(exit->text, sizeof(exit->text), "%s", text);
    return false;
}

static void refused_exit(struct vmm_emu *emu, struct hl_vmm_exit *exit)
{
    emu_regs_read(emu);
    exit->kind = HL_VMM_EXIT_INSTRUCTION;
    exit->byte_count = (uint8_t)emu_code_read(emu, emu->regs.rip, exit->bytes,
                                              sizeof(exit->bytes));
}

/* What the end of uc_emu_start means; true: the guest goes on. */
static bool event_handle(struct vmm_emu *emu, int err, struct hl_vmm_exit *exit)
{
    switch (emu->event.kind) {
    case EMU_EVENT_PORT:
        port_exit(emu, exit);
        return false;
    case EMU_EVENT_ACCESS:
        return access_exit(emu, exit);
    case EMU_EVENT_MEMORY:
        memory_exit(emu, exit);
        return false;
    case EMU_EVENT_EXCEPTION:
        return exception_exit(emu, emu->event.vector, exit);
    case EMU_EVENT_CODE:
        if (emu_code_exchange(emu))
            return true;
        return end_other(exit, "emulator: code that changes itself");
    case EMU_EVENT_REFUSED:
        refused_exit(emu, exit);
        return false;
    case EMU_EVENT_LIMIT:
        emu_regs_read(emu);
        return end_other(exit, "emulator: too many privileged instructions");
    default:
        return silent_exit(emu, err, exit);
    }
}

/* True if all that happened is that the step's end was reached. */
static bool step_ended(struct vmm_emu *emu, int err)
{
    uint64_t to = emu->step_to;

    emu_step_end(emu);
    if (err != UC_ERR_OK || emu->event.kind != EMU_EVENT_NONE || emu->stop)
        return false;
    emu_regs_read(emu);
    return emu->regs.rip == to;
}

static hl_status emu_run(struct hl_vmm *vmm, struct hl_vmm_exit *exit,
                         hl_error *error)
{
    struct vmm_emu *emu = emu_of(vmm);
    bool goes_on;

    (void)error;
    memset(exit, 0, sizeof(*exit));
    emu->instructions = 0;
    emu->retry.count = 0;
    if (emu->is_counting)
        emu_tlb_flush(emu); /* so that each page's first write is seen */
    do {
        /* Between here and uc_emu_start a stop is lost: it is repeated. */
        if (emu->stop) {
            exit->kind = HL_VMM_EXIT_STOPPED;
            break;
        }
        if (emu->regs_dirty)
            emu_regs_write(emu);
        emu->event.kind = EMU_EVENT_NONE;
        int err = emu->api->emu_start(emu->uc, emu->regs.rip, 0, 0, 0);
        if (emu->step_to != 0 && step_ended(emu, err))
            goes_on = true;
        else
            goes_on = event_handle(emu, err, exit);
    } while (goes_on);
    return HL_OK;
}

static void emu_stop(struct hl_vmm *vmm)
{
    struct vmm_emu *emu = emu_of(vmm);

    emu->stop = 1;
    emu->api->emu_stop(emu->uc);
}

static void emu_clear_stop(struct hl_vmm *vmm)
{
    emu_of(vmm)->stop = 0;
}

static bool emu_count_instructions(struct hl_vmm *vmm, bool on)
{
    return emu_counting_set(emu_of(vmm), on);
}

static uint64_t emu_instructions(struct hl_vmm *vmm)
{
    return emu_of(vmm)->instructions;
}

static uint64_t emu_pages(struct hl_vmm *vmm)
{
    return emu_pages_written(emu_of(vmm));
}

const struct hl_vmm_ops hl_vmm_emu = {
    .name = "emu",
    .is_boundary = false,
    .probe = emu_probe,
    .open = emu_open,
    .close = emu_close,
    .map = emu_map,
    .reset = emu_reset,
    .save = emu_save,
    .reset_fpu = emu_reset_fpu,
    .regs = emu_regs,
    .set_regs = emu_set_regs,
    .run = emu_run,
    .stop = emu_stop,
    .clear_stop = emu_clear_stop,
    .count_instructions = emu_count_instructions,
    .instructions = emu_instructions,
    .pages_written = emu_pages,
};
