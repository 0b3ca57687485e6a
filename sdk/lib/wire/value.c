/* SPDX-License-Identifier: MIT */
/* Strings, byte vectors and the one-field value tables (abi §6.1). */
#include "view.h"

enum hl_wire_error hl_wire_string_decode(const struct wire_view *view,
                                         uint64_t slot, hl_string *string)
{
    uint64_t pos, len;
    enum hl_wire_error error;

    /* Not NULL, and NUL-terminated (types.h). */
    *string = (hl_string){.data = "", .len = 0};
    if (slot == 0)
        return HL_WIRE_OK;
    error = wire_follow(view, slot, &pos);
    if (error != HL_WIRE_OK)
        return error;
    len = wire_load32(view->base + pos);
    /* Equal: the NUL would be the first byte outside. */
    if (len >= view->end - 4 - pos)
        return HL_WIRE_OFFSET_RANGE;
    string->data = (const char *)view->base + pos + 4;
    string->len = len;
    if (string->data[len] != '\0')
        return HL_WIRE_STRING_NUL;
    return hl_wire_utf8_valid(string->data, len) ? HL_WIRE_OK : HL_WIRE_UTF8;
}

enum hl_wire_error hl_wire_bytes_decode(const struct wire_view *view,
                                        uint64_t slot, hl_bytes *bytes)
{
    uint64_t pos, len;
    enum hl_wire_error error;

    *bytes = (hl_bytes){.data = (const uint8_t *)"", .len = 0};
    if (slot == 0)
        return HL_WIRE_OK;
    error = wire_follow(view, slot, &pos);
    if (error != HL_WIRE_OK)
        return error;
    len = wire_load32(view->base + pos);
    if (len > view->end - 4 - pos)
        return HL_WIRE_OFFSET_RANGE;
    bytes->data = view->base + pos + 4;
    bytes->len = len;
    return HL_WIRE_OK;
}

/* The bits of a number at where, 0 if absent; never through an FP register:
 * a signalling NaN would change. */
static uint64_t number_load(const struct wire_view *view, uint32_t width,
                            uint64_t where)
{
    if (where == 0)
        return 0;
    if (width == 8)
        return wire_load64(view->base + where);
    if (width == 4)
        return wire_load32(view->base + where);
    return view->base[where] != 0; /* bool */
}

enum hl_wire_error hl_wire_value_decode(const struct wire_view *view,
                                        uint32_t type, uint64_t pos,
                                        hl_value *value)
{
    struct wire_table table;
    uint64_t where;
    uint32_t width = type == HL_TYPE_BOOL                  ? 1
                     : wire_type_in(type, WIRE_TYPES_WIDE) ? 8
                                                           : 4;
    enum hl_wire_error error = wire_table_open(view, pos, &table);

    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(0), width, &where);
    if (error != HL_WIRE_OK)
        return error;
    value->type = type;
    if (type == HL_TYPE_STRING)
        return hl_wire_string_decode(view, where, &value->as.string);
    if (type == HL_TYPE_BYTES)
        return hl_wire_bytes_decode(view, where, &value->as.bytes);
    value->as.u64 = number_load(view, width, where);
    return HL_WIRE_OK;
}

enum hl_wire_error hl_wire_external_decode(const struct wire_view *view,
                                           uint64_t pos, hl_value *value)
{
    struct wire_table table;
    uint64_t length, chunked;
    enum hl_wire_error error = wire_table_open(view, pos, &table);

    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(0), 8, &length);
    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(1), 1, &chunked);
    if (error != HL_WIRE_OK)
        return error;
    value->type =
        number_load(view, 1, chunked) != 0 ? HL_TYPE_CHUNKS : HL_TYPE_BYTES;
    value->as.bytes = (hl_bytes){.data = (const uint8_t *)"",
                                 .len = number_load(view, 8, length)};
    return HL_WIRE_OK;
}
