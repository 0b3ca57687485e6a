/* SPDX-License-Identifier: MIT */
/* Writing a message, forwards, as layout.h describes. */
#ifndef HL_WIRE_WRITER_H
#define HL_WIRE_WRITER_H

#include "layout.h"

/* FlatBuffers' own limit on a message. */
#define WIRE_SIZE_MAX UINT64_C(0x7FFFFFFF)

WIRE_INLINE void wire_store64(uint8_t *to, uint64_t value)
{
    __builtin_memcpy(to, &value, sizeof(value));
}

WIRE_INLINE void wire_store32(uint8_t *to, uint32_t value)
{
    __builtin_memcpy(to, &value, sizeof(value));
}

/* The largest message that fits capacity, in whole words. */
WIRE_INLINE uint64_t wire_room(size_t capacity)
{
    uint64_t room = capacity < WIRE_SIZE_MAX ? capacity : WIRE_SIZE_MAX;

    return room & ~UINT64_C(7);
}

/*
 * Copy len bytes to buffer + at and fill with zeros up to a multiple of eight;
 * text: with at least one zero, and they must be UTF-8. Returns the position
 * behind, or an error's number made negative. room: see wire_room; at is a
 * multiple of eight, at most room.
 */
int64_t hl_wire_bytes_put(uint8_t *buffer, uint64_t room, uint64_t at,
                          const void *data, size_t len, bool text);

#endif /* HL_WIRE_WRITER_H */
