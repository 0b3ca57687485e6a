/* SPDX-License-Identifier: MIT */
/* UTF-8 as Unicode table 3-7: no overlong forms, no surrogates. */
#include "view.h"

/* Is all of it ASCII? The last loads overlap: no byte-wise end. */
static bool ascii_only(const uint8_t *text, size_t len)
{
    uint64_t bits = 0;
    size_t at = 0;

    if (len >= 8) {
        for (; len - at >= 32; at += 32)
            bits |= wire_load64(text + at) | wire_load64(text + at + 8) |
                    wire_load64(text + at + 16) | wire_load64(text + at + 24);
        for (; len - at > 8; at += 8)
            bits |= wire_load64(text + at);
        bits |= wire_load64(text + len - 8);
    } else if (len >= 4) {
        bits = wire_load32(text) | wire_load32(text + len - 4);
    } else if (len != 0) {
        bits = (uint64_t)text[0] | text[len / 2] | text[len - 1];
    }
    return (bits & WIRE_HIGH_BITS) == 0;
}

/* The index of the first byte at or after from that is not ASCII, or len. */
static size_t ascii_skip(const uint8_t *text, size_t from, size_t len)
{
    while (len - from >= 8 && !(wire_load64(text + from) & WIRE_HIGH_BITS))
        from += 8;
    while (from < len && text[from] < 0x80)
        from++;
    return from;
}

/*
 * Bytes of the character that begins with lead, and the range of its second
 * byte; 0 if no character begins so. Further bytes are 80 .. BF.
 */
static size_t lead_length(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return 2;
    if (lead < 0xF0) {
        if (lead == 0xE0)
            *low = 0xA0; /* below: overlong */
        if (lead == 0xED)
            *high = 0x9F; /* above: surrogates */
        return 3;
    }
    if (lead == 0xF0)
        *low = 0x90; /* below: overlong */
    if (lead == 0xF4)
        *high = 0x8F; /* above: past U+10FFFF */
    return lead < 0xF5 ? 4 : 0;
}

/* The length of the multi-byte character at text, 0 if malformed or cut. */
static size_t character_length(const uint8_t *text, size_t room)
{
    uint8_t low, high;
    size_t len = lead_length(text[0], &low, &high);

    if (len == 0 || len > room)
        return 0;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool hl_wire_utf8_valid(const char *text, size_t len)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0;

    if (WIRE_LIKELY(ascii_only(bytes, len)))
        return true;
    while ((at = ascii_skip(bytes, at, len)) < len) {
        size_t step = character_length(bytes + at, len - at);

        if (step == 0)
            return false;
        at += step;
    }
    return true;
}
