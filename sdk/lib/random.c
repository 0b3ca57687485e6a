/* SPDX-License-Identifier: MIT */
/* Random numbers from the host's seeds; not for keys. */
#include "runtime.h"

#define RESEED HL_WORD(HL_SCRATCH_GVA_END - HL_META_RESEED)

/*
 * splitmix64. After a restore the host leaves a new seed (abi §2.3); hosts
 * that do not know of it are the reason for the cycle counter.
 */
uint64_t hl_random64(void)
{
    uint64_t x = hl_runtime.random + 0x9E3779B97F4A7C15 + hl_cycles();

    if (hl_runtime.reseeds && RESEED) {
        x ^= RESEED * 0xD6E8FEB86659FD93;
        RESEED = 0;
    }
    hl_runtime.random = x;
    return hl_mix(x);
}
