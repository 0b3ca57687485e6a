/* SPDX-License-Identifier: MIT */
/* Texts of the library itself, without printf. */
#include "runtime.h"

const char *hl_text_decimal(char *buffer, uint64_t value)
{
    char *at = buffer + 20;

    *at = 0;
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    return at;
}

const char *hl_text_join(size_t *len, const char *const *parts)
{
    size_t size = 0;
    char *text, *at;

    for (const char *const *part = parts; *part; part++)
        size += __builtin_strlen(*part);
    *len = 0;
    text = at = hl_alloc(size + 1);
    if (!text)
        return "";
    for (const char *const *part = parts; *part; part++)
        for (const char *from = *part; *from;)
            *at++ = *from++;
    *at = 0;
    *len = size;
    return text;
}
