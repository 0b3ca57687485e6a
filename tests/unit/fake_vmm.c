/* SPDX-License-Identifier: MIT */
/* A virtual machine whose guest is a C function; see fake_vmm.h. */
#include <stdlib.h>
#include <string.h>

#include "fake_vmm.h"

fake_guest_fn *fake_guest;
struct fake_vmm *fake_last;

static struct fake_vmm *fake_of(struct hl_vmm *vmm)
{
    return (struct fake_vmm *)(void *)vmm;
}

static hl_status fake_probe(bool *executes_sse, hl_error *error)
{
    (void)error;
    *executes_sse = true;
    return HL_OK;
}

static hl_status fake_open(struct hl_vmm **vmm, hl_error *error)
{
    fake_last = malloc(sizeof(*fake_last));
    if (fake_last == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    fake_vmm_init(fake_last);
    *vmm = &fake_last->vmm;
    return HL_OK;
}

static void fake_close(struct hl_vmm *vmm)
{
    free(fake_of(vmm));
}

static hl_status fake_map(struct hl_vmm *vmm, unsigned slot,
                          const struct hl_vmm_slot *memory, hl_error *error)
{
    (void)error;
    fake_of(vmm)->maps++;
    fake_of(vmm)->slots[slot] = *memory;
    return HL_OK;
}

static hl_status fake_reset(struct hl_vmm *vmm,
                            const struct hl_vmm_sregs *sregs, hl_error *error)
{
    (void)sregs;
    (void)error;
    fake_of(vmm)->resets++;
    return HL_OK;
}

static hl_status fake_save(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                           hl_error *error)
{
    (void)vmm;
    (void)error;
    memset(sregs, 0, sizeof(*sregs));
    return HL_OK;
}

static hl_status fake_reset_fpu(struct hl_vmm *vmm, hl_error *error)
{
    (void)error;
    fake_of(vmm)->fpu_resets++;
    return HL_OK;
}

static struct hl_vmm_regs *fake_regs(struct hl_vmm *vmm)
{
    return &fake_of(vmm)->regs;
}

static void fake_set_regs(struct hl_vmm *vmm)
{
    (void)vmm;
}

static hl_status fake_run(struct hl_vmm *vmm, struct hl_vmm_exit *exit,
                          hl_error *error)
{
    struct fake_vmm *vm = fake_of(vmm);

    vm->runs++;
    memset(exit, 0, sizeof(*exit));
    if (vm->fail_run != HL_OK)
        return hl_error_set(error, vm->fail_run, "made to fail");
    if (atomic_load(&vm->stop))
        exit->kind = HL_VMM_EXIT_STOPPED;
    else
        fake_guest(vm, exit);
    return HL_OK;
}

static void fake_stop(struct hl_vmm *vmm)
{
    atomic_store(&fake_of(vmm)->stop, true);
    atomic_fetch_add(&fake_of(vmm)->stops, 1);
}

static void fake_clear_stop(struct hl_vmm *vmm)
{
    atomic_store(&fake_of(vmm)->stop, false);
}

#define FAKE_OPS(backend, boundary)                                            \
    {.name = backend,                                                          \
     .is_boundary = boundary,                                                  \
     .probe = fake_probe,                                                      \
     .open = fake_open,                                                        \
     .close = fake_close,                                                      \
     .map = fake_map,                                                          \
     .reset = fake_reset,                                                      \
     .save = fake_save,                                                        \
     .reset_fpu = fake_reset_fpu,                                              \
     .regs = fake_regs,                                                        \
     .set_regs = fake_set_regs,                                                \
     .run = fake_run,                                                          \
     .stop = fake_stop,                                                        \
     .clear_stop = fake_clear_stop}

const struct hl_vmm_ops hl_vmm_kvm = FAKE_OPS("kvm", true);
const struct hl_vmm_ops hl_vmm_emu = FAKE_OPS("emu", false);

void fake_vmm_init(struct fake_vmm *vm)
{
    memset(vm, 0, sizeof(*vm));
    vm->vmm.ops = &hl_vmm_kvm;
}

uint8_t *fake_scratch(const struct fake_vmm *vm, uint64_t offset)
{
    return vm->slots[HL_VMM_SLOT_SCRATCH].host + offset;
}

void fake_out(struct hl_vmm_exit *exit, uint16_t port, uint32_t value)
{
    exit->kind = HL_VMM_EXIT_OUT;
    exit->port = port;
    exit->width = 4;
    exit->count = 1;
    exit->value = value;
}
