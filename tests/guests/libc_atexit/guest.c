/* SPDX-License-Identifier: MIT */
/*
 * The end of a program: atexit functions, last one first, then destructors,
 * then stdout; the status is a result. Argument: return, exit, deep or quick.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void early(void)
{
    puts("atexit 1");
}

static void late(void)
{
    puts("atexit 2");
}

__attribute__((destructor)) static void destructor(void)
{
    puts("destructor");
}

static __attribute__((noinline)) void deep(int depth)
{
    volatile int local = depth;

    if (depth == 0)
        exit(42);
    deep(depth - 1);
    local++;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "return";

    atexit(early);
    atexit(late);
    printf("partial line, ");
    if (strcmp(way, "exit") == 0)
        exit(7);
    if (strcmp(way, "deep") == 0)
        deep(100);
    if (strcmp(way, "quick") == 0)
        _exit(9);
    return 3;
}
