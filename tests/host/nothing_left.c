/* SPDX-License-Identifier: MIT */
/* guarantees: P2.1 P2.2 B13 */
/*
 * What a guest (tests/guests/p2_left_behind) leaves behind, over stacks or over
 * virtqueues: nothing. After a restore, and in a sandbox made from the memory
 * of one that was closed, no word of its memory is found, and every register is
 * what it would be had the guest never run. The vCPU's state is compared
 * register by register, as the guest sees it; scratch byte by byte, for which
 * this test looks inside the library.
 */
#include "../guests/p2_left_behind/left.h"
#include "sandbox.h"
#include "support.h"

#define SCRATCH (192u << 10)

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;

static int left_up(void **state)
{
    (void)state;
    image = image_open(IS_VIRTQ ? "left_virtq" : "left");
    config = config_new();
    hl_config_set_size(config, HL_SIZE_INPUT, 8 << 10);
    hl_config_set_size(config, HL_SIZE_OUTPUT, 8 << 10);
    hl_config_set_size(config, HL_SIZE_HEAP, 16 << 10);
    hl_config_set_size(config, HL_SIZE_SCRATCH, SCRATCH);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    return 0;
}

static int left_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static hl_status call_four(hl_sandbox *in, const char *name,
                           const int32_t *ints, int32_t *result)
{
    hl_value args[4];
    hl_value value = {0};
    hl_status status;

    for (int i = 0; i < 4; i++)
        args[i] = (hl_value){.type = HL_TYPE_INT, .as.i32 = ints[i]};
    memset(&test_error, 0, sizeof(test_error));
    status = hl_sandbox_call(in, name, strlen(name), args, 4, HL_TYPE_INT,
                             &value, &test_error);
    *result = value.as.i32;
    return status;
}

/* ---- P2.1: canaries -------------------------------------------------------
 */

/* Two halves; the canary is one exclusive or the other, and nowhere but where
 * `fill` puts it, in no message either. */
static void halves_choose(int32_t halves[4])
{
    for (int i = 0; i < 4; i++)
        halves[i] = rand() ^ rand() << 16;
    halves[1] |= 1;
    halves[3] &= ~1;
}

static int32_t canaries(hl_sandbox *in, const int32_t *halves)
{
    int32_t found = -1;

    assert_status(call_four(in, "canaries", halves, &found), HL_OK);
    return found;
}

static void canaries_fill(hl_sandbox *in, const int32_t *halves)
{
    int32_t done;

    assert_status(call_four(in, "fill", halves, &done), HL_OK);
    /* all but the tables, the stack and what the next call overwrites */
    assert_in_range(canaries(in, halves), SCRATCH / 8 - 11 * 512, SCRATCH / 8);
}

static void P2_1_canaries_in_every_page_are_gone_after_a_restore(void **state)
{
    int32_t halves[4];

    (void)state;
    halves_choose(halves);
    assert_int_equal(canaries(sandbox, halves), 0);
    canaries_fill(sandbox, halves);
    snapshot_apply(sandbox, fresh);
    assert_int_equal(canaries(sandbox, halves), 0);
}

static void P2_1_canaries_are_not_in_memory_that_was_freed(void **state)
{
    int32_t halves[4];

    (void)state;
    for (int i = 0; i < 3; i++) {
        hl_sandbox *first = sandbox_open(image, config);
        hl_sandbox *second;

        halves_choose(halves);
        canaries_fill(first, halves);
        assert_int_equal(canaries(sandbox, halves), 0); /* lives beside it */
        hl_sandbox_close(first);
        second = sandbox_open(image, config);
        assert_int_equal(canaries(second, halves), 0);
        snapshot_apply(second, fresh);
        assert_int_equal(canaries(second, halves), 0);
        hl_sandbox_close(second);
    }
}

/* What a snapshot keeps is what the page tables show, not all of scratch. */
static void P2_1_a_snapshot_holds_no_canary_of_scratch(void **state)
{
    hl_sandbox *other = sandbox_open(image, config);
    hl_snapshot *snapshot;
    int32_t halves[4];

    (void)state;
    halves_choose(halves);
    canaries_fill(sandbox, halves);
    snapshot = snapshot_take(sandbox);
    snapshot_apply(other, snapshot);
    assert_int_equal(canaries(other, halves), 0);
    /* nor where a guest would have to map it first */
    assert_int_equal(hl_snapshot_size(snapshot), hl_snapshot_size(fresh));
    hl_sandbox_close(other);
    hl_snapshot_free(snapshot);
}

