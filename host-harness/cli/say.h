/* SPDX-License-Identifier: MIT */
/* hl's own messages: one line each on stderr, whatever they quote. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "buffer.h"

#include <stdint.h>

/*
 * From now on, lines wait for a reader until the deadline (clock.h), and once
 * half a second if it is over; then they are dropped.
 */
void say_until(uint64_t deadline);

/* Write the line, ended and escaped already, and free it. */
void say_line(struct buffer *line);

/* Print "hl: …" on stderr; what is not printable is escaped. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* say(), then HL_EXIT_USAGE with a hint at hl COMMAND --help. */
int say_usage(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
