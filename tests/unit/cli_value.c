/* SPDX-License-Identifier: MIT */
/* guarantees: B21 */
/* Arguments of hl call: words to values and back. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../host-harness/cli/exit_status.h"
#include "../../host-harness/cli/value.h"

static hl_value value;
static struct buffer file;
static char message[VALUE_ERROR_MAX];
static int status;
static struct value_limits limits = {.max = 64};

static bool parse(enum hl_type type, const char *word)
{
    buffer_free(&file);
    message[0] = '\0';
    return value_parse(&value, type, word, &file, &limits, message, &status);
}

static int forget(void **state)
{
    (void)state;
    buffer_free(&file);
    return 0;
}

static const char *printed(enum hl_type type, const char *word)
{
    static char text[200];
    struct buffer out = {0};

    assert_true(parse(type, word));
    value_print(&out, &value, false);
    assert_false(out.failed);
    snprintf(text, sizeof text, "%s", out.data ? out.data : "");
    buffer_free(&out);
    return text;
}

static const char *json(enum hl_type type, const char *word)
{
    static char text[200];
    struct buffer out = {0};

    assert_true(parse(type, word));
    value_print_json(&out, &value);
    snprintf(text, sizeof text, "%s", out.data);
    buffer_free(&out);
    return text;
}

static void integers_keep_their_limits(void **state)
{
    static const struct {
        enum hl_type type;
        const char *min, *max, *below, *above;
    } rows[] = {
        {HL_TYPE_INT, "-2147483648", "2147483647", "-2147483649", "2147483648"},
        {HL_TYPE_UINT, "0", "4294967295", "-1", "4294967296"},
        {HL_TYPE_LONG, "-9223372036854775808", "9223372036854775807",
         "-9223372036854775809", "9223372036854775808"},
        {HL_TYPE_ULONG, "0", "18446744073709551615", "-1",
         "18446744073709551616"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(printed(rows[i].type, rows[i].min), rows[i].min);
        assert_string_equal(printed(rows[i].type, rows[i].max), rows[i].max);
        assert_false(parse(rows[i].type, rows[i].below));
        assert_non_null(strstr(message, "out of range"));
        assert_false(parse(rows[i].type, rows[i].above));
        assert_non_null(strstr(message, "out of range"));
        assert_int_equal(status, HL_EXIT_USAGE);
    }
    assert_string_equal(printed(HL_TYPE_INT, "+7"), "7");
    assert_string_equal(printed(HL_TYPE_UINT, "-0"), "0");
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const words[] = {"",     "-",   "+",   " 1",     "1 ",
                                        "0x10", "1e3", "--1", "twelve", "1,5"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        assert_false(parse(HL_TYPE_INT, words[i]));
        assert_string_equal(message, "not a decimal number");
    }
    assert_false(parse(HL_TYPE_DOUBLE, ""));
    assert_false(parse(HL_TYPE_DOUBLE, " 1"));
    assert_false(parse(HL_TYPE_DOUBLE, "1x"));
    assert_string_equal(message, "not a number");
    assert_false(parse(HL_TYPE_DOUBLE, "1e999"));
    assert_false(parse(HL_TYPE_FLOAT, "1e39"));
    assert_string_equal(message, "number out of range; infinity is inf");
}

static void reals_print_the_shortest_text_that_reads_back(void **state)
{
    (void)state;
    assert_string_equal(printed(HL_TYPE_DOUBLE, "0.5"), "0.5");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "-1e300"), "-1e+300");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "0.1"), "0.1");
    assert_string_equal(printed(HL_TYPE_FLOAT, "0.1"), "0.1");
    assert_string_equal(printed(HL_TYPE_FLOAT, "16777216"), "16777216");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "0.30000000000000004"),
                        "0.30000000000000004");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "5e-324"), "5e-324");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "-0"), "-0");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "nan"), "nan");
    assert_string_equal(printed(HL_TYPE_FLOAT, "-nan"), "nan");
    assert_string_equal(printed(HL_TYPE_DOUBLE, "inf"), "inf");
    assert_string_equal(printed(HL_TYPE_FLOAT, "-inf"), "-inf");
}

static void every_double_survives_the_way_through_text(void **state)
{
    uint64_t bits = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct buffer out = {0};
        hl_value number = {.type = HL_TYPE_DOUBLE};

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&number.as.f64, &bits, sizeof bits);
        value_print(&out, &number, false);
        assert_true(parse(HL_TYPE_DOUBLE, out.data));
        if (!isnan(number.as.f64))
            assert_memory_equal(&value.as.f64, &bits, sizeof bits);
        buffer_free(&out);
    }
}

static void booleans_are_words(void **state)
{
    (void)state;
    assert_string_equal(printed(HL_TYPE_BOOL, "true"), "true");
    assert_string_equal(printed(HL_TYPE_BOOL, "false"), "false");
    assert_false(parse(HL_TYPE_BOOL, "1"));
    assert_false(parse(HL_TYPE_BOOL, "True"));
}

static void strings_are_text_or_literal(void **state)
{
    (void)state;
    assert_string_equal(printed(HL_TYPE_STRING, ""), "");
    assert_string_equal(printed(HL_TYPE_STRING, "hex:00"), "hex:00");
    assert_string_equal(printed(HL_TYPE_STRING, "text:@no"), "@no");
    assert_string_equal(printed(HL_TYPE_STRING, "text:text:"), "text:");
    assert_false(parse(HL_TYPE_STRING, "bad\xff"));
    assert_string_equal(message,
                        "not valid UTF-8 at byte 3, which a String must be");
}

static void bytes_are_text_or_hex(void **state)
{
    (void)state;
    assert_string_equal(printed(HL_TYPE_BYTES, "AB"), "hex:4142");
    assert_string_equal(printed(HL_TYPE_BYTES, ""), "hex:");
    assert_string_equal(printed(HL_TYPE_BYTES, "hex:00fFA0"), "hex:00ffa0");
    assert_string_equal(printed(HL_TYPE_BYTES, "hex:"), "hex:");
    assert_string_equal(printed(HL_TYPE_BYTES, "\xff"), "hex:ff");
    assert_false(parse(HL_TYPE_BYTES, "hex:0"));
    assert_false(parse(HL_TYPE_BYTES, "hex:0g"));
    assert_string_equal(message, "hex: wants pairs of hex digits");
}

static void files_are_read_and_bounded(void **state)
{
    char word[40];
    static const char content[] = "a\0b";
    int fd = memfd_create("argument", 0);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, 3), 3);
    snprintf(word, sizeof word, "@/proc/self/fd/%d", fd);
    assert_string_equal(printed(HL_TYPE_BYTES, word), "hex:610062");
    assert_true(parse(HL_TYPE_STRING, word));
    assert_int_equal(value.as.string.len, 3);
    assert_int_equal(ftruncate(fd, 64), 0);
    assert_true(parse(HL_TYPE_BYTES, word));
    assert_int_equal(ftruncate(fd, 65), 0);
    assert_false(parse(HL_TYPE_BYTES, word));
    assert_string_equal(message, "its file is too big for the input buffer (64 "
                                 "bytes); raise --input-size");
    close(fd);
    assert_false(parse(HL_TYPE_BYTES, word));
    assert_int_equal(status, HL_EXIT_NO_FILE);
    assert_null(strstr(message, word + 1));
}

static void json_has_numbers_hex_and_words(void **state)
{
    (void)state;
    assert_string_equal(json(HL_TYPE_INT, "-5"), "-5");
    assert_string_equal(json(HL_TYPE_ULONG, "18446744073709551615"),
                        "18446744073709551615");
    assert_string_equal(json(HL_TYPE_BOOL, "true"), "true");
    assert_string_equal(json(HL_TYPE_DOUBLE, "0.5"), "0.5");
    assert_string_equal(json(HL_TYPE_DOUBLE, "nan"), "\"nan\"");
    assert_string_equal(json(HL_TYPE_FLOAT, "-inf"), "\"-inf\"");
    assert_string_equal(json(HL_TYPE_BYTES, "hex:00ff10"), "\"00ff10\"");
    assert_string_equal(json(HL_TYPE_STRING, "a\"\\\n\x01\xc3\xbc"),
                        "\"a\\\"\\\\\\n\\u0001\xc3\xbc\"");
}

/* Else a terminal's own escapes (text.h) would end up inside the JSON. */
static void B21_json_escapes_what_a_terminal_must_not_see(void **state)
{
    (void)state;
    assert_string_equal(
        json(HL_TYPE_STRING, "\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\x7f\t"),
        "\"\\u009b\\u202e\\u2028\\u007f\\u0009\"");
    assert_string_equal(
        json(HL_TYPE_STRING, "\xe2\x80\xb0\xf0\x9f\x90\xa7\xef\xbf\xbf"),
        "\"\xe2\x80\xb0\xf0\x9f\x90\xa7\xef\xbf\xbf\"");
}

