/* SPDX-License-Identifier: MIT */
/* Writing a FunctionCallResult, as layout.h describes. */
#include "writer.h"

#define VOID_SIZE     0x38
#define VOID_VTABLE   WIRE_VTABLE(4, 4, 0, 0)
#define BUFFER_VTABLE WIRE_VTABLE(8, 12, 4, 8)
#define ERROR_VTABLE  WIRE_VTABLE(8, 20, 8, 4)
#define AT_ERROR      0x28
#define AT_TEXT       0x3c

/* The tag ReturnValue has for each enum hl_type (abi §6.2). */
#define RETURN_ROW(name, code, text, ptag, penum, rtag, renum) [code] = rtag,
static const uint8_t return_tags[] = {HL_TYPE_TABLE(RETURN_ROW)};
#undef RETURN_ROW

WIRE_INLINE void head_put(uint8_t *to, uint64_t size, uint64_t vtable,
                          uint32_t tag)
{
    wire_store64(to, WIRE_PAIR(size - 4, WIRE_RESULT_AT_ROOT - 4));
    wire_store64(to + WIRE_AT_UNION, WIRE_UNION_VTABLE);
    wire_store64(to + WIRE_AT_ONE, vtable);
    wire_store64(to + WIRE_RESULT_AT_ROOT, WIRE_RESULT_ROOT(tag));
}

/* All of a value but what the table at where holds. */
WIRE_INLINE void value_put(uint8_t *to, uint64_t size, uint64_t vtable,
                           uint32_t tag, uint32_t where)
{
    head_put(to, size, vtable, WIRE_RESULT_VALUE);
    wire_store64(to + 0x20, WIRE_RESULT_BOX);
    wire_store32(to + 0x28, tag << 24);
    wire_store32(to + 0x2c, where - (WIRE_RESULT_AT_BOX + WIRE_UNION_VALUE));
    wire_store64(to + 0x30, WIRE_PAIR(0, WIRE_RESULT_AT_ONE - WIRE_AT_ONE));
}

static enum hl_wire_error error_encode(const struct hl_wire_result *result,
                                       uint8_t *to, uint64_t room, size_t *size)
{
    int64_t behind;

    if (room < WIRE_RESULT_AT_DATA)
        return HL_WIRE_CAPACITY;
    behind = hl_wire_bytes_put(to, room, WIRE_RESULT_AT_DATA,
                               result->message.data, result->message.len, true);
    if (behind < 0)
        return (enum hl_wire_error) - behind;
    *size = (size_t)behind;
    head_put(to, *size, ERROR_VTABLE, WIRE_RESULT_ERROR);
    wire_store64(to + 0x20, AT_ERROR - 0x20);
    wire_store64(to + 0x28,
                 WIRE_PAIR(AT_ERROR - WIRE_AT_ONE, AT_TEXT - (AT_ERROR + 4)));
    wire_store64(to + 0x30, result->code);
    wire_store64(to + 0x38, WIRE_PAIR(0, result->message.len));
    return HL_WIRE_OK;
}

static enum hl_wire_error void_encode(uint8_t *to, uint64_t room, size_t *size)
{
    if (room < VOID_SIZE)
        return HL_WIRE_CAPACITY;
    value_put(to, VOID_SIZE, VOID_VTABLE, return_tags[HL_TYPE_VOID],
              WIRE_RESULT_AT_ONE);
    *size = VOID_SIZE;
    return HL_WIRE_OK;
}

/* STRING and BYTES, which lie alike in an hl_value. */
static enum hl_wire_error far_encode(const hl_value *value, uint8_t *to,
                                     uint64_t room, size_t *size)
{
    bool text = value->type == HL_TYPE_STRING;
    size_t len = value->as.bytes.len;
    int64_t behind;

    if (room < WIRE_RESULT_AT_DATA)
        return HL_WIRE_CAPACITY;
    behind = hl_wire_bytes_put(to, room, WIRE_RESULT_AT_DATA,
                               value->as.bytes.data, len, text);
    if (behind < 0)
        return (enum hl_wire_error) - behind;
    *size = (size_t)behind;
    if (text) {
        value_put(to, *size, WIRE_ONE_VTABLE, return_tags[HL_TYPE_STRING],
                  WIRE_RESULT_AT_ONE);
    } else {
        value_put(to, *size, BUFFER_VTABLE, return_tags[HL_TYPE_BYTES],
                  WIRE_RESULT_AT_BUFFER);
        wire_store64(to + WIRE_RESULT_AT_BUFFER,
                     WIRE_PAIR(WIRE_RESULT_AT_BUFFER - WIRE_AT_ONE, len));
    }
    wire_store64(to + WIRE_RESULT_AT_VALUE, WIRE_PAIR(4, len));
    return HL_WIRE_OK;
}

/* Everything that is not a number. */
static WIRE_COLD enum hl_wire_error
other_encode(const struct hl_wire_result *result, void *buffer, size_t capacity,
             size_t *size)
{
    uint64_t room = wire_room(capacity);

    if (result->is_error)
        return error_encode(result, buffer, room, size);
    if (result->value.type == HL_TYPE_VOID)
        return void_encode(buffer, room, size);
    if (result->value.type == HL_TYPE_STRING ||
        result->value.type == HL_TYPE_BYTES)
        return far_encode(&result->value, buffer, room, size);
    return HL_WIRE_TYPE;
}

enum hl_wire_error hl_wire_encode_result(const struct hl_wire_result *result,
                                         void *buffer, size_t capacity,
                                         size_t *size)
{
    uint32_t type = result->value.type;
    uint64_t bits = result->value.as.u64;

    if (WIRE_UNLIKELY(result->is_error))
        return other_encode(result, buffer, capacity, size);
    WIRE_PIN(type);
    if (WIRE_UNLIKELY(type > HL_TYPE_BOOL))
        return other_encode(result, buffer, capacity, size);
    if (WIRE_LIKELY(wire_type_in(type, WIRE_TYPES_WORD)))
        bits = (uint32_t)bits;
    else if (type == HL_TYPE_BOOL)
        bits &= 1;
    else if (type == HL_TYPE_NONE || type == HL_TYPE_STRING)
        return other_encode(result, buffer, capacity, size);
    if (WIRE_UNLIKELY(capacity < WIRE_RESULT_AT_DATA))
        return HL_WIRE_CAPACITY;
    /* The tag of a number is its type. */
    value_put(buffer, WIRE_RESULT_AT_DATA, WIRE_ONE_VTABLE, type,
              WIRE_RESULT_AT_ONE);
    wire_store64((uint8_t *)buffer + WIRE_RESULT_AT_VALUE, bits);
    *size = WIRE_RESULT_AT_DATA;
    return HL_WIRE_OK;
}
