/* SPDX-License-Identifier: MIT */
/* Every way out of a guest, on both backends.
 * guarantees: P3.1 P3.2 P3.3 P3.6 B15 B17 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "test.h"
#include "vmm_tests.h"

GUEST_CODE(out_widths);
GUEST_CODE(out_string);
GUEST_CODE(out_string_once);
GUEST_CODE(out_midblock);
GUEST_CODE(store_xmm0);
GUEST_CODE(out_halt);
GUEST_CODE(in_port);
GUEST_CODE(in_string);
GUEST_CODE(halt);
GUEST_CODE(load);
GUEST_CODE(store);
GUEST_CODE(load_store);
GUEST_CODE(jump);
GUEST_CODE(rep_store);
GUEST_CODE(triple_fault);
GUEST_CODE(spin);
GUEST_CODE(spin_guarded);

static uint64_t data(struct guest *g, unsigned offset)
{
    uint64_t value;

    memcpy(&value, guest_at(g, PHYS_AT(DATA_PAGE)) + offset, 8);
    return value;
}

static void B15_out_of_every_width_is_told_and_resumed(void **state)
{
    static const struct {
        uint16_t port;
        uint8_t width;
        uint32_t value;
    } want[] = {
        {0x65, 1, 0x44},   {0x66, 2, 0x3344},   {0x67, 4, 0x11223344},
        {0x1234, 1, 0x44}, {0x1234, 2, 0x3344}, {0x1234, 4, 0x11223344},
    };
    struct guest *g = *state;

    assert_true(guest_load(g, out_widths));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
        assert_int_equal(g->exit.port, want[i].port);
        assert_int_equal(g->exit.width, want[i].width);
        assert_int_equal(g->exit.count, 1);
        assert_int_equal(g->exit.value, want[i].value);
    }
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
}

static void B15_string_out_is_told_as_such(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, out_string));
    memcpy(guest_at(g, PHYS_AT(DATA_PAGE)), "abcdefgh", 8);
    guest_regs(g)->rsi = SCRATCH_AT(DATA_PAGE);
    guest_regs(g)->rcx = 8;
    /* in one exit, or where KVM emulates it, in one exit a datum */
    for (uint32_t done = 0; done < 8; done += g->exit.count) {
        assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
        assert_int_equal(g->exit.width, 1);
        if (g->exit.count == 1)
            assert_int_equal(g->exit.value, 0x61 + done);
        else
            assert_int_equal(g->exit.value, 0x64636261);
    }
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rcx, 0);
    assert_int_equal(guest_regs(g)->rsi, SCRATCH_AT(DATA_PAGE) + 8);
    assert_int_equal(guest_regs(g)->rbx, 0x77);

    assert_true(guest_load(g, out_string_once));
    guest_regs(g)->rsi = SCRATCH_AT(DATA_PAGE) + 4;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
    assert_int_equal(g->exit.width, 4);
    assert_int_equal(g->exit.count, 1);
    assert_int_equal(g->exit.value, 0x68676665);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rsi, SCRATCH_AT(DATA_PAGE) + 8);
}

/* A string of more than a page, one that ends short of the next: all is told,
 * in as many exits as it takes. */
static void B15_long_string_out_ends(void **state)
{
    struct guest *g = *state;
    uint64_t total = 0;

    assert_true(guest_load(g, out_string));
    guest_regs(g)->rsi = SCRATCH_AT(DATA_PAGE) + 0xFFD;
    guest_regs(g)->rcx = 5000;
    for (int i = 0; i < 5001; i++) {
        if (guest_run(g) != HL_VMM_EXIT_OUT)
            break;
        total += g->exit.count;
    }
    assert_int_equal(g->exit.kind, HL_VMM_EXIT_HALT);
    assert_int_equal(total, 5000);
}

static void out_amid_a_block_stops_exactly_there(void **state)
{
    struct guest *g = *state;

    for (int again = 0; again < 3; again++) { /* then from translated code */
        assert_true(guest_load(g, out_midblock));
        assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
        assert_int_equal(guest_regs(g)->rbx, 5);
        assert_int_equal(data(g, 8) & 0xFF, 1);
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(guest_regs(g)->rbx, 6);
        assert_int_equal(data(g, 8) & 0xFF, 2);
        assert_int_equal(data(g, 16), 1); /* the flag of before */
    }
}

