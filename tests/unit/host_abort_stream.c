/* SPDX-License-Identifier: MIT */
/* guarantees: B13 B8 */
/* The abort port's byte stream, fed chunk by chunk (abi §4.1). */
#include <string.h>

#include "test.h"
#include "abort_stream.h"

static struct hl_abort_stream stream;
static hl_error error;

static int stream_fresh(void **state)
{
    (void)state;
    memset(&stream, 0x5A, sizeof(stream)); /* stale bytes must not show */
    abort_stream_clear(&stream);
    memset(&error, 0, sizeof(error));
    return 0;
}

static hl_status feed(uint32_t chunk)
{
    return abort_stream_feed(&stream, chunk, &error);
}

/* One byte a chunk, as the simplest guests send it. */
static hl_status feed_byte(uint8_t byte)
{
    return feed(1u | (uint32_t)byte << 8);
}

static hl_status feed_text(const char *text)
{
    for (; *text != '\0'; text++)
        assert_int_equal(feed_byte((uint8_t)*text), HL_OK);
    return feed_byte(HL_ABORT_END);
}

static void B13_code_and_text(void **state)
{
    (void)state;
    assert_int_equal(feed_byte(9), HL_OK);
    assert_int_equal(feed_text("bye"), HL_FAIL_ABORT);
    assert_int_equal(error.guest_code, 9);
    assert_int_equal(error.vector, -1);
    assert_string_equal(error.message, "bye");
}

static void B13_vector_makes_it_an_exception(void **state)
{
    (void)state;
    for (unsigned vector = 0; vector < 255; vector++) {
        const char *name = exception_name(vector);

        stream_fresh(NULL);
        assert_int_equal(feed(2 | 15u << 8 | vector << 16), HL_OK);
        assert_int_equal(feed_text("x"),
                         name != NULL ? HL_FAIL_EXCEPTION : HL_FAIL_ABORT);
        assert_int_equal(error.guest_code, 15);
        assert_int_equal(error.vector, name != NULL ? (int)vector : -1);
        if (name != NULL) {
            char text[128];

            snprintf(text, sizeof(text), "Exception: %s | x", name);
            assert_string_equal(error.message, text);
        }
        assert_true((name != NULL) == (vector <= 20 || vector == 30));
    }
}

/* A code alone: the vector of the stream before is none of its own. */
static void B13_vector_is_of_this_stream(void **state)
{
    (void)state;
    stream_fresh(NULL);
    assert_int_equal(feed(2 | 15u << 8 | 14u << 16), HL_OK);
    assert_int_equal(feed(1 | (uint32_t)HL_ABORT_END << 8), HL_FAIL_EXCEPTION);
    assert_int_equal(feed(2 | 9u << 8 | (uint32_t)HL_ABORT_END << 16),
                     HL_FAIL_ABORT);
    assert_int_equal(error.guest_code, 9);
    assert_int_equal(error.vector, -1);
    assert_string_equal(error.message, "");
}

/* The least byte that is no text by itself, behind a vector that is none. */
static void B8_first_byte_that_is_no_text(void **state)
{
    (void)state;
    stream_fresh(NULL);
    assert_int_equal(feed(3 | 9u << 8 | 0x80u << 16 | 0x7Fu << 24), HL_OK);
    assert_int_equal(feed(1 | (uint32_t)HL_ABORT_END << 8), HL_FAIL_ABORT);
    assert_string_equal(error.message, "?\x7F");
}

static void B13_length_byte_above_three_counts_as_three(void **state)
{
    (void)state;
    for (unsigned len = 3; len < 256; len++) {
        stream_fresh(NULL);
        assert_int_equal(feed(len | 7u << 8 | 'a' << 16 | 'b' << 24), HL_OK);
        assert_int_equal(stream.len, 3);
        assert_int_equal(feed_byte(HL_ABORT_END), HL_FAIL_ABORT);
        assert_string_equal(error.message, "ab");
        assert_int_equal(error.guest_code, 7);
    }
}

static void B13_empty_chunks_change_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(feed(0xFFFFFF00u), HL_OK);
    assert_int_equal(stream.len, 0);
}

static void B13_bytes_behind_the_end_are_dropped(void **state)
{
    (void)state;
    assert_int_equal(feed(3 | 5u << 8 | HL_ABORT_END << 16 | 'x' << 24),
                     HL_FAIL_ABORT);
    assert_int_equal(error.guest_code, 5);
    assert_string_equal(error.message, "");
    assert_int_equal(stream.len, 0);
}

