/* SPDX-License-Identifier: MIT */
/*
 * Programs with main(): the host calls hl_main with arguments and environment
 * as one block: the argv strings, an empty string, NAME=VALUE strings, each
 * NUL-terminated.
 */
#include "os_exit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../guest.h"

int main(int argc, char **argv, char **envp);

/* The strings of a block; both lists end with NULL. */
struct main_block {
    int argc;
    char **argv;
    char **envp;
};

/* The string after the one at text, or NULL at the end of the block. */
static char *string_next(char *text, const char *end)
{
    text += strlen(text) + 1;
    return text < end ? text : NULL;
}

/* Every string takes a byte at least, so this is room enough for both lists. */
static char **block_lists(const char *text, size_t len)
{
    size_t count = 2;

    for (size_t i = 0; i < len; i++)
        count += text[i] == '\0';
    return hl_alloc(count * sizeof(char *));
}

/* Without printf, which would be linked into every program. */
static bool block_fail(int code, const char *text)
{
    hl_fail_literal(code, text, strlen(text));
    return false;
}

/*
 * The strings stay where the host put them: they live until the call ends, and
 * so does main.
 */
static bool block_parse(hl_bytes bytes, struct main_block *block)
{
    char *text = (char *)(uintptr_t)bytes.data;
    char *end = text + bytes.len, *at = bytes.len > 0 ? text : NULL;
    char **list;

    if (bytes.len > 0 && end[-1] != '\0')
        return block_fail(HL_ERR_PARAMETER_TYPE,
                          "hl_main: the block does not end with a NUL");
    list = block_lists(text, bytes.len);
    if (!list)
        return block_fail(HL_ERR_MALLOC,
                          "hl_main: the arguments do not fit the memory of a "
                          "call: raise --scratch");
    block->argv = list;
    for (; at && *at; at = string_next(at, end))
        *list++ = at;
    block->argc = (int)(list - block->argv);
    *list++ = NULL;
    block->envp = list;
    for (at = at ? string_next(at, end) : NULL; at; at = string_next(at, end))
        *list++ = at;
    *list = NULL;
    return true;
}

HL_EXPORT(int32_t, hl_main, (hl_bytes, bytes))
{
    struct main_block block;

    if (!block_parse(bytes, &block))
        return 0;
    environ = block.envp;
    os_exit.armed = true;
    if (setjmp(os_exit.back) == 0)
        exit(main(block.argc, block.argv, block.envp));
    hl_program_end();
    return os_exit.status;
}
