/* SPDX-License-Identifier: MIT */
/* hl's option parser: forms, places, limits, messages. */
#include "test.h"

#include <string.h>

#include <hl_host.h>

#include "../../host-harness/cli/options.h"

static const struct command call = {
    .name = "call",
    .arguments = "GUEST FN [ARG…]",
    .groups = OPTIONS_VM | OPTIONS_CALL,
    .min_args = 2,
    .max_args = -1,
};
static const struct command run = {
    .name = "run",
    .arguments = "GUEST [ARG…]",
    .groups = OPTIONS_VM | OPTIONS_RUN | OPTIONS_CALL,
    .min_args = 1,
    .max_args = -1,
    .options_first = 1,
};
static const struct command job = {
    .name = "job",
    .arguments = "GUEST",
    .groups = OPTIONS_VM | OPTIONS_JOB,
    .min_args = 1,
    .max_args = 1,
};

static struct options options;
static char message[OPTIONS_ERROR_MAX];

/* Words end with NULL. */
static bool parse_words(const struct command *command, const char *const *words)
{
    int count = 0;

    while (words[count])
        count++;
    options_free(&options);
    message[0] = '\0';
    return options_parse(&options, command, (char **)(uintptr_t)words, count,
                         message);
}

#define PARSE(command, ...)                                                    \
    parse_words(&(command), (const char *const[]){__VA_ARGS__, NULL})

static int forget(void **state)
{
    (void)state;
    options_free(&options);
    return 0;
}

static void defaults_are_the_documented_ones(void **state)
{
    (void)state;
    assert_true(PARSE(call, "g", "f"));
    assert_int_equal(options.preset, HL_PRESET_HLKIT);
    assert_int_equal(options.abi, HL_ABI_STACK);
    assert_int_equal(options.backend, HL_BACKEND_AUTO);
    assert_int_equal(options.trace, TRACE_OFF);
    assert_int_equal(options.harden, HARDEN_AUTO);
    assert_int_equal(options.timeout, UINT64_C(60000000000));
    assert_int_equal(options.repeat, 1);
    assert_false(options.timeout_given);
    assert_false(options.json || options.raw || options.verbose);
    assert_int_equal(options.arg_count, 2);
}

static void values_follow_or_are_joined(void **state)
{
    (void)state;
    assert_true(PARSE(call, "--heap", "64k", "g", "f", "--backend=emu",
                      "--preset", "hyperlight", "--abi=virtq", "--timeout=1.5",
                      "--harden", "off", "--trace=json"));
    assert_int_equal(options.heap, 65536);
    assert_int_equal(options.backend, HL_BACKEND_EMU);
    assert_int_equal(options.preset, HL_PRESET_HYPERLIGHT);
    assert_int_equal(options.abi, HL_ABI_VIRTQ);
    assert_int_equal(options.timeout, UINT64_C(1500000000));
    assert_true(options.timeout_given);
    assert_int_equal(options.harden, HARDEN_OFF);
    assert_int_equal(options.trace, TRACE_JSON);
    assert_int_equal(options.arg_count, 2);
}

static void options_of_call_stand_anywhere(void **state)
{
    (void)state;
    assert_true(PARSE(call, "g", "--json", "f", "a", "-v", "b", "--trace"));
    assert_true(options.json && options.verbose);
    assert_int_equal(options.trace, TRACE_TEXT);
    assert_int_equal(options.arg_count, 4);
    assert_string_equal(options.args[3], "b");
}

static void options_of_run_end_at_the_guest(void **state)
{
    (void)state;
    assert_true(PARSE(run, "-v", "g", "--json", "--", "-v"));
    assert_true(options.verbose);
    assert_false(options.json);
    assert_int_equal(options.arg_count, 4);
    assert_string_equal(options.args[1], "--json");
    assert_string_equal(options.args[2], "--");
}

static void two_dashes_end_options(void **state)
{
    (void)state;
    assert_true(PARSE(call, "g", "f", "--", "--json", "--", "-x"));
    assert_false(options.json);
    assert_int_equal(options.arg_count, 5);
    assert_string_equal(options.args[2], "--json");
    assert_string_equal(options.args[3], "--");
}

static void numbers_with_a_minus_are_arguments(void **state)
{
    (void)state;
    assert_true(PARSE(call, "g", "f", "-5", "-.5", "-"));
    assert_int_equal(options.arg_count, 5);
    assert_false(PARSE(call, "g", "f", "-inf"));
    assert_string_equal(message, "unknown option -i; an argument that begins "
                                 "with - goes behind --");
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    assert_true(PARSE(run, "--deny", "all", "--grant=hl_write", "--env", "A=1",
                      "--env=B=", "g"));
    assert_int_equal(options.grants.count, 2);
    assert_string_equal(options.grants.items[0], "-all");
    assert_string_equal(options.grants.items[1], "+hl_write");
    assert_int_equal(options.env.count, 2);
    assert_string_equal(options.env.items[1], "B=");
}

