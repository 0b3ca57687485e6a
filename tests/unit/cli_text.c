/* SPDX-License-Identifier: MIT */
/* guarantees: B21 */
/* Guest text: what a terminal and a one-line message show of it. */
#include "test.h"

#include <string.h>
#include <unistd.h>

#include "../../host-harness/cli/fault.h"
#include "../../host-harness/cli/output.h"
#include "../../host-harness/cli/text.h"

static const char *escaped(const char *text, size_t len, enum text_mode mode)
{
    static char copy[200];
    struct buffer out = {0};

    text_escape(&out, text, len, mode);
    snprintf(copy, sizeof copy, "%s", out.data ? out.data : "");
    buffer_free(&out);
    return copy;
}

#define ESCAPED(text, mode) escaped(text, sizeof(text) - 1, mode)

static void B21_control_characters_do_not_reach_a_terminal(void **state)
{
    (void)state;
    assert_string_equal(ESCAPED("\x1b[31mred\a\b\r\x7f\0", TEXT_TERMINAL),
                        "\\x1b[31mred\\x07\\x08\\x0d\\x7f\\x00");
    assert_string_equal(ESCAPED("a\tb\n", TEXT_TERMINAL), "a\tb\n");
    /* C1 in UTF-8 and raw, a direction override, ill-formed sequences. */
    assert_string_equal(ESCAPED("\xc2\x9b\x9b", TEXT_TERMINAL),
                        "\\xc2\\x9b\\x9b");
    assert_string_equal(ESCAPED("\xe2\x80\xae", TEXT_TERMINAL),
                        "\\xe2\\x80\\xae");
    assert_string_equal(
        ESCAPED("\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf", TEXT_TERMINAL),
        "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xc0\\xaf");
    assert_string_equal(
        ESCAPED("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7", TEXT_TERMINAL),
        "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7");
}

static void B21_a_message_stays_one_line(void **state)
{
    (void)state;
    assert_string_equal(ESCAPED("one\ntwo\tthree\r\n", TEXT_LINE),
                        "one\\ntwo\\tthree\\x0d\\n");
    assert_string_equal(ESCAPED("a\xe2\x80\xa8z", TEXT_LINE),
                        "a\\xe2\\x80\\xa8z");
}

static void lossy_text_replaces_maximal_parts(void **state)
{
    static const char text[] = "a\xf0\x9f\x90z\xff\xe2\x82";
    struct buffer out = {0};

    (void)state;
    text_lossy(&out, text, sizeof text - 1);
    assert_string_equal(out.data, "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
    buffer_free(&out);
}

static void near_words_are_near(void **state)
{
    (void)state;
    assert_int_equal(text_distance("run", "run"), 0);
    assert_int_equal(text_distance("rnu", "run"), 1);
    assert_int_equal(text_distance("inspct", "inspect"), 1);
    assert_int_equal(text_distance("", "job"), 3);
    assert_true(text_distance("doctor", "call") > 3);
}

static void B21_a_character_cut_by_two_writes_stays_whole(void **state)
{
    struct output output = {.escape = true};
    char got[40] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    output.fd = ends[1];
    assert_int_equal(output_write(&output, "\xe2\x82", 2), 0);
    assert_int_equal(output_write(&output, "\xac\x1b\xe2", 3), 0);
    assert_int_equal(output_flush(&output), 0);
    assert_int_equal(read(ends[0], got, sizeof got - 1), 11);
    assert_string_equal(got, "\xe2\x82\xac\\x1b\\xe2");
    close(ends[0]);
    close(ends[1]);
    output_free(&output);
}

static void raw_output_is_byte_exact(void **state)
{
    static const char text[] = "\x1b\0\xff\n";
    struct output output = {0};
    char got[8];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    output.fd = ends[1];
    assert_int_equal(output_write(&output, text, 4), 0);
    assert_int_equal(read(ends[0], got, sizeof got), 4);
    assert_memory_equal(got, text, 4);
    close(ends[0]);
    close(ends[1]);
}

static void a_fault_report_is_taken_apart(void **state)
{
    char message[] = "cannot read 0x10\n"
                     "rip=0xffff8000 rsp=7ff8 rax=0\n"
                     "bt=0x1234 0x20 30";
    struct fault fault;

    (void)state;
    assert_true(fault_split(&fault, message));
    assert_string_equal(message, "cannot read 0x10");
    assert_int_equal(fault.register_count, 3);
    assert_string_equal(fault.registers[1].name, "rsp");
    assert_int_equal(fault.registers[1].value, 0x7ff8);
    assert_int_equal(fault.frame_count, 3);
    assert_int_equal(fault.frames[0], 0x1234);
    assert_int_equal(fault.frames[2], 0x30);
}

static void hostile_fault_reports_are_only_text(void **state)
{
    static const char *const plain[] = {"",
                                        "one line",
                                        "two\nlines",
                                        "x\nbt=",
                                        "x\nrip=",
                                        "x\nbt=zz",
                                        "x\nrip=12345678123456781",
                                        "x\nverylongname=1",
                                        "x\n\n\n"};
    struct fault fault;
    char text[4096];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        snprintf(text, sizeof text, "%s", plain[i]);
        assert_false(fault_split(&fault, text));
        assert_string_equal(text, plain[i]);
    }
    strcpy(text, "many\nbt=");
    for (int i = 0; i < 500; i++)
        strcat(text, "1 ");
    strcat(text, "\n");
    for (int i = 0; i < 100; i++)
        strcat(text, "r1=1 ");
    assert_true(fault_split(&fault, text));
    assert_int_equal(fault.frame_count, FAULT_FRAMES_MAX);
    assert_int_equal(fault.register_count, FAULT_REGISTERS_MAX);
    assert_string_equal(text, "many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B21_control_characters_do_not_reach_a_terminal),
        cmocka_unit_test(B21_a_message_stays_one_line),
        cmocka_unit_test(lossy_text_replaces_maximal_parts),
        cmocka_unit_test(near_words_are_near),
        cmocka_unit_test(B21_a_character_cut_by_two_writes_stays_whole),
        cmocka_unit_test(raw_output_is_byte_exact),
        cmocka_unit_test(a_fault_report_is_taken_apart),
        cmocka_unit_test(hostile_fault_reports_are_only_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
