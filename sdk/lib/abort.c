/* SPDX-License-Identifier: MIT */
/*
 * Ending the run (abi §4.1): three bytes an OUT, no memory needed, so that it
 * works in every state the guest may be in.
 */
#include "runtime.h"

#include <stdarg.h>

static void stream_byte(struct hl_abort_stream *stream, uint8_t byte)
{
    stream->chunk |= (uint32_t)byte << (8 + 8 * stream->count);
    if (++stream->count == 3) {
        hl_out(HL_PORT_ABORT, stream->chunk | 3);
        stream->chunk = stream->count = 0;
    }
    stream->sent++;
}

/* 0xFF would end the stream, so that no code can be it. */
void hl_abort_open(struct hl_abort_stream *stream, int code, uint32_t vector)
{
    stream->chunk = stream->count = stream->sent = 0;
    stream->text = false;
    stream->vector = vector != HL_NO_VECTOR;
    stream_byte(stream, code >= 0 && code < HL_ABORT_END ? (uint8_t)code
                                                         : HL_ERR_UNKNOWN);
    if (stream->vector)
        stream_byte(stream, (uint8_t)vector);
}

/*
 * Without a vector, a text that starts with a control character would be read
 * as one; and one byte more than the limit would void the whole message.
 */
void hl_abort_put(struct hl_abort_stream *stream, const char *text)
{
    if (!stream->text && !stream->vector && *text && (uint8_t)*text < ' ')
        stream_byte(stream, ' ');
    for (; *text && stream->sent < HL_ABORT_BYTES_MAX; text++) {
        uint8_t byte = (uint8_t)*text;

        stream->text = true;
        stream_byte(stream, byte == HL_ABORT_END ? '?' : byte);
    }
}

void hl_abort_hex(struct hl_abort_stream *stream, uint64_t value)
{
    char digits[17];
    int at = 16;

    digits[at] = 0;
    do
        digits[--at] = "0123456789abcdef"[value & 15];
    while (value >>= 4);
    hl_abort_put(stream, &digits[at]);
}

_Noreturn void hl_abort_close(struct hl_abort_stream *stream)
{
    stream_byte(stream, HL_ABORT_END);
    if (stream->count)
        hl_out(HL_PORT_ABORT, stream->chunk | stream->count);
    for (;;)
        __asm__ volatile("cli\n\thlt");
}

/*
 * Before the guest's end is reported, what it has printed is sent; once, and
 * not from inside a host call.
 */
void hl_abort_last_words(void)
{
    struct hl_call_state *call = hl_runtime.call;

    if (!call || !call->element || call->dying || call->in_host_call)
        return;
    call->dying = true;
    hl_os_last_words();
}

__attribute__((weak)) void hl_os_last_words(void)
{
}

_Noreturn void hl_abort_text(int code, const char *text, ...)
{
    struct hl_abort_stream stream;
    va_list texts;

    hl_abort_last_words();
    hl_abort_open(&stream, code, HL_NO_VECTOR);
    va_start(texts, text);
    for (; text; text = va_arg(texts, const char *))
        hl_abort_put(&stream, text);
    va_end(texts);
    hl_abort_close(&stream);
}
