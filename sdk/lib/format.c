/* SPDX-License-Identifier: MIT */
/* Everything of the guest API that needs printf: only linked when used. */
#include "runtime.h"
#include "transport.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * fmt in the arena, NUL-terminated: short texts by way of the stack, so that
 * formatting is done once.
 */
static bool format(hl_string *text, const char *fmt, va_list args)
{
    char small[256], *kept;
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(small, sizeof(small), fmt, args);
    kept = len < 0 ? NULL : hl_alloc((size_t)len + 1);
    if (kept && (size_t)len < sizeof(small))
        __builtin_memcpy(kept, small, (size_t)len + 1);
    else if (kept)
        vsnprintf(kept, (size_t)len + 1, fmt, again);
    va_end(again);
    text->data = kept ? kept : "";
    text->len = kept ? (size_t)len : 0;
    return kept != NULL;
}

static void fail_format(int code, const char *fmt, va_list args)
{
    hl_string text;

    if (hl_runtime.call->failed)
        return;
    if (!format(&text, fmt, args))
        text = (hl_string){HL_NO_ROOM, sizeof(HL_NO_ROOM) - 1};
    hl_fail_literal(code, text.data, text.len);
}

#define FAIL_FORMAT(code, fmt)                                                 \
    do {                                                                       \
        va_list args;                                                          \
        va_start(args, fmt);                                                   \
        fail_format(code, fmt, args);                                          \
        va_end(args);                                                          \
    } while (0)

bool hl_fail(int code, const char *fmt, ...)
{
    FAIL_FORMAT(code, fmt);
    return false;
}

hl_string hl_fail_string(int code, const char *fmt, ...)
{
    FAIL_FORMAT(code, fmt);
    return (hl_string){"", 0};
}

hl_bytes hl_fail_bytes(int code, const char *fmt, ...)
{
    FAIL_FORMAT(code, fmt);
    return (hl_bytes){(const uint8_t *)"", 0};
}

const char *hl_fail_cstr(int code, const char *fmt, ...)
{
    FAIL_FORMAT(code, fmt);
    return NULL;
}

hl_string hl_format(const char *fmt, ...)
{
    static const char no_room[] =
        "hl_format: the call's arena is exhausted: raise --scratch";
    hl_string text;
    va_list args;

    va_start(args, fmt);
    if (!format(&text, fmt, args))
        hl_fail_literal(HL_ERR_MALLOC, no_room, sizeof(no_room) - 1);
    va_end(args);
    return text;
}

/* The arena may be what ran out: the text is made on the stack. */
_Noreturn void hl_abort(int code, const char *fmt, ...)
{
    char text[1001];
    va_list args;

    va_start(args, fmt);
    if (vsnprintf(text, sizeof(text), fmt, args) < 0)
        text[0] = 0;
    va_end(args);
    hl_abort_text(code, text, NULL);
}

void hl_log_at(int level, const char *file, int line, const char *fmt, ...)
{
    /* the record's numbering, and the filter's (abi §6.2, §9) */
    static const uint8_t wire_level[] = {0, 4, 3, 2, 1, 0};
    struct hl_wire_log record = {.source = {"guest", 5}, .caller = {"", 0}};
    size_t mark = hl_arena_mark();
    va_list args;

    if (level < HL_LOG_ERROR || level > HL_LOG_TRACE ||
        (uint32_t)level > hl_runtime.info.log_level)
        return;
    va_start(args, fmt);
    if (format(&record.message, fmt, args)) {
        record.file.data = file;
        record.file.len = __builtin_strlen(file);
        record.line = (uint32_t)line;
        record.level = wire_level[level];
        hl_transport_log(&record);
    }
    va_end(args);
    hl_arena_release(mark);
}
