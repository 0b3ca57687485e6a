/* SPDX-License-Identifier: MIT */
/*
 * Exports of hl.h whose helpers call the host through upstream's C API: these
 * calls end without the C API's own dispatch.
 */
#include <hl.h>
#include <string.h>

#include "host_calls.h"

static uintptr_t host_call_end;

/* Where the arena stands behind a failed host call. */
HL_EXPORT(int32_t, FailAndMark)
{
    const char *after;

    fail_at_the_host();
    after = hl_alloc(16);
    if (!after)
        return hl_fail(HL_ERR_MALLOC, "no room");
    host_call_end = (uintptr_t)after + 16;
    return 0;
}

/*
 * Allocate up to the same place: what is ours now is no result of that call.
 * Gives the number of bytes that the next host call has changed.
 */
HL_EXPORT(int32_t, FillAndFail)
{
    uintptr_t start = (uintptr_t)hl_alloc(16);
    size_t size = start - host_call_end;
    int32_t changed = 0;
    char *room = start > host_call_end ? hl_alloc(size) : NULL;
    const volatile char *mine = room; /* what is really there */

    if (!room)
        return hl_fail(HL_ERR_MALLOC, "the arena is not as it was");
    memset(room, 'A', size);
    fail_at_the_host();
    for (size_t i = 0; i < size; i++)
        changed += mine[i] != 'A';
    return changed;
}

/* A result that waits for a later call, which uses the arena first. */
HL_EXPORT(void, StashHere)
{
    char text[] = "it waits";

    stash(text);
}
HL_EXPORT(int32_t, TakeHere)
{
    char *all = hl_alloc(4000);

    if (!all)
        return hl_fail(HL_ERR_MALLOC, "no room");
    memset(all, 'B', 4000);
    __asm__ volatile("" : : "r"(all) : "memory");
    return strcmp(stash_take(), "it waits") == 0;
}
