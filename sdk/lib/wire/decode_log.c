/* SPDX-License-Identifier: MIT */
/* GuestLogData (abi §6.1); the reader asks for all four strings. */
#include "view.h"

/* The required string whose field has this slot. */
static enum hl_wire_error text_decode(const struct wire_view *view,
                                      const struct wire_table *table,
                                      uint32_t slot, hl_string *text)
{
    uint64_t where;
    enum hl_wire_error error = wire_field_find(view, table, slot, 4, &where);

    if (error != HL_WIRE_OK)
        return error;
    if (where == 0)
        return HL_WIRE_REQUIRED;
    return hl_wire_string_decode(view, where, text);
}

enum hl_wire_error hl_wire_decode_log(const void *message, size_t size,
                                      struct hl_wire_log *out)
{
    struct wire_view view;
    struct wire_table table;
    uint64_t root, level, line;
    enum hl_wire_error error = wire_view_open(message, size, &view, &root);

    if (error == HL_WIRE_OK)
        error = wire_table_open(&view, root, &table);
    if (error == HL_WIRE_OK)
        error = text_decode(&view, &table, WIRE_SLOT(0), &out->message);
    if (error == HL_WIRE_OK)
        error = text_decode(&view, &table, WIRE_SLOT(1), &out->source);
    if (error == HL_WIRE_OK)
        error = wire_field_find(&view, &table, WIRE_SLOT(2), 1, &level);
    if (error == HL_WIRE_OK)
        error = text_decode(&view, &table, WIRE_SLOT(3), &out->caller);
    if (error == HL_WIRE_OK)
        error = text_decode(&view, &table, WIRE_SLOT(4), &out->file);
    if (error == HL_WIRE_OK)
        error = wire_field_find(&view, &table, WIRE_SLOT(5), 4, &line);
    if (error != HL_WIRE_OK)
        return error;
    out->level = level != 0 ? view.base[level] : 0;
    out->line = line != 0 ? wire_load32(view.base + line) : 0;
    return out->level > WIRE_LOG_LEVEL_MAX ? HL_WIRE_ENUM : HL_WIRE_OK;
}
