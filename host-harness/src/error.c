/* SPDX-License-Identifier: MIT */
/* Status texts and the one way to fill an hl_error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <hl_host.h>

const char *hl_status_text(hl_status status)
{
    switch (status) {
#define TEXT(name, code, text)                                                 \
    case code:                                                                 \
        return text;
        HL_ERR_TABLE(TEXT)
        HL_FAIL_TABLE(TEXT)
#undef TEXT
    default:
        return "unknown status";
    }
}

/* Drop a UTF-8 sequence at the end of text that has lost its own end. */
static void cut_sequence_drop(char *text, size_t len)
{
    size_t lead = len;
    unsigned char first, wanted;

    while (lead > 0 && len - lead < 3 && (text[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    first = (unsigned char)text[--lead];
    wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    if (wanted > len - lead)
        text[lead] = '\0';
}

hl_status hl_error_set(hl_error *error, hl_status status, const char *fmt, ...)
{
    va_list args;
    int len;

    if (error == NULL)
        return status;
    memset(error, 0, offsetof(hl_error, message));
    error->status = status;
    error->vector = -1;
    va_start(args, fmt);
    len = vsnprintf(error->message, sizeof(error->message), fmt, args);
    va_end(args);
    if (len >= (int)sizeof(error->message))
        cut_sequence_drop(error->message, sizeof(error->message) - 1);
    return status;
}
