/* SPDX-License-Identifier: MIT */
/*
 * The driver's side of generation C's queues (abi §12): where they are, and
 * what of them has been used. Positions count descriptors since the rings were
 * last canonical; they live in the scratch alias, where restore zeroes them
 * together with what they count. At most one chain of ours is open at a time.
 */
#ifndef HL_GUEST_VIRTQ_H
#define HL_GUEST_VIRTQ_H

#include <hl/abi.h>

/* Fixed at start-up, from the bookkeeping words (abi §12.2). */
struct hl_virtq {
    bool active; /* this host speaks generation C */
    struct hl_abi_vq_desc *g2h, *h2g;
    volatile uint64_t *mailbox;
    uint8_t *g2h_pool, *h2g_pool;
    uint64_t g2h_pool_size;
    uint32_t g2h_size, h2g_size; /* descriptors, powers of two */
    uint32_t h2g_buffer;         /* bytes of a posted buffer */
    uint32_t slots;              /* posted buffers */
};

/* In struct hl_call_state; all zero is canonical. */
struct hl_virtq_state {
    uint64_t g2h;        /* position of our next descriptor */
    uint64_t h2g;        /* position of the host's next message */
    uint32_t taken;      /* buffers of the present call, not posted again yet */
    uint32_t call_id;    /* of the present call */
    uint32_t request_id; /* of our newest request */
};

#endif /* HL_GUEST_VIRTQ_H */
