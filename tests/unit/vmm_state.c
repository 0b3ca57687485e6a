/* SPDX-License-Identifier: MIT */
/* The vCPU's state: forced by reset, read by save; memory that changes.
 * guarantees: P2.2 P3.7 */
#include <string.h>
#include <sys/mman.h>

#include "vmm_tests.h"

GUEST_CODE(dirty_state);
GUEST_CODE(read_state);
GUEST_CODE(halt);
GUEST_CODE(load);
GUEST_CODE(call_patch_call);
GUEST_CODE(call_remap_call);
GUEST_CODE(patch_ahead);
GUEST_CODE(rdmsrs);
GUEST_CODE(arm_breakpoint);
GUEST_CODE(swap_gs);
GUEST_CODE(swap_gs_load);
GUEST_CODE(set_xcr0);
GUEST_CODE(cpuid);

static uint64_t word(struct guest *g, unsigned offset)
{
    uint64_t value;

    memcpy(&value, guest_at(g, PHYS_AT(DATA_PAGE)) + offset, 8);
    return value;
}

/* What read_state stored is what a vCPU has that was just made. */
static void expect_clean(struct guest *g)
{
    static const uint8_t zeros[256];
    const uint8_t *fx = guest_at(g, PHYS_AT(DATA_PAGE));
    uint16_t fcw, fsw;
    uint32_t mxcsr;

    assert_true(guest_load(g, read_state));
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    memcpy(&fcw, fx, 2);
    memcpy(&fsw, fx + 2, 2);
    memcpy(&mxcsr, fx + 24, 4);
    assert_int_equal(fcw, HL_FCW_INIT);
    assert_int_equal(fsw, 0);
    assert_int_equal(fx[4], 0); /* all x87 registers empty */
    assert_int_equal(mxcsr, HL_MXCSR_INIT);
    assert_memory_equal(fx + 160, zeros, 256); /* XMM0-15 */
    assert_int_equal(word(g, 512), 0);         /* DR0 */
    assert_int_equal(word(g, 520), 0);         /* DR3 */
    assert_int_equal(word(g, 528), 0x400);     /* DR7 */
    assert_int_equal(word(g, 536), 0);         /* CR2 */
}

/* An FXSAVE image with everything set. */
static void fx_fill(uint8_t *fx)
{
    const uint16_t fcw = 0x27F;
    const uint32_t mxcsr = 0x9F80;

    memset(fx, 0, 512);
    memcpy(fx, &fcw, 2);
    fx[4] = 0xFF;
    memcpy(fx + 24, &mxcsr, 4);
    for (unsigned i = 0; i < 8; i++)
        memset(fx + 32 + 16 * i, 0x11 + (int)i, 10);
    memset(fx + 160, 0xA5, 256);
}

static void P2_2_reset_clears_every_register(void **state)
{
    struct guest *g = *state;
    uint8_t *data = guest_at(g, PHYS_AT(DATA_PAGE));
    struct hl_vmm_regs zero = {.rflags = HL_RFLAGS_INIT};

    assert_true(guest_reset(g));
    expect_clean(g); /* on a VM just made */
    assert_true(guest_load(g, dirty_state));
    memset(data, 0x77, 512);
    fx_fill(data + 512);
    memset(guest_regs(g), 0x12, 15 * 8);
    guest_regs(g)->rsp = SCRATCH_AT(DATA_PAGE);
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
    assert_int_equal(g->ops->reset(g->vmm, &g->sregs, &g->error), HL_OK);
    assert_memory_equal(guest_regs(g), &zero, sizeof(zero));
    expect_clean(g);
}

static void the_guest_can_dirty_what_the_test_looks_at(void **state)
{
    struct guest *g = *state;
    uint8_t *data = guest_at(g, PHYS_AT(DATA_PAGE));
    uint8_t fx[512];

    assert_true(guest_load(g, dirty_state));
    fx_fill(data + 512);
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
    /* read it back in the same state: the code after `out` is a hlt page */
    memcpy(guest_at(g, CODE_GVA) + 0x800, code_read_state,
           (size_t)(code_read_state_end - code_read_state));
    guest_regs(g)->rip = CODE_GVA + 0x800;
    g->ops->set_regs(g->vmm);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    memcpy(fx, data, 512);
    assert_int_equal(fx[0], 0x7F);
    assert_int_equal(fx[1], 0x02);
    assert_int_equal(fx[160], 0xA5);
    assert_int_equal(word(g, 512), 0x1234);
    assert_int_equal(word(g, 536), 0x1234);
}

