/* SPDX-License-Identifier: MIT */
/* guarantees: B17 */
/* Guests that never end. */
#include "raw.h"

RAW_FUNCTION(loop_for_ever)
{
    for (;;)
        __asm__ volatile("");
}

/* Exits now and then, so that it never spends long in the VM. */
RAW_FUNCTION(loop_over_prints)
{
    for (;;)
        raw_out(HL_PORT_DEBUG, '.');
}

RAW_FUNCTION(loop_over_aborts_without_data)
{
    for (;;)
        raw_out(HL_PORT_ABORT, 0);
}

RAW_FUNCTION(loop_over_host_calls)
{
    for (;;)
        raw_host_inc(1);
}

/* Until the stack runs out of scratch into unmapped memory: no number of
 * levels that fits is enough. */
static __attribute__((noinline)) uint64_t deeper(uint64_t depth)
{
    volatile uint8_t frame[2048];

    frame[0] = (uint8_t)depth;
    return depth == UINT64_MAX ? 0 : deeper(depth + 1) + frame[0];
}

RAW_FUNCTION(recurse_for_ever)
{
    raw_return_int((int32_t)deeper(0));
}
