/* SPDX-License-Identifier: MIT */
/* Exceptions: what the guest's own handlers see, on both backends.
 * guarantees: P2.3 P3.2 P3.3 P3.4 P3.6 B24 */
#include <string.h>

#include "vmm_tests.h"

GUEST_CODE(faults);
GUEST_CODE(store);
GUEST_CODE(run_off);

enum { BODY = 0x200 }; /* of the code in vmm_guests.S */

enum body { DIVIDES = 1, STORE, FETCH, LOAD, MSRS, XSETBV, PUSH, LOAD_ACROSS };

struct record {
    uint64_t vector, error, rip, cr2, rsp, rflags;
};

#define LOG_PAGE (DATA_PAGE + 4)

/* Run a body; the number of exceptions its handlers recorded. */
static size_t run_body(struct guest *g, enum body body, uint64_t rdi,
                       struct record *records, size_t most)
{
    uint8_t *log = guest_at(g, PHYS_AT(LOG_PAGE));

    memset(log, 0, HL_PAGE_SIZE);
    assert_true(guest_load(g, faults));
    guest_gate(g, 0, CODE_GVA, 1);
    guest_gate(g, 6, CODE_GVA + 0x80, 1);
    guest_gate(g, 13, CODE_GVA + 0x100, 1);
    guest_gate(g, 14, CODE_GVA + 0x180, 1);
    guest_regs(g)->rip = CODE_GVA + BODY;
    guest_regs(g)->r14 = SCRATCH_AT(LOG_PAGE);
    guest_regs(g)->rcx = body;
    guest_regs(g)->rdi = rdi;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    size_t count =
        (guest_regs(g)->r14 - SCRATCH_AT(LOG_PAGE)) / sizeof(*records);
    assert_true(count <= most);
    memcpy(records, log, count * sizeof(*records));
    return count;
}

/* One exception of the vector, error code and address given. */
static void expect_one(struct guest *g, enum body body, uint64_t rdi,
                       uint64_t vector, uint64_t error, uint64_t cr2)
{
    struct record r[2];

    assert_int_equal(run_body(g, body, rdi, r, 2), 1);
    assert_int_equal(r[0].vector, vector);
    assert_int_equal(r[0].error, error);
    if (vector == HL_VECTOR_PAGE)
        assert_int_equal(r[0].cr2, cr2);
}

static void exceptions_in_a_row_keep_their_vectors(void **state)
{
    static const uint64_t want[] = {0, 0, 0, 6, 6};
    struct guest *g = *state;
    struct record r[8];

    for (int again = 0; again < 3; again++) {
        assert_int_equal(run_body(g, DIVIDES, 0, r, 8), COUNT_OF(want));
        for (size_t i = 0; i < COUNT_OF(want); i++)
            assert_int_equal(r[i].vector, want[i]);
    }
}

static void P3_2_missing_pages_fault_with_their_address(void **state)
{
    struct guest *g = *state;

    expect_one(g, STORE, HOLE_GVA, 14, 2, HOLE_GVA + 0x123);
    expect_one(g, LOAD, HOLE_GVA, 14, 0, HOLE_GVA + 0x10);
    expect_one(g, FETCH, HOLE_GVA + 5, 14, 0x10, HOLE_GVA + 5);
    expect_one(g, FETCH, 0, 14, 0x10, 0);
    expect_one(g, PUSH, HOLE_GVA + 0x2000, 14, 2, HOLE_GVA + 0x1FF8);
}

static void P3_2_an_access_across_pages_faults_in_the_second(void **state)
{
    struct guest *g = *state;
    uint64_t *pte = guest_pte(g, SCRATCH_AT(DATA_PAGE + 1));

    *pte &= ~HL_PTE_PRESENT;
    expect_one(g, LOAD_ACROSS, SCRATCH_AT(DATA_PAGE + 1), 14, 0,
               SCRATCH_AT(DATA_PAGE + 1));
}

static void P3_3_read_only_pages_fault(void **state)
{
    struct guest *g = *state;

    expect_one(g, STORE, RO_GVA, 14, 3, RO_GVA + 0x123);
    expect_one(g, STORE, CODE_GVA, 14, 3, CODE_GVA + 0x123);
}

static void P3_4_data_cannot_be_executed(void **state)
{
    struct guest *g = *state;

    expect_one(g, FETCH, SCRATCH_AT(DATA_PAGE), 14, 0x11,
               SCRATCH_AT(DATA_PAGE));
    expect_one(g, FETCH, RO_GVA + 3, 14, 0x11, RO_GVA + 3);
}

