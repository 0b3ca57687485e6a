/* SPDX-License-Identifier: MIT */
/*
 * The vCPU's state: forced as a whole at creation and restore (abi §2.6,
 * guarantee P2.2). What is restored is listed here; all else is a constant.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vmm_kvm.h"

/* With every MSR filtered (vmm_kvm.c), swapgs is all that can change one. The
 * others are set all the same: they hold guest state where they exist. */
static const uint32_t reset_msrs[KVM_MSRS_MAX] = {
    0xC0000102, /* KERNEL_GS_BASE (swapgs) */
    0xC0000081, /* STAR */
    0xC0000082, /* LSTAR */
    0xC0000083, /* CSTAR */
    0xC0000084, /* SFMASK */
    0x277,      /* PAT */
    0x1D9,      /* DEBUGCTL */
};

static hl_status failed(hl_error *error, const char *what)
{
    return hl_error_set(error, HL_FAIL_SYSTEM, "%s failed: %s", what,
                        strerror(errno));
}

/* KVM stops at the first MSR it does not know: leave that one out, go on. */
hl_status kvm_state_baseline(struct vmm_kvm *kvm, hl_error *error)
{
    struct kvm_msr_set *msrs = &kvm->msrs;

    msrs->count = KVM_MSRS_MAX;
    for (size_t i = 0; i < KVM_MSRS_MAX; i++)
        msrs->entries[i].index = reset_msrs[i];
    for (;;) {
        int got = kvm_ioctl(kvm->vcpu, KVM_GET_MSRS, msrs);

        if (got < 0)
            return failed(error, "KVM_GET_MSRS");
        if ((uint32_t)got >= msrs->count)
            return HL_OK;
        msrs->count--;
        memmove(&msrs->entries[got], &msrs->entries[got + 1],
                (msrs->count - (uint32_t)got) * sizeof(msrs->entries[0]));
    }
}

static void segment_to_kvm(struct kvm_segment *to,
                           const struct hl_vmm_segment *from)
{
    *to = (struct kvm_segment){
        .base = from->base,
        .limit = from->limit,
        .selector = from->selector,
        .type = from->type,
        .present = from->present,
        .dpl = from->dpl,
        .db = from->db,
        .s = from->s,
        .l = from->l,
        .g = from->g,
        .avl = from->avl,
        .unusable = from->unusable,
    };
}

static void segment_from_kvm(struct hl_vmm_segment *to,
                             const struct kvm_segment *from)
{
    *to = (struct hl_vmm_segment){
        .base = from->base,
        .limit = from->limit,
        .selector = from->selector,
        .type = from->type,
        .present = from->present,
        .dpl = from->dpl,
        .db = from->db,
        .s = from->s,
        .l = from->l,
        .g = from->g,
        .avl = from->avl,
        .unusable = from->unusable,
    };
}

static void sregs_to_kvm(struct kvm_sregs *to, const struct hl_vmm_sregs *from)
{
    memset(to, 0, sizeof(*to));
    segment_to_kvm(&to->cs, &from->cs);
    segment_to_kvm(&to->ds, &from->ds);
    segment_to_kvm(&to->es, &from->es);
    segment_to_kvm(&to->fs, &from->fs);
    segment_to_kvm(&to->gs, &from->gs);
    segment_to_kvm(&to->ss, &from->ss);
    segment_to_kvm(&to->tr, &from->tr);
    segment_to_kvm(&to->ldt, &from->ldt);
    to->gdt.base = from->gdt_base;
    to->gdt.limit = from->gdt_limit;
    to->idt.base = from->idt_base;
    to->idt.limit = from->idt_limit;
    to->cr0 = from->cr0;
    to->cr2 = from->cr2;
    to->cr3 = from->cr3;
    to->cr4 = from->cr4;
    to->cr8 = from->cr8;
    to->efer = from->efer;
    to->apic_base = from->apic_base;
}

static void sregs_from_kvm(struct hl_vmm_sregs *to,
                           const struct kvm_sregs *from)
{
    memset(to, 0, sizeof(*to));
    segment_from_kvm(&to->cs, &from->cs);
    segment_from_kvm(&to->ds, &from->ds);
    segment_from_kvm(&to->es, &from->es);
    segment_from_kvm(&to->fs, &from->fs);
    segment_from_kvm(&to->gs, &from->gs);
    segment_from_kvm(&to->ss, &from->ss);
    segment_from_kvm(&to->tr, &from->tr);
    segment_from_kvm(&to->ldt, &from->ldt);
    to->gdt_base = from->gdt.base;
    to->gdt_limit = from->gdt.limit;
    to->idt_base = from->idt.base;
    to->idt_limit = from->idt.limit;
    to->cr0 = from->cr0;
    to->cr2 = from->cr2;
    to->cr3 = from->cr3;
    to->cr4 = from->cr4;
    to->cr8 = from->cr8;
    to->efer = from->efer;
    to->apic_base = from->apic_base;
}

hl_status kvm_state_save(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                         hl_error *error)
{
    struct vmm_kvm *kvm = kvm_of(vmm);
    struct kvm_sregs now;

    if (kvm->run->kvm_dirty_regs & KVM_SYNC_X86_SREGS)
        now = kvm->run->s.regs.sregs; /* set, but not yet taken by KVM */
    else if (kvm_ioctl(kvm->vcpu, KVM_GET_SREGS, &now) < 0)
        return failed(error, "KVM_GET_SREGS");
    sregs_from_kvm(sregs, &now);
    return HL_OK;
}

