/* SPDX-License-Identifier: MIT */
/* The texts of enum hl_wire_error. */
#include <hl/wire.h>

/* One long string, so that a guest needs no relocations for it. */
#define ERROR_TEXT(name, text) text "\0"
static const char texts[] = HL_WIRE_ERROR_TABLE(ERROR_TEXT);
#undef ERROR_TEXT
#define ERROR_COUNT(name, text) +1
#define ERRORS                  (0 HL_WIRE_ERROR_TABLE(ERROR_COUNT))

const char *hl_wire_error_text(enum hl_wire_error error)
{
    const char *text = texts;

    if ((unsigned)error >= ERRORS)
        return "unknown error";
    for (unsigned i = 0; i < (unsigned)error; i++)
        while (*text++ != '\0')
            ;
    return text;
}
