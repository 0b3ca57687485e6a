/* SPDX-License-Identifier: MIT */
/* guarantees: B8 */
/* UTF-8 against a decoder that is slow and plain. */
#include "wire_support.h"

#include <stdlib.h>

/* Decode code points and refuse what Unicode's definition D92 refuses. */
static bool plain_valid(const uint8_t *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint32_t lead = text[at], point;
        size_t more;
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

        if (lead < 0x80) {
            at++;
            continue;
        }
        if (lead >> 5 == 6) {
            more = 1;
            point = lead & 0x1F;
        } else if (lead >> 4 == 14) {
            more = 2;
            point = lead & 0x0F;
        } else if (lead >> 3 == 30) {
            more = 3;
            point = lead & 0x07;
        } else {
            return false;
        }
        if (len - at - 1 < more)
            return false;
        for (size_t i = 1; i <= more; i++) {
            if (text[at + i] >> 6 != 2)
                return false;
            point = point << 6 | (text[at + i] & 0x3F);
        }
        if (point < least[more] || point > 0x10FFFF ||
            (point >= 0xD800 && point <= 0xDFFF))
            return false;
        at += more + 1;
    }
    return true;
}

/* In an allocation of exactly its size. */
static void check(const uint8_t *text, size_t len)
{
    char *copy = malloc(len != 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text, len);
    assert_int_equal(hl_wire_utf8_valid(copy, len), plain_valid(text, len));
    free(copy);
}

/* Bytes about each limit of Unicode's table 3-7. */
static const uint8_t limits[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
                                 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1,
                                 0xF3, 0xF4, 0xF5, 0xF8, 0xFE, 0xFF};

static void B8_all_pairs_and_limits_of_four(void **state)
{
    uint8_t text[4];

    (void)state;
    check(text, 0);
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        text[0] = (uint8_t)(pair >> 8);
        text[1] = (uint8_t)pair;
        if (text[1] == 0)
            check(text, 1);
        check(text, 2);
    }
    for (size_t a = 0; a < COUNT_OF(limits); a++)
        for (size_t b = 0; b < COUNT_OF(limits); b++)
            for (size_t c = 0; c < COUNT_OF(limits); c++)
                for (size_t d = 0; d < COUNT_OF(limits); d++) {
                    text[0] = limits[a];
                    text[1] = limits[b];
                    text[2] = limits[c];
                    text[3] = limits[d];
                    check(text, 4);
                    if (d == 0)
                        check(text, 3);
                }
}

/* Every character there is, in one text. */
static void B8_every_character_is_valid(void **state)
{
    char *text = malloc(5 * 0x110000);
    size_t len = 0;

    (void)state;
    assert_non_null(text);
    for (uint32_t point = 0; point < 0x110000; point++) {
        if (point >= 0xD800 && point < 0xE000)
            continue;
        if (point < 0x80) {
            text[len++] = (char)point;
            continue;
        }
        if (point < 0x800) {
            text[len++] = (char)(0xC0 | point >> 6);
        } else {
            if (point < 0x10000) {
                text[len++] = (char)(0xE0 | point >> 12);
            } else {
                text[len++] = (char)(0xF0 | point >> 18);
                text[len++] = (char)(0x80 | (point >> 12 & 0x3F));
            }
            text[len++] = (char)(0x80 | (point >> 6 & 0x3F));
        }
        text[len++] = (char)(0x80 | (point & 0x3F));
    }
    assert_true(hl_wire_utf8_valid(text, len));
    assert_false(hl_wire_utf8_valid(text, len - 1));
    free(text);
}

/* One bad byte, or a cut character, at each place of texts of each length. */
static void B8_a_bad_byte_is_found_anywhere(void **state)
{
    uint8_t text[80];

    (void)state;
    for (size_t len = 1; len < sizeof(text); len++)
        for (size_t at = 0; at < len; at++) {
            memset(text, 'a', sizeof(text));
            text[at] = 0x80;
            check(text, len);
            text[at] = 0xC3;
            check(text, len);
            if (at + 1 < len)
                text[at + 1] = 0xA9;
            check(text, len);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B8_all_pairs_and_limits_of_four),
        cmocka_unit_test(B8_every_character_is_valid),
        cmocka_unit_test(B8_a_bad_byte_is_found_anywhere),
    };

    return cmocka_run_group_tests_name("wire_utf8", tests, NULL, NULL);
}
