/* SPDX-License-Identifier: MIT */
/* Copying strings and byte vectors into a message. */
#include "writer.h"

/*
 * From here on memcpy is quicker: where instructions are emulated, one step of
 * rep movsq costs 1.1 us and this loop's three instructions more than twice
 * that, but getting to the rep costs some ten instructions.
 */
#define COPY_MEMCPY_MIN 96

/* The len bytes (0 .. 7) at data, then zeros. */
static uint64_t short_load(const uint8_t *data, uint64_t len)
{
    if (len >= 4)
        return wire_load32(data) | (uint64_t)wire_load32(data + len - 4)
                                       << (8 * (len - 4));
    if (len == 0)
        return 0;
    return data[0] | (uint64_t)data[len / 2] << (8 * (len / 2)) |
           (uint64_t)data[len - 1] << (8 * (len - 1));
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

int64_t hl_wire_bytes_put(uint8_t *buffer, uint64_t room, uint64_t at,
                          const void *data, size_t len, bool text)
{
    uint8_t *to = buffer + at;
    uint64_t left = room - at;
    uint64_t whole = len & ~(uint64_t)7;
    uint64_t seen = 0;
    uint64_t need, tail;

    if (WIRE_UNLIKELY(len > left))
        return -HL_WIRE_CAPACITY;
    need = WIRE_ROUND_UP(len + text);
    if (WIRE_UNLIKELY(need > left))
        return -HL_WIRE_CAPACITY;
    if (len < 8) {
        tail = short_load(data, len);
    } else {
        const uint8_t *last = (const uint8_t *)data + len - 8;

        if (!text && len >= COPY_MEMCPY_MIN)
            __builtin_memcpy(to, data, whole);
        else
            seen = words_copy(to, data, whole);
        /* Twice, as whole words leave nothing and 64 is no shift. */
        tail = wire_load64(last) >> 8 >> (56 - 8 * (len & 7));
    }
    if (need != whole)
        wire_store64(to + whole, tail);
    if (text && WIRE_UNLIKELY((seen | tail) & WIRE_HIGH_BITS) &&
        !hl_wire_utf8_valid(data, len))
        return -HL_WIRE_UTF8;
    return (int64_t)(at + need);
}
