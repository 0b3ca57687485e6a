/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed || more > SIZE_MAX / 4 - buffer->len) {
        buffer->failed = true;
        return false;
    }
    size_t need = buffer->len + more + 1;
    if (need <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 128;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (!buffer_reserve(buffer, len))
        return;
    if (len)
        memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_format(struct buffer *buffer, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    int len = vsnprintf(NULL, 0, fmt, list);
    va_end(list);
    if (len < 0 || !buffer_reserve(buffer, (size_t)len)) {
        buffer->failed = true;
        return;
    }
    va_start(list, fmt);
    vsnprintf(buffer->data + buffer->len, (size_t)len + 1, fmt, list);
    va_end(list);
    buffer->len += (size_t)len;
}

void buffer_hex(struct buffer *buffer, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;

    if (len > SIZE_MAX / 4 || !buffer_reserve(buffer, 2 * len)) {
        buffer->failed = true;
        return;
    }
    char *to = buffer->data + buffer->len;
    for (size_t i = 0; i < len; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    *to = '\0';
    buffer->len += 2 * len;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
