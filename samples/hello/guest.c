/* SPDX-License-Identifier: MIT */
#include <hl.h>

HL_IMPORT(void, hl_println, (hl_string, line));

HL_EXPORT(hl_string, greet, (hl_string, who))
{
    hl_string text = hl_format("Hello, %s!", who.data);

    hl_println(text);
    return text;
}
