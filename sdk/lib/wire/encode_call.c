/* SPDX-License-Identifier: MIT */
/* Writing a FunctionCall, as layout.h describes. */
#include "writer.h"

/* The number ReturnType has for each enum hl_type (abi §6.2). */
#define RETURN_ROW(name, code, text, ptag, penum, rtag, renum) [code] = renum,
static const uint8_t return_enums[] = {HL_TYPE_TABLE(RETURN_ROW)};
#undef RETURN_ROW

/*
 * The bits of a number's value, the bytes of the others: the position behind
 * the Parameter at at, or an error's number made negative.
 */
WIRE_INLINE int64_t value_put(uint8_t *buffer, uint64_t room, uint64_t at,
                              const hl_value *arg, uint32_t type)
{
    uint8_t *to = buffer + at + 16;
    int64_t behind = (int64_t)(at + WIRE_PARAMETER_SIZE);

    if (WIRE_LIKELY(wire_type_in(type, WIRE_TYPES_WORD))) {
        wire_store64(to, (uint32_t)arg->as.u64);
        return behind;
    }
    WIRE_PIN(type);
    if (wire_type_in(type, WIRE_TYPES_FAR)) {
        wire_store64(to, WIRE_PAIR(4, arg->as.bytes.len));
        return hl_wire_bytes_put(buffer, room, (uint64_t)behind,
                                 arg->as.bytes.data, arg->as.bytes.len,
                                 type == HL_TYPE_STRING);
    }
    wire_store64(to, type == HL_TYPE_BOOL ? arg->as.u64 & 1 : arg->as.u64);
    return behind;
}

/* Write one Parameter at at; returns as value_put. */
WIRE_INLINE int64_t parameter_put(uint8_t *buffer, uint64_t room, uint64_t at,
                                  const hl_value *arg)
{
    uint8_t *to = buffer + at;
    uint32_t type = arg->type;

    if (WIRE_UNLIKELY(type - 1 >= HL_TYPE_BYTES))
        return -HL_WIRE_TYPE;
    if (WIRE_UNLIKELY(at + WIRE_PARAMETER_SIZE > room))
        return -HL_WIRE_CAPACITY;
    wire_store32(to, (uint32_t)(at - WIRE_AT_UNION));
    /* The tags of ParameterValue are the type codes (types.h). */
    wire_store32(to + 4, type << 24);
    wire_store32(to + 8, 4);
    wire_store32(to + 12, (uint32_t)(at + 12 - WIRE_AT_ONE));
    return value_put(buffer, room, at, arg, type);
}

/* All up to the offsets, but for the size and the offset of the name. */
WIRE_INLINE void head_put(uint8_t *to, const struct hl_wire_call *call)
{
    uint64_t vtable = WIRE_CALL_VTABLE;
    uint64_t list =
        WIRE_PAIR(WIRE_CALL_AT_COUNT - WIRE_CALL_AT_LIST, call->count);

    if (WIRE_UNLIKELY(call->count == 0)) {
        vtable = WIRE_CALL_VTABLE_BARE;
        list = 0;
    }
    wire_store64(to + WIRE_AT_UNION, WIRE_UNION_VTABLE);
    wire_store64(to + WIRE_AT_ONE, WIRE_ONE_VTABLE);
    wire_store64(to + WIRE_CALL_AT_VTABLE, vtable);
    wire_store64(to + WIRE_CALL_AT_VTABLE + 8, WIRE_CALL_VTABLE_REST);
    wire_store32(to + WIRE_CALL_AT_KINDS - 2,
                 (uint32_t)call->kind << 16 |
                     (uint32_t)return_enums[call->returns] << 24);
    wire_store64(to + WIRE_CALL_AT_LIST, list);
}

/* The name, last, at position at, and its offset; returns as value_put. */
WIRE_INLINE int64_t name_put(uint8_t *to, uint64_t room, uint64_t at,
                             hl_string name)
{
    if (WIRE_UNLIKELY(at == room))
        return -HL_WIRE_CAPACITY;
    wire_store32(to + WIRE_CALL_AT_NAME,
                 (uint32_t)(at + 4 - WIRE_CALL_AT_NAME));
    wire_store64(to + at, WIRE_PAIR(0, name.len));
    return hl_wire_bytes_put(to, room, at + 8, name.data, name.len, true);
}

enum hl_wire_error hl_wire_encode_call(const struct hl_wire_call *call,
                                       void *buffer, size_t capacity,
                                       size_t *size)
{
    uint8_t *to = buffer;
    uint64_t room = wire_room(capacity);
    uint64_t slot = WIRE_CALL_AT_OFFSETS;
    uint64_t last = slot + 4 * (uint64_t)call->count;
    int64_t at = (int64_t)WIRE_ROUND_UP(last);

    if (WIRE_UNLIKELY(call->count > HL_WIRE_ARGS_MAX))
        return HL_WIRE_TOO_MANY_ARGS;
    if (WIRE_UNLIKELY((uint32_t)call->kind - 1 >= HL_WIRE_CALL_HOST))
        return HL_WIRE_ENUM;
    if (WIRE_UNLIKELY((uint32_t)call->returns - 1 >= HL_TYPE_VOID))
        return HL_WIRE_TYPE;
    if (WIRE_UNLIKELY(room < (uint64_t)at))
        return HL_WIRE_CAPACITY;
    head_put(to, call);
    wire_store32(to + at - 4, 0); /* fills up the list of an odd count */
    for (const hl_value *arg = call->args; slot != last; slot += 4, arg++) {
        wire_store32(to + slot, (uint32_t)((uint64_t)at - slot));
        at = parameter_put(to, room, (uint64_t)at, arg);
        if (WIRE_UNLIKELY(at < 0))
            return (enum hl_wire_error) - at;
    }
    at = name_put(to, room, (uint64_t)at, call->name);
    if (WIRE_UNLIKELY(at < 0))
        return (enum hl_wire_error) - at;
    wire_store32(to, (uint32_t)(at - 4));
    wire_store32(to + 4, WIRE_CALL_AT_TABLE - 4);
    *size = (size_t)at;
    return HL_WIRE_OK;
}
