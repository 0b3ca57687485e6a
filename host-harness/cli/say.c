/* SPDX-License-Identifier: MIT */
#include "say.h"

#include "clock.h"
#include "exit_status.h"
#include "output.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static struct output lines = {.fd = STDERR_FILENO, .wait = true};
static bool is_stuck; /* nobody has read in time */

void say_until(uint64_t deadline)
{
    output_init(&lines, STDERR_FILENO, true, deadline);
    is_stuck = false;
}

/* One write for the whole line, so that lines of several processes don't mix.
 * Nothing can be done when stderr is gone. */
void say_line(struct buffer *line)
{
    lines.deadline = clock_grace(lines.deadline);
    if (!line->failed && !is_stuck)
        is_stuck = output_write(&lines, line->data, line->len) == ETIMEDOUT;
    buffer_free(line);
}

static void line_write(const char *fmt, va_list list, const char *tail)
{
    char text[4096];
    struct buffer line = {0};

    int len = vsnprintf(text, sizeof text, fmt, list);
    if (len < 0)
        return;
    size_t size = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    buffer_text(&line, "hl: ");
    text_escape(&line, text, size, TEXT_LINE);
    buffer_text(&line, tail);
    buffer_text(&line, "\n");
    say_line(&line);
}

void say(const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    line_write(fmt, list, "");
    va_end(list);
}

int say_usage(const char *command, const char *fmt, ...)
{
    char hint[64];
    va_list list;

    snprintf(hint, sizeof hint, " (see hl %s%s--help)", command ? command : "",
             command ? " " : "");
    va_start(list, fmt);
    line_write(fmt, list, hint);
    va_end(list);
    return HL_EXIT_USAGE;
}
