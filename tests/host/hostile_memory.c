/* SPDX-License-Identifier: MIT */
/* guarantees: B24 P2.2 P3.2 P3.3 P3.4 P3.6 P3.7 */
/* Guests that reach for memory they were not given, and fault. */
#include "hostile.h"

static void P3_6_faults_without_a_handler_are_shutdowns(void **state)
{
    static const char *const faults[] = {"recurse_for_ever", "divide_by_zero",
                                         "undefined_instruction",
                                         "triple_fault"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        ends(faults[i], 0, HL_FAIL_SHUTDOWN, "triple fault", POISONS);
}

static void P3_6_hlt_ends_a_call_like_the_halt_port(void **state)
{
    (void)state;
    ends("halt_without_result", 0, HL_FAIL_NO_RESULT,
         "guest stopped without a result", BAD_END);
    ends("hlt_instruction", 0, HL_FAIL_NO_RESULT,
         "guest stopped without a result", BAD_END);
    returns("hlt_with_result", 0, 42);
}

static void P3_2_unmapped_memory_cannot_be_touched(void **state)
{
    static const char *const names[] = {
        "write_unmapped",     "read_unmapped",       "write_page_zero",
        "read_non_canonical", "write_below_scratch", "execute_null"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ends(names[i], 0, HL_FAIL_SHUTDOWN, "triple fault", POISONS);
}

static void P3_3_read_only_memory_cannot_be_written(void **state)
{
    (void)state;
    ends("write_to_code", 0, HL_FAIL_SHUTDOWN, "triple fault", POISONS);
    ends("write_to_peb", 0, HL_FAIL_SHUTDOWN, "triple fault", POISONS);
}

static void P3_4_heap_and_stack_cannot_be_executed(void **state)
{
    (void)state;
    ends("execute_heap", 0, HL_FAIL_SHUTDOWN, "triple fault", POISONS);
    ends("execute_stack", 0, HL_FAIL_SHUTDOWN, "triple fault", POISONS);
}

static void P3_7_own_page_tables_lead_nowhere_else(void **state)
{
    (void)state;
    ends("map_missing_memory_and_read", 0, HL_FAIL_MEMORY, "0x300000000",
         POISONS);
    ends("map_missing_memory_and_write", 0, HL_FAIL_MEMORY, "0x300000000",
         POISONS);
    ends("map_below_base_and_write", 0, HL_FAIL_MEMORY, "0x1000", POISONS);
    ends("map_above_scratch_and_write", 0, HL_FAIL_MEMORY, "physical address",
         POISONS);
    ends("map_snapshot_writable_and_write", 0, HL_FAIL_MEMORY, "wrote to",
         POISONS);
}

/* Code where there is no memory: what a KVM says to that differs. */
static void P3_7_missing_memory_cannot_be_executed(void **state)
{
    int32_t result;
    hl_status status;

    (void)state;
    status =
        call_int_int(sandbox, "map_missing_memory_and_execute", 0, &result);
    assert_true(status == HL_FAIL_MEMORY || status == HL_FAIL_INSTRUCTION ||
                status == HL_FAIL_SHUTDOWN || status == HL_FAIL_SYSTEM);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    snapshot_apply(sandbox, fresh);
    assert_alive();
}

/* How long the TLB keeps it is the machine's: it runs on or faults, but that
 * is all (found by vm-emu: the emulator lost its place). */
static void P3_7_code_unmapped_under_its_own_feet(void **state)
{
    static const char *const names[] = {"unmap_code_and_print",
                                        "unmap_code_and_hlt"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        int32_t result;
        const hl_status status =
            call_int_int(sandbox, names[i % 2], 0, &result);

        assert_true(status == HL_FAIL_SHUTDOWN || status == HL_OK ||
                    status == HL_FAIL_NO_RESULT);
        snapshot_apply(sandbox, fresh);
        /* The same port from code that is there. */
        returns("print_character", 'x', 1);
    }
}

/* A snapshot of a guest that broke its tables ends, one way or the other. */
static void P3_7_broken_page_tables_do_not_hurt_a_snapshot(void **state)
{
    static const char *const names[] = {"loop_page_tables", "break_page_tables",
                                        "break_allocator_word"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        hl_snapshot *snapshot = NULL;
        const uint64_t start = now_ns();
        hl_stats stats;
        int32_t result;

        assert_status(call_int(sandbox, names[i], &result), HL_OK);
        if (hl_sandbox_snapshot(sandbox, &snapshot, &test_error) == HL_OK)
            hl_snapshot_free(snapshot);
        hl_sandbox_get_stats(sandbox, &stats);
        assert_true(stats.scratch_used <= 768 << 10);
        assert_true(now_ns() - start < SECONDS(30));
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

/* One page at 262,144 addresses, then at 134 million: the guest may, and a
 * snapshot of it ends with an error that says why, in bounded time. */
static void P3_7_one_page_at_many_addresses(void **state)
{
    static const int32_t many[] = {1, 512};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        hl_snapshot *none = NULL;
        const uint64_t start = now_ns();

        returns("alias_one_page", many[i], 42);
        assert_int_not_equal(hl_sandbox_snapshot(sandbox, &none, &test_error),
                             HL_OK);
        assert_null(none);
        assert_true(test_error.status == HL_FAIL_LAYOUT ||
                    test_error.status == HL_FAIL_SNAPSHOT);
        assert_false(hl_sandbox_is_poisoned(sandbox));
        assert_true(now_ns() - start < SECONDS(300));
        assert_alive();
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

/* Huge pages are the CPU's business: what they show is one of the slots or
 * ends the call; a snapshot of them ends too. */
static void P3_7_huge_pages_reach_nothing_else(void **state)
{
    (void)state;
    for (int32_t how = 0; how < 8; how++) {
        hl_snapshot *snapshot = NULL;
        int32_t result = 0;
        const hl_status status =
            call_int_int(sandbox, "huge_page", how, &result);

        if (status == HL_OK) {
            assert_int_equal(result, 42);
            assert_int_equal(how & 1, 0); /* not of memory that is missing */
            if (hl_sandbox_snapshot(sandbox, &snapshot, &test_error) == HL_OK)
                hl_snapshot_free(snapshot);
        } else {
            if (status != HL_FAIL_MEMORY)
                assert_status(status, HL_FAIL_SHUTDOWN);
            assert_true(hl_sandbox_is_poisoned(sandbox));
        }
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

static void P3_7_tables_that_lead_to_themselves(void **state)
{
    hl_snapshot *snapshot = NULL;

    (void)state;
    returns("table_of_itself", 0, 1);
    if (hl_sandbox_snapshot(sandbox, &snapshot, &test_error) == HL_OK)
        hl_snapshot_free(snapshot);
    snapshot_apply(sandbox, fresh);
    assert_alive();
}

static void P2_2_code_that_changed_itself_is_as_before(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        returns("self_modify", 0, 42);
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

static void P3_7_lost_page_tables_end_the_call(void **state)
{
    int32_t result;

    (void)state;
    assert_int_not_equal(call_int(sandbox, "lose_page_tables", &result), HL_OK);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    snapshot_apply(sandbox, fresh);
    assert_alive();
}

/* KVM's filter and the emulator's hooks let no register through, whether it
 * exists or not. Without a handler the fault is a triple fault. */
static void B24_no_msr_can_be_read_or_written(void **state)
{
    static const uint32_t msrs[] = {
        0x0,        0x10,       0x1B,       0x3A,       0x8B,       0xC1,
        0xFE,       0x174,      0x175,      0x176,      0x17A,      0x186,
        0x1A0,      0x1D9,      0x200,      0x250,      0x277,      0x2FF,
        0x345,      0x38F,      0x480,      0x6E0,      0x802,      0x830,
        0xDA0,      0x40000000, 0x40000020, 0x4B564D00, 0x4B564D01, 0xC0000080,
        0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084, 0xC0000100, 0xC0000101,
        0xC0000102, 0xC0000103, 0xC0010015, 0xC0010117, 0xFFFFFFFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(msrs); i++) {
        ends("read_msr", (int32_t)msrs[i], HL_FAIL_SHUTDOWN, "triple fault",
             POISONS);
        ends("write_msr", (int32_t)msrs[i], HL_FAIL_SHUTDOWN, "triple fault",
             POISONS);
    }
}

/* What a machine says to these differs; each ends, as something named. */
static void P3_6_odd_instructions_end(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 22; i++) {
        const uint64_t start = now_ns();
        int32_t result = 1;
        hl_status status;

        hl_sandbox_set_timeout(sandbox, MS(300)); /* vmcall may never end */
        status = call_int_int(sandbox, "odd_instruction", i, &result);
        if (status == HL_OK)
            assert_int_equal(result, 1);
        else if (status != HL_FAIL_NO_RESULT && status != HL_FAIL_TIMEOUT &&
                 status != HL_FAIL_INSTRUCTION)
            assert_status(status, HL_FAIL_SHUTDOWN);
        assert_int_equal(hl_sandbox_is_poisoned(sandbox),
                         status == HL_FAIL_NO_RESULT ? BAD_END
                                                     : status != HL_OK);
        assert_true(now_ns() - start < SECONDS(20));
        hl_sandbox_set_timeout(sandbox, PATIENCE);
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
    assert_int_equal(entered, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        HOSTILE_TEST(P3_6_faults_without_a_handler_are_shutdowns),
        HOSTILE_TEST(P3_6_hlt_ends_a_call_like_the_halt_port),
        HOSTILE_TEST(P3_2_unmapped_memory_cannot_be_touched),
        HOSTILE_TEST(P3_3_read_only_memory_cannot_be_written),
        HOSTILE_TEST(P3_4_heap_and_stack_cannot_be_executed),
        HOSTILE_TEST(P3_7_own_page_tables_lead_nowhere_else),
        HOSTILE_TEST(P3_7_missing_memory_cannot_be_executed),
        HOSTILE_TEST(P3_7_code_unmapped_under_its_own_feet),
        HOSTILE_TEST(P3_7_broken_page_tables_do_not_hurt_a_snapshot),
        HOSTILE_TEST(P3_7_one_page_at_many_addresses),
        HOSTILE_TEST(P3_7_huge_pages_reach_nothing_else),
        HOSTILE_TEST(P3_7_tables_that_lead_to_themselves),
        HOSTILE_TEST(P2_2_code_that_changed_itself_is_as_before),
        HOSTILE_TEST(P3_7_lost_page_tables_end_the_call),
        HOSTILE_TEST(B24_no_msr_can_be_read_or_written),
        HOSTILE_TEST(P3_6_odd_instructions_end),
    };

    return RUN_TESTS(argc, argv, tests);
}
