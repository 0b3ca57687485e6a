/* SPDX-License-Identifier: MIT */
/* Values as hl call prints them, and as JSON. */
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

/*
 * What is not plain is escaped here, in JSON's own way: the escapes that a
 * terminal gets (output.c) are none of JSON. All of it is below U+10000.
 */
void json_plain(struct buffer *out, const char *document, size_t len)
{
    const uint8_t *p = (const uint8_t *)document;

    for (size_t at = 0, size; at < len; at += size) {
        uint32_t code;
        if (text_next(p + at, len - at, &size, &code) == TEXT_VALID &&
            !text_is_plain(code, TEXT_LINE))
            buffer_format(out, "\\u%04x", code);
        else
            buffer_add(out, p + at, size);
    }
}

void json_string(struct buffer *out, const char *text, size_t len)
{
    struct buffer valid = {0}, quoted = {0};

    text_lossy(&valid, text, len);
    for (size_t i = 0; i < valid.len; i++) {
        char c = valid.data[i];
        if (c == '"' || c == '\\')
            buffer_text(&quoted, "\\");
        if (c == '\n')
            buffer_text(&quoted, "\\n");
        else
            buffer_add(&quoted, &c, 1);
    }
    out->failed |= valid.failed || quoted.failed;
    buffer_text(out, "\"");
    json_plain(out, quoted.data, quoted.len);
    buffer_text(out, "\"");
    buffer_free(&valid);
    buffer_free(&quoted);
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
