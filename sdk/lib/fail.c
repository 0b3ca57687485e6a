/* SPDX-License-Identifier: MIT */
/* What a call failed with, for the host and for the guest itself. */
#include "runtime.h"

#include <stdarg.h>

bool hl_fail_literal(int code, const char *text, size_t len)
{
    struct hl_call_state *state = hl_runtime.call;

    if (state->failed)
        return false;
    state->failed = true;
    state->fail_code = code == HL_ERR_NONE ? HL_ERR_GUEST : (uint32_t)code;
    state->fail_text = text;
    state->fail_len = len;
    return false;
}

bool hl_failure_take(hl_string *text)
{
    struct hl_call_state *state = hl_runtime.call;

    if (!state->failed)
        return false;
    state->failed = false;
    text->data = state->fail_text;
    text->len = state->fail_len;
    return true;
}

const char *hl_last_error(void)
{
    const char *text = hl_runtime.call->last_error;

    return text ? text : "";
}

void hl_error_set(const char *text, ...)
{
    const char *parts[16];
    size_t count = 0, len;
    va_list texts;

    va_start(texts, text);
    for (; text && count < 15; text = va_arg(texts, const char *))
        parts[count++] = text;
    va_end(texts);
    parts[count] = NULL;
    text = hl_text_join(&len, parts);
    hl_runtime.call->last_error =
        len ? text : "the call's arena is exhausted: raise --scratch";
}

bool hl_call_active(void)
{
    return hl_runtime.call->element != 0;
}
