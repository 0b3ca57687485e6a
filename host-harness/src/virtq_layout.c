/* SPDX-License-Identifier: MIT */
#include <hl/abi.h>

#include "virtq_layout.h"

#define G2H_RING    64 /* upstream's defaults (abi §12.2) */
#define H2G_RING    32
#define RING_MAX    32768
#define BUFFER_SIZE HL_PAGE_SIZE

static uint64_t align(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

static uint64_t ring_bytes(uint32_t size)
{
    return sizeof(struct hl_abi_vq_desc) * (uint64_t)size + HL_VQ_EVENT_BYTES;
}

/* A ring with a descriptor for each buffer, as long as there may be one. */
static uint32_t ring_size(uint64_t buffers, uint32_t least)
{
    uint32_t size = least;

    while (size < buffers && size < RING_MAX)
        size *= 2;
    return size;
}

void virtq_layout_compute(struct hl_virtq_layout *layout, uint64_t input,
                          uint64_t output)
{
    layout->g2h_size = G2H_RING;
    layout->h2g_size = ring_size(input / BUFFER_SIZE, H2G_RING);
    layout->g2h_pages = output / HL_PAGE_SIZE;
    layout->h2g_pages = input / HL_PAGE_SIZE;
    layout->g2h_buffer = BUFFER_SIZE;
    layout->h2g_buffer = BUFFER_SIZE;
    layout->h2g_ring = align(ring_bytes(layout->g2h_size), 16);
    layout->mailbox = align(layout->h2g_ring + ring_bytes(layout->h2g_size), 8);
    layout->g2h_pool = align(layout->mailbox + sizeof(uint64_t), HL_PAGE_SIZE);
    layout->h2g_pool = layout->g2h_pool + output;
    layout->arena_size = layout->h2g_pool + input;
    layout->slots =
        (uint32_t)(layout->h2g_pages < layout->h2g_size ? layout->h2g_pages
                                                        : layout->h2g_size);
}
