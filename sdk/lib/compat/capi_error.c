/* SPDX-License-Identifier: MIT */
/* Upstream's C API: errors, aborts, the log (abi §8, §9). */
#include "capi.h"

void hl_capi_fail(int code, const char *const *texts)
{
    size_t len;
    const char *text = hl_text_join(&len, texts);

    if (len == 0) {
        text = HL_NO_ROOM;
        len = sizeof(HL_NO_ROOM) - 1;
    }
    if (!hl_call_active())
        hl_abort_text(code, text, NULL);
    hl_fail_literal(code, text, len);
}

/* The last one counts, other than with hl_fail. */
void hl_set_error(hl_ErrorCode code, const char *message)
{
    hl_string text, earlier;

    if (!hl_call_active())
        return;
    text = message ? hl_capi_text(message, __builtin_strlen(message))
                   : (hl_string){"", 0};
    if (!text.data)
        text = (hl_string){HL_NO_ROOM, sizeof(HL_NO_ROOM) - 1};
    hl_failure_take(&earlier);
    hl_fail_literal((int)code, text.data, text.len);
}

/*
 * Unlike hl_abort this does not cut: what is too long is for the host to say,
 * and upstream's tests expect it to.
 */
_Noreturn void hl_abort_with_code_and_message(int32_t code, const char *message)
{
    struct hl_abort_stream stream;

    hl_abort_last_words();
    hl_abort_open(&stream, code & 0xFF, HL_NO_VECTOR);
    for (; message && *message; message++) {
        const char piece[] = {*message, 0};

        stream.sent = 0;
        hl_abort_put(&stream, piece);
    }
    hl_abort_close(&stream);
}

_Noreturn void hl_abort_with_code(int32_t code)
{
    hl_abort_with_code_and_message(code, NULL);
}

void hl_log(hl_Level level, const char *message, int32_t line, const char *file)
{
    size_t mark = hl_arena_mark();
    hl_string text = hl_capi_text(message, __builtin_strlen(message));

    if (text.data)
        hl_log_at((int)level, file, line, "%s", text.data);
    hl_arena_release(mark);
}