/* What is behind the port of the halt never runs when a call begins anew. */
static void P5_2_a_new_start_after_out_leaves_the_rest_undone(void **state)
{
    struct guest *g = *state;

    memset(guest_at(g, PHYS_AT(DATA_PAGE)) + 32, 0x5A, 8);
    for (int again = 0; again < 3; again++) {
        assert_true(guest_load(g, out_midblock));
        memcpy(guest_at(g, CODE_GVA) + 0x800, code_store_xmm0,
               (size_t)(code_store_xmm0_end - code_store_xmm0));
        assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
        guest_regs(g)->rip = CODE_GVA + 0x800;
        guest_regs(g)->rsp = SCRATCH_AT(DATA_PAGE);
        g->ops->set_regs(g->vmm);
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        assert_int_equal(data(g, 8) & 0xFF, 1);
        assert_int_equal(data(g, 48), HL_U64(0x5A5A5A5A5A5A5A5A));
        assert_int_equal(guest_regs(g)->rbx, 5);
    }
}

static void dispatch_like_halts_repeat(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, out_halt));
    for (int i = 0; i < 3; i++) {
        guest_regs(g)->rip = CODE_GVA;
        guest_regs(g)->rax = (uint64_t)i;
        g->ops->set_regs(g->vmm);
        assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
        assert_int_equal(g->exit.port, 0x6C);
        assert_int_equal(g->exit.value, i);
    }
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
}

static void P3_6_in_is_told(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, in_port));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_IN);
    assert_int_equal(g->exit.port, 5);
    assert_int_equal(g->exit.width, 4);
    assert_true(guest_load(g, in_string));
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    guest_regs(g)->rcx = 100;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_IN);
    assert_int_equal(g->exit.width, 1);
}

static void P3_6_hlt_is_told_and_resumed(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rbx, 0x55);
    assert_int_equal(guest_regs(g)->rip, CODE_GVA + 6);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rbx, 0x66);
}

static void expect_memory_exit(struct guest *g, uint64_t gva, uint64_t gpa,
                               bool is_write)
{
    guest_regs(g)->rdi = gva;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_MEMORY);
    assert_int_equal(g->exit.gpa, gpa);
    assert_int_equal(g->exit.is_write, is_write);
    /* KVM has a store behind it already */
    assert_in_range(guest_regs(g)->rip, CODE_GVA, CODE_GVA + 7);
}

static void P3_2_unbacked_memory_is_told_with_its_address(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, load));
    expect_memory_exit(g, UNBACKED_GVA + 0x120, UNBACKED_GPA + 0x120, false);
    assert_true(guest_load(g, store));
    expect_memory_exit(g, UNBACKED_GVA + 0x120, UNBACKED_GPA + 0x120, true);
    assert_true(guest_load(g, jump));
    guest_regs(g)->rdi = UNBACKED_GVA + 0x120;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_MEMORY);
    assert_int_equal(g->exit.gpa, UNBACKED_GPA + 0x120);
    assert_false(g->exit.is_write);
}

static void P3_3_the_snapshot_cannot_be_written(void **state)
{
    struct guest *g = *state;
    uint8_t *rom = guest_at(g, RW_ROM_GVA);

    memset(rom, 0x5A, 16);
    assert_true(guest_load(g, store));
    expect_memory_exit(g, RW_ROM_GVA + 8, RW_ROM_GVA + 8, true);
    assert_int_equal(rom[8], 0x5A);
    /* nor after it was read through the same mapping */
    assert_true(guest_load(g, load));
    guest_regs(g)->rdi = RW_ROM_GVA;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax, HL_U64(0x5A5A5A5A5A5A5A5A));
    assert_true(guest_load(g, load_store));
    guest_regs(g)->rdi = RW_ROM_GVA;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_MEMORY);
    assert_true(g->exit.is_write);
    assert_int_equal(rom[0], 0x5A);
    assert_true(guest_load(g, rep_store));
    guest_regs(g)->rcx = 8;
    guest_regs(g)->rax = 0x11;
    expect_memory_exit(g, RW_ROM_GVA, RW_ROM_GVA, true);
    assert_int_equal(rom[0], 0x5A);
}

/* After a memory exit the vCPU can be used for another state: nothing of the
 * access that failed is finished in it. */
static void P2_2_no_access_is_finished_in_the_next_state(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, load));
    expect_memory_exit(g, UNBACKED_GVA, UNBACKED_GPA, false);
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rip, CODE_GVA + 6);
    assert_int_equal(guest_regs(g)->rax, 0);

    assert_true(guest_load(g, rep_store));
    guest_regs(g)->rcx = UINT64_MAX;
    expect_memory_exit(g, UNBACKED_GVA, UNBACKED_GPA, true);
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rdi, 0);
    assert_int_equal(guest_regs(g)->rbx, 0x55);

    assert_true(guest_load(g, in_string));
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    guest_regs(g)->rcx = UINT64_MAX;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_IN);
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rcx, 0);
    assert_int_equal(guest_regs(g)->rip, CODE_GVA + 6);
}

