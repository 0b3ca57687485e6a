/* SPDX-License-Identifier: MIT */
/*
 * Constructors run before the first call, by priority; what they print is
 * kept and comes first in the first call, as far as 4 KiB go.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hl.h>

static int order, error;

__attribute__((constructor(102))) static void second(void)
{
    order = order * 10 + 2;
    printf("second constructor\n");
}

__attribute__((constructor(101))) static void first(void)
{
    order = order * 10 + 1;
    printf("first constructor\n");
    fprintf(stderr, "constructor to stderr\n");
}

__attribute__((constructor)) static void last(void)
{
    static char block[1000];

    order = order * 10 + 3;
    memset(block, '.', sizeof(block));
    block[sizeof(block) - 1] = '\n';
    for (int i = 0; i < 6 && !error; i++)
        if (write(1, block, sizeof(block)) < 0)
            error = errno;
}

HL_EXPORT(int32_t, constructors)
{
    printf("in the call\n");
    return order;
}

HL_EXPORT(bool, was_full)
{
    return error == ENOSPC;
}
