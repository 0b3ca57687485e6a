/* SPDX-License-Identifier: MIT */
/* A null pointer cannot be read, written or called. */
#include <hl.h>

static void *volatile null;

HL_EXPORT(int32_t, read_null)
{
    return *(volatile int32_t *)null;
}
HL_EXPORT(int32_t, write_null)
{
    ((volatile int32_t *)null)[4] = 1;
    return 0;
}
HL_EXPORT(int32_t, call_null)
{
    ((void (*)(void))null)();
    return 0;
}