static void P3_6_triple_fault_is_a_shutdown(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, triple_fault));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_SHUTDOWN);
    /* and the VM is of use again after a reset */
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rbx, 0x55);
}

static struct guest *alarmed;

static void on_alarm(int number)
{
    (void)number;
    alarmed->ops->stop(alarmed->vmm);
}

static void alarm_in(long microseconds)
{
    const struct itimerval when = {.it_value = {0, microseconds},
                                   .it_interval = {0, 1000}};

    setitimer(ITIMER_REAL, &when, NULL);
}

static void B17_stop_from_a_signal_ends_a_loop(void **state)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct guest *g = *state;

    alarmed = g;
    sigaction(SIGALRM, &action, NULL);
    /* before the run, on its way, amid the loop */
    for (int i = 0; i < 20; i++) {
        assert_true(guest_load(g, spin));
        alarm_in(i == 19 ? 50000 : 1 + 100 * i);
        assert_int_equal(guest_run(g), HL_VMM_EXIT_STOPPED);
        alarm_in(0);
        g->ops->clear_stop(g->vmm);
    }
    assert_true(guest_regs(g)->rbx > 0);
    assert_true(guest_load(g, halt));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
}

static void B17_stop_beforehand_holds_until_cleared(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, halt));
    g->ops->stop(g->vmm);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(guest_run(g), HL_VMM_EXIT_STOPPED);
        g->ops->stop(g->vmm);
    }
    g->ops->clear_stop(g->vmm);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rbx, 0x55);
}

/* Stopped amid a loop, the guest can go on as if nothing had been. */
static void B17_a_stray_stop_does_no_harm(void **state)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct guest *g = *state;
    uint64_t last = 0;

    alarmed = g;
    sigaction(SIGALRM, &action, NULL);
    assert_true(guest_load(g, spin));
    alarm_in(1000);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(guest_run(g), HL_VMM_EXIT_STOPPED);
        assert_true(guest_regs(g)->rbx >= last);
        assert_in_range(guest_regs(g)->rip, CODE_GVA, CODE_GVA + 3);
        last = guest_regs(g)->rbx;
        g->ops->clear_stop(g->vmm);
    }
    alarm_in(0);
    assert_true(last > 0);
}

static void B17_a_stray_stop_does_no_harm_among_hooks(void **state)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct guest *g = *state;

    alarmed = g;
    sigaction(SIGALRM, &action, NULL);
    assert_true(guest_load(g, spin_guarded));
    alarm_in(1000);
    for (int i = 0; i < 20; i++) {
        uint64_t before = guest_regs(g)->rbx;

        assert_int_equal(guest_run(g), HL_VMM_EXIT_STOPPED);
        assert_true(guest_regs(g)->rbx >= before);
        assert_in_range(guest_regs(g)->rip, CODE_GVA, CODE_GVA + 9);
        g->ops->clear_stop(g->vmm);
    }
    alarm_in(0);
}

static void instructions_are_counted_when_asked(void **state)
{
    struct guest *g = *state;

    if (g->ops->is_boundary) { /* hardware does not count */
        assert_null(g->ops->count_instructions);
        assert_null(g->ops->instructions);
        return;
    }
    assert_true(guest_load(g, out_midblock));
    g->ops->count_instructions(g->vmm, true);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
    assert_int_equal(g->ops->instructions(g->vmm), 5);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(g->ops->instructions(g->vmm), 7);
    g->ops->count_instructions(g->vmm, false);
    assert_true(guest_load(g, out_midblock));
    assert_int_equal(guest_run(g), HL_VMM_EXIT_OUT);
    assert_int_equal(g->ops->instructions(g->vmm), 0);
}

const struct CMUnitTest vmm_exits_tests[] = {
    T(B15_out_of_every_width_is_told_and_resumed),
    T(B15_string_out_is_told_as_such),
    T(B15_long_string_out_ends),
    T(out_amid_a_block_stops_exactly_there),
    T(P5_2_a_new_start_after_out_leaves_the_rest_undone),
    T(dispatch_like_halts_repeat),
    T(P3_6_in_is_told),
    T(P3_6_hlt_is_told_and_resumed),
    T(P3_2_unbacked_memory_is_told_with_its_address),
    T(P3_3_the_snapshot_cannot_be_written),
    T(P2_2_no_access_is_finished_in_the_next_state),
    T(P3_6_triple_fault_is_a_shutdown),
    T(B17_stop_from_a_signal_ends_a_loop),
    T(B17_stop_beforehand_holds_until_cleared),
    T(B17_a_stray_stop_does_no_harm),
    T(B17_a_stray_stop_does_no_harm_among_hooks),
    T(instructions_are_counted_when_asked),
};

const size_t vmm_exits_count = COUNT_OF(vmm_exits_tests);