static void reset_fpu_leaves_the_rest_alone(void **state)
{
    struct guest *g = *state;
    uint8_t *data = guest_at(g, PHYS_AT(DATA_PAGE));

    assert_true(guest_load(g, dirty_state));
    fx_fill(data + 512);
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
    assert_int_equal(g->ops->reset_fpu(g->vmm, &g->error), HL_OK);
    memcpy(guest_at(g, CODE_GVA) + 0x800, code_read_state,
           (size_t)(code_read_state_end - code_read_state));
    guest_regs(g)->rip = CODE_GVA + 0x800;
    g->ops->set_regs(g->vmm);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(data[0], 0x7F);
    assert_int_equal(data[1], 0x03); /* FCW 0x37F */
    assert_int_equal(data[24], 0x80);
    assert_int_equal(data[25], 0x1F); /* MXCSR 0x1F80 */
    assert_int_equal(data[160], 0);
    assert_int_equal(word(g, 512), 0x1234); /* DR0 */
}

static void save_gives_back_what_reset_was_given(void **state)
{
    struct guest *g = *state;
    struct hl_vmm_sregs saved;

    for (int run = 0; run < 2; run++) {
        assert_true(guest_load(g, halt));
        if (run)
            assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        memset(&saved, 0xFF, sizeof(saved));
        assert_int_equal(g->ops->save(g->vmm, &saved, &g->error), HL_OK);
        assert_int_equal(saved.cr0, g->sregs.cr0);
        assert_int_equal(saved.cr3, g->sregs.cr3);
        assert_int_equal(saved.cr4, g->sregs.cr4);
        assert_int_equal(saved.efer, g->sregs.efer);
        assert_int_equal(saved.gdt_base, g->sregs.gdt_base);
        assert_int_equal(saved.gdt_limit, g->sregs.gdt_limit);
        assert_int_equal(saved.idt_base, g->sregs.idt_base);
        assert_int_equal(saved.idt_limit, g->sregs.idt_limit);
        assert_int_equal(saved.cs.selector, 8);
        assert_int_equal(saved.cs.l, 1);
        assert_int_equal(saved.ss.selector, 0x10);
        assert_int_equal(saved.tr.selector, 0x18);
        assert_int_equal(saved.tr.base, g->sregs.tr.base);
        assert_int_equal(saved.tr.limit, 0x67);
        /* and it can be used */
        g->sregs = saved;
    }
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
}

static void first_entry_needs_no_descriptors(void **state)
{
    struct guest *g = *state;

    g->sregs = (struct hl_vmm_sregs){
        .cs = {.type = 0xB, .present = 1, .s = 1, .l = 1},
        .tr = {.limit = 0xFFFF, .type = 0xB, .present = 1},
        .cr0 = HL_CR0_INIT,
        .cr3 = SCRATCH_GPA,
        .cr4 = HL_CR4_INIT,
        .efer = HL_EFER_INIT,
    };
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rbx, 0x55);
}

static void P2_2_code_changed_by_the_host_is_seen_after_reset(void **state)
{
    struct guest *g = *state;

    for (uint8_t value = 1; value < 20; value++) {
        assert_true(guest_load(g, halt));
        guest_at(g, CODE_GVA)[1] = value; /* mov $value, %ebx */
        assert_true(guest_reset(g));
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rbx, value);
    }
}

static void P2_2_tables_changed_by_the_host_are_seen_after_reset(void **state)
{
    struct guest *g = *state;
    uint64_t *pte = guest_pte(g, RWX_GVA);

    for (unsigned i = 0; i < 6; i++)
        memset(guest_at(g, PHYS_AT(DATA_PAGE + i)), (int)i, 8);
    for (unsigned i = 0; i < 6; i++) {
        *pte = PHYS_AT(DATA_PAGE + i) | 0x63;
        assert_true(guest_load(g, load));
        guest_regs(g)->rdi = RWX_GVA;
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rax, i * HL_U64(0x0101010101010101));
    }
}

/* A whole new set of tables at the same place, as a restore brings them. */
static void P2_2_moved_tables_are_seen_after_reset(void **state)
{
    struct guest *g = *state;
    uint8_t *tables = guest_at(g, SCRATCH_GPA);
    uint8_t copy[16 * HL_PAGE_SIZE];

    assert_true(guest_load(g, load));
    guest_regs(g)->rdi = RO_GVA;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    memcpy(copy, tables, sizeof(copy));
    *guest_pte(g, RO_GVA) = PHYS_AT(DATA_PAGE) | 0x63;
    memset(guest_at(g, PHYS_AT(DATA_PAGE)), 0x42, 8);
    assert_true(guest_reset(g));
    guest_regs(g)->rdi = RO_GVA;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax, HL_U64(0x4242424242424242));
    memcpy(tables, copy, sizeof(copy));
    assert_true(guest_reset(g));
    guest_regs(g)->rdi = RO_GVA;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax, 0);
}

