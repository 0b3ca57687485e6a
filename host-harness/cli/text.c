/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <string.h>

enum { WORD_MAX = 40 };

/*
 * Well-formed sequences (Unicode table 3-7): lead byte range, range of the
 * second byte, length. Later bytes are 80..BF.
 */
static const struct lead {
    uint8_t first, last, second_min, second_max, size;
} leads[] = {
    {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const struct lead *lead_find(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

enum text_step text_next(const uint8_t *p, size_t len, size_t *size,
                         uint32_t *code)
{
    const struct lead *lead = lead_find(p[0]);

    *size = 1;
    if (!lead)
        return TEXT_INVALID;
    uint32_t value = lead->size == 1 ? p[0] : p[0] & (0x7Fu >> lead->size);
    for (size_t i = 1; i < lead->size; i++) {
        uint8_t min = i == 1 ? lead->second_min : 0x80;
        uint8_t max = i == 1 ? lead->second_max : 0xBF;
        if (i == len)
            return TEXT_CUT;
        if (p[i] < min || p[i] > max)
            return TEXT_INVALID;
        *size = i + 1;
        value = value << 6 | (p[i] & 0x3Fu);
    }
    *code = value;
    return TEXT_VALID;
}

bool text_is_plain(uint32_t c, enum text_mode mode)
{
    if (c == '\n' || c == '\t')
        return mode == TEXT_TERMINAL;
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F))
        return false;
    /* Line and paragraph separators, direction marks, overrides, isolates. */
    if ((c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
        c == 0x200E || c == 0x200F || c == 0x061C)
        return false;
    return true;
}

static void escape_bytes(struct buffer *out, const uint8_t *p, size_t size)
{
    if (size == 1 && *p == '\n')
        buffer_text(out, "\\n");
    else if (size == 1 && *p == '\t')
        buffer_text(out, "\\t");
    else
        for (size_t i = 0; i < size; i++)
            buffer_format(out, "\\x%02x", p[i]);
}

void text_escape(struct buffer *out, const void *bytes, size_t len,
                 enum text_mode mode)
{
    const uint8_t *p = bytes;

    while (len) {
        size_t size;
        uint32_t code;
        enum text_step step = text_next(p, len, &size, &code);
        if (step == TEXT_VALID && text_is_plain(code, mode))
            buffer_add(out, p, size);
        else
            escape_bytes(out, p, size);
        p += size;
        len -= size;
    }
}

void text_lossy(struct buffer *out, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    while (len) {
        size_t size;
        uint32_t code;
        if (text_next(p, len, &size, &code) == TEXT_VALID)
            buffer_add(out, p, size);
        else
            buffer_text(out, "\xEF\xBF\xBD");
        p += size;
        len -= size;
    }
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

unsigned text_distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);

    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    for (unsigned j = 0; j <= m; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            unsigned change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                unsigned swapped = rows[(i + 1) % 3][j - 2] + 1;
                row[j] = row[j] < swapped ? row[j] : swapped;
            }
        }
    }
    return rows[n % 3][m];
}
