/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest that speaks virtqueues (abi §12), for tests only: like
 * tests/raw it shares no code with the SDK and leaves every byte of rings,
 * pools and mailbox to the test. What it has to remember lies in scratch, which
 * restore clears: zero is the state of a fresh guest.
 */
#ifndef HL_HOSTILE_VIRTQ_H
#define HL_HOSTILE_VIRTQ_H

#include "raw.h"

#define HEADER 12
/* Below HL_SCRATCH_GVA_END; left.h and p5_startup use pages near it. */
#define VQ_STATE 0xA000

struct vq_state {
    uint32_t h2g; /* position of the next input buffer */
    uint32_t g2h; /* of the next descriptor of ours */
    uint32_t call_id;
    uint32_t mode; /* what to do at the next checkpoint (attacks.c) */
    uint32_t keep; /* input buffers are not given back */
};

/* Where everything is, from the bookkeeping words. */
struct vq {
    struct vq_state *state;
    struct hl_abi_vq_desc *g2h, *h2g;
    volatile uint64_t *mailbox;
    uint8_t *pool, *h2g_pool;
    uint32_t g2h_size, h2g_size, slots;
};

struct vq vq_open(void);
/* A descriptor at the next position of G2H. */
void vq_publish(const struct vq *q, uint64_t addr, uint32_t len, uint16_t id,
                uint16_t flags);
/* Put header (with the id that is right) and payload at the pool's start;
 * their length. */
uint32_t vq_message(const struct vq *q, uint8_t kind, const void *payload,
                    uint32_t len);
/* The same: result Int, call of HostInc, log record. */
uint32_t vq_result(const struct vq *q, int32_t value);
uint32_t vq_host_call(const struct vq *q, int32_t argument);
uint32_t vq_log(const struct vq *q);
/* Publish the pool's first len bytes; room bytes for a reply behind 0x800. */
void vq_send(const struct vq *q, uint32_t len, uint32_t room);
uint8_t *vq_reply(const struct vq *q);
/* The FunctionCall or FunctionCallResult table in a message. */
const uint8_t *vq_table(const uint8_t *message);
/* Of the call that is served: the bytes behind its FlatBuffer (abi §12.5). */
uint8_t *vq_external(const struct vq *q, uint32_t *len);
void vq_return(const struct vq *q, int32_t value);
void vq_ring_bell(void);
void vq_canonicalise(const struct vq *q);

/* The guest's part of a snapshot; start-up, level is the host's log level.
 * base.c does what is right, attacks.c has its own. */
void vq_checkpoint(const struct vq *q, uint32_t mode);
void vq_start(uint32_t level);

#endif /* HL_HOSTILE_VIRTQ_H */
