/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <ctype.h>

/* Unquotes the word at text in place (it only shrinks), ends it with NUL;
 * returns where to go on, at most end. */
static char *word_cut(char *text, const char *end)
{
    char quote = 0, *out = text, *p = text;

    for (; p < end; p++) {
        if (*p == '\\' && p + 1 < end)
            *out++ = *++p;
        else if (quote && *p == quote)
            quote = 0;
        else if (!quote && (*p == '\'' || *p == '"'))
            quote = *p;
        else if (!quote && isspace((unsigned char)*p))
            break;
        else
            *out++ = *p;
    }
    if (p < end)
        p++;
    *out = '\0';
    return p;
}

bool response_read(struct words *words, const char *path)
{
    size_t size;
    char *p = file_read(path, &size), *end;

    if (!p)
        return false;
    end = p + size;
    for (;;) {
        char *word;

        while (p < end && isspace((unsigned char)*p))
            p++;
        if (p == end)
            return true;
        word = p;
        p = word_cut(word, end);
        words_add(words, word);
    }
}
