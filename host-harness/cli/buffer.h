/* SPDX-License-Identifier: MIT */
/*
 * A growing byte buffer. An allocation that fails sets failed and drops what
 * could not be added; callers look at failed once, at the end.
 */
#ifndef CLI_BUFFER_H
#define CLI_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
    char *data; /* NUL behind the last byte once anything was added */
    size_t len;
    size_t capacity;
    bool failed;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t len);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_format(struct buffer *buffer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_hex(struct buffer *buffer, const void *bytes, size_t len);
void buffer_free(struct buffer *buffer);

#endif
