/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P2.1 P2.2 P2.3 P3.6 P3.7 B1 B3 B4 B5 B16 B17 B18
 *
 * Sessions on the emulator: the input is calls of the scribbling guest
 * (fuzz/guest), snapshots, restores and interrupts between them.
 * support/hostile.c says what must hold after each; in the end, P2.1 P2.2, a
 * restored guest and its neighbour are as they were when fresh.
 *
 * max_len: 96
 */
#include "support/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hostile_session(HL_ABI_STACK, data, size);
    return 0;
}
