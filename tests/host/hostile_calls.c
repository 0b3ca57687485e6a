/* SPDX-License-Identifier: MIT */
/* guarantees: P3.2 P3.3 P3.6 P3.7 P6.4 B3 B4 B5 B9 B10 B11 B13 B14 B15 B16 B17
 */
/*
 * Hostile guests (tests/hostile): each ends as its own named error, within its
 * time limit, and leaves a host that can restore and call again.
 */
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static char debug_text[4096];
static size_t debug_len;
static unsigned logs;
static unsigned entered;

HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    entered++;
    return n + 1;
}

static void take_debug(void *context, const char *text, size_t len)
{
    (void)context;
    if (debug_len + len <= sizeof(debug_text)) {
        memcpy(debug_text + debug_len, text, len);
        debug_len += len;
    }
}

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    (void)record;
    logs++;
}

static int hostile_up(void **state)
{
    (void)state;
    image = image_open("hostile");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostInc, NULL);
    hl_config_set_debug(config, take_debug, NULL);
    hl_config_set_log(config, 5, take_log, NULL);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    entered = 0;
    debug_len = 0;
    logs = 0;
    return 0;
}

static int hostile_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static void assert_alive(void)
{
    int32_t result = 0;

    assert_status(call_int(sandbox, "nothing_wrong", &result), HL_OK);
    assert_int_equal(result, 42);
}

/* The call ends as status, whose message has text; does it poison? Either
 * way the sandbox serves the next call, restored if it has to be (B16). */
static void ends(const char *name, int32_t argument, hl_status status,
                 const char *text, bool poisons)
{
    hl_snapshot *none = NULL;
    int32_t result;

    assert_status(call_int_int(sandbox, name, argument, &result), status);
    if (strstr(test_error.message, text) == NULL)
        fail_msg("%s(%d): `%s` has no `%s`", name, argument, test_error.message,
                 text);
    assert_int_equal(hl_sandbox_is_poisoned(sandbox), poisons);
    if (poisons) {
        assert_status(call_int(sandbox, "nothing_wrong", &result),
                      HL_FAIL_POISONED);
        assert_status(hl_sandbox_snapshot(sandbox, &none, &test_error),
                      HL_FAIL_POISONED);
        snapshot_apply(sandbox, fresh);
    }
    assert_alive();
}

static void returns(const char *name, int32_t argument, int32_t wanted)
{
    int32_t result = ~wanted;

    assert_status(call_int_int(sandbox, name, argument, &result), HL_OK);
    assert_int_equal(result, wanted);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_alive();
}

#define POISONS true
#define HEALTHY false

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
         "guest stopped without a result", HEALTHY);
    ends("hlt_instruction", 0, HL_FAIL_NO_RESULT,
         "guest stopped without a result", HEALTHY);
    returns("hlt_with_result", 0, 42);
}

static void P2_2_registers_are_reset_by_a_restore(void **state)
{
    (void)state;
    returns("registers_left", 0, 0);
    ends("trash_registers", 0, HL_FAIL_PORT, "port 77", POISONS);
    returns("registers_left", 0, 0);
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

static void P3_7_lost_page_tables_end_the_call(void **state)
{
    int32_t result;

    (void)state;
    assert_int_not_equal(call_int(sandbox, "lose_page_tables", &result), HL_OK);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    snapshot_apply(sandbox, fresh);
    assert_alive();
}

static void B15_unknown_ports_poison(void **state)
{
    static const int32_t ports[] = {0,   1,   5,   77,  98,   100,   104,
                                    105, 106, 107, 109, 0xE9, 0x3F8, 0xFFFF};
    char text[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        snprintf(text, sizeof(text), "`out` on port %d,", ports[i]);
        ends("out32", ports[i], HL_FAIL_PORT, text, POISONS);
        ends("out16", ports[i], HL_FAIL_PORT, text, POISONS);
        ends("out8", ports[i], HL_FAIL_PORT, text, POISONS);
    }
}

static void B15_in_poisons_on_every_port(void **state)
{
    static const int32_t ports[] = {0, 5, 99, 101, 102, 103, 108, 0x3F8};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        ends("in32", ports[i], HL_FAIL_PORT, "`in` on port", POISONS);
        ends("in8", ports[i], HL_FAIL_PORT, "`in` on port", POISONS);
    }
}

/* A backend delivers string output at once or datum by datum. */
static void B15_string_output_is_defined(void **state)
{
    (void)state;
    ends("rep_outs", 77, HL_FAIL_PORT, "port 77", POISONS);
}

static void B15_narrow_output_has_zeros_above(void **state)
{
    (void)state;
    returns("out8", 103, 1);
    assert_int_equal(debug_len, 1);
    assert_int_equal(debug_text[0], 0x12);
    returns("out16", 103, 1);
    assert_int_equal(debug_len, 4); /* U+1234 */
    assert_memory_equal(debug_text + 1, "\xE1\x88\xB4", 3);
}

static void B14_debug_characters_are_unicode_or_an_error(void **state)
{
    (void)state;
    returns("print_character", 'x', 1);
    returns("print_character", 0x1F600, 1);
    assert_int_equal(debug_len, 5);
    ends("print_character", 0xD800, HL_FAIL_PROTOCOL, "Unicode", POISONS);
    ends("print_character", 0x110000, HL_FAIL_PROTOCOL, "Unicode", POISONS);
    ends("print_character", -1, HL_FAIL_PROTOCOL, "Unicode", POISONS);
}

