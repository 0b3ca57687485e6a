/* SPDX-License-Identifier: MIT */
/* guarantees: P6.1 P6.2 B8 B12 */
/* hl_provided_call: a host function entered without a guest. */
#include <string.h>

#include <hl_host.h>

#include "test.h"

static unsigned entered;
static hl_error error;
static char taken[64];
static hl_value taken_value;

HL_PROVIDE(hl_string, join, (const char *, a), (hl_string, b), (int32_t, n))
{
    char *text = hl_call_alloc(call, 64);
    const char *prefix = hl_call_context(call);

    entered++;
    if (n == 7)
        hl_call_fail(call, HL_ERR_GUEST, "seven is %s", "no number");
    snprintf(text, 64, "%s%s%.*s%d", prefix, a, (int)b.len, b.data, n);
    if (n == 8)
        text[0] = (char)0xFF;
    return (hl_string){text, strlen(text)};
}

HL_PROVIDE(void, nothing)
{
    (void)call;
    entered++;
}

static void take(void *to, const hl_value *result)
{
    assert_ptr_equal(to, taken);
    taken_value = *result;
    if (result->type == HL_TYPE_STRING)
        memcpy(taken, result->as.string.data, result->as.string.len + 1);
}

static hl_value text_of(const char *text, size_t len)
{
    return (hl_value){.type = HL_TYPE_STRING, .as.string = {text, len}};
}

static hl_status join_call(const char *a, size_t a_len, int32_t n)
{
    const hl_value args[] = {text_of(a, a_len),
                             text_of("b\0c", 3),
                             {.type = HL_TYPE_INT, .as.i32 = n}};
    static char context[] = "> ";

    entered = 0;
    memset(taken, 0, sizeof(taken));
    return hl_provided_call(&hl_provided_join, context, args, 3, take, taken,
                            &error);
}

static void P6_2_values_and_context_arrive(void **state)
{
    (void)state;
    assert_int_equal(join_call("a", 1, 5), HL_OK);
    assert_int_equal(entered, 1);
    assert_string_equal(taken, "> ab5"); /* %s ends at the NUL in b */
    assert_int_equal(hl_provided_call(&hl_provided_nothing, NULL, NULL, 0, take,
                                      taken, &error),
                     HL_OK);
    assert_int_equal(taken_value.type, HL_TYPE_VOID);
    assert_int_equal(
        hl_provided_call(&hl_provided_nothing, NULL, NULL, 0, NULL, NULL, NULL),
        HL_OK);
}

static void P6_1_what_does_not_fit_is_not_entered(void **state)
{
    const hl_value args[HL_ARGS_MAX + 1] = {
        text_of("a", 1), text_of("b", 1), {.type = HL_TYPE_LONG}};

    (void)state;
    entered = 0;
    for (size_t count = 0; count <= HL_ARGS_MAX + 1; count++)
        assert_int_equal(hl_provided_call(&hl_provided_join, NULL, args, count,
                                          take, taken, &error),
                         HL_FAIL_ARGUMENT);
    assert_int_equal(error.status, HL_FAIL_ARGUMENT);
    assert_int_equal(join_call("a\0", 2, 5), HL_FAIL_ARGUMENT);
    assert_non_null(strstr(error.message, "NUL"));
    assert_int_equal(entered, 0);
}

static void B12_errors_have_their_code_and_text(void **state)
{
    (void)state;
    assert_int_equal(join_call("a", 1, 7), HL_FAIL_GUEST);
    assert_int_equal(error.guest_code, HL_ERR_GUEST);
    assert_string_equal(error.message, "seven is no number");
    assert_string_equal(taken, "");
}

static void B8_results_that_are_no_text_are_refused(void **state)
{
    (void)state;
    assert_int_equal(join_call("a", 1, 8), HL_FAIL_ARGUMENT);
    assert_non_null(strstr(error.message, "join returned an invalid value"));
    assert_string_equal(taken, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P6_2_values_and_context_arrive),
        cmocka_unit_test(P6_1_what_does_not_fit_is_not_entered),
        cmocka_unit_test(B12_errors_have_their_code_and_text),
        cmocka_unit_test(B8_results_that_are_no_text_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
