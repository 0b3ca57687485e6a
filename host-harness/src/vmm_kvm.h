/* SPDX-License-Identifier: MIT */
/* What the files of the KVM backend share. */
#ifndef HL_VMM_KVM_H
#define HL_VMM_KVM_H

#include <linux/kvm.h>
#include <stddef.h>

#include "pagetable.h"

#define KVM_MSRS_MAX 7

/* struct kvm_msrs with its flexible array filled in. */
struct kvm_msr_set {
    uint32_t count;
    uint32_t pad;
    struct kvm_msr_entry entries[KVM_MSRS_MAX];
};

/* What is known of the vCPU's registers beyond those of the sync area. */
enum kvm_state {
    KVM_STATE_USED,  /* the guest may have changed all of them */
    KVM_STATE_FRESH, /* a new vCPU's: KVM sets all but MXCSR as a reset does */
    KVM_STATE_RESET  /* as a reset leaves them: nothing has run since */
};

struct vmm_kvm {
    struct hl_vmm base;
    enum kvm_state state;
    int vm, vcpu;
    struct kvm_run *run;
    size_t run_size;
    bool settled;        /* a run ended by `out`: no triple fault is queued */
    bool settles_faults; /* KVM forgets a queued one when it is told to */
    struct hl_phys phys; /* the mapped slots */
    struct kvm_msr_set msrs; /* as they were at open */
};

/* Facts of this machine's KVM that cannot change while it is loaded. */
struct kvm_facts {
    size_t run_size;
    bool exits_on_emulation_failure;
    bool settles_faults;
    struct kvm_cpuid2 *cpuid; /* what every vCPU gets */
};

static inline struct vmm_kvm *kvm_of(struct hl_vmm *vmm)
{
    return (struct vmm_kvm *)vmm; /* base is the first member */
}

/* ioctl that starts again after a signal, save for KVM_RUN. */
int kvm_ioctl(int fd, unsigned long request, void *argument);

/* Open /dev/kvm. HL_FAIL_BACKEND with a remedy: there is none for this user;
 * HL_FAIL_SYSTEM: it could not be opened just now. */
hl_status kvm_device_open(int *device, hl_error *error);
/* Facts, read once a process; device is an open /dev/kvm. */
hl_status kvm_facts_get(int device, const struct kvm_facts **facts,
                        hl_error *error);

/* Replace VM and vCPU by new ones with the same memory; kept on failure. */
hl_status kvm_renew(struct vmm_kvm *kvm, hl_error *error);

/* vmm_kvm_state.c */
hl_status kvm_state_baseline(struct vmm_kvm *kvm, hl_error *error);
hl_status kvm_state_reset(struct hl_vmm *vmm, const struct hl_vmm_sregs *sregs,
                          hl_error *error);
hl_status kvm_state_save(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                         hl_error *error);
hl_status kvm_state_reset_fpu(struct hl_vmm *vmm, hl_error *error);

/* vmm_kvm_exit.c: what run->exit_reason means. */
void kvm_exit_decode(struct vmm_kvm *kvm, struct hl_vmm_exit *exit);

/* vmm_kvm_probe.c */
hl_status kvm_probe(bool *executes_sse, hl_error *error);

#endif /* HL_VMM_KVM_H */
