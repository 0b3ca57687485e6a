/* SPDX-License-Identifier: MIT */
/*
 * Generation C's form of messages: byte values do not lie in the FlatBuffer
 * but behind it, in the order of the parameters; in it there is only a table
 * with their length (abi §12.5). That table is an hlulong in all but its tag:
 * so the writer here lets the ordinary one write lengths, and sets the tags.
 * The table of chunks has a second field, for which an hlulong has no room:
 * theirs, with a vtable of its own, is put behind the rest:
 *   00  vtable: length at 8, chunked at 4
 *   08  back, chunked; the length
 */
#include "writer.h"

#define INNER_MIN     8

#define CHUNKS_SIZE   24
#define CHUNKS_VTABLE WIRE_VTABLE(8, 16, 8, 4)
#define CHUNKS_TABLE  8

/* Do values of this type lie behind the FlatBuffer? */
static bool lies_behind(uint32_t type)
{
    return type == HL_TYPE_BYTES || type == HL_TYPE_CHUNKS;
}

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

        if (!lies_behind(values[i].type))
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

/* The message as it grows. */
struct message {
    uint8_t *to;
    size_t capacity;
    size_t used;
};

/* Put a byte value behind what is there. */
static enum hl_wire_error bytes_append(struct message *message, hl_bytes bytes)
{
    if (bytes.len > message->capacity - message->used)
        return HL_WIRE_CAPACITY;
    if (bytes.len != 0)
        __builtin_memcpy(message->to + message->used, bytes.data, bytes.len);
    message->used += bytes.len;
    return HL_WIRE_OK;
}

/* Put a table of chunks behind what is there, as what the slot leads to. */
static enum hl_wire_error chunks_append(struct message *message, uint64_t slot,
                                        uint64_t len)
{
    uint64_t at = message->used;

    if (wire_room(message->capacity) - at < CHUNKS_SIZE)
        return HL_WIRE_CAPACITY;
    wire_store64(message->to + at, CHUNKS_VTABLE);
    wire_store64(message->to + at + CHUNKS_TABLE, WIRE_PAIR(CHUNKS_TABLE, 1));
    wire_store64(message->to + at + CHUNKS_TABLE + 8, len);
    wire_store32(message->to + slot, (uint32_t)(at + CHUNKS_TABLE - slot));
    message->used += CHUNKS_SIZE;
    wire_store32(message->to, (uint32_t)(message->used - 4));
    return HL_WIRE_OK;
}

/* Make the union at position at, of a value that was written flat, what it
 * is. */
static enum hl_wire_error union_mend(struct message *message, uint64_t at,
                                     uint8_t tag, const hl_value *value)
{
    if (!lies_behind(value->type))
        return HL_WIRE_OK;
    message->to[at + WIRE_UNION_TAG] = tag;
    if (value->type == HL_TYPE_BYTES)
        return HL_WIRE_OK;
    return chunks_append(message, at + WIRE_UNION_VALUE, value->as.bytes.len);
}

/* The value with its length in place of its bytes. */
static hl_value value_flat(const hl_value *value)
{
    hl_value flat = *value;

    if (lies_behind(value->type)) {
        flat.type = HL_TYPE_ULONG;
        flat.as.u64 = value->as.bytes.len;
    }
    return flat;
}

/* The call without what generation C writes otherwise. */
static enum hl_wire_error flat_encode(const struct hl_wire_call *call,
                                      struct message *message)
{
    struct hl_wire_call flat;
    enum hl_wire_error error;

    flat.name = call->name;
    flat.kind = call->kind;
    flat.returns =
        call->returns == HL_TYPE_CHUNKS ? HL_TYPE_BYTES : call->returns;
    flat.count = call->count;
    for (uint32_t i = 0; i < call->count; i++)
        flat.args[i] = value_flat(&call->args[i]);
    error = hl_wire_encode_call(&flat, message->to, message->capacity,
                                &message->used);
    if (error == HL_WIRE_OK && call->returns == HL_TYPE_CHUNKS)
        message->to[WIRE_CALL_AT_KINDS + 1] = WIRE_RETURNS_CHUNKS;
    return error;
}

enum hl_wire_error hl_wire_encode_call_external(const struct hl_wire_call *call,
                                                void *buffer, size_t capacity,
                                                size_t *size)
{
    struct message message = {buffer, capacity, 0};
    enum hl_wire_error error;

    if (call->count > HL_WIRE_ARGS_MAX)
        return HL_WIRE_TOO_MANY_ARGS;
    error = flat_encode(call, &message);
    for (uint32_t i = 0; i < call->count && error == HL_WIRE_OK; i++) {
        const uint64_t slot = WIRE_CALL_AT_OFFSETS + 4 * (uint64_t)i;

        error = union_mend(&message, slot + wire_load32(message.to + slot),
                           WIRE_EXTERNAL_PARAMETER, &call->args[i]);
    }
    for (uint32_t i = 0; i < call->count && error == HL_WIRE_OK; i++)
        if (lies_behind(call->args[i].type))
            error = bytes_append(&message, call->args[i].as.bytes);
    if (error == HL_WIRE_OK)
        *size = message.used;
    return error;
}

enum hl_wire_error
hl_wire_encode_result_external(const struct hl_wire_result *result,
                               void *buffer, size_t capacity, size_t *size)
{
    struct message message = {buffer, capacity, 0};
    struct hl_wire_result flat;
    enum hl_wire_error error;

    if (result->is_error || !lies_behind(result->value.type))
        return hl_wire_encode_result(result, buffer, capacity, size);
    flat.is_error = false;
    flat.value = value_flat(&result->value);
    error = hl_wire_encode_result(&flat, buffer, capacity, &message.used);
    if (error == HL_WIRE_OK)
        error = union_mend(&message, WIRE_RESULT_AT_BOX, WIRE_EXTERNAL_RETURN,
                           &result->value);
    if (error == HL_WIRE_OK)
        error = bytes_append(&message, result->value.as.bytes);
    if (error == HL_WIRE_OK)
        *size = message.used;
    return error;
}