static void every_status_has_an_exit_status(void **state)
{
    static const struct {
        hl_status status;
        int vector;
        int exit;
    } rows[] = {
        {HL_FAIL_GUEST, -1, 1},           {HL_FAIL_TIMEOUT, -1, 124},
        {HL_FAIL_ARGUMENT, -1, 125},      {HL_FAIL_GRANT, -1, 125},
        {HL_FAIL_BACKEND, -1, 125},       {HL_FAIL_RESULT_TYPE, -1, 125},
        {HL_FAIL_TOO_BIG, -1, 125},       {HL_FAIL_IMAGE, -1, 126},
        {HL_FAIL_IMAGE_TOO_BIG, -1, 126}, {HL_FAIL_START, 14, 126},
        {HL_FAIL_NO_FILE, -1, 127},       {HL_FAIL_INSTRUCTION, -1, 132},
        {HL_FAIL_EXCEPTION, 6, 132},      {HL_FAIL_ABORT, -1, 134},
        {HL_FAIL_PORT, -1, 134},          {HL_FAIL_BUDGET, -1, 134},
        {HL_FAIL_SHUTDOWN, -1, 134},      {HL_FAIL_PROTOCOL, -1, 134},
        {HL_FAIL_NO_RESULT, -1, 134},     {HL_FAIL_EXCEPTION, 3, 134},
        {HL_FAIL_EXCEPTION, 8, 134},      {HL_FAIL_EXCEPTION, 0, 136},
        {HL_FAIL_EXCEPTION, 13, 139},     {HL_FAIL_EXCEPTION, 14, 139},
        {HL_FAIL_MEMORY, -1, 139},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        hl_error error = {.status = rows[i].status, .vector = rows[i].vector};
        assert_int_equal(exit_status_of(&error), rows[i].exit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(integers_keep_their_limits, forget),
        cmocka_unit_test_teardown(what_is_no_number_is_refused, forget),
        cmocka_unit_test_teardown(reals_print_the_shortest_text_that_reads_back,
                                  forget),
        cmocka_unit_test_teardown(every_double_survives_the_way_through_text,
                                  forget),
        cmocka_unit_test_teardown(booleans_are_words, forget),
        cmocka_unit_test_teardown(strings_are_text_or_literal, forget),
        cmocka_unit_test_teardown(bytes_are_text_or_hex, forget),
        cmocka_unit_test_teardown(files_are_read_and_bounded, forget),
        cmocka_unit_test_teardown(json_has_numbers_hex_and_words, forget),
        cmocka_unit_test_teardown(B21_json_escapes_what_a_terminal_must_not_see,
                                  forget),
        cmocka_unit_test(every_status_has_an_exit_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