static void B13_end_alone_is_code_zero(void **state)
{
    (void)state;
    assert_int_equal(feed_byte(HL_ABORT_END), HL_FAIL_ABORT);
    assert_int_equal(error.guest_code, 0);
    assert_int_equal(error.vector, -1);
    assert_string_equal(error.message, "");
}

/* 1024 bytes are the most; the next is an error of its own (B13). */
static void B13_exactly_the_most_bytes(void **state)
{
    (void)state;
    assert_int_equal(feed_byte(8), HL_OK);
    for (int i = 1; i < HL_ABORT_BYTES_MAX; i++)
        assert_int_equal(feed_byte('m'), HL_OK);
    assert_int_equal(feed_byte(HL_ABORT_END), HL_FAIL_ABORT);
    assert_int_equal(error.guest_code, 8);
    assert_int_equal(strlen(error.message), HL_ABORT_BYTES_MAX - 1);
}

static void B13_one_byte_more_than_the_most(void **state)
{
    (void)state;
    assert_int_equal(feed_byte(8), HL_OK);
    for (int i = 1; i < HL_ABORT_BYTES_MAX; i++)
        assert_int_equal(feed_byte('m'), HL_OK);
    assert_int_equal(feed_byte('m'), HL_FAIL_ABORT);
    assert_string_equal(error.message, "Guest abort buffer overflowed");
    assert_int_equal(error.guest_code, 0);
    assert_int_equal(stream.len, 0);
}

static void B13_overflow_in_the_middle_of_a_chunk(void **state)
{
    (void)state;
    for (int i = 0; i < HL_ABORT_BYTES_MAX - 1; i++)
        assert_int_equal(feed_byte('m'), HL_OK);
    assert_int_equal(feed(3 | 'a' << 8 | 'b' << 16 | (uint32_t)'c' << 24),
                     HL_FAIL_ABORT);
    assert_string_equal(error.message, "Guest abort buffer overflowed");
}

static void B13_cleared_between_calls(void **state)
{
    (void)state;
    assert_int_equal(feed(3 | 200u << 8 | 'o' << 16 | 'l' << 24), HL_OK);
    abort_stream_clear(&stream); /* the call ends without the abort's end */
    assert_int_equal(feed_byte(9), HL_OK);
    assert_int_equal(feed_text("new"), HL_FAIL_ABORT);
    assert_string_equal(error.message, "new");
    assert_int_equal(error.guest_code, 9);
}

static void B8_text_that_is_no_text_becomes_text(void **state)
{
    (void)state;
    assert_int_equal(feed_byte(9), HL_OK);
    assert_int_equal(feed_byte('a'), HL_OK);
    assert_int_equal(feed_byte(0), HL_OK);
    assert_int_equal(feed_byte(0xC3), HL_OK);
    assert_int_equal(feed_text("b"), HL_FAIL_ABORT);
    assert_string_equal(error.message, "a??b");
}

static void B8_utf8_text_is_kept(void **state)
{
    (void)state;
    assert_int_equal(feed_byte(9), HL_OK);
    assert_int_equal(feed_text("gr\xC3\xBC\xC3\x9F"), HL_FAIL_ABORT);
    assert_string_equal(error.message, "gr\xC3\xBC\xC3\x9F");
}

static void B13_no_error_wanted_is_fine(void **state)
{
    (void)state;
    assert_int_equal(
        abort_stream_feed(&stream, 2 | 1u << 8 | 0xFFu << 16, NULL),
        HL_FAIL_ABORT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, stream_fresh)
    const struct CMUnitTest tests[] = {
        TEST(B13_code_and_text),
        TEST(B13_vector_makes_it_an_exception),
        TEST(B13_vector_is_of_this_stream),
        TEST(B8_first_byte_that_is_no_text),
        TEST(B13_length_byte_above_three_counts_as_three),
        TEST(B13_empty_chunks_change_nothing),
        TEST(B13_bytes_behind_the_end_are_dropped),
        TEST(B13_end_alone_is_code_zero),
        TEST(B13_exactly_the_most_bytes),
        TEST(B13_one_byte_more_than_the_most),
        TEST(B13_overflow_in_the_middle_of_a_chunk),
        TEST(B13_cleared_between_calls),
        TEST(B8_text_that_is_no_text_becomes_text),
        TEST(B8_utf8_text_is_kept),
        TEST(B13_no_error_wanted_is_fine),
    };

    return cmocka_run_group_tests_name("host_abort_stream", tests, NULL, NULL);
}