/* Through KVM_SET_XSAVE, for KVM_SET_FPU ignores MXCSR (abi §3.3) and leaves
 * what lies beyond SSE: components not named here go to their initial state. */
hl_status kvm_state_reset_fpu(struct hl_vmm *vmm, hl_error *error)
{
    static const struct kvm_xsave initial = {
        .region = {
            [0] = HL_FCW_INIT,   /* FSW 0 */
            [6] = HL_MXCSR_INIT, /* byte 24 */
            [128] = 3,           /* byte 512: x87 and SSE follow */
        }};
    struct kvm_xsave xsave = initial;

    if (kvm_ioctl(kvm_of(vmm)->vcpu, KVM_SET_XSAVE, &xsave) < 0)
        return failed(error, "KVM_SET_XSAVE");
    return HL_OK;
}

/* One step of finishing what KVM has begun, without entering the guest. True
 * when there is nothing left. */
static bool completion_step(struct vmm_kvm *kvm)
{
    struct hl_vmm *vmm = &kvm->base;

    /* A repeated store to missing memory would go on until RCX is 0; a
     * repeated `in` by contrast does not end once it is. */
    if (kvm->run->exit_reason == KVM_EXIT_MMIO) {
        vmm->ops->regs(vmm)->rcx = 0;
        vmm->ops->set_regs(vmm);
    }
    kvm->run->immediate_exit = 1;
    return ioctl(kvm->vcpu, KVM_RUN, NULL) == -1 && errno == EINTR;
}

/*
 * What a run leaves in KVM beside registers, ended by KVM_RUNs that do not
 * enter the guest: an access that the next KVM_RUN would finish, writing to
 * the state that is being set or skipping an instruction of it (what takes too
 * long, a string between two places that are not there, goes with its vCPU);
 * and translations that the tables no longer show: with CR4 other than it will
 * be, the next KVM_RUN flushes them before the guest's first fetch.
 */
static hl_status run_forget(struct vmm_kvm *kvm,
                            const struct hl_vmm_sregs *sregs, hl_error *error)
{
    const uint8_t stop = kvm->run->immediate_exit;
    struct kvm_sregs *other = &kvm->run->s.regs.sregs;
    bool done = false;

    if (!kvm->settled && !kvm->settles_faults)
        return kvm_renew(kvm, error); /* a triple fault may be queued */
    sregs_to_kvm(other, sregs);
    other->cr4 ^= HL_CR4_PGE;
    kvm->run->kvm_dirty_regs |= KVM_SYNC_X86_SREGS;
    for (int i = 0; !done && i < 16; i++)
        done = completion_step(kvm);
    kvm->run->immediate_exit = stop;
    kvm->run->kvm_dirty_regs = 0;
    return done ? HL_OK : kvm_renew(kvm, error);
}

static hl_status debug_and_msrs_reset(struct vmm_kvm *kvm, hl_error *error)
{
    struct kvm_debugregs debug = {.dr6 = 0xFFFF0FF0, .dr7 = 0x400};
    struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs = {{.xcr = 0, .value = 1}}};

    if (kvm_ioctl(kvm->vcpu, KVM_SET_DEBUGREGS, &debug) < 0)
        return failed(error, "KVM_SET_DEBUGREGS");
    if (kvm_ioctl(kvm->vcpu, KVM_SET_XCRS, &xcrs) < 0)
        return failed(error, "KVM_SET_XCRS");
    int set = kvm_ioctl(kvm->vcpu, KVM_SET_MSRS, &kvm->msrs);
    if (set < 0)
        return failed(error, "KVM_SET_MSRS");
    if ((uint32_t)set != kvm->msrs.count)
        return hl_error_set(error, HL_FAIL_SYSTEM,
                            "KVM_SET_MSRS did not take back MSR %#x",
                            kvm->msrs.entries[set].index);
    return HL_OK;
}

hl_status kvm_state_reset(struct hl_vmm *vmm, const struct hl_vmm_sregs *sregs,
                          hl_error *error)
{
    struct vmm_kvm *kvm = kvm_of(vmm);

    hl_status status = HL_OK;
    if (kvm->state == KVM_STATE_USED)
        status = run_forget(kvm, sregs, error);
    /* Nothing but a run of the guest changes what these set. */
    if (status == HL_OK && kvm->state == KVM_STATE_USED)
        status = debug_and_msrs_reset(kvm, error);
    if (status == HL_OK && kvm->state != KVM_STATE_RESET)
        status = kvm_state_reset_fpu(vmm, error);
    if (status != HL_OK)
        return status;
    kvm->state = KVM_STATE_RESET;
    struct kvm_sync_regs *sync = &kvm->run->s.regs;
    struct hl_vmm_regs *regs = vmm->ops->regs(vmm);
    /* The rest is taken by the next KVM_RUN, which saves three ioctls. */
    memset(regs, 0, sizeof(*regs));
    regs->rflags = HL_RFLAGS_INIT;
    sregs_to_kvm(&sync->sregs, sregs);
    /* Without a local APIC each KVM_RUN takes CR8 from here, not from above. */
    kvm->run->cr8 = sregs->cr8;
    /* no pending exception, NMI or triple fault, no interrupt shadow */
    memset(&sync->events, 0, sizeof(sync->events));
    sync->events.flags =
        KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW |
        (kvm->settles_faults ? KVM_VCPUEVENT_VALID_TRIPLE_FAULT : 0);
    kvm->run->kvm_dirty_regs =
        KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
    return HL_OK;
}
