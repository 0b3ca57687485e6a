/* SPDX-License-Identifier: MIT */
/* guarantees: B3 B4 B5 B9 B10 B11 B16 B17 P2.2 P6.4 B1 */
/* Guests that never end, or end with corrupt stacks and messages. */
#include "hostile.h"

static void B17_loops_end_at_their_deadline(void **state)
{
    static const char *const loops[] = {"loop_for_ever", "loop_over_prints",
                                        "loop_over_aborts_without_data",
                                        "loop_over_host_calls"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(loops); i++) {
        const uint64_t start = now_ns();
        int32_t result;

        hl_sandbox_set_timeout(sandbox, MS(200));
        assert_status(call_int(sandbox, loops[i], &result), HL_FAIL_TIMEOUT);
        assert_string_equal(test_error.message, "Command timed out");
        assert_in_range(now_ns() - start, MS(200), SECONDS(5));
        hl_sandbox_set_timeout(sandbox, PATIENCE);
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

static void P2_2_registers_are_reset_by_a_restore(void **state)
{
    (void)state;
    returns("registers_left", 0, 0);
    ends("trash_registers", 0, HL_FAIL_PORT, "port 77", POISONS);
    returns("registers_left", 0, 0);
}

static void B3_corrupt_stack_pointers(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 15; i++)
        ends("corrupt_stack_pointer", i, HL_FAIL_PROTOCOL, "stack pointer",
             HEALTHY);
    for (int32_t i = 0; i < 15; i++)
        returns("leave_input_corrupt", i, 42);
}

static void B5_corrupt_back_pointers(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 15; i++) {
        if (i == 3 || i == 4) /* 9 and 15 lie inside the element */
            continue;
        ends("corrupt_back_pointer", i, HL_FAIL_PROTOCOL, "back-pointer",
             HEALTHY);
    }
    ends("corrupt_back_pointer", 3, HL_FAIL_PROTOCOL, "guest", HEALTHY);
    ends("corrupt_back_pointer", 4, HL_FAIL_PROTOCOL, "guest", HEALTHY);
}

static void B4_corrupt_size_prefixes(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 10; i++)
        ends("corrupt_size_prefix", i, HL_FAIL_PROTOCOL,
             IS_VIRTQ ? "malformed result" : "size prefix", BAD_END);
    for (int32_t i = 10; i < 14; i++)
        ends("corrupt_size_prefix", i, HL_FAIL_PROTOCOL, "malformed result",
             BAD_END);
}

static void B3_corrupt_input_stack_pointer_at_a_host_call(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 15; i++) {
        int32_t result;
        const hl_status status =
            call_int_int(sandbox, "corrupt_input_stack_pointer", i, &result);

        /* 9 and 15 are inside: the host pushes there, unaligned. */
        if (i == 3 || i == 4)
            assert_status(status, HL_OK);
        else
            assert_status(status, HL_FAIL_PROTOCOL);
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

static void B1_changed_results_are_refused_or_well_formed(void **state)
{
    (void)state;
    for (int32_t at = 0; at < 64; at++) {
        int32_t result;
        const hl_status status =
            call_int_int(sandbox, "corrupt_message", at, &result);

        assert_true(status == HL_OK || status == HL_FAIL_PROTOCOL ||
                    status == HL_FAIL_RESULT_TYPE || status == HL_FAIL_GUEST);
        assert_int_equal(hl_sandbox_is_poisoned(sandbox),
                         status == HL_FAIL_PROTOCOL && BAD_END);
        if (hl_sandbox_is_poisoned(sandbox))
            snapshot_apply(sandbox, fresh);
        assert_alive();
    }
}

static void B9_a_result_of_another_type(void **state)
{
    (void)state;
    ends("result_of_wrong_type", 0, HL_FAIL_RESULT_TYPE,
         "result is String, Int was asked for", HEALTHY);
}

static void B9_results_that_are_not_what_was_asked_for(void **state)
{
    (void)state;
    ends("two_results", 0, HL_FAIL_PROTOCOL, "unread", HEALTHY);
    ends("many_results", 0, HL_FAIL_PROTOCOL, "unread", HEALTHY);
    ends("result_is_a_call", 0, HL_FAIL_PROTOCOL, "malformed result", HEALTHY);
}

static void B10_flooded_output_is_emptied(void **state)
{
    static const int32_t bytes[] = {0, 8, 0xFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bytes); i++)
        ends("flood_output", bytes[i], HL_FAIL_PROTOCOL, "guest's output",
             HEALTHY);
}

static void P6_4_host_calls_must_be_marked_so(void **state)
{
    (void)state;
    returns("call_host_with_kind", 2, 1);
    assert_int_equal(entered, 1);
    ends("call_host_with_kind", 1, HL_FAIL_PROTOCOL, "host call", POISONS);
    ends("call_host_with_kind", 0, HL_FAIL_PROTOCOL, "host call", POISONS);
    ends("call_host_with_kind", 3, HL_FAIL_PROTOCOL, "host call", POISONS);
    ends("call_host_with_kind", 255, HL_FAIL_PROTOCOL, "host call", POISONS);
    assert_int_equal(entered, 1);
}

static void P6_4_what_is_no_host_call_at_all(void **state)
{
    (void)state;
    ends("call_host_with_empty_stack", 0, HL_FAIL_PROTOCOL, "empty", POISONS);
    ends("call_host_with_a_result", 0, HL_FAIL_PROTOCOL, "host call", POISONS);
    assert_int_equal(entered, 0);
}

static void B11_reply_without_room_is_an_error(void **state)
{
    (void)state;
    ends("call_host_without_room", 0, HL_FAIL_TOO_BIG, "input buffer", POISONS);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        HOSTILE_TEST(B17_loops_end_at_their_deadline),
        HOSTILE_TEST(P2_2_registers_are_reset_by_a_restore),
        HOSTILE_TEST(B9_a_result_of_another_type),
        HOSTILE_TEST(B4_corrupt_size_prefixes),
        HOSTILE_TEST(B1_changed_results_are_refused_or_well_formed),
        HOSTILE_TEST(P6_4_host_calls_must_be_marked_so),
        /* pointers, slots and room of stacks; hostile_virtq.c has those of
         * descriptors, headers and buffers */
        HOSTILE_STACKS_TEST(B3_corrupt_stack_pointers),
        HOSTILE_STACKS_TEST(B5_corrupt_back_pointers),
        HOSTILE_STACKS_TEST(B3_corrupt_input_stack_pointer_at_a_host_call),
        HOSTILE_STACKS_TEST(B9_results_that_are_not_what_was_asked_for),
        HOSTILE_STACKS_TEST(B10_flooded_output_is_emptied),
        HOSTILE_STACKS_TEST(P6_4_what_is_no_host_call_at_all),
        HOSTILE_STACKS_TEST(B11_reply_without_room_is_an_error),
    };

    return RUN_TESTS(argc, argv, tests);
}
