/* SPDX-License-Identifier: MIT */
/* guarantees: B13 B14 B15 B22 */
/* Guests that misuse the ports. */
#include "hostile.h"

static void unknown(int32_t port)
{
    char text[32];

    snprintf(text, sizeof(text), "`out` on port %d,", port);
    ends("out32", port, HL_FAIL_PORT, text, POISONS);
    ends("out16", port, HL_FAIL_PORT, text, POISONS);
    ends("out8", port, HL_FAIL_PORT, text, POISONS);
}

static void B15_unknown_ports_poison(void **state)
{
    static const int32_t ports[] = {0,   1,   5,   77,   98,    100,   104,
                                    105, 106, 107, 0xE9, 0x3F8, 0xFFFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ports); i++)
        unknown(ports[i]);
    unknown(IS_VIRTQ ? HL_PORT_LOG : HL_PORT_NOTIFY);
    if (IS_VIRTQ)
        unknown(HL_PORT_CALL);
}

static void B15_in_poisons_on_every_port(void **state)
{
    static const int32_t ports[] = {0, 5, 99, 101, 102, 103, 108, 109, 0x3F8};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        ends("in32", ports[i], HL_FAIL_PORT, "`in` on port", POISONS);
        ends("in8", ports[i], HL_FAIL_PORT, "`in` on port", POISONS);
    }
}

static const int32_t listed[] = {HL_PORT_LOG,   HL_PORT_CALL, HL_PORT_ABORT,
                                 HL_PORT_DEBUG, HL_PORT_HALT, HL_PORT_NOTIFY};

/* A backend delivers string output at once or datum by datum: to a port that
 * exists the data may arrive one by one, or the whole is refused. */
static void B15_string_output_is_defined(void **state)
{
    static const char *const names[] = {"rep_outs", "rep_outs16", "rep_outs8"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        ends(names[i], 77, HL_FAIL_PORT, "port 77", POISONS);
        for (size_t j = 0; j < COUNT_OF(listed); j++) {
            int32_t result;

            call_int_int(sandbox, names[i], listed[j], &result);
            if (hl_sandbox_is_poisoned(sandbox))
                snapshot_apply(sandbox, fresh);
            assert_alive();
        }
    }
    assert_int_equal(entered, 0);
}

static void B15_input_poisons_in_every_form(void **state)
{
    static const char *const names[] = {"rep_ins", "rep_ins16", "rep_ins8",
                                        "in16"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        ends(names[i], 77, HL_FAIL_PORT, "`in` on port 77", POISONS);
        for (size_t j = 0; j < COUNT_OF(listed); j++)
            ends(names[i], listed[j], HL_FAIL_PORT, "`in` on port", POISONS);
    }
}

static void B15_listed_ports_take_every_width(void **state)
{
    static const char *const names[] = {"out32", "out16", "out8"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (IS_VIRTQ) {
            returns(names[i], HL_PORT_NOTIFY, 1); /* nothing is announced */
        } else {
            ends(names[i], HL_PORT_CALL, HL_FAIL_PROTOCOL, "empty", POISONS);
            ends(names[i], HL_PORT_LOG, HL_FAIL_PROTOCOL, "empty", POISONS);
        }
        ends(names[i], HL_PORT_HALT, HL_FAIL_NO_RESULT,
             "guest stopped without a result", BAD_END);
        returns(names[i], HL_PORT_ABORT, 1); /* no end byte: no abort */
    }
    assert_int_equal(entered, 0);
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
    if (IS_VIRTQ)
        returns("log_nothing", 0, 1);
    else
        ends("log_nothing", 0, HL_FAIL_PROTOCOL, "empty", POISONS);
    ends("log_a_result", 0, HL_FAIL_PROTOCOL,
         IS_VIRTQ ? "result before it halted" : "log record", POISONS);
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

/* Any stream ends as an abort or is gone with its call; none is longer than
 * its bound. */
static void B13_random_abort_streams(void **state)
{
    (void)state;
    for (int32_t seed = 0; seed < (test_is_kvm ? 40 : 400); seed++) {
        const hl_value args[2] = {
            {.type = HL_TYPE_INT, .as.i32 = seed},
            {.type = HL_TYPE_INT, .as.i32 = seed % 7 == 0 ? 600 : seed % 40}};
        hl_value value = {0};
        const hl_status status =
            hl_sandbox_call(sandbox, "abort_random", 12, args, 2, HL_TYPE_INT,
                            &value, &test_error);

        if (status != HL_OK && status != HL_FAIL_EXCEPTION)
            assert_status(status, HL_FAIL_ABORT);
        assert_int_equal(hl_sandbox_is_poisoned(sandbox), status != HL_OK);
        if (status != HL_OK) {
            assert_in_range(strlen(test_error.message), 0, 1024 + 64);
            snapshot_apply(sandbox, fresh);
        }
        assert_status(call_int(sandbox, "abort_plain", &(int32_t){0}),
                      HL_FAIL_ABORT);
        assert_string_equal(test_error.message, "bye");
        snapshot_apply(sandbox, fresh);
    }
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

/* Floods end exactly at their budget, each call anew. */
static void B22_floods_end_at_their_budget(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_set_limit(config, HL_LIMIT_HOST_CALLS, 7);
    hl_config_set_limit(config, HL_LIMIT_LOGS, 9);
    hl_config_set_limit(config, HL_LIMIT_PRINTED, 1000);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    for (unsigned again = 1; again <= 2; again++) {
        ends("loop_over_prints", 0, HL_FAIL_BUDGET, "print", POISONS);
        assert_int_equal(debug_len, 1000 * again);
        ends("loop_over_logs", 0, HL_FAIL_BUDGET, "log records", POISONS);
        assert_int_equal(logs, 9 * again);
        ends("loop_over_host_calls", 0, HL_FAIL_BUDGET, "host calls", POISONS);
        assert_int_equal(entered, 7 * again);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        HOSTILE_TEST(B15_unknown_ports_poison),
        HOSTILE_TEST(B15_in_poisons_on_every_port),
        HOSTILE_TEST(B15_string_output_is_defined),
        HOSTILE_TEST(B15_input_poisons_in_every_form),
        HOSTILE_TEST(B15_listed_ports_take_every_width),
        HOSTILE_TEST(B15_narrow_output_has_zeros_above),
        HOSTILE_TEST(B14_debug_characters_are_unicode_or_an_error),
        HOSTILE_TEST(B14_malformed_log_records_are_an_error),
        HOSTILE_TEST(B13_abort_streams),
        HOSTILE_TEST(B13_random_abort_streams),
        HOSTILE_TEST(B13_half_an_abort_is_gone_with_its_call),
        HOSTILE_TEST(B22_floods_end_at_their_budget),
    };

    return RUN_TESTS(argc, argv, tests);
}
