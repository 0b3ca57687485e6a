/* SPDX-License-Identifier: MIT */
/*
 * The KVM backend: one VM, one vCPU, two slots. Entering the guest is one
 * KVM_RUN and no other ioctl: registers travel through kvm_run's sync area
 * (KVM_CAP_SYNC_REGS; on this path every vCPU ioctl costs as much as an exit).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm_kvm.h"

_Static_assert(sizeof(struct hl_vmm_regs) == sizeof(struct kvm_regs),
               "hl_vmm_regs is laid out as kvm_regs");
_Static_assert(
    offsetof(struct hl_vmm_regs, rdi) == offsetof(struct kvm_regs, rdi) &&
        offsetof(struct hl_vmm_regs, rsp) == offsetof(struct kvm_regs, rsp) &&
        offsetof(struct hl_vmm_regs, r15) == offsetof(struct kvm_regs, r15) &&
        offsetof(struct hl_vmm_regs, rflags) ==
            offsetof(struct kvm_regs, rflags),
    "hl_vmm_regs is laid out as kvm_regs");

int kvm_ioctl(int fd, unsigned long request, void *argument)
{
    int result;

    do {
        result = ioctl(fd, request, argument);
    } while (result == -1 && errno == EINTR);
    return result;
}

/* Deny every MSR: an access is #GP in the guest (B24). The one range is there
 * because KVM refuses a default of "deny" without any. */
static int msr_filter_set(int vm)
{
    uint8_t none = 0;
    struct kvm_msr_filter filter = {
        .flags = KVM_MSR_FILTER_DEFAULT_DENY,
        .ranges = {{.flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
                    .nmsrs = 1,
                    .base = 0,
                    .bitmap = &none}},
    };

    return kvm_ioctl(vm, KVM_X86_SET_MSR_FILTER, &filter);
}

static int cap_enable(int vm, unsigned cap)
{
    struct kvm_enable_cap enable = {.cap = cap, .args = {1}};

    return kvm_ioctl(vm, KVM_ENABLE_CAP, &enable);
}

static hl_status vm_create_on(struct vmm_kvm *kvm, int device,
                              const struct kvm_facts *facts, hl_error *error)
{
    const char *step = "KVM_CREATE_VM";

    kvm->vm = kvm_ioctl(device, KVM_CREATE_VM, NULL);
    if (kvm->vm < 0)
        goto failed;
    step = "KVM_ENABLE_CAP";
    if (facts->exits_on_emulation_failure &&
        cap_enable(kvm->vm, KVM_CAP_EXIT_ON_EMULATION_FAILURE) < 0)
        goto failed;
    if (facts->settles_faults &&
        cap_enable(kvm->vm, KVM_CAP_X86_TRIPLE_FAULT_EVENT) < 0)
        goto failed;
    step = "KVM_X86_SET_MSR_FILTER";
    if (msr_filter_set(kvm->vm) < 0)
        goto failed;
    step = "KVM_CREATE_VCPU";
    kvm->vcpu = kvm_ioctl(kvm->vm, KVM_CREATE_VCPU, NULL);
    if (kvm->vcpu < 0)
        goto failed;
    step = "KVM_SET_CPUID2";
    if (kvm_ioctl(kvm->vcpu, KVM_SET_CPUID2, facts->cpuid) < 0)
        goto failed;
    step = "mmap of the vCPU";
    void *run = mmap(NULL, facts->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                     kvm->vcpu, 0);
    if (run == MAP_FAILED)
        goto failed;
    kvm->run = run;
    kvm->run_size = facts->run_size;
    kvm->run->kvm_valid_regs = KVM_SYNC_X86_REGS;
    kvm->settles_faults = facts->settles_faults;
    kvm->state = KVM_STATE_FRESH;
    return HL_OK;
failed:
    return hl_error_set(error, HL_FAIL_SYSTEM,
                        "%s failed: %s; close other sandboxes or see dmesg",
                        step, strerror(errno));
}

static hl_status vm_create(struct vmm_kvm *kvm, hl_error *error)
{
    const struct kvm_facts *facts;
    int device;
    hl_status status = kvm_device_open(&device, error);

    if (status != HL_OK)
        return status;
    status = kvm_facts_get(device, &facts, error);
    if (status == HL_OK)
        status = vm_create_on(kvm, device, facts, error);
    if (status == HL_OK)
        status = kvm_state_baseline(kvm, error);
    close(device);
    return status;
}

static void vm_destroy(struct vmm_kvm *kvm)
{
    if (kvm->run)
        munmap(kvm->run, kvm->run_size);
    if (kvm->vcpu >= 0)
        close(kvm->vcpu);
    if (kvm->vm >= 0)
        close(kvm->vm);
    kvm->run = NULL;
    kvm->vcpu = kvm->vm = -1;
}

static void kvm_close(struct hl_vmm *vmm)
{
    struct vmm_kvm *kvm = kvm_of(vmm);

    if (!kvm)
        return;
    vm_destroy(kvm);
    free(kvm);
}

