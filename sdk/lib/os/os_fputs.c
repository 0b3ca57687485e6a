/* SPDX-License-Identifier: MIT */
/* fputs, in one piece where picolibc's goes character by character. */
#include "os.h"

#include <stdio.h>
#include <string.h>

int fputs(const char *text, FILE *stream)
{
    size_t len = strlen(text);

    if (len == 0)
        return 0;
    return fwrite(text, 1, len, stream) == len ? 0 : EOF;
}
