/* SPDX-License-Identifier: MIT */
/* The abort port's byte stream: code, [vector,] text, 0xFF (abi §4.1). */
#include <string.h>

#include <hl/wire.h>
#include "abort_stream.h"

#define CHUNK_DATA_MAX 3

static const char *const exception_names[] = {
    "divide error",
    "debug",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor segment overrun",
    "invalid TSS",
    "segment not present",
    "stack-segment fault",
    "general protection fault",
    "page fault",
    "reserved",
    "x87 floating-point exception",
    "alignment check",
    "machine check",
    "SIMD floating-point exception",
    "virtualization exception",
    [30] = "security exception",
};

#define EXCEPTION_COUNT (sizeof(exception_names) / sizeof(exception_names[0]))
#define VECTOR_NONE     255 /* "no exception" in upstream's numbering */

const char *exception_name(unsigned vector)
{
    return vector < EXCEPTION_COUNT ? exception_names[vector] : NULL;
}

void abort_stream_clear(struct hl_abort_stream *stream)
{
    stream->len = 0;
}

/* Guest text as a NUL-free UTF-8 string: what is none becomes '?'. */
static void text_sanitize(char *text, size_t len)
{
    const bool valid = hl_wire_utf8_valid(text, len);

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' || (!valid && (unsigned char)text[i] >= 0x80))
            text[i] = '?';
    }
}

static hl_status stream_end(struct hl_abort_stream *stream, hl_error *error)
{
    const unsigned code = stream->len > 0 ? stream->bytes[0] : 0;
    const char *name =
        stream->len > 1 ? exception_name(stream->bytes[1]) : NULL;
    const size_t skip = name != NULL ? 2 : stream->len > 0 ? 1 : 0;
    const int text_len = (int)(stream->len - skip);
    char *text = (char *)stream->bytes + skip;
    const hl_status status = name != NULL ? HL_FAIL_EXCEPTION : HL_FAIL_ABORT;

    text_sanitize(text, (size_t)text_len);
    if (name != NULL)
        hl_error_set(error, status, "Exception: %s | %.*s", name, text_len,
                     text);
    else
        hl_error_set(error, status, "%.*s", text_len, text);
    if (error != NULL) {
        error->guest_code = code;
        error->vector = name != NULL ? stream->bytes[1] : -1;
    }
    abort_stream_clear(stream);
    return status;
}

hl_status abort_stream_feed(struct hl_abort_stream *stream, uint32_t chunk,
                            hl_error *error)
{
    size_t count = chunk & 0xFF;

    if (count > CHUNK_DATA_MAX)
        count = CHUNK_DATA_MAX;
    for (size_t i = 0; i < count; i++) {
        const uint8_t byte = (uint8_t)(chunk >> (8 * (i + 1)));

        if (byte == HL_ABORT_END)
            return stream_end(stream, error);
        if (stream->len == HL_ABORT_BYTES_MAX) {
            abort_stream_clear(stream);
            return hl_error_set(error, HL_FAIL_ABORT,
                                "Guest abort buffer overflowed");
        }
        stream->bytes[stream->len++] = byte;
    }
    return HL_OK;
}
