/* SPDX-License-Identifier: MIT */
/* FunctionCall by the rules (abi §6.1): every layout, every error. */
#include "call.h"

/* The value of a byte field that may be absent: its default is 0. */
static enum hl_wire_error byte_decode(const struct wire_view *view,
                                      const struct wire_table *table,
                                      uint32_t slot, uint8_t *value)
{
    uint64_t where;
    enum hl_wire_error error = wire_field_find(view, table, slot, 1, &where);

    if (error == HL_WIRE_OK)
        *value = where != 0 ? view->base[where] : 0;
    return error;
}

static enum hl_wire_error parameter_decode(const struct wire_view *view,
                                           uint64_t slot, hl_value *value)
{
    uint64_t pos, table;
    uint32_t tag;
    enum hl_wire_error error = wire_follow(view, slot, &pos);

    if (error == HL_WIRE_OK)
        error = wire_union_open(view, pos, &tag, &table);
    if (error != HL_WIRE_OK)
        return error;
    if (view->external && tag == WIRE_EXTERNAL_PARAMETER)
        return hl_wire_external_decode(view, table, value);
    /* The tags of ParameterValue are the type codes (types.h). */
    if (tag > HL_TYPE_BYTES || (view->external && tag == HL_TYPE_BYTES))
        return HL_WIRE_UNION_TAG;
    return hl_wire_value_decode(view, tag, table, value);
}

/*
 * The vector whose offset is at slot. Its offsets may all lead to one string:
 * what that costs is bounded by the cap on their number (B7).
 */
static enum hl_wire_error parameters_decode(const struct wire_view *view,
                                            uint64_t slot,
                                            struct hl_wire_call *out)
{
    uint64_t pos, count;
    enum hl_wire_error error = wire_follow(view, slot, &pos);

    if (error != HL_WIRE_OK)
        return error;
    count = wire_load32(view->base + pos);
    if (count > HL_WIRE_ARGS_MAX)
        return HL_WIRE_TOO_MANY_ARGS;
    if (4 * count > view->end - 4 - pos)
        return HL_WIRE_OFFSET_RANGE;
    out->count = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        error = parameter_decode(view, pos + 4 + 4 * i, &out->args[i]);
        if (error != HL_WIRE_OK)
            return error;
    }
    return HL_WIRE_OK;
}

enum hl_wire_error hl_wire_call_verify(const void *message, size_t size,
                                       bool external, struct hl_wire_call *out)
{
    struct wire_view view;
    struct wire_table table;
    uint64_t root, name, parameters;
    uint8_t returns;
    enum hl_wire_error error = wire_view_open(message, size, &view, &root);

    view.external = external;
    if (error == HL_WIRE_OK)
        error = wire_table_open(&view, root, &table);
    if (error == HL_WIRE_OK)
        error = wire_field_find(&view, &table, WIRE_SLOT(0), 4, &name);
    if (error == HL_WIRE_OK)
        error = wire_field_find(&view, &table, WIRE_SLOT(1), 4, &parameters);
    if (error == HL_WIRE_OK)
        error = byte_decode(&view, &table, WIRE_SLOT(2), &out->kind);
    if (error == HL_WIRE_OK)
        error = byte_decode(&view, &table, WIRE_SLOT(3), &returns);
    if (error != HL_WIRE_OK)
        return error;
    if (name == 0)
        return HL_WIRE_REQUIRED;
    if (out->kind != HL_WIRE_CALL_GUEST && out->kind != HL_WIRE_CALL_HOST)
        return HL_WIRE_ENUM;
    if (external && returns == WIRE_RETURNS_CHUNKS)
        out->returns = HL_TYPE_CHUNKS;
    else if (returns < sizeof(wire_return_types))
        out->returns = wire_return_types[returns];
    else
        return HL_WIRE_ENUM;
    out->count = 0;
    error = hl_wire_string_decode(&view, name, &out->name);
    if (error != HL_WIRE_OK || parameters == 0)
        return error;
    return parameters_decode(&view, parameters, out);
}