static void wrong_uses_say_what_is_right(void **state)
{
    (void)state;
    assert_false(PARSE(call, "g"));
    assert_string_equal(message,
                        "arguments are missing: hl call GUEST FN [ARG…]");
    assert_false(PARSE(job, "g", "h"));
    assert_string_equal(message, "too many arguments: hl job GUEST");
    assert_false(PARSE(call, "g", "f", "--jsno"));
    assert_string_equal(message, "unknown option --jsno; did you mean --json?");
    assert_false(PARSE(call, "g", "f", "--zebra=1"));
    assert_string_equal(message, "unknown option --zebra");
    assert_false(PARSE(call, "g", "f", "--json=1"));
    assert_string_equal(message, "--json: takes no value");
    assert_false(PARSE(call, "g", "f", "--heap"));
    assert_string_equal(message, "--heap needs a value: SIZE");
    assert_false(PARSE(call, "g", "f", "--backend", "xen"));
    assert_string_equal(message, "--backend is one of auto|kvm|emu");
    assert_false(PARSE(call, "g", "f", "--backend=inproc"));
    assert_false(PARSE(call, "g", "f", "--trace=xml"));
    assert_false(PARSE(call, "g", "f", "--env", "A=1"));
    assert_false(PARSE(run, "--env", "A", "g"));
    assert_string_equal(message, "--env: not of the form NAME=VALUE");
    assert_false(PARSE(run, "--env", "=A", "g"));
    assert_false(PARSE(job, "g", "--repeat=0"));
    assert_false(PARSE(job, "g", "--repeat=1x"));
    assert_string_equal(message, "--repeat: not a number above 0");
}

static void a_value_is_not_repeated_in_a_message(void **state)
{
    (void)state;
    assert_false(PARSE(call, "g", "f", "--heap=s3cret"));
    assert_null(strstr(message, "s3cret"));
    assert_false(PARSE(call, "g", "f", "--password=s3cret"));
    assert_null(strstr(message, "s3cret"));
}

static void help_needs_no_arguments(void **state)
{
    (void)state;
    assert_true(PARSE(call, "--help"));
    assert_true(options.help);
    assert_true(PARSE(call, "--show-grants"));
    assert_true(options.show_grants);
}

static void sizes_are_decimal_or_binary_multiples(void **state)
{
    uint64_t bytes = 0;

    (void)state;
    assert_true(options_size("4096", &bytes));
    assert_int_equal(bytes, 4096);
    assert_true(options_size("3m", &bytes));
    assert_int_equal(bytes, 3 << 20);
    assert_true(options_size("16G", &bytes));
    assert_int_equal(bytes, UINT64_C(16) << 30);
    assert_true(options_size("18446744073709551615", &bytes));
    assert_int_equal(bytes, UINT64_MAX);
    static const char *const bad[] = {"",
                                      "k",
                                      "-1",
                                      "1kk",
                                      "1.5k",
                                      " 1",
                                      "0x10",
                                      "18446744073709551616",
                                      "1 k",
                                      "1t",
                                      "18014398509481984k"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(options_size(bad[i], &bytes));
}

static void times_are_seconds_with_decimals(void **state)
{
    uint64_t ns = 1;

    (void)state;
    assert_true(options_time("0", &ns));
    assert_int_equal(ns, 0);
    assert_true(options_time("0.5", &ns));
    assert_int_equal(ns, 500000000);
    assert_true(options_time(".25", &ns));
    assert_int_equal(ns, 250000000);
    assert_true(options_time("3.", &ns));
    assert_int_equal(ns, UINT64_C(3000000000));
    assert_true(options_time("0.0000000019", &ns));
    assert_int_equal(ns, 1);
    /* Only 0 is no limit: what rounds to it is the shortest one. */
    assert_true(options_time("0.0000000001", &ns));
    assert_int_equal(ns, 1);
    assert_true(options_time("0.0000000000", &ns));
    assert_int_equal(ns, 0);
    static const char *const bad[] = {"",   ".",    "-1",  "1e3",
                                      "1s", "1.5x", "1..", "99999999999"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(options_time(bad[i], &ns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(defaults_are_the_documented_ones, forget),
        cmocka_unit_test_teardown(values_follow_or_are_joined, forget),
        cmocka_unit_test_teardown(options_of_call_stand_anywhere, forget),
        cmocka_unit_test_teardown(options_of_run_end_at_the_guest, forget),
        cmocka_unit_test_teardown(two_dashes_end_options, forget),
        cmocka_unit_test_teardown(numbers_with_a_minus_are_arguments, forget),
        cmocka_unit_test_teardown(lists_keep_their_order, forget),
        cmocka_unit_test_teardown(wrong_uses_say_what_is_right, forget),
        cmocka_unit_test_teardown(a_value_is_not_repeated_in_a_message, forget),
        cmocka_unit_test_teardown(help_needs_no_arguments, forget),
        cmocka_unit_test(sizes_are_decimal_or_binary_multiples),
        cmocka_unit_test(times_are_seconds_with_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
