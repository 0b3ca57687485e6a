/* SPDX-License-Identifier: MIT */
/* Copying strings and byte vectors into a message. */
#include "writer.h"

/*
 * From here on memcpy is quicker: where instructions are emulated, one step of
 * rep movsq costs 1.1 us and this loop's three instructions more than twice
 * that, but getting to the rep costs some ten instructions.
 */
#define COPY_MEMCPY_MIN 96

/* The last n bytes (1 .. 7) of the len bytes at data, then zeros. */
static uint64_t tail_load(const uint8_t *data, uint64_t len, uint64_t n)
{
    const uint8_t *last = data + len - n;

    if (len >= 8)
        return wire_load64(data + len - 8) >> (64 - 8 * n);
    if (n >= 4)
        return wire_load32(last) | (uint64_t)wire_load32(last + n - 4)
                                       << (8 * (n - 4));
    return last[0] | (uint64_t)last[n / 2] << (8 * (n / 2)) |
           (uint64_t)last[n - 1] << (8 * (n - 1));
}

/* Copy the whole words of data; the result has a high bit set if data has. */
static uint64_t words_copy(uint8_t *to, const uint8_t *from, uint64_t len)
{
    uint64_t seen = 0;

    for (uint64_t i = 0; i < len; i += 8) {
        uint64_t word = wire_load64(from + i);

        seen |= word;
        wire_store64(to + i, word);
    }
    return seen;
}

enum hl_wire_error hl_wire_bytes_put(uint8_t *buffer, uint64_t room,
                                     uint64_t *at, const void *data, size_t len,
                                     bool text)
{
    uint8_t *to = buffer + *at;
    uint64_t whole = len & ~(uint64_t)7;
    uint64_t left = room - *at;
    uint64_t seen = 0;

    /* left is a multiple of eight: if len fits, so do the zeros behind it,
     * unless a text leaves no room for one. */
    if (len > left || (text && whole == left))
        return HL_WIRE_CAPACITY;
    if (!text && len >= COPY_MEMCPY_MIN)
        __builtin_memcpy(to, data, whole);
    else
        seen = words_copy(to, data, whole);
    *at += whole;
    if (text || len != whole) {
        uint64_t tail = 0;

        if (len != whole)
            tail = tail_load(data, len, len - whole);
        seen |= tail;
        wire_store64(to + whole, tail);
        *at += 8;
    }
    if (text && (seen & WIRE_HIGH_BITS) && !hl_wire_utf8_valid(data, len))
        return HL_WIRE_UTF8;
    return HL_WIRE_OK;
}
