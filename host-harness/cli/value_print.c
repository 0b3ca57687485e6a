/* SPDX-License-Identifier: MIT */
#include "value.h"

#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* %.Ng with the smallest N that reads back equal; 17 digits always do. */
static void print_double(struct buffer *out, double number)
{
    char text[40];

    if (isnan(number)) {
        buffer_text(out, "nan");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    buffer_text(out, text);
}

static void print_float(struct buffer *out, float number)
{
    char text[40];

    if (isnan(number)) {
        buffer_text(out, "nan");
        return;
    }
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number)
            break;
    }
    buffer_text(out, text);
}

void value_print(struct buffer *out, const hl_value *value, bool raw)
{
    switch (value->type) {
    case HL_TYPE_INT:
        buffer_format(out, "%" PRId32, value->as.i32);
        break;
    case HL_TYPE_UINT:
        buffer_format(out, "%" PRIu32, value->as.u32);
        break;
    case HL_TYPE_LONG:
        buffer_format(out, "%" PRId64, value->as.i64);
        break;
    case HL_TYPE_ULONG:
        buffer_format(out, "%" PRIu64, value->as.u64);
        break;
    case HL_TYPE_FLOAT:
        print_float(out, value->as.f32);
        break;
    case HL_TYPE_DOUBLE:
        print_double(out, value->as.f64);
        break;
    case HL_TYPE_BOOL:
        buffer_text(out, value->as.boolean ? "true" : "false");
        break;
    case HL_TYPE_STRING:
        buffer_add(out, value->as.string.data, value->as.string.len);
        break;
    case HL_TYPE_BYTES:
        if (raw) {
            buffer_add(out, value->as.bytes.data, value->as.bytes.len);
        } else {
            buffer_text(out, "hex:");
            buffer_hex(out, value->as.bytes.data, value->as.bytes.len);
        }
        break;
    default:
        break;
    }
}

void json_string(struct buffer *out, const char *text, size_t len)
{
    struct buffer valid = {0};

    text_lossy(&valid, text, len);
    out->failed |= valid.failed;
    buffer_text(out, "\"");
    for (size_t i = 0; i < valid.len; i++) {
        unsigned char c = (unsigned char)valid.data[i];
        if (c == '"' || c == '\\')
            buffer_format(out, "\\%c", c);
        else if (c == '\n')
            buffer_text(out, "\\n");
        else if (c < 0x20 || c == 0x7F)
            buffer_format(out, "\\u%04x", c);
        else
            buffer_add(out, &c, 1);
    }
    buffer_text(out, "\"");
    buffer_free(&valid);
}

void value_print_json(struct buffer *out, const hl_value *value)
{
    bool finite = true;

    if (value->type == HL_TYPE_FLOAT)
        finite = isfinite(value->as.f32);
    if (value->type == HL_TYPE_DOUBLE)
        finite = isfinite(value->as.f64);
    if (value->type == HL_TYPE_VOID) {
        buffer_text(out, "null");
    } else if (value->type == HL_TYPE_STRING) {
        json_string(out, value->as.string.data, value->as.string.len);
    } else if (value->type == HL_TYPE_BYTES || !finite) {
        buffer_text(out, "\"");
        if (value->type == HL_TYPE_BYTES)
            buffer_hex(out, value->as.bytes.data, value->as.bytes.len);
        else
            value_print(out, value, false);
        buffer_text(out, "\"");
    } else {
        value_print(out, value, false);
    }
}
