/* SPDX-License-Identifier: MIT */
/* Bytes as UTF-8 text, for a host that prints texts only. */
#include "os.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The character that is being put together, for each stream. */
static struct character {
    uint8_t have, want;
    uint8_t bytes[4];
} characters[OS_STREAMS];

/* The text collected so far, sent when it is full. */
struct text_buffer {
    bool (*print)(const char *text, size_t len);
    bool failed;
    size_t used;
    char bytes[512];
};

static void buffer_flush(struct text_buffer *buffer)
{
    if (buffer->used > 0 && !buffer->print(buffer->bytes, buffer->used))
        buffer->failed = true;
    buffer->used = 0;
}

static void buffer_add(struct text_buffer *buffer, const void *text, size_t len)
{
    if (buffer->used + len > sizeof(buffer->bytes))
        buffer_flush(buffer);
    memcpy(&buffer->bytes[buffer->used], text, len);
    buffer->used += len;
}

/* Length of the character that lead starts, 0 if none does. */
static uint8_t char_len(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return (uint8_t)(2 + (lead >= 0xe0) + (lead >= 0xf0));
}

/* May byte come next? No surrogates, nothing overlong, nothing too large. */
static bool byte_fits(const struct character *c, uint8_t byte)
{
    uint8_t lead = c->bytes[0], low = 0x80, high = 0xbf;

    if (c->have == 1) {
        if (lead == 0xe0)
            low = 0xa0;
        else if (lead == 0xed)
            high = 0x9f;
        else if (lead == 0xf0)
            low = 0x90;
        else if (lead == 0xf4)
            high = 0x8f;
    }
    return byte >= low && byte <= high;
}

static void byte_add(struct text_buffer *buffer, struct character *c,
                     uint8_t byte)
{
    if (c->have > 0 && !byte_fits(c, byte)) {
        buffer_add(buffer, REPLACEMENT, 3);
        c->have = 0;
    }
    if (c->have == 0)
        c->want = char_len(byte);
    if (c->want == 0) {
        buffer_add(buffer, REPLACEMENT, 3);
        return;
    }
    c->bytes[c->have++] = byte;
    if (c->have < c->want)
        return;
    buffer_add(buffer, c->bytes, c->have);
    c->have = 0;
}

size_t os_text_send(int fd, const char *data, size_t len,
                    bool (*print)(const char *text, size_t len))
{
    struct text_buffer buffer;

    buffer.print = print;
    buffer.failed = false;
    buffer.used = 0;
    for (size_t i = 0; i < len; i++)
        byte_add(&buffer, &characters[fd], (uint8_t)data[i]);
    buffer_flush(&buffer);
    return buffer.failed ? 0 : len;
}

void os_text_end(bool (*print)(const char *text, size_t len))
{
    for (int fd = OS_STDOUT; fd < OS_STREAMS; fd++)
        if (characters[fd].have > 0) {
            characters[fd].have = 0;
            print(REPLACEMENT, 3);
        }
}
