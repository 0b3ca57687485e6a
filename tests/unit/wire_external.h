/* SPDX-License-Identifier: MIT */
/* Messages in generation C's form (abi §12.5), shared by the tests of them.
 * The examples were dumped from Hyperlight 0.18.0. */
#ifndef WIRE_EXTERNAL_H
#define WIRE_EXTERNAL_H

#include "wire_support.h"

#include <stdlib.h>

/* Bytes 01 02 03, which lie behind. */
static const uint8_t example_bytes[] = {
    0x44, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x08, 0x00, 0x0c, 0x00, 0x07, 0x00, 0x08, 0x00, 0x08, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x00, 0x00, 0x08,
    0x00, 0x0e, 0x00, 0x07, 0x00, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x0b, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06,
    0x00, 0x0c, 0x00, 0x04, 0x00, 0x06, 0x00, 0x00, 0x00, 0x03, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03,
};

/* A copy of exactly its size, so that the sanitizer sees what is outside. */
static inline uint8_t *exact(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

/* The bytes of value lie in the message, or there are none. */
static inline void inside_assert(const uint8_t *message, size_t size,
                                 const hl_value *value)
{
    size_t at = (size_t)(value->as.bytes.data - message);

    if (value->type == HL_TYPE_BYTES || value->type == HL_TYPE_CHUNKS)
        assert_true(at <= size && value->as.bytes.len <= size - at);
}

static inline enum hl_wire_error try_call(const void *bytes, size_t size)
{
    uint8_t *copy = exact(bytes, size);
    static struct hl_wire_call out;
    enum hl_wire_error error = hl_wire_decode_call_external(copy, size, &out);

    for (uint32_t i = 0; error == HL_WIRE_OK && i < out.count; i++)
        inside_assert(copy, size, &out.args[i]);
    free(copy);
    return error;
}

static inline enum hl_wire_error try_result(const void *bytes, size_t size)
{
    uint8_t *copy = exact(bytes, size);
    struct hl_wire_result out;
    enum hl_wire_error error = hl_wire_decode_result_external(copy, size, &out);

    if (error == HL_WIRE_OK && !out.is_error)
        inside_assert(copy, size, &out.value);
    free(copy);
    return error;
}

/* Values of every type, so that the order of those behind matters. */
static inline struct hl_wire_call mixed_call(void)
{
    struct hl_wire_call call = {
        .name = TEXT("mixed"),
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_BYTES,
        .count = 8,
        .args = {{.type = HL_TYPE_BYTES, .as.string = TEXT("first")},
                 {.type = HL_TYPE_INT, .as.i32 = 5},
                 {.type = HL_TYPE_BYTES, .as.bytes = {NULL, 0}},
                 {.type = HL_TYPE_STRING, .as.string = TEXT("a string")},
                 {.type = HL_TYPE_CHUNKS, .as.string = TEXT("chunk")},
                 {.type = HL_TYPE_BYTES, .as.string = TEXT("last of all")},
                 {.type = HL_TYPE_CHUNKS, .as.bytes = {NULL, 0}},
                 {.type = HL_TYPE_BOOL, .as.boolean = true}},
    };

    return call;
}

/* Bytes that lie behind it. */
#define BEHIND 21

#endif /* WIRE_EXTERNAL_H */