static void P3_7_reserved_bits_fault(void **state)
{
    struct guest *g = *state;

    *guest_pte(g, SCRATCH_AT(DATA_PAGE + 1)) |= HL_U64(1) << 51;
    expect_one(g, LOAD, SCRATCH_AT(DATA_PAGE + 1), 14, 9,
               SCRATCH_AT(DATA_PAGE + 1) + 0x10);
}

static void non_canonical_addresses_are_a_protection_fault(void **state)
{
    struct guest *g = *state;

    expect_one(g, LOAD, HL_U64(0x8000000000001000), 13, 0, 0);
    expect_one(g, STORE, HL_U64(0x0000800000000000), 13, 0, 0);
}

/* What lies before the instruction that needs the next page is run. */
static void code_that_runs_off_its_page_faults_where_it_does(void **state)
{
    const size_t size = (size_t)(code_run_off_end - code_run_off);
    const uint64_t start = RWX_GVA + HL_PAGE_SIZE - size;
    struct guest *g = *state;
    struct record r;

    memcpy(guest_at(g, PHYS_AT(RWX_PAGE + 1)) - size, code_run_off, size);
    for (int again = 0; again < 3; again++) {
        assert_true(guest_load(g, faults));
        guest_gate(g, 14, CODE_GVA + 0x180, 1);
        memset(guest_at(g, PHYS_AT(LOG_PAGE)), 0, sizeof(r));
        guest_regs(g)->rip = start;
        guest_regs(g)->r14 = SCRATCH_AT(LOG_PAGE);
        guest_regs(g)->r15 = CODE_GVA + 0xF00; /* a hlt */
        assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
        memcpy(&r, guest_at(g, PHYS_AT(LOG_PAGE)), sizeof(r));
        assert_int_equal(r.error, 0x10);
        assert_int_equal(r.cr2, RWX_GVA + HL_PAGE_SIZE);
        assert_int_equal(r.rip, RWX_GVA + HL_PAGE_SIZE - 2);
        assert_int_equal(guest_regs(g)->rbx, 2);
    }
    /* with the next page there, the same code runs on */
    *guest_pte(g, RWX_GVA + HL_PAGE_SIZE) = PHYS_AT(RWX_PAGE + 1) | 0x63;
    memset(guest_at(g, PHYS_AT(RWX_PAGE + 1)), 0, 3);
    guest_at(g, PHYS_AT(RWX_PAGE + 1))[3] = 0xF4;
    assert_true(guest_load(g, faults));
    guest_regs(g)->rip = start;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(guest_regs(g)->rax, 1);
    assert_int_equal(guest_regs(g)->rip, RWX_GVA + HL_PAGE_SIZE + 4);
}

/* Frame and state: RIP of the instruction, RSP and flags of before. */
static void the_frame_holds_the_state_of_before(void **state)
{
    struct guest *g = *state;
    struct record r[2];

    assert_int_equal(run_body(g, STORE, HOLE_GVA, r, 2), 1);
    assert_int_equal(r[0].rsp, SCRATCH_AT(DATA_PAGE));
    assert_int_equal(r[0].rflags & 0x401, 1); /* stc, then the store */
    const uint8_t *code = guest_at(g, r[0].rip);
    assert_non_null(code);
    assert_int_equal(code[0], 0x48); /* movq $1, 0x123(%rdi) */
    assert_int_equal(code[1], 0xC7);
}

static void B24_every_msr_is_refused(void **state)
{
    struct guest *g = *state;
    struct record r[4];

    for (int again = 0; again < 3; again++) {
        assert_int_equal(run_body(g, MSRS, 0, r, 4), 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(r[i].vector, 13);
            assert_int_equal(r[i].error, 0);
        }
    }
}

/* On KVM XCR0 is the guest's own where it has XSAVE; a reset takes it back. On
 * the emulator it cannot be changed. */
static void P3_6_xsetbv_is_a_fault_or_the_guests_own(void **state)
{
    struct guest *g = *state;
    struct record r[2];
    size_t count = run_body(g, XSETBV, 0, r, 2);

    assert_in_range(count, g->ops->is_boundary ? 0 : 1, 1);
    if (count == 1)
        assert_int_equal(r[0].vector, 13);
}