static void P2_2_a_remapped_slot_shows_its_new_memory(void **state)
{
    struct guest *g = *state;
    struct hl_vmm_slot old = g->phys.slots[HL_VMM_SLOT_SNAPSHOT];
    struct hl_vmm_slot other = old;

    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    /* one page less, other bytes */
    other.size -= HL_PAGE_SIZE;
    other.host = mmap(NULL, other.size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(other.host, old.host, other.size);
    other.host[1] = 0x11;
    for (int i = 0; i < 3; i++) {
        const struct hl_vmm_slot *now = i % 2 ? &old : &other;

        assert_int_equal(g->ops->map(g->vmm, 0, now, &g->error), HL_OK);
        assert_true(guest_reset(g));
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rbx, i % 2 ? 0x55 : 0x11);
        /* the page beyond is there or not */
        memcpy(now->host + 0x800, code_load, 4);
        guest_regs(g)->rip = CODE_GVA + 0x800;
        guest_regs(g)->rdi = RW_ROM_GVA;
        g->ops->set_regs(g->vmm);
        assert_int_equal(guest_run(g),
                         i % 2 ? HL_VMM_EXIT_HALT : HL_VMM_EXIT_MEMORY);
    }
    assert_int_equal(g->ops->map(g->vmm, 0, &old, &g->error), HL_OK);
    munmap(other.host, other.size);
}

/* mov $VALUE, %eax; ret */
static void function_put(uint8_t *at, uint8_t value)
{
    const uint8_t code[] = {0xB8, value, 0, 0, 0, 0xC3};

    memcpy(at, code, sizeof(code));
}

static void the_guest_sees_its_own_code_changes(void **state)
{
    struct guest *g = *state;
    const uint64_t at[] = {RWX_GVA, SCRATCH_AT(RWX_PAGE)}; /* same page */

    for (size_t i = 0; i < COUNT_OF(at); i++) {
        function_put(guest_at(g, PHYS_AT(RWX_PAGE)), 11);
        assert_true(guest_load(g, call_patch_call));
        guest_regs(g)->rdi = RWX_GVA;
        guest_regs(g)->rsi = at[i] + 1;
        guest_regs(g)->rcx = 22;
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rbx, 11);
        assert_int_equal(guest_regs(g)->r10, 22);
        assert_int_equal(guest_regs(g)->rax, 23);
    }
}

static void the_guest_can_patch_code_right_ahead(void **state)
{
    struct guest *g = *state;
    uint8_t *at = guest_at(g, PHYS_AT(RWX_PAGE));

    for (int again = 0; again < 3; again++) {
        assert_true(guest_reset(g));
        memcpy(at, code_patch_ahead,
               (size_t)(code_patch_ahead_end - code_patch_ahead));
        guest_regs(g)->rip = RWX_GVA;
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rax, 9);
    }
}

static void the_guest_sees_remapped_code(void **state)
{
    struct guest *g = *state;

    function_put(guest_at(g, PHYS_AT(RWX_PAGE)), 11);
    function_put(guest_at(g, PHYS_AT(RWX_PAGE + 1)), 44);
    for (uint64_t by_invlpg = 0; by_invlpg < 2; by_invlpg++) {
        uint64_t *pte = guest_pte(g, RWX_GVA);
        uint8_t *scratch = g->phys.slots[HL_VMM_SLOT_SCRATCH].host;

        *pte = PHYS_AT(RWX_PAGE) | 0x63;
        assert_true(guest_load(g, call_remap_call));
        guest_regs(g)->rdi = RWX_GVA;
        guest_regs(g)->rsi = SCRATCH_GVA + (uint64_t)((uint8_t *)pte - scratch);
        guest_regs(g)->rcx = PHYS_AT(RWX_PAGE + 1) | 0x63;
        guest_regs(g)->r8 = by_invlpg;
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rbx, 11);
        assert_int_equal(guest_regs(g)->rax, 44);
    }
}

/* More of them than the emulator keeps hooks for. */
static void lookalikes_of_refused_instructions_do_no_harm(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, rdmsrs));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
}

/* Breakpoints are the guest's own on KVM; the emulator cannot have them. None
 * outlives a reset. */
