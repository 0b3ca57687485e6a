/* SPDX-License-Identifier: MIT */
/*
 * random(), under rand() too: a fixed sequence after srandom(), and before it
 * one that differs between VMs and restores (so does upstream's guest library;
 * ISO C would have srandom(1) there).
 */
#include "os.h"

#include <stdlib.h>

#include "../guest.h"

static uint64_t state;
static bool seeded;

long random(void)
{
    if (!seeded)
        return (long)(hl_random64() >> 33);
    /* Knuth's multiplier: the same sequence as picolibc's own random() */
    state = state * 6364136223846793005u + 1;
    return (long)(state >> 32 & 0x7fffffff);
}

void srandom(unsigned seed)
{
    state = seed;
    seeded = true;
}
