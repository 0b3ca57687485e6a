/* SPDX-License-Identifier: MIT */
/* A virtual machine whose guest is a C function; see machine.h. */
#include "check.h"
#include "support/machine.h"

fuzz_guest_fn *fuzz_guest;
struct fuzz_vmm fuzz_machine;

static struct fuzz_vmm *fuzz_of(struct hl_vmm *vmm)
{
    return (struct fuzz_vmm *)(void *)vmm;
}

static hl_status vm_probe(bool *executes_sse, hl_error *error)
{
    (void)error;
    *executes_sse = true;
    return HL_OK;
}

static hl_status vm_open(struct hl_vmm **vmm, hl_error *error)
{
    (void)error;
    FUZZ_CHECK(!fuzz_machine.is_open);
    memset(&fuzz_machine, 0, sizeof(fuzz_machine));
    fuzz_machine.vmm.ops = &hl_vmm_kvm;
    fuzz_machine.is_open = true;
    *vmm = &fuzz_machine.vmm;
    return HL_OK;
}

static void vm_close(struct hl_vmm *vmm)
{
    fuzz_of(vmm)->is_open = false;
}

static hl_status vm_map(struct hl_vmm *vmm, unsigned slot,
                        const struct hl_vmm_slot *memory, hl_error *error)
{
    (void)error;
    fuzz_of(vmm)->slots[slot] = *memory;
    return HL_OK;
}

static hl_status vm_reset(struct hl_vmm *vmm, const struct hl_vmm_sregs *sregs,
                          hl_error *error)
{
    (void)error;
    fuzz_of(vmm)->sregs = *sregs;
    memset(&fuzz_of(vmm)->regs, 0, sizeof(fuzz_of(vmm)->regs));
    return HL_OK;
}

static hl_status vm_save(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                         hl_error *error)
{
    (void)error;
    *sregs = fuzz_of(vmm)->sregs;
    return HL_OK;
}

static hl_status vm_reset_fpu(struct hl_vmm *vmm, hl_error *error)
{
    (void)vmm;
    (void)error;
    return HL_OK;
}

static struct hl_vmm_regs *vm_regs(struct hl_vmm *vmm)
{
    return &fuzz_of(vmm)->regs;
}

static void vm_set_regs(struct hl_vmm *vmm)
{
    (void)vmm;
}

static hl_status vm_run(struct hl_vmm *vmm, struct hl_vmm_exit *exit,
                        hl_error *error)
{
    struct fuzz_vmm *vm = fuzz_of(vmm);

    (void)error;
    vm->runs++;
    memset(exit, 0, sizeof(*exit));
    if (atomic_load(&vm->stop))
        exit->kind = HL_VMM_EXIT_STOPPED;
    else
        fuzz_guest(vm, exit);
    return HL_OK;
}

static void vm_stop(struct hl_vmm *vmm)
{
    atomic_store(&fuzz_of(vmm)->stop, true);
}

static void vm_clear_stop(struct hl_vmm *vmm)
{
    atomic_store(&fuzz_of(vmm)->stop, false);
}

#define FUZZ_OPS(backend, boundary)                                            \
    {.name = backend,                                                          \
     .is_boundary = boundary,                                                  \
     .probe = vm_probe,                                                        \
     .open = vm_open,                                                          \
     .close = vm_close,                                                        \
     .map = vm_map,                                                            \
     .reset = vm_reset,                                                        \
     .save = vm_save,                                                          \
     .reset_fpu = vm_reset_fpu,                                                \
     .regs = vm_regs,                                                          \
     .set_regs = vm_set_regs,                                                  \
     .run = vm_run,                                                            \
     .stop = vm_stop,                                                          \
     .clear_stop = vm_clear_stop}

const struct hl_vmm_ops hl_vmm_kvm = FUZZ_OPS("kvm", true);
const struct hl_vmm_ops hl_vmm_emu = FUZZ_OPS("emu", false);

void fuzz_exit_out(struct hl_vmm_exit *exit, uint16_t port, uint32_t value)
{
    exit->kind = HL_VMM_EXIT_OUT;
    exit->port = port;
    exit->width = 4;
    exit->count = 1;
    exit->value = value;
}
