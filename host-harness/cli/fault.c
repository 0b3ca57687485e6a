/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include "say.h"
#include "symbols.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Up to 16 hex digits, 0x before them or not; *text moves behind them. */
static bool hex_read(const char **text, uint64_t *value)
{
    const char *p = *text;
    unsigned digits = 0;

    if (p[0] == '0' && p[1] == 'x')
        p += 2;
    for (*value = 0; digits < 17; digits++, p++) {
        unsigned digit;
        if (*p >= '0' && *p <= '9')
            digit = (unsigned)(*p - '0');
        else if (*p >= 'a' && *p <= 'f')
            digit = (unsigned)(*p - 'a') + 10;
        else
            break;
        *value = *value << 4 | digit;
    }
    *text = p;
    return digits > 0 && digits <= 16;
}

static void frames_read(struct fault *fault, const char *text)
{
    while (fault->frame_count < FAULT_FRAMES_MAX) {
        text += strspn(text, " ,");
        uint64_t address;
        if (!hex_read(&text, &address))
            return;
        fault->frames[fault->frame_count++] = address;
    }
}

/* name=hex, letters and digits in name; false when there is none. */
static bool register_read(struct fault *fault, const char **text)
{
    size_t len = strspn(*text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    size_t index = fault->register_count;

    if (!len || (*text)[len] != '=' || index == FAULT_REGISTERS_MAX ||
        len >= sizeof fault->registers[0].name)
        return false;
    memcpy(fault->registers[index].name, *text, len);
    fault->registers[index].name[len] = '\0';
    *text += len + 1;
    if (!hex_read(text, &fault->registers[index].value))
        return false;
    fault->register_count++;
    return true;
}

static void line_read(struct fault *fault, const char *line)
{
    if (!strncmp(line, "bt=", 3)) {
        frames_read(fault, line + 3);
        return;
    }
    do
        line += strspn(line, " ,");
    while (register_read(fault, &line));
}

bool fault_split(struct fault *fault, char *message)
{
    char *line = strchr(message, '\n');

    *fault = (struct fault){0};
    if (!line)
        return false;
    for (const char *p = line; p; p = strchr(p, '\n'))
        line_read(fault, ++p);
    if (!fault->register_count && !fault->frame_count)
        return false;
    *line = '\0';
    return true;
}

static void registers_print(const struct fault *fault)
{
    enum { A_LINE = 4 };
    char text[A_LINE * 32];
    size_t len = 0;

    for (unsigned i = 0; i < fault->register_count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len,
                                " %3s=%016" PRIx64, fault->registers[i].name,
                                fault->registers[i].value);
        if (i % A_LINE == A_LINE - 1 || i + 1 == fault->register_count) {
            say(" %s", text);
            len = 0;
        }
    }
}

/* Frames of a recursion look the same: their number is enough. */
static unsigned frames_equal(const struct fault *fault, unsigned from)
{
    unsigned count = 1;
    while (from + count < fault->frame_count &&
           fault->frames[from + count] == fault->frames[from])
        count++;
    return count;
}

void fault_print(const struct fault *fault, const hl_image *image,
                 uint64_t deadline)
{
    struct symbol symbols[FAULT_FRAMES_MAX];

    symbols_find(image, fault->frames, fault->frame_count, deadline, symbols);
    for (unsigned i = 0, count; i < fault->frame_count; i += count) {
        char times[32] = "";
        count = frames_equal(fault, i);
        if (count > 1)
            snprintf(times, sizeof times, ", %u times", count);
        say("  %s 0x%" PRIx64 "%s%s%s", i ? "by" : "at", fault->frames[i],
            symbols[i].text[0] ? " " : "", symbols[i].text, times);
    }
    registers_print(fault);
}