static void P2_2_breakpoints_do_not_outlive_a_reset(void **state)
{
    struct guest *g = *state;

    for (int again = 0; again < 3; again++) {
        assert_true(guest_load(g, arm_breakpoint));
        guest_regs(g)->r8 = CODE_GVA;
        assert_int_equal(guest_run(g), g->ops->is_boundary
                                           ? HL_VMM_EXIT_HALT
                                           : HL_VMM_EXIT_INSTRUCTION);
        if (!g->ops->is_boundary)
            assert_memory_equal(g->exit.bytes, "\x41\x0f\x23\xf9", 4);
        assert_true(guest_load(g, halt));
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rbx, 0x55);
    }
}

/* swapgs reaches an MSR that the filter guards otherwise. */
static void P2_2_the_hidden_gs_base_does_not_outlive_a_reset(void **state)
{
    struct guest *g = *state;

    memset(guest_at(g, PHYS_AT(DATA_PAGE)), 0x11, 8);
    memset(guest_at(g, PHYS_AT(DATA_PAGE + 1)), 0x22, 8);
    g->sregs.gs.base = HL_PAGE_SIZE;
    assert_true(guest_load(g, swap_gs));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    /* in this state the page behind is read */
    memcpy(guest_at(g, CODE_GVA) + 0x800, code_swap_gs_load,
           (size_t)(code_swap_gs_load_end - code_swap_gs_load));
    guest_regs(g)->rip = CODE_GVA + 0x800;
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    g->ops->set_regs(g->vmm);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax, HL_U64(0x2222222222222222));

    assert_true(guest_load(g, swap_gs));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    g->sregs.gs.base = 0;
    assert_true(guest_load(g, swap_gs_load));
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax, HL_U64(0x1111111111111111));
}

/* CPUID tells the size of the XSAVE area that XCR0 asks for. */
static void P2_2_xcr0_does_not_outlive_a_reset(void **state)
{
    struct guest *g = *state;
    uint64_t legacy;

    assert_true(guest_load(g, cpuid));
    guest_regs(g)->rax = 0xD;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    legacy = guest_regs(g)->rbx;
    assert_true(guest_load(g, set_xcr0));
    if (guest_run(g) != HL_VMM_EXIT_HALT)
        return; /* it cannot be set here: see P3_6_xsetbv_... */
    assert_true(guest_regs(g)->rbx > legacy);
    assert_true(guest_load(g, cpuid));
    guest_regs(g)->rax = 0xD;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rbx, legacy);
}

static void physical_addresses_have_36_bits(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, cpuid));
    guest_regs(g)->rax = 0x80000008;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax & 0xFF, HL_PHYS_ADDR_BITS);
    /* no VMX, no x2APIC */
    assert_true(guest_load(g, cpuid));
    guest_regs(g)->rax = 1;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rcx & (1 << 5 | 1 << 21), 0);
}

/* The set of mapped ranges is what the host made it. */
static void P3_1_many_vms_live_side_by_side(void **state)
{
    struct guest *g = *state;
    struct guest others[8];

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_true(guest_open(&others[i], g->ops));
        assert_true(guest_load(&others[i], halt));
        guest_at(&others[i], CODE_GVA)[1] = (uint8_t)i;
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(guest_run(&others[i]), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(&others[i])->rbx, i);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++)
        guest_close(&others[i]);
}

const struct CMUnitTest vmm_state_tests[] = {
    T(P2_2_reset_clears_every_register),
    T(the_guest_can_dirty_what_the_test_looks_at),
    T(reset_fpu_leaves_the_rest_alone),
    T(save_gives_back_what_reset_was_given),
    T(first_entry_needs_no_descriptors),
    T(P2_2_code_changed_by_the_host_is_seen_after_reset),
    T(P2_2_tables_changed_by_the_host_are_seen_after_reset),
    T(P2_2_moved_tables_are_seen_after_reset),
    T(P2_2_a_remapped_slot_shows_its_new_memory),
    T(the_guest_sees_its_own_code_changes),
    T(the_guest_can_patch_code_right_ahead),
    T(the_guest_sees_remapped_code),
    T(lookalikes_of_refused_instructions_do_no_harm),
    T(P2_2_breakpoints_do_not_outlive_a_reset),
    T(P2_2_the_hidden_gs_base_does_not_outlive_a_reset),
    T(P2_2_xcr0_does_not_outlive_a_reset),
    T(physical_addresses_have_36_bits),
    T(P3_1_many_vms_live_side_by_side),
};
const size_t vmm_state_count = COUNT_OF(vmm_state_tests);
