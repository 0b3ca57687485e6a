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

hl_status hl_error_set(hl_error *error, hl_status status, const char *fmt, ...)
{
    va_list args;

    if (error == NULL)
        return status;
    memset(error, 0, offsetof(hl_error, message));
    error->status = status;
    error->vector = -1;
    va_start(args, fmt);
    vsnprintf(error->message, sizeof(error->message), fmt, args);
    va_end(args);
    return status;
}