static void map(uint64_t va, uint64_t gpa)
{
    const int32_t ints[4] = {(int32_t)(va >> 32), (int32_t)va,
                             (int32_t)(gpa >> 32), (int32_t)gpa};
    int32_t result;

    assert_status(call_four(sandbox, "map", ints, &result), HL_OK);
}

/* Which pages a snapshot keeps: those outside the windows of scratch and of
 * the tables, once each, wherever in scratch they lie; none that is missing. */
static void P2_1_a_snapshot_keeps_what_is_mapped_outside_scratch(void **state)
{
    const uint64_t scratch = HL_SCRATCH_GPA_END - SCRATCH;
    const uint64_t other = HL_U64(0x100000000000);
    const struct {
        uint64_t va, gpa;
        unsigned pages; /* more than without it */
    } cases[] = {
        {other, scratch, 1}, /* the first page of scratch */
        {other, scratch + 0x1C000, 1},
        {other, HL_BASE_ADDRESS, 0}, /* a second time */
        {other, 0x300000000, 0},
        {HL_TABLES_GVA_FIRST, scratch + 0x1C000, 0},
        {HL_TABLES_GVA_LAST & ~0xFFFull, scratch + 0x1C000, 0},
        {HL_TABLES_GVA_FIRST - 0x1000, scratch + 0x1C000, 1},
        {(HL_TABLES_GVA_LAST & ~0xFFFull) + 0x1000, scratch + 0x1C000, 1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        hl_snapshot *snapshot;

        map(cases[i].va, cases[i].gpa);
        snapshot = snapshot_take(sandbox);
        if (hl_snapshot_size(snapshot) !=
            hl_snapshot_size(fresh) + cases[i].pages * HL_PAGE_SIZE)
            fail_msg("case %zu: %llu bytes", i,
                     (unsigned long long)hl_snapshot_size(snapshot));
        hl_snapshot_free(snapshot);
        snapshot_apply(sandbox, fresh);
    }
}

/* ---- P2.2: registers ------------------------------------------------------
 */

static const char *const general[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi",
                                      "rsp", "rbp", "r8",  "r9",  "r10", "r11",
                                      "r12", "r13", "r14", "r15"};
static const char *const selectors[] = {"cs", "ss", "ds",  "es",
                                        "fs", "gs", "ldt", "tr"};

static const struct {
    const char *name;
    size_t offset;
} words[] = {
#define WORD(name) {#name, offsetof(struct left_state, name)}
    WORD(rflags),     WORD(cr0),     WORD(cr2),
    WORD(cr3),        WORD(cr4),     WORD(cr8),
    WORD(dr0),        WORD(dr1),     WORD(dr2),
    WORD(dr3),        WORD(dr6),     WORD(dr7),
    WORD(fs_base),    WORD(gs_base), WORD(hidden_gs_base),
    WORD(xsave_size),
};

static void registers_of(hl_sandbox *in, struct left_state *at)
{
    int32_t result;

    assert_status(call_int(in, "look", &result), HL_OK);
    memcpy(at, in->scratch + SCRATCH - LEFT_STATE, sizeof(*at));
}

/* Number of registers that differ; those of wanted only are named. */
static unsigned registers_differ(const struct left_state *got,
                                 const struct left_state *wanted, bool say)
{
    unsigned count = 0;

#define DIFFERS(is, name)                                                      \
    do {                                                                       \
        if (is) {                                                              \
            count++;                                                           \
            if (say)                                                           \
                print_error("%s differs\n", name);                             \
        }                                                                      \
    } while (0)
    for (size_t i = 0; i < COUNT_OF(general); i++)
        DIFFERS(got->general[i] != wanted->general[i], general[i]);
    for (size_t i = 0; i < COUNT_OF(selectors); i++)
        DIFFERS(got->selectors[i] != wanted->selectors[i], selectors[i]);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        DIFFERS(memcmp((const uint8_t *)got + words[i].offset,
                       (const uint8_t *)wanted + words[i].offset, 8) != 0,
                words[i].name);
    DIFFERS(memcmp(got->gdt, wanted->gdt, 10) != 0, "gdtr");
    DIFFERS(memcmp(got->idt, wanted->idt, 10) != 0, "idtr");
    DIFFERS(memcmp(got->fx, wanted->fx, 2) != 0, "x87 control");
    DIFFERS(memcmp(got->fx + 2, wanted->fx + 2, 2) != 0, "x87 status");
    DIFFERS(got->fx[4] != wanted->fx[4], "x87 tags");
    DIFFERS(memcmp(got->fx + 24, wanted->fx + 24, 4) != 0, "mxcsr");
    for (size_t i = 0; i < 8; i++)
        DIFFERS(memcmp(got->fx + 32 + 16 * i, wanted->fx + 32 + 16 * i, 10) !=
                    0,
                "an x87 register");
    for (size_t i = 0; i < 16; i++)
        DIFFERS(memcmp(got->fx + 160 + 16 * i, wanted->fx + 160 + 16 * i, 16) !=
                    0,
                "an xmm register");
    return count;
#undef DIFFERS
}

static hl_status trash(hl_sandbox *in, enum left_end end, bool descriptors)
{
    const int32_t ints[4] = {(int32_t)end, descriptors, 0x12345678, 0x23456789};
    int32_t result;
    hl_status status;

    if (end == LEFT_LOOP)
        hl_sandbox_set_timeout(in, MS(100));
    status = call_four(in, "trash", ints, &result);
    hl_sandbox_set_timeout(in, PATIENCE);
    return status;
}

/* The guest's state is changed everywhere, or the test would prove nothing:
 * look at it where no restore is between. */
static void the_guest_changes_every_register(void **state)
{
    struct left_state before;
    struct left_state after;
    unsigned count;

    (void)state;
    registers_of(sandbox, &before);
    assert_status(trash(sandbox, LEFT_RESULT, true), HL_OK);
    registers_of(sandbox, &after);
    count = registers_differ(&after, &before, false);
    /* ss ds es fs gs ldt tr, gdtr idtr, cr2 cr3 cr4 cr8, dr0-3 dr6, x87 and
     * SSE with all their registers, and some general ones */
    assert_in_range(count, 7 + 2 + 4 + 5 + 2 + 16 + 1, 200);
}

static void ended_as(enum left_end end, hl_status status)
{
    static const hl_status wanted[LEFT_ENDS] = {
        [LEFT_BAD_PORT] = HL_FAIL_PORT,
        [LEFT_RESULT] = HL_OK,
        [LEFT_HLT] = HL_FAIL_NO_RESULT,
        [LEFT_IN] = HL_FAIL_PORT,
        [LEFT_MISSING] = HL_FAIL_MEMORY,
        [LEFT_STORE] = HL_FAIL_MEMORY,
        [LEFT_TRIPLE] = HL_FAIL_SHUTDOWN,
        [LEFT_LOOP] = HL_FAIL_TIMEOUT,
        [LEFT_STEP] = HL_FAIL_PORT,
        [LEFT_SHADOW] = HL_FAIL_PORT,
        [LEFT_ABORT] = HL_OK,
    };

    /* a trap that is taken at once ends in the missing handler */
    if (end == LEFT_STEP && status == HL_FAIL_SHUTDOWN)
        return;
    assert_status(status, wanted[end]);
}

static void P2_2_registers_after_a_restore(void **state)
{
    struct left_state clean;
    struct left_state now;

    (void)state;
    snapshot_apply(sandbox, fresh);
    registers_of(sandbox, &clean);
    for (unsigned i = 0; i < 2u * LEFT_ENDS; i++) {
        const enum left_end end = i / 2;

        ended_as(end, trash(sandbox, end, i % 2));
        snapshot_apply(sandbox, fresh);
        registers_of(sandbox, &now);
        if (registers_differ(&now, &clean, true) != 0)
            fail_msg("after end %d, descriptors %u", end, i % 2);
    }
}

static void P2_2_registers_in_a_sandbox_after_another(void **state)
{
    struct left_state clean;
    struct left_state now;
    hl_sandbox *other = sandbox_open(image, config);

    (void)state;
    registers_of(other, &clean);
    for (unsigned end = 0; end < LEFT_ENDS; end++) {
        ended_as(end, trash(other, end, true));
        hl_sandbox_close(other);
        other = sandbox_open(image, config);
        registers_of(other, &now);
        if (registers_differ(&now, &clean, true) != 0)
            fail_msg("after end %u", end);
    }
    hl_sandbox_close(other);
}

/* Without start-up, and without all that a reset sets of a used vCPU. */
static void P2_2_registers_in_a_sandbox_from_a_snapshot(void **state)
{
    struct left_state clean;
    struct left_state now;
    int32_t halves[4];

    (void)state;
    halves_choose(halves);
    snapshot_apply(sandbox, fresh);
    registers_of(sandbox, &clean);
    canaries_fill(sandbox, halves);
    for (unsigned end = 0; end < LEFT_ENDS; end++) {
        hl_sandbox *other = NULL;

        assert_status(
            hl_sandbox_open_snapshot(&other, fresh, config, &test_error),
            HL_OK);
        if (end < 2) /* looking at all of memory is slow on some KVMs */
            assert_int_equal(canaries(other, halves), 0);
        ended_as(end, trash(other, end, true));
        snapshot_apply(other, fresh);
        registers_of(other, &now);
        if (registers_differ(&now, &clean, true) != 0)
            fail_msg("after end %u", end);
        hl_sandbox_close(other);
        assert_status(
            hl_sandbox_open_snapshot(&other, fresh, config, &test_error),
            HL_OK);
        registers_of(other, &now);
        if (registers_differ(&now, &clean, true) != 0)
            fail_msg("opened after end %u", end);
        hl_sandbox_close(other);
    }
}

/* ---- P2.2: memory, byte by byte --------------------------------------------
 */

static void scratch_copy(uint8_t *copy)
{
    memcpy(copy, sandbox->scratch, SCRATCH);
    memset(copy + SCRATCH - HL_META_RESEED, 0, 8); /* a new seed each time */
}

static void P2_2_scratch_after_a_restore(void **state)
{
    static uint8_t clean[SCRATCH];
    static uint8_t now[SCRATCH];
    int32_t halves[4];
    int32_t result;

    (void)state;
    snapshot_apply(sandbox, fresh);
    scratch_copy(clean);
    for (unsigned end = 0; end < LEFT_ENDS; end++) {
        halves_choose(halves);
        if (end == 1) /* pages that are one byte all over */
            memset(halves, 0, 2 * sizeof(halves[0]));
        if (end == 1)
            memset(halves + 2, 0x11, 2 * sizeof(halves[0]));
        assert_status(call_four(sandbox, "fill", halves, &result), HL_OK);
        ended_as(end, trash(sandbox, end, false));
        snapshot_apply(sandbox, fresh);
        scratch_copy(now);
        assert_memory_equal(now, clean, SCRATCH);
        assert_int_equal(sandbox->abort.len, 0);
        assert_int_equal(sandbox->phase, HL_PHASE_IDLE);
        assert_false(sandbox->poisoned);
    }
}

/* A restored guest is asked to seed its random numbers anew, a fresh one is
 * not (abi §2.3). */
static void P2_2_only_a_restored_guest_is_asked_to_reseed(void **state)
{
    hl_sandbox *other = sandbox_open(image, config);
    uint64_t word[2];

    (void)state;
    memcpy(&word[0], other->scratch + SCRATCH - HL_META_RESEED, 8);
    assert_int_equal(word[0], 0);
    snapshot_apply(other, fresh);
    memcpy(&word[0], other->scratch + SCRATCH - HL_META_RESEED, 8);
    snapshot_apply(other, fresh);
    memcpy(&word[1], other->scratch + SCRATCH - HL_META_RESEED, 8);
    assert_int_equal(word[0] >> 32, 1);
    assert_int_equal(word[1] >> 32, 1);
    hl_sandbox_close(other);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, left_up, left_down)
    const struct CMUnitTest tests[] = {
        TEST(P2_1_canaries_in_every_page_are_gone_after_a_restore),
        TEST(P2_1_canaries_are_not_in_memory_that_was_freed),
        TEST(P2_1_a_snapshot_holds_no_canary_of_scratch),
        TEST(P2_1_a_snapshot_keeps_what_is_mapped_outside_scratch),
        TEST(P2_2_only_a_restored_guest_is_asked_to_reseed),
        TEST(the_guest_changes_every_register),
        TEST(P2_2_registers_after_a_restore),
        TEST(P2_2_registers_in_a_sandbox_after_another),
        TEST(P2_2_registers_in_a_sandbox_from_a_snapshot),
        TEST(P2_2_scratch_after_a_restore),
    };

    return RUN_TESTS(argc, argv, tests);
}
