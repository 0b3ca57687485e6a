/* SPDX-License-Identifier: MIT */
/*
 * Where guest output and results go: file descriptors written byte for byte,
 * escaped when they are terminals (guarantee B21), never past the deadline.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "buffer.h"

#include <stdint.h>

/*
 * Characters shown of each captured stream (hl run --json), and the bytes kept
 * of it, which are never fewer characters.
 */
#define OUTPUT_CAPTURE_MAX   10000
#define OUTPUT_CAPTURE_BYTES (4 * OUTPUT_CAPTURE_MAX)

struct output {
    int fd;
    bool escape;  /* a terminal, and raw was not asked for */
    bool wait;    /* writing may block */
    bool capture; /* keep instead of writing */
    bool truncated;
    uint64_t deadline; /* clock_now time; 0 = none */
    uint8_t cut[4];    /* start of a character whose end has not come yet */
    size_t cut_len;
    struct buffer kept;
};

void output_init(struct output *output, int fd, bool raw, uint64_t deadline);

/* 0, or an errno value; ETIMEDOUT when the deadline is over. */
int output_write(struct output *output, const void *bytes, size_t len);

/* Write what waits for the rest of a character. */
int output_flush(struct output *output);

void output_free(struct output *output);

#endif