/* No gate: #GP while delivering, then #DF, then nothing. */
static void P3_6_undeliverable_exceptions_are_a_shutdown(void **state)
{
    struct guest *g = *state;

    assert_true(guest_load(g, store));
    memset(guest_at(g, PHYS_AT(IDT_PAGE)), 0, HL_PAGE_SIZE);
    guest_regs(g)->rdi = HOLE_GVA;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_SHUTDOWN);
    /* a stack that is not there */
    assert_true(guest_load(g, store));
    guest_gate(g, 14, CODE_GVA, 0);
    guest_gate(g, 8, CODE_GVA, 0);
    guest_regs(g)->rdi = HOLE_GVA;
    guest_regs(g)->rsp = HOLE_GVA + 0x800;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_SHUTDOWN);
}

/* How it ends depends on the hypervisor; that it ends, and that nothing is
 * written, does not. */
static void P3_3_a_frame_cannot_be_pushed_into_the_snapshot(void **state)
{
    static const uint8_t zeros[HL_PAGE_SIZE];
    struct guest *g = *state;

    assert_true(guest_load(g, store));
    guest_gate(g, 14, CODE_GVA, 0);
    guest_regs(g)->rdi = HOLE_GVA;
    guest_regs(g)->rsp = RW_ROM_GVA + 0x800;
    int kind = guest_run(g);
    assert_true(kind == HL_VMM_EXIT_MEMORY || kind == HL_VMM_EXIT_SHUTDOWN ||
                kind == HL_VMM_EXIT_OTHER);
    assert_memory_equal(guest_at(g, RW_ROM_GVA), zeros, sizeof(zeros));
}

/* FS and GS hold selectors whose descriptors are nowhere any more: neither an
 * exception nor a reset to that state looks for them in vain. */
static void P2_3_lost_descriptors_do_no_harm(void **state)
{
    static const uint8_t code[] = {
        0xB8, 0x10, 0,    0,    0,    /* mov $0x10,%eax */
        0x8E, 0xE0, 0x8E, 0xE8,       /* mov %eax,%fs; mov %eax,%gs */
        0x0F, 0x01, 0x17, 0xF4,       /* lgdt (%rdi); hlt */
        0x31, 0xC9, 0xF7, 0xF1, 0xF4, /* xor %ecx,%ecx; div %ecx; hlt */
    };
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = {0x27, HOLE_GVA};
    struct guest *g = *state;
    struct hl_vmm_sregs left;
    int kind;

    assert_true(guest_load_code(g, code, sizeof(code)));
    memcpy(guest_at(g, PHYS_AT(DATA_PAGE)), &table, sizeof(table));
    guest_regs(g)->rdi = SCRATCH_AT(DATA_PAGE);
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
    assert_int_equal(g->ops->save(g->vmm, &left, &g->error), HL_OK);
    assert_int_equal(left.fs.selector, 0x10);
    assert_int_equal(left.gdt_base, HOLE_GVA);
    kind = guest_run(g); /* the division */
    assert_true(kind == HL_VMM_EXIT_SHUTDOWN || kind == HL_VMM_EXIT_HALT);
    assert_int_equal(g->ops->reset(g->vmm, &left, &g->error), HL_OK);
    left.gdt_base = SCRATCH_AT(TABLES_PAGE) + 0xFFE; /* its end is elsewhere */
    left.gdt_limit = 0x14;
    assert_int_equal(g->ops->reset(g->vmm, &left, &g->error), HL_OK);
    assert_true(guest_reset(g));
    guest_regs(g)->rip = CODE_GVA + sizeof(code) - 1;
    assert_int_equal(guest_run(g), HL_VMM_EXIT_HALT);
}

const struct CMUnitTest vmm_faults_tests[] = {
    T(exceptions_in_a_row_keep_their_vectors),
    T(P3_2_missing_pages_fault_with_their_address),
    T(P3_2_an_access_across_pages_faults_in_the_second),
    T(P3_3_read_only_pages_fault),
    T(P3_4_data_cannot_be_executed),
    T(P3_7_reserved_bits_fault),
    T(non_canonical_addresses_are_a_protection_fault),
    T(code_that_runs_off_its_page_faults_where_it_does),
    T(the_frame_holds_the_state_of_before),
    T(B24_every_msr_is_refused),
    T(P3_6_xsetbv_is_a_fault_or_the_guests_own),
    T(P3_6_undeliverable_exceptions_are_a_shutdown),
    T(P3_3_a_frame_cannot_be_pushed_into_the_snapshot),
    T(P2_3_lost_descriptors_do_no_harm),
};
const size_t vmm_faults_count = COUNT_OF(vmm_faults_tests);
