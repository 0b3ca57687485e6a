/* SPDX-License-Identifier: MIT */
/* Bytes as UTF-8 text, for a host that prints texts only. */
#include "os.h"

#include <string.h>

#include "../guest.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* A character cut by the end of a write, for each stream. */
static struct {
    uint8_t len;
    char bytes[3];
} tails[OS_STREAMS];

/* Length of the character that lead starts, 0 if none does. */
static size_t char_len(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* May byte be the second one of a character that lead starts? */
static bool second_fits(uint8_t lead, uint8_t byte)
{
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

    return byte >= low && byte <= high;
}

/*
 * Look at the first character of text (len > 0): *size gets its length, or the
 * length of what is to be replaced as a whole. True if it is whole; *cut is
 * set if it may become whole with more bytes.
 */
static bool char_scan(const char *text, size_t len, size_t *size, bool *cut)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t want = char_len(bytes[0]), have = 1;

    while (have < want && have < len &&
           (have == 1 ? second_fits(bytes[0], bytes[1])
                      : (bytes[have] & 0xc0) == 0x80))
        have++;
    *size = have;
    *cut = have < want && have == len;
    return have == want;
}

/* The text collected so far, sent when it is full. */
struct text_buffer {
    bool (*print)(const char *text, size_t len);
    bool failed;
    size_t used;
    char bytes[512];
};

static void buffer_flush(struct text_buffer *buffer)
{
    if (buffer->used > 0 && !buffer->failed)
        buffer->failed = !buffer->print(buffer->bytes, buffer->used);
    buffer->used = 0;
}

static void buffer_add(struct text_buffer *buffer, const char *text, size_t len)
{
    if (buffer->used + len > sizeof(buffer->bytes))
        buffer_flush(buffer);
    memcpy(&buffer->bytes[buffer->used], text, len);
    buffer->used += len;
}

/* Add text; the bytes at its end that are the start of a character. */
static size_t buffer_add_lossy(struct text_buffer *buffer, const char *text,
                               size_t len)
{
    size_t size;
    bool cut;

    for (size_t at = 0; at < len; at += size) {
        if (char_scan(text + at, len - at, &size, &cut))
            buffer_add(buffer, text + at, size);
        else if (cut)
            return len - at;
        else
            buffer_add(buffer, REPLACEMENT, 3);
    }
    return 0;
}

/* Complete the tail of fd from data; the bytes of data used for that. */
static size_t tail_complete(struct text_buffer *buffer, int fd,
                            const char *data, size_t len)
{
    char joined[8];
    size_t old = tails[fd].len, size, more;
    bool cut, whole;

    if (old == 0)
        return 0;
    more = len < 4 - old ? len : 4 - old;
    memcpy(joined, tails[fd].bytes, old);
    memcpy(joined + old, data, more);
    whole = char_scan(joined, old + more, &size, &cut);
    if (cut && size <= sizeof(tails[fd].bytes)) {
        memcpy(tails[fd].bytes, joined, size);
        tails[fd].len = (uint8_t)size;
        return more;
    }
    tails[fd].len = 0;
    if (whole)
        buffer_add(buffer, joined, size);
    else
        buffer_add(buffer, REPLACEMENT, 3);
    return size > old ? size - old : 0;
}

size_t os_text_send(int fd, const char *data, size_t len,
                    bool (*print)(const char *text, size_t len))
{
    struct text_buffer buffer;
    size_t used, tail;

    if (tails[fd].len == 0 && hl_wire_utf8_valid(data, len))
        return print(data, len) ? len : 0;
    buffer.print = print;
    buffer.failed = false;
    buffer.used = 0;
    used = tail_complete(&buffer, fd, data, len);
    tail = buffer_add_lossy(&buffer, data + used, len - used);
    buffer_flush(&buffer);
    if (buffer.failed)
        return 0;
    if (tail > 0) {
        memcpy(tails[fd].bytes, data + len - tail, tail);
        tails[fd].len = (uint8_t)tail;
    }
    return len;
}

void os_text_end(bool (*print)(const char *text, size_t len))
{
    for (int fd = OS_STDOUT; fd < OS_STREAMS; fd++) {
        if (tails[fd].len == 0)
            continue;
        tails[fd].len = 0;
        print(REPLACEMENT, 3);
    }
}
