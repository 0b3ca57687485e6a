/* SPDX-License-Identifier: MIT */
/* KVM's exit reasons as hl_vmm_exit. Everything unknown is OTHER. */
#include <stdio.h>
#include <string.h>

#include "vmm_kvm.h"

static void decode_io(struct vmm_kvm *kvm, struct hl_vmm_exit *exit)
{
    const struct kvm_run *run = kvm->run;

    exit->port = run->io.port;
    exit->width = run->io.size;
    exit->count = run->io.count;
    if (run->io.direction == KVM_EXIT_IO_IN) {
        exit->kind = HL_VMM_EXIT_IN;
        return;
    }
    uint64_t bytes = (uint64_t)run->io.size * run->io.count;
    uint64_t offset = run->io.data_offset;

    exit->kind = HL_VMM_EXIT_OUT;
    if (bytes > sizeof(exit->value))
        bytes = sizeof(exit->value);
    if (offset <= kvm->run_size && bytes <= kvm->run_size - offset)
        memcpy(&exit->value, (const uint8_t *)run + offset, bytes);
}

static void decode_mmio(struct vmm_kvm *kvm, struct hl_vmm_exit *exit)
{
    exit->kind = HL_VMM_EXIT_MEMORY;
    exit->gpa = kvm->run->mmio.phys_addr;
    exit->is_write = kvm->run->mmio.is_write;
}

/* KVM reports code in unbacked memory as an instruction it cannot emulate. */
static bool fetch_is_unbacked(struct vmm_kvm *kvm, uint64_t *gpa)
{
    struct kvm_sregs sregs;
    struct hl_walk walk;
    uint64_t rip = kvm->base.ops->regs(&kvm->base)->rip;

    if (kvm_ioctl(kvm->vcpu, KVM_GET_SREGS, &sregs) < 0 ||
        !pagetable_walk(&kvm->phys, sregs.cr3, rip, HL_ACCESS_FETCH, false,
                        &walk))
        return false;
    *gpa = walk.gpa;
    return !phys_at(&kvm->phys, walk.gpa, 1);
}

static void decode_internal_error(struct vmm_kvm *kvm, struct hl_vmm_exit *exit)
{
    const struct kvm_run *run = kvm->run;

    if (run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION) {
        exit->kind = HL_VMM_EXIT_OTHER;
        snprintf(exit->text, sizeof(exit->text),
                 "KVM internal error, suberror %u", run->internal.suberror);
        return;
    }
    if (fetch_is_unbacked(kvm, &exit->gpa)) {
        exit->kind = HL_VMM_EXIT_MEMORY;
        return;
    }
    exit->kind = HL_VMM_EXIT_INSTRUCTION;
    if (run->emulation_failure.ndata < 1 ||
        !(run->emulation_failure.flags &
          KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES))
        return;
    uint8_t size = run->emulation_failure.insn_size;
    if (size > sizeof(exit->bytes))
        size = sizeof(exit->bytes);
    memcpy(exit->bytes, run->emulation_failure.insn_bytes, size);
    exit->byte_count = size;
}

void kvm_exit_decode(struct vmm_kvm *kvm, struct hl_vmm_exit *exit)
{
    switch (kvm->run->exit_reason) {
    case KVM_EXIT_IO:
        decode_io(kvm, exit);
        break;
    case KVM_EXIT_MMIO:
        decode_mmio(kvm, exit);
        break;
    case KVM_EXIT_HLT:
        exit->kind = HL_VMM_EXIT_HALT;
        break;
    case KVM_EXIT_SHUTDOWN:
        exit->kind = HL_VMM_EXIT_SHUTDOWN;
        break;
    case KVM_EXIT_INTR:
        exit->kind = HL_VMM_EXIT_STOPPED;
        break;
    case KVM_EXIT_INTERNAL_ERROR:
        decode_internal_error(kvm, exit);
        break;
    default:
        exit->kind = HL_VMM_EXIT_OTHER;
        snprintf(exit->text, sizeof(exit->text), "KVM exit reason %u",
                 kvm->run->exit_reason);
    }
}
