/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "say.h"
#include "text.h"
#include "value.h"

#include <inttypes.h>

enum { SHOWN_MAX = 32 }; /* bytes of a text or of binary data on a line */

/* Where the line goes: not through the guest's capture or escapes. */
static void line_end(struct buffer *line)
{
    buffer_text(line, "\n");
    say_line(line);
}

/* Cut at a character, so that no part of one is shown as bytes. */
static size_t shown_size(const char *text, size_t len)
{
    size_t at = 0, size;
    uint32_t code;

    if (len <= SHOWN_MAX)
        return len;
    while (at < SHOWN_MAX) {
        text_next((const uint8_t *)text + at, len - at, &size, &code);
        at += size;
    }
    return at;
}

static void string_show(struct buffer *line, const char *text, size_t len)
{
    size_t shown = shown_size(text, len);

    buffer_text(line, "\"");
    text_escape(line, text, shown, TEXT_LINE);
    buffer_text(line, "\"");
    if (shown < len)
        buffer_format(line, "...(%zu bytes)", len);
}

static void value_show(struct buffer *line, const hl_value *value)
{
    if (value->type == HL_TYPE_STRING) {
        string_show(line, value->as.string.data, value->as.string.len);
    } else if (value->type == HL_TYPE_BYTES) {
        size_t len = value->as.bytes.len;
        buffer_text(line, "hex:");
        buffer_hex(line, value->as.bytes.data,
                   len < SHOWN_MAX ? len : SHOWN_MAX);
        if (len > SHOWN_MAX)
            buffer_format(line, "...(%zu bytes)", len);
    } else {
        value_print(line, value, false);
    }
}

/* name(args) -> Type */
static void call_show(struct buffer *line, const hl_trace_event *event)
{
    text_escape(line, event->name.data, event->name.len, TEXT_LINE);
    buffer_text(line, "(");
    for (size_t i = 0; i < event->arg_count; i++) {
        buffer_text(line, i ? ", " : "");
        value_show(line, &event->args[i]);
    }
    buffer_format(line, ") -> %s", hl_type_name(event->returns));
}

static void result_show(struct buffer *line, const hl_trace_event *event)
{
    text_escape(line, event->name.data, event->name.len, TEXT_LINE);
    buffer_text(line, " = ");
    if (event->is_error) {
        buffer_format(line, "error %" PRIu64 " ", event->code);
        string_show(line, event->message.data, event->message.len);
    } else if (!event->value || event->value->type == HL_TYPE_VOID) {
        buffer_text(line, "void");
    } else {
        value_show(line, event->value);
    }
}

static void message_show(struct buffer *line, const hl_trace_event *event)
{
    text_escape(line, event->message.data, event->message.len, TEXT_LINE);
}

static void body_show(struct buffer *line, const hl_trace_event *event)
{
    switch (event->kind) {
    case HL_TRACE_CALL:
    case HL_TRACE_HOST_CALL:
        call_show(line, event);
        break;
    case HL_TRACE_RESULT:
    case HL_TRACE_HOST_RESULT:
        result_show(line, event);
        break;
    case HL_TRACE_ENTER:
        text_escape(line, event->name.data, event->name.len, TEXT_LINE);
        break;
    case HL_TRACE_ABORT:
        buffer_format(line, "code %" PRIu64 " ", event->code);
        message_show(line, event);
        break;
    case HL_TRACE_LOG:
        buffer_format(line, "level %" PRIu64 " ", event->code);
        message_show(line, event);
        break;
    default:
        message_show(line, event);
    }
}

static const char *const kinds[] = {
    [HL_TRACE_ENTER] = "enter",
    [HL_TRACE_CALL] = "call",
    [HL_TRACE_RESULT] = "result",
    [HL_TRACE_HOST_CALL] = "host-call",
    [HL_TRACE_HOST_RESULT] = "host-result",
    [HL_TRACE_LOG] = "log",
    [HL_TRACE_DEBUG] = "debug",
    [HL_TRACE_ABORT] = "abort",
    [HL_TRACE_EXIT] = "exit",
};

void trace_text(void *context, const hl_trace_event *event)
{
    struct buffer line = {0};

    (void)context;
    buffer_format(&line, "%6" PRIu64 ".%03u us  %s ", event->time_ns / 1000,
                  (unsigned)(event->time_ns % 1000), kinds[event->kind]);
    body_show(&line, event);
    line_end(&line);
}

static void json_name(struct buffer *line, const hl_trace_event *event)
{
    if (!event->name.len)
        return;
    buffer_text(line, ",\"name\":");
    json_string(line, event->name.data, event->name.len);
}

static void json_call(struct buffer *line, const hl_trace_event *event)
{
    buffer_text(line, ",\"args\":[");
    for (size_t i = 0; i < event->arg_count; i++) {
        buffer_format(line, "%s{\"type\":\"%s\",\"value\":", i ? "," : "",
                      hl_type_name((enum hl_type)event->args[i].type));
        value_print_json(line, &event->args[i]);
        buffer_text(line, "}");
    }
    buffer_format(line, "],\"returns\":\"%s\"", hl_type_name(event->returns));
}

static void json_outcome(struct buffer *line, const hl_trace_event *event)
{
    if (event->value) {
        buffer_format(line, ",\"type\":\"%s\",\"value\":",
                      hl_type_name((enum hl_type)event->value->type));
        value_print_json(line, event->value);
    }
    if (event->is_error || event->kind == HL_TRACE_ABORT ||
        event->kind == HL_TRACE_LOG)
        buffer_format(line, ",\"code\":%" PRIu64, event->code);
    if (event->message.len) {
        buffer_text(line, ",\"message\":");
        json_string(line, event->message.data, event->message.len);
    }
    if (event->size)
        buffer_format(line, ",\"size\":%zu", event->size);
}

void trace_json(void *context, const hl_trace_event *event)
{
    struct buffer line = {0};

    (void)context;
    buffer_format(&line, "{\"time_ns\":%" PRIu64 ",\"kind\":\"%s\"",
                  event->time_ns, kinds[event->kind]);
    json_name(&line, event);
    if (event->kind == HL_TRACE_CALL || event->kind == HL_TRACE_HOST_CALL)
        json_call(&line, event);
    json_outcome(&line, event);
    buffer_text(&line, "}");
    line_end(&line);
}
