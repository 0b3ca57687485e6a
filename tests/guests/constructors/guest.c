/* SPDX-License-Identifier: MIT */
/* Constructors by priority, then hyperlight_main, before the first call. */
#include <hl.h>

static char order[8];
static int at;

__attribute__((constructor)) static void plain(void)
{
    order[at++] = 'c';
}
__attribute__((constructor(201))) static void second(void)
{
    order[at++] = 'b';
}
__attribute__((constructor(200))) static void first(void)
{
    order[at++] = 'a';
}
void hyperlight_main(void)
{
    order[at++] = 'm';
}

HL_EXPORT(const char *, order_seen)
{
    return order;
}
