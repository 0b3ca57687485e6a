/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P2.1 P2.2 P2.3 P3.6 P3.7 B1 B4 B5 B16 B17 B18
 *
 * session_emu over virtqueues (abi §12): the same calls and checks, while the
 * guest scribbles over rings, descriptors, mailbox and pools. The guest runs
 * for a snapshot, too.
 *
 * max_len: 96
 */
#include "support/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hostile_session(HL_ABI_VIRTQ, data, size);
    return 0;
}
