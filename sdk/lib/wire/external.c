/* SPDX-License-Identifier: MIT */
/*
 * Generation C's form of messages: byte values do not lie in the FlatBuffer
 * but behind it, in the order of the parameters; in it there is only a table
 * with their length (abi §12.5). That table is an hlulong in all but its tag:
 * so the writer here lets the ordinary one write lengths, and sets the tags.
 */
#include "layout.h"

#define INNER_MIN 8

/* Bytes of the FlatBuffer, by its own prefix. */
static enum hl_wire_error inner_size(const void *message, size_t size,
                                     uint64_t *inner)
{
    if (size < INNER_MIN)
        return HL_WIRE_TRUNCATED;
    *inner = (uint64_t)wire_load32(message) + 4;
    return *inner > size ? HL_WIRE_TRUNCATED : HL_WIRE_OK;
}

/* Give each byte value, whose length is set, its place; all must be used. */
static enum hl_wire_error bytes_place(const uint8_t *at, uint64_t left,
                                      hl_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        hl_bytes *bytes = &values[i].as.bytes;

        if (values[i].type != HL_TYPE_BYTES)
            continue;
        if (bytes->len > left)
            return HL_WIRE_TRUNCATED;
        bytes->data = at;
        at += bytes->len;
        left -= bytes->len;
    }
    return left == 0 ? HL_WIRE_OK : HL_WIRE_OFFSET_RANGE;
}

static bool has_bytes(const hl_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].type == HL_TYPE_BYTES)
            return true;
    }
    return false;
}

enum hl_wire_error hl_wire_decode_call_external(const void *message,
                                                size_t size,
                                                struct hl_wire_call *out)
{
    uint64_t inner;
    enum hl_wire_error error = inner_size(message, size, &inner);

    if (error != HL_WIRE_OK)
        return error;
    /* Without byte values both forms are one; with them, theirs differs. */
    error = hl_wire_decode_call(message, inner, out);
    if (error != HL_WIRE_OK || has_bytes(out->args, out->count))
        error = hl_wire_call_verify(message, inner, true, out);
    if (error != HL_WIRE_OK)
        return error;
    return bytes_place((const uint8_t *)message + inner, size - inner,
                       out->args, out->count);
}

enum hl_wire_error hl_wire_decode_result_external(const void *message,
                                                  size_t size,
                                                  struct hl_wire_result *out)
{
    uint64_t inner;
    enum hl_wire_error error = inner_size(message, size, &inner);

    if (error != HL_WIRE_OK)
        return error;
    error = hl_wire_decode_result(message, inner, out);
    if (error != HL_WIRE_OK || has_bytes(&out->value, 1))
        error = hl_wire_result_verify(message, inner, true, out);
    if (error != HL_WIRE_OK)
        return error;
    return bytes_place((const uint8_t *)message + inner, size - inner,
                       &out->value, 1);
}

/* Put a byte value behind the *used bytes that are there. */
static enum hl_wire_error bytes_append(uint8_t *buffer, size_t capacity,
                                       size_t *used, hl_bytes bytes)
{
    if (bytes.len > capacity - *used)
        return HL_WIRE_CAPACITY;
    if (bytes.len != 0)
        __builtin_memcpy(buffer + *used, bytes.data, bytes.len);
    *used += bytes.len;
    return HL_WIRE_OK;
}

/* The value with its length in place of its bytes. */
static hl_value value_flat(const hl_value *value)
{
    hl_value flat = *value;

    if (value->type == HL_TYPE_BYTES) {
        flat.type = HL_TYPE_ULONG;
        flat.as.u64 = value->as.bytes.len;
    }
    return flat;
}

enum hl_wire_error hl_wire_encode_call_external(const struct hl_wire_call *call,
                                                void *buffer, size_t capacity,
                                                size_t *size)
{
    struct hl_wire_call flat;
    uint8_t *to = buffer;
    size_t used;
    enum hl_wire_error error;

    if (call->count > HL_WIRE_ARGS_MAX)
        return HL_WIRE_TOO_MANY_ARGS;
    flat.name = call->name;
    flat.kind = call->kind;
    flat.returns = call->returns;
    flat.count = call->count;
    for (uint32_t i = 0; i < call->count; i++)
        flat.args[i] = value_flat(&call->args[i]);
    error = hl_wire_encode_call(&flat, buffer, capacity, &used);
    for (uint32_t i = 0; i < call->count && error == HL_WIRE_OK; i++) {
        const uint64_t slot = WIRE_CALL_AT_OFFSETS + 4 * (uint64_t)i;

        if (call->args[i].type != HL_TYPE_BYTES)
            continue;
        to[slot + wire_load32(to + slot) + WIRE_UNION_TAG] =
            WIRE_EXTERNAL_PARAMETER;
        error = bytes_append(to, capacity, &used, call->args[i].as.bytes);
    }
    if (error == HL_WIRE_OK)
        *size = used;
    return error;
}

enum hl_wire_error
hl_wire_encode_result_external(const struct hl_wire_result *result,
                               void *buffer, size_t capacity, size_t *size)
{
    struct hl_wire_result flat;
    uint8_t *to = buffer;
    size_t used;
    enum hl_wire_error error;

    if (result->is_error || result->value.type != HL_TYPE_BYTES)
        return hl_wire_encode_result(result, buffer, capacity, size);
    flat.is_error = false;
    flat.value = value_flat(&result->value);
    error = hl_wire_encode_result(&flat, buffer, capacity, &used);
    if (error != HL_WIRE_OK)
        return error;
    to[WIRE_RESULT_AT_BOX + WIRE_UNION_TAG] = WIRE_EXTERNAL_RETURN;
    error = bytes_append(to, capacity, &used, result->value.as.bytes);
    if (error == HL_WIRE_OK)
        *size = used;
    return error;
}
