/* SPDX-License-Identifier: MIT */
/* Running out of stack is reported, whatever the frame; never silent. */
#include <hl.h>

#include <alloca.h>
#include <string.h>

static __attribute__((noinline)) int32_t recurse(int32_t depth)
{
    volatile char frame[1000];
    /* not a constant, or the frame shrinks to what is used of it */
    size_t at = (uint32_t)depth % sizeof(frame);

    frame[at] = (char)depth;
    return depth ? recurse(depth - 1) + (frame[at] == (char)depth) : 0;
}

HL_EXPORT(int32_t, deep, (int32_t, depth))
{
    return recurse(depth);
}

/* Jumps over a guard page of 4 KiB unless every page is probed. */
static __attribute__((noinline)) int32_t big(int32_t depth)
{
    volatile char frame[20 * 1024];
    size_t at = (uint32_t)depth % sizeof(frame);

    frame[at] = (char)depth;
    return depth ? big(depth - 1) + (frame[at] == (char)depth) : 0;
}

HL_EXPORT(int32_t, big_frames, (int32_t, depth))
{
    return big(depth);
}

HL_EXPORT(int32_t, use_alloca, (uint32_t, size))
{
    volatile char *memory = alloca(size);

    memory[0] = 1;
    memory[size - 1] = 2;
    return memory[0] + memory[size - 1];
}
