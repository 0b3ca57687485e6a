/* SPDX-License-Identifier: MIT */
/*
 * The call's arena: scratch memory between the page allocator, which grows up,
 * and the guard page under the main stack. It costs nothing after a restore
 * and is free again at the next call (abi §2.6).
 */
#include "runtime.h"

/* Bytes the arena may reach down from the guard page. */
static uint64_t arena_size(void)
{
    uint64_t lowest =
        HL_ALLOCATOR + HL_SCRATCH_GPA_TO_GVA + HL_RESERVE_PAGES * HL_PAGE_SIZE;

    return lowest < hl_runtime.guard ? hl_runtime.guard - lowest : 0;
}

size_t hl_arena_room(void)
{
    uint64_t size = arena_size(), used = hl_runtime.call->arena_used;

    return used < size ? (size - used) & ~(uint64_t)15 : 0;
}

void *hl_alloc(size_t size)
{
    struct hl_call_state *state = hl_runtime.call;

    if (size > hl_arena_room())
        return NULL;
    state->arena_used += (size + 15) & ~(size_t)15;
    if (state->arena_peak < state->arena_used)
        state->arena_peak = state->arena_used;
    return (void *)(uintptr_t)(hl_runtime.guard - state->arena_used);
}

size_t hl_arena_mark(void)
{
    return hl_runtime.call->arena_used;
}

void hl_arena_release(size_t mark)
{
    if (mark < hl_runtime.call->arena_used)
        hl_runtime.call->arena_used = mark;
}
