/* SPDX-License-Identifier: MIT */
/* Calls that end only when the host ends them, and ones that count. */
#include <hl.h>

HL_IMPORT(void, HostEntered);

static int32_t count;

HL_EXPORT(int32_t, next)
{
    return ++count;
}

/* Tell the host that the call runs, then never return. */
HL_EXPORT(int32_t, loop)
{
    if (HostEntered() != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    for (;;)
        __asm__ volatile("");
}
