/* SPDX-License-Identifier: MIT */
/* guarantees: B6 B7 B8 B11 B12 */
/* What the guest gets when a handler fails or its answer has no form. */
#include "host_call.h"

static void B8_text_with_a_nul_never_reaches_a_c_string(void **state)
{
    (void)state;
    open_granted();
    asked.args[1].as.string = (hl_string){"te\0t", 4};
    assert_refused("NUL");
    asked.args[1].as.string = (hl_string){"", 0};
    assert_served();
}

static void B12_failure_of_a_handler_is_a_value(void **state)
{
    static const int codes[] = {HL_ERR_HOST, HL_ERR_NOT_FOUND, HL_ERR_MALLOC};

    (void)state;
    open_granted();
    failing = "no such thing";
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        failing_code = codes[i];
        assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
        assert_int_equal(result, codes[i]);
        assert_string_equal(heard_text, "no such thing");
        assert_false(hl_sandbox_is_poisoned(sandbox));
    }
    failing = NULL;
    assert_served();
}

static void B12_codes_that_are_none_become_host_error(void **state)
{
    static const int codes[] = {0, 1, 9, 18, 100, 117, -1, 1 << 30};

    (void)state;
    open_granted();
    failing = "odd";
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        failing_code = codes[i];
        assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
        assert_int_equal(result, HL_ERR_HOST);
    }
}

static void B12_first_failure_counts(void **state)
{
    (void)state;
    open_granted();
    failing = "the first";
    failing_again = "the second";
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_string_equal(heard_text, "the first");
}

/* A message longer than its buffer is cut between characters. */
static void B12_long_failure_stays_text(void **state)
{
    char text[701];

    (void)state;
    open_granted();
    for (size_t i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    failing = text;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_int_equal(strlen(heard_text), 510); /* 511 would end in half one */
    assert_memory_equal(heard_text, text, 510);
}

/* A name of any length is told with at most 256 bytes of it. */
static void B7_long_names_are_told_short(void **state)
{
    char name[400];

    (void)state;
    open_granted();
    memset(name, 'n', sizeof(name));
    asked.name = (hl_string){name, 300};
    assert_refused("was not found");
    assert_int_equal(strlen(heard_text),
                     strlen("HostFunction  was not found") + 256);
}

static bool allocation_refused;
static char *allocated[2];

HL_PROVIDE(void, allocates)
{
    entered++;
    allocation_refused = hl_call_alloc(call, SIZE_MAX) == NULL &&
                         hl_call_alloc(call, SIZE_MAX - 8) == NULL;
    allocated[0] = hl_call_alloc(call, 0);
    allocated[1] = hl_call_alloc(call, 1000);
    memset(allocated[1], 'x', 1000);
}

static void B6_allocations_of_a_handler_do_not_wrap(void **state)
{
    (void)state;
    hl_config_grant(config, &hl_provided_allocates, NULL);
    open_granted();
    asked.name = (hl_string){"allocates", 9};
    asked.returns = HL_TYPE_VOID;
    asked.count = 0;
    assert_served();
    assert_true(allocation_refused);
    assert_non_null(allocated[0]);
    assert_non_null(allocated[1]);
}

static void B12_value_without_a_wire_form_becomes_host_error(void **state)
{
    (void)state;
    open_granted();
    returned = (hl_string){"\xC0\x80", 2};
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_non_null(strstr(heard_text, "invalid value"));
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static void B11_reply_too_big_is_an_error_to_the_caller(void **state)
{
    char *big = calloc(1, 70000);
    hl_snapshot *snapshot;

    (void)state;
    open_granted();
    assert_int_equal(hl_sandbox_snapshot(sandbox, &snapshot, &error), HL_OK);
    returned = (hl_string){big, 70000};
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_TOO_BIG);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    assert_int_equal(hl_sandbox_restore(sandbox, snapshot, &error), HL_OK);
    returned = (hl_string){"fine", 4};
    assert_served();
    hl_snapshot_free(snapshot);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALL_TEST(B8_text_with_a_nul_never_reaches_a_c_string),
        CALL_TEST(B12_failure_of_a_handler_is_a_value),
        CALL_TEST(B12_codes_that_are_none_become_host_error),
        CALL_TEST(B12_first_failure_counts),
        CALL_TEST(B12_long_failure_stays_text),
        CALL_TEST(B7_long_names_are_told_short),
        CALL_TEST(B6_allocations_of_a_handler_do_not_wrap),
        CALL_TEST(B12_value_without_a_wire_form_becomes_host_error),
        CALL_TEST(B11_reply_too_big_is_an_error_to_the_caller),
    };

    return cmocka_run_group_tests_name("host_call_errors", tests, NULL, NULL);
}
