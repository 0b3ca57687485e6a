/* SPDX-License-Identifier: MIT */
/* hl_abort: code and text arrive whole, whatever bytes are in them. */
#include <hl.h>

HL_EXPORT(void, with_text, (int32_t, code), (hl_bytes, text))
{
    hl_abort(code, "%.*s", (int)text.len, (const char *)text.data);
}
HL_EXPORT(void, long_text, (uint32_t, size))
{
    char text[2001];

    if (size > 2000)
        size = 2000;
    for (uint32_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 26);
    text[size] = 0;
    hl_abort(9, "%s", text);
}
