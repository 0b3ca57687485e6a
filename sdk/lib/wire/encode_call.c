/* SPDX-License-Identifier: MIT */
/* Writing a FunctionCall, as layout.h describes. */
#include "writer.h"

/* The number ReturnType has for each enum hl_type (abi §6.2). */
#define RETURN_ROW(name, code, text, ptag, penum, rtag, renum) [code] = renum,
static const uint8_t return_enums[] = {HL_TYPE_TABLE(RETURN_ROW)};
#undef RETURN_ROW

/* Write one Parameter at *at. */
WIRE_INLINE enum hl_wire_error parameter_put(uint8_t *buffer, uint64_t room,
                                             uint64_t *at, const hl_value *arg)
{
    uint64_t pos = *at;
    uint8_t *to = buffer + pos;
    uint64_t bits;

    if (WIRE_UNLIKELY(arg->type - 1 >= HL_TYPE_BYTES))
        return HL_WIRE_TYPE;
    if (WIRE_UNLIKELY(room - pos < WIRE_PARAMETER_SIZE))
        return HL_WIRE_CAPACITY;
    *at = pos + WIRE_PARAMETER_SIZE;
    /* The tags of ParameterValue are the type codes (types.h). */
    wire_store64(to, WIRE_PAIR(pos - WIRE_AT_UNION, arg->type << 24));
    wire_store64(to + 8, WIRE_PAIR(4, pos + 12 - WIRE_AT_ONE));
    if (wire_type_in(arg->type, WIRE_TYPES_FAR)) {
        wire_store64(to + 16, WIRE_PAIR(4, arg->as.bytes.len));
        return hl_wire_bytes_put(buffer, room, at, arg->as.bytes.data,
                                 arg->as.bytes.len,
                                 arg->type == HL_TYPE_STRING);
    }
    bits = arg->as.u64;
    if (wire_type_in(arg->type, WIRE_TYPES_WORD))
        bits = (uint32_t)bits;
    else if (arg->type == HL_TYPE_BOOL)
        bits &= 1;
    wire_store64(to + 16, bits);
    return HL_WIRE_OK;
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

/* The name, last, where *at is; and its offset. */
WIRE_INLINE enum hl_wire_error name_put(uint8_t *to, uint64_t room,
                                        uint64_t *at, hl_string name)
{
    if (WIRE_UNLIKELY(room - *at < 8))
        return HL_WIRE_CAPACITY;
    wire_store32(to + WIRE_CALL_AT_NAME,
                 (uint32_t)(*at + 4 - WIRE_CALL_AT_NAME));
    wire_store64(to + *at, WIRE_PAIR(0, name.len));
    *at += 8;
    return hl_wire_bytes_put(to, room, at, name.data, name.len, true);
}

enum hl_wire_error hl_wire_encode_call(const struct hl_wire_call *call,
                                       void *buffer, size_t capacity,
                                       size_t *size)
{
    uint8_t *to = buffer;
    uint64_t room = wire_room(capacity);
    uint64_t count = call->count;
    uint64_t at = WIRE_ROUND_UP(WIRE_CALL_AT_OFFSETS + 4 * count);
    enum hl_wire_error error;

    if (WIRE_UNLIKELY(count > HL_WIRE_ARGS_MAX))
        return HL_WIRE_TOO_MANY_ARGS;
    if (WIRE_UNLIKELY((uint32_t)call->kind - 1 >= HL_WIRE_CALL_HOST))
        return HL_WIRE_ENUM;
    if (WIRE_UNLIKELY((uint32_t)call->returns - 1 >= HL_TYPE_VOID))
        return HL_WIRE_TYPE;
    if (WIRE_UNLIKELY(room < at))
        return HL_WIRE_CAPACITY;
    head_put(to, call);
    if (count & 1) /* what fills the list of offsets up */
        wire_store32(to + at - 4, 0);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t slot = WIRE_CALL_AT_OFFSETS + 4 * i;

        wire_store32(to + slot, (uint32_t)(at - slot));
        error = parameter_put(to, room, &at, &call->args[i]);
        if (WIRE_UNLIKELY(error != HL_WIRE_OK))
            return error;
    }
    error = name_put(to, room, &at, call->name);
    if (WIRE_UNLIKELY(error != HL_WIRE_OK))
        return error;
    wire_store64(to, WIRE_PAIR(at - 4, WIRE_CALL_AT_TABLE - 4));
    *size = at;
    return HL_WIRE_OK;
}
