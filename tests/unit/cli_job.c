/* SPDX-License-Identifier: MIT */
/* Job files and job results. */
#include "test.h"

#include <string.h>

#include "../../host-harness/cli/job_file.h"

static struct job job;
static char message[JOB_ERROR_MAX];

static bool parse(const char *text)
{
    job_free(&job);
    message[0] = '\0';
    return job_parse(&job, text, strlen(text), message);
}

static void expect_input(const char *text, const char *input)
{
    assert_true(parse(text));
    assert_int_equal(job.input.len, strlen(input));
    assert_memory_equal(job.input.data ? job.input.data : "", input,
                        strlen(input));
}

static int forget(void **state)
{
    (void)state;
    job_free(&job);
    return 0;
}

static void input_is_mapped_as_the_host_does(void **state)
{
    (void)state;
    expect_input("{}", "");
    expect_input("{\"payload\":{}}", "");
    expect_input("{\"payload\":{\"input\":\"h\\u00e9 \\\"x\\\"\"}}",
                 "h\xc3\xa9 \"x\"");
    expect_input("{\"payload\":{\"input\": { \"a\" : [ 1, 2.5, null ] } }}",
                 "{\"a\":[1,2.5,null]}");
    expect_input("{\"payload\":{\"input\":null}}", "null");
    expect_input("{\"payload\":{\"input\":9223372030926249001}}",
                 "9223372030926249001");
    expect_input("{\"payload\":{\"input\":123456789012345678901234567890}}",
                 "123456789012345678901234567890");
    expect_input("{\"id\":7,\"payload\":{\"input\":true,\"more\":1}}", "true");
}

static void types_and_tags_are_checked(void **state)
{
    (void)state;
    assert_true(parse("{\"type\":\"vm_execute\"}"));
    assert_true(parse("{\"job_type\":\"sandboxed\","
                      "\"tags\":[\"requires_isolation\"]}"));
    assert_false(parse("{\"type\":\"shell\"}"));
    assert_string_equal(message, "its type is neither vm_execute nor "
                                 "sandboxed: only those run in a VM");
    assert_false(parse("{\"tags\":\"requires_isolation\"}"));
    assert_false(parse("{\"payload\":5}"));
    assert_false(parse("[]"));
    assert_string_equal(message, "not a JSON object");
    assert_false(parse("{"));
    assert_non_null(strstr(message, "not JSON"));
    assert_false(parse(""));
}

static void the_time_limit_is_five_seconds_or_the_files(void **state)
{
    (void)state;
    assert_true(parse("{}"));
    assert_int_equal(job.timeout, UINT64_C(5000000000));
    assert_true(parse("{\"timeout\":0.5}"));
    assert_int_equal(job.timeout, 500000000);
    assert_true(parse("{\"timeout_ms\":250}"));
    assert_int_equal(job.timeout, 250000000);
    assert_true(parse("{\"timeout\":1e-12}")); /* short, not unlimited */
    assert_int_equal(job.timeout, 1);
    assert_false(parse("{\"timeout\":0}"));
    assert_false(parse("{\"timeout\":1e10}"));
    assert_false(parse("{\"timeout\":-1}"));
    assert_false(parse("{\"timeout\":\"5\"}"));
    assert_false(parse("{\"timeout\":1,\"timeout_ms\":1}"));
}

static void expect_success(const char *output, size_t len, const char *text)
{
    struct buffer out = {0};

    job_success(&out, output, len);
    assert_false(out.failed);
    assert_string_equal(out.data, text);
    buffer_free(&out);
}

static void output_is_data_or_raw_output(void **state)
{
    static const char binary[] = "a\xff";

    (void)state;
    expect_success("{\"n\": 9223372030926249001}", 26,
                   "{\"Success\":{\"data\":{\"n\":9223372030926249001},"
                   "\"metadata\":{}}}");
    expect_success("1e400", 5,
                   "{\"Success\":{\"data\":1e400,\"metadata\":{}}}");
    expect_success("Echo: hi", 8,
                   "{\"Success\":{\"data\":{\"raw_output\":\"Echo: hi\"},"
                   "\"metadata\":{}}}");
    expect_success("{} x", 4,
                   "{\"Success\":{\"data\":{\"raw_output\":\"{} x\"},"
                   "\"metadata\":{}}}");
    expect_success(binary, 2,
                   "{\"Success\":{\"data\":{\"raw_output\":\"a\xef\xbf\xbd\"},"
                   "\"metadata\":{}}}");
    /* JSON with characters a terminal must not see: escaped as JSON is. */
    expect_success("\"\xc3\xa9\xc2\x9b\xe2\x80\xae\x7f\"", 10,
                   "{\"Success\":{\"data\":\"\xc3\xa9\\u009b\\u202e\\u007f\","
                   "\"metadata\":{}}}");
    expect_success("", 0,
                   "{\"Success\":{\"data\":{\"raw_output\":\"\"},"
                   "\"metadata\":{}}}");
}

static void failure_has_the_fixed_form(void **state)
{
    struct buffer out = {0};

    (void)state;
    job_failure(&out, "say \"no\"", true);
    assert_string_equal(out.data,
                        "{\"Failure\":{\"reason\":\"say \\\"no\\\"\","
                        "\"is_retryable\":true,\"error_code\":null}}");
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(input_is_mapped_as_the_host_does, forget),
        cmocka_unit_test_teardown(types_and_tags_are_checked, forget),
        cmocka_unit_test_teardown(the_time_limit_is_five_seconds_or_the_files,
                                  forget),
        cmocka_unit_test(output_is_data_or_raw_output),
        cmocka_unit_test(failure_has_the_fixed_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
