/* SPDX-License-Identifier: MIT */
/* Where queues and pools lie in the transport arena (abi §12.3). */
#ifndef HL_VIRTQ_LAYOUT_H
#define HL_VIRTQ_LAYOUT_H

#include <stdint.h>

/* Sizes in descriptors, pages and bytes; offsets from the arena's start. */
struct hl_virtq_layout {
    uint32_t g2h_size, h2g_size;
    uint64_t g2h_pages, h2g_pages;
    uint64_t g2h_buffer, h2g_buffer;
    uint64_t h2g_ring; /* the G2H ring is at 0 */
    uint64_t mailbox;
    uint64_t g2h_pool, h2g_pool;
    uint64_t arena_size;
    uint32_t slots; /* buffers of the H2G pool that the ring can hold */
};

/* For pools of input and output bytes (multiples of the page size). */
void virtq_layout_compute(struct hl_virtq_layout *layout, uint64_t input,
                          uint64_t output);

#endif /* HL_VIRTQ_LAYOUT_H */