static hl_status kvm_open(struct hl_vmm **vmm, hl_error *error)
{
    struct vmm_kvm *kvm = calloc(1, sizeof(*kvm));

    if (!kvm)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    kvm->base.ops = &hl_vmm_kvm;
    kvm->vm = kvm->vcpu = -1;
    hl_status status = vm_create(kvm, error);
    if (status == HL_OK) {
        *vmm = &kvm->base;
    } else {
        vm_destroy(kvm);
        free(kvm);
    }
    return status;
}

static int slot_set(struct vmm_kvm *kvm, unsigned slot,
                    const struct hl_vmm_slot *memory)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .flags = slot == HL_VMM_SLOT_SNAPSHOT ? KVM_MEM_READONLY : 0,
        .guest_phys_addr = memory->gpa,
        .memory_size = memory->size,
        .userspace_addr = (uintptr_t)memory->host,
    };

    return kvm_ioctl(kvm->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static hl_status kvm_map(struct hl_vmm *vmm, unsigned slot,
                         const struct hl_vmm_slot *memory, hl_error *error)
{
    static const struct hl_vmm_slot nothing = {0};
    struct vmm_kvm *kvm = kvm_of(vmm);

    if (slot >= HL_VMM_SLOTS)
        return hl_error_set(error, HL_FAIL_ARGUMENT, "no memory slot %u", slot);
    /* A slot cannot get other memory while it exists. */
    if (kvm->phys.slots[slot].size != 0 && slot_set(kvm, slot, &nothing) < 0)
        goto failed;
    kvm->phys.slots[slot] = nothing;
    if (memory->size != 0 && slot_set(kvm, slot, memory) < 0)
        goto failed;
    kvm->phys.slots[slot] = *memory;
    return HL_OK;
failed:
    return hl_error_set(error, HL_FAIL_SYSTEM,
                        "KVM_SET_USER_MEMORY_REGION of slot %u (%#llx bytes at "
                        "%#llx) failed: %s",
                        slot, (unsigned long long)memory->size,
                        (unsigned long long)memory->gpa, strerror(errno));
}

/* The old one goes only when the new one is complete. */
hl_status kvm_renew(struct vmm_kvm *kvm, hl_error *error)
{
    struct vmm_kvm fresh = {.base = kvm->base, .vm = -1, .vcpu = -1};
    hl_status status = vm_create(&fresh, error);

    for (unsigned i = 0; status == HL_OK && i < HL_VMM_SLOTS; i++)
        status = kvm_map(&fresh.base, i, &kvm->phys.slots[i], error);
    if (status != HL_OK) {
        vm_destroy(&fresh);
        return status;
    }
    fresh.run->immediate_exit = kvm->run->immediate_exit;
    vm_destroy(kvm);
    *kvm = fresh;
    return HL_OK;
}

static struct hl_vmm_regs *kvm_regs(struct hl_vmm *vmm)
{
    void *regs = &kvm_of(vmm)->run->s.regs.regs;

    return regs;
}

static void kvm_set_regs(struct hl_vmm *vmm)
{
    kvm_of(vmm)->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
}

static hl_status kvm_run(struct hl_vmm *vmm, struct hl_vmm_exit *exit,
                         hl_error *error)
{
    struct vmm_kvm *kvm = kvm_of(vmm);

    memset(exit, 0, sizeof(*exit));
    kvm->state = KVM_STATE_USED;
    kvm->settled = false;
    int result = ioctl(kvm->vcpu, KVM_RUN, NULL);
    if (result == -1 && errno != EINTR)
        return hl_error_set(error, HL_FAIL_SYSTEM, "KVM_RUN failed: %s",
                            strerror(errno));
    kvm->run->kvm_dirty_regs = 0;
    if (result == -1)
        exit->kind = HL_VMM_EXIT_STOPPED;
    else
        kvm_exit_decode(kvm, exit);
    kvm->settled = exit->kind == HL_VMM_EXIT_OUT;
    return HL_OK;
}

/* Looked at by KVM_RUN before it enters the guest, so none is lost. */
static void kvm_stop(struct hl_vmm *vmm)
{
    *(volatile uint8_t *)&kvm_of(vmm)->run->immediate_exit = 1;
}

static void kvm_clear_stop(struct hl_vmm *vmm)
{
    *(volatile uint8_t *)&kvm_of(vmm)->run->immediate_exit = 0;
}

const struct hl_vmm_ops hl_vmm_kvm = {
    .name = "kvm",
    .is_boundary = true,
    .probe = kvm_probe,
    .open = kvm_open,
    .close = kvm_close,
    .map = kvm_map,
    .reset = kvm_state_reset,
    .save = kvm_state_save,
    .reset_fpu = kvm_state_reset_fpu,
    .regs = kvm_regs,
    .set_regs = kvm_set_regs,
    .run = kvm_run,
    .stop_is_kept = true,
    .stop = kvm_stop,
    .clear_stop = kvm_clear_stop,
};
