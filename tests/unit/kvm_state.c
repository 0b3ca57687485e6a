/* SPDX-License-Identifier: MIT */
/* guarantees: P2.2 */
/*
 * What a reset leaves out because nothing has run: a new vCPU is afterwards
 * exactly what one is of which all is set.
 */
#include <string.h>

#include "test.h"
#include "vmm.h"
#include "vmm_kvm.h"

static hl_error error;

struct everything {
    struct kvm_debugregs debug;
    struct kvm_xcrs xcrs;
    struct kvm_msr_set msrs;
    uint8_t xsave[4096]; /* struct kvm_xsave, whose end is open */
};

static void everything_read(struct vmm_kvm *kvm, struct everything *all)
{
    memset(all, 0, sizeof(*all));
    all->msrs = kvm->msrs;
    memset(all->msrs.entries, 0, sizeof(all->msrs.entries));
    for (uint32_t i = 0; i < kvm->msrs.count; i++)
        all->msrs.entries[i].index = kvm->msrs.entries[i].index;
    assert_int_equal(kvm_ioctl(kvm->vcpu, KVM_GET_DEBUGREGS, &all->debug), 0);
    assert_int_equal(kvm_ioctl(kvm->vcpu, KVM_GET_XCRS, &all->xcrs), 0);
    assert_int_equal(kvm_ioctl(kvm->vcpu, KVM_GET_XSAVE, all->xsave), 0);
    assert_int_equal(kvm_ioctl(kvm->vcpu, KVM_GET_MSRS, &all->msrs),
                     kvm->msrs.count);
}

static void P2_2_a_new_vcpu_needs_less_and_gets_the_same(void **state)
{
    const struct hl_vmm_sregs sregs = {
        .cs = {.type = 0xB, .present = 1, .s = 1, .l = 1},
        .tr = {.limit = 0xFFFF, .type = 0xB, .present = 1},
        .cr0 = HL_CR0_INIT,
        .cr4 = HL_CR4_INIT,
        .efer = HL_EFER_INIT,
    };
    static struct everything fresh, whole, again;
    struct hl_vmm *vmm = NULL;
    bool executes_sse;

    (void)state;
    if (hl_vmm_kvm.probe(&executes_sse, &error) != HL_OK)
        skip_because(error.message);
    assert_int_equal(hl_vmm_kvm.open(&vmm, &error), HL_OK);
    assert_int_equal(kvm_of(vmm)->state, KVM_STATE_FRESH);
    assert_int_equal(hl_vmm_kvm.reset(vmm, &sregs, &error), HL_OK);
    everything_read(kvm_of(vmm), &fresh);
    kvm_of(vmm)->state = KVM_STATE_USED; /* as after a run: all is set */
    assert_int_equal(hl_vmm_kvm.reset(vmm, &sregs, &error), HL_OK);
    everything_read(kvm_of(vmm), &whole);
    assert_memory_equal(&fresh, &whole, sizeof(fresh));
    assert_int_equal(kvm_of(vmm)->state, KVM_STATE_RESET);
    assert_int_equal(hl_vmm_kvm.reset(vmm, &sregs, &error), HL_OK);
    everything_read(kvm_of(vmm), &again);
    assert_memory_equal(&again, &whole, sizeof(again));
    hl_vmm_kvm.close(vmm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P2_2_a_new_vcpu_needs_less_and_gets_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
