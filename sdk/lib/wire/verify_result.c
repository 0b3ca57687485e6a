/* SPDX-License-Identifier: MIT */
/* FunctionCallResult by the rules (abi §6.1): every layout, every error. */
#include "view.h"

/* The enum hl_type for each tag of ReturnValue (abi §6.2). */
#define RETURN_ROW(name, code, text, ptag, penum, rtag, renum) [rtag] = code,
static const uint8_t return_types[] = {HL_TYPE_TABLE(RETURN_ROW)};
#undef RETURN_ROW

/* The codes that exist, as a bit mask. */
#define ERROR_ROW(name, code, text) | 1u << (code)
static const uint32_t error_codes = 0 HL_ERR_TABLE(ERROR_ROW);
#undef ERROR_ROW

/* hlsizeprefixedbuffer: the vector's length counts, not its size field. */
static enum hl_wire_error buffer_decode(const struct wire_view *view,
                                        uint64_t pos, hl_bytes *bytes)
{
    struct wire_table table;
    uint64_t size, slot;
    enum hl_wire_error error = wire_table_open(view, pos, &table);

    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(0), 4, &size);
    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(1), 4, &slot);
    if (error != HL_WIRE_OK)
        return error;
    return hl_wire_bytes_decode(view, slot, bytes);
}

static enum hl_wire_error value_decode(const struct wire_view *view,
                                       uint64_t pos, hl_value *value)
{
    struct wire_table table;
    uint32_t tag;
    enum hl_wire_error error = wire_union_open(view, pos, &tag, &pos);

    if (error != HL_WIRE_OK)
        return error;
    if (view->external && tag == WIRE_EXTERNAL_RETURN)
        return hl_wire_external_decode(view, pos, value);
    if (tag >= sizeof(return_types) ||
        (view->external && return_types[tag] == HL_TYPE_BYTES))
        return HL_WIRE_UNION_TAG;
    value->type = return_types[tag];
    if (value->type == HL_TYPE_VOID)
        return wire_table_open(view, pos, &table);
    if (value->type == HL_TYPE_BYTES)
        return buffer_decode(view, pos, &value->as.bytes);
    return hl_wire_value_decode(view, value->type, pos, value);
}

/* GuestError. */
static enum hl_wire_error error_decode(const struct wire_view *view,
                                       uint64_t pos, struct hl_wire_result *out)
{
    struct wire_table table;
    uint64_t code, message;
    enum hl_wire_error error = wire_table_open(view, pos, &table);

    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(0), 8, &code);
    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(1), 4, &message);
    if (error != HL_WIRE_OK)
        return error;
    out->code = code != 0 ? wire_load64(view->base + code) : HL_ERR_NONE;
    if (out->code > HL_ERR_HOST || !(error_codes >> out->code & 1))
        out->code = HL_ERR_UNKNOWN; /* abi §8.2 */
    out->value.type = HL_TYPE_NONE;
    return hl_wire_string_decode(view, message, &out->message);
}

enum hl_wire_error hl_wire_result_verify(const void *message, size_t size,
                                         bool external,
                                         struct hl_wire_result *out)
{
    struct wire_view view;
    uint64_t pos;
    uint32_t tag;
    enum hl_wire_error error = wire_view_open(message, size, &view, &pos);

    view.external = external;
    if (error == HL_WIRE_OK)
        error = wire_union_open(&view, pos, &tag, &pos);
    if (error != HL_WIRE_OK)
        return error;
    out->is_error = tag == WIRE_RESULT_ERROR;
    if (out->is_error)
        return error_decode(&view, pos, out);
    if (tag != WIRE_RESULT_VALUE)
        return HL_WIRE_UNION_TAG;
    out->code = HL_ERR_NONE;
    out->message = (hl_string){.data = "", .len = 0};
    return value_decode(&view, pos, &out->value);
}
