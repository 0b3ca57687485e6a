/* SPDX-License-Identifier: MIT */
/*
 * FunctionCallResult. As with calls (decode_call.c) what is laid out exactly
 * as our writer does it is recognised first; here only if it is a number, as
 * the replies to most host calls are.
 */
#include "layout.h"

/* The message of size bytes; false unless it is one of ours with a number. */
WIRE_INLINE bool number_read(const uint8_t *base, size_t size, hl_value *value)
{
    uint32_t type;

    if (size < WIRE_RESULT_AT_DATA || wire_load64(base) != WIRE_RESULT_HEAD ||
        wire_load64(base + WIRE_AT_UNION) != WIRE_UNION_VTABLE ||
        wire_load64(base + WIRE_AT_ONE) != WIRE_ONE_VTABLE ||
        wire_load64(base + WIRE_RESULT_AT_ROOT) !=
            WIRE_RESULT_ROOT(WIRE_RESULT_VALUE) ||
        wire_load64(base + 0x20) != WIRE_RESULT_BOX ||
        wire_load32(base + 0x2c) !=
            WIRE_RESULT_AT_ONE - (WIRE_RESULT_AT_BOX + WIRE_UNION_VALUE) ||
        wire_load32(base + WIRE_RESULT_AT_ONE) !=
            WIRE_RESULT_AT_ONE - WIRE_AT_ONE)
        return false;
    type = base[WIRE_RESULT_AT_BOX + WIRE_UNION_TAG];
    if (type > HL_TYPE_BOOL)
        return false;
    value->type = type;
    value->as.u64 = wire_load64(base + WIRE_RESULT_AT_VALUE);
    if (wire_type_in(type, WIRE_TYPES_WORD))
        value->as.u64 = (uint32_t)value->as.u64;
    else if (type == HL_TYPE_BOOL)
        value->as.u64 = (uint8_t)value->as.u64 != 0;
    else if (!wire_type_in(type, WIRE_TYPES_WIDE))
        return false;
    return true;
}

enum hl_wire_error hl_wire_decode_result(const void *message, size_t size,
                                         struct hl_wire_result *out)
{
    if (WIRE_LIKELY(number_read(message, size, &out->value))) {
        out->is_error = false;
        out->code = HL_ERR_NONE;
        out->message = (hl_string){.data = "", .len = 0};
        return HL_WIRE_OK;
    }
    return hl_wire_result_verify(message, size, false, out);
}