static void B14_malformed_log_records_are_an_error(void **state)
{
    (void)state;
    returns("log_level", 0, 1);
    returns("log_level", 6, 1);
    assert_int_equal(logs, 2);
    ends("log_level", 7, HL_FAIL_PROTOCOL, "log record", POISONS);
    ends("log_level", 255, HL_FAIL_PROTOCOL, "log record", POISONS);
    ends("log_nothing", 0, HL_FAIL_PROTOCOL, "empty", POISONS);
    ends("log_a_result", 0, HL_FAIL_PROTOCOL, "log record", POISONS);
    ends("log_zeros", 0, HL_FAIL_PROTOCOL, "log record", POISONS);
    assert_int_equal(logs, 2);
}

static void B13_abort_streams(void **state)
{
    (void)state;
    ends("abort_plain", 0, HL_FAIL_ABORT, "bye", POISONS);
    ends("abort_empty", 0, HL_FAIL_ABORT, "", POISONS);
    ends("abort_exception", 0, HL_FAIL_EXCEPTION,
         "Exception: page fault | pretend", POISONS);
    ends("abort_too_long", 0, HL_FAIL_ABORT, "Guest abort buffer overflowed",
         POISONS);
    ends("abort_with_long_length_byte", 0, HL_FAIL_ABORT, "hi", POISONS);
    ends("abort_with_bytes_that_are_no_text", 0, HL_FAIL_ABORT, "?", POISONS);
}

static void B13_half_an_abort_is_gone_with_its_call(void **state)
{
    (void)state;
    returns("abort_by_half", 0, 42);
    ends("abort_plain", 0, HL_FAIL_ABORT, "bye", POISONS);
    returns("abort_by_half", 0, 42);
    assert_status(call_int(sandbox, "abort_plain", &(int32_t){0}),
                  HL_FAIL_ABORT);
    assert_int_equal(test_error.guest_code, 9);
    assert_string_equal(test_error.message, "bye");
    snapshot_apply(sandbox, fresh);
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
        ends("corrupt_size_prefix", i, HL_FAIL_PROTOCOL, "size prefix",
             HEALTHY);
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
        assert_false(hl_sandbox_is_poisoned(sandbox));
        assert_alive();
    }
}

static void B9_results_that_are_not_what_was_asked_for(void **state)
{
    (void)state;
    ends("two_results", 0, HL_FAIL_PROTOCOL, "unread", HEALTHY);
    ends("many_results", 0, HL_FAIL_PROTOCOL, "unread", HEALTHY);
    ends("result_of_wrong_type", 0, HL_FAIL_RESULT_TYPE,
         "result is String, Int was asked for", HEALTHY);
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
    ends("call_host_with_empty_stack", 0, HL_FAIL_PROTOCOL, "empty", POISONS);
    ends("call_host_with_a_result", 0, HL_FAIL_PROTOCOL, "host call", POISONS);
    assert_int_equal(entered, 1);
}

static void B11_reply_without_room_is_an_error(void **state)
{
    (void)state;
    ends("call_host_without_room", 0, HL_FAIL_TOO_BIG, "input buffer", POISONS);
}

int main(int argc, char **argv)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, hostile_up, hostile_down)
    const struct CMUnitTest tests[] = {
        TEST(B17_loops_end_at_their_deadline),
        TEST(P3_6_faults_without_a_handler_are_shutdowns),
        TEST(P3_6_hlt_ends_a_call_like_the_halt_port),
        TEST(P2_2_registers_are_reset_by_a_restore),
        TEST(P3_2_unmapped_memory_cannot_be_touched),
        TEST(P3_3_read_only_memory_cannot_be_written),
        TEST(P3_4_heap_and_stack_cannot_be_executed),
        TEST(P3_7_own_page_tables_lead_nowhere_else),
        TEST(P3_7_missing_memory_cannot_be_executed),
        TEST(P3_7_broken_page_tables_do_not_hurt_a_snapshot),
        TEST(P3_7_lost_page_tables_end_the_call),
        TEST(B15_unknown_ports_poison),
        TEST(B15_in_poisons_on_every_port),
        TEST(B15_string_output_is_defined),
        TEST(B15_narrow_output_has_zeros_above),
        TEST(B14_debug_characters_are_unicode_or_an_error),
        TEST(B14_malformed_log_records_are_an_error),
        TEST(B13_abort_streams),
        TEST(B13_half_an_abort_is_gone_with_its_call),
        TEST(B3_corrupt_stack_pointers),
        TEST(B5_corrupt_back_pointers),
        TEST(B4_corrupt_size_prefixes),
        TEST(B3_corrupt_input_stack_pointer_at_a_host_call),
        TEST(B1_changed_results_are_refused_or_well_formed),
        TEST(B9_results_that_are_not_what_was_asked_for),
        TEST(B10_flooded_output_is_emptied),
        TEST(P6_4_host_calls_must_be_marked_so),
        TEST(B11_reply_without_room_is_an_error),
    };

    return RUN_TESTS(argc, argv, tests);
}
