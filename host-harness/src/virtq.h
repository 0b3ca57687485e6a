/* SPDX-License-Identifier: MIT */
/*
 * The device's side of a packed virtqueue (abi §12.3): chains out, used
 * descriptors back. Rings and buffers are guest memory: each descriptor is
 * copied once and checked in the copy; cursors, sizes and what is outstanding
 * are kept here, never read back from the guest.
 */
#ifndef HL_VIRTQ_H
#define HL_VIRTQ_H

#include <hl/abi.h>
#include <hl_host.h>

/* The guest memory descriptors may point into: the scratch window. */
struct hl_virtq_window {
    uint8_t *host;
    uint64_t gva;
    uint64_t size;
};

struct hl_virtq_segment {
    uint8_t *host;
    uint32_t len;
};

/* A chain: readable segments first, then writable ones. */
struct hl_virtq_chain {
    uint16_t id;
    uint32_t count;    /* descriptors */
    uint32_t readable; /* of them */
    uint64_t readable_len;
    uint64_t writable_len;
};

struct hl_virtq_cursor {
    uint32_t index;
    bool wrap;
};

struct hl_virtq {
    uint8_t *ring;
    uint32_t size; /* descriptors */
    struct hl_virtq_window window;
    struct hl_virtq_cursor avail;
    struct hl_virtq_cursor used;
    bool *outstanding;                 /* by chain id */
    struct hl_virtq_segment *segments; /* of the chain last polled */
};

/* Memory for a queue of size descriptors. HL_FAIL_NO_MEMORY. */
hl_status virtq_open(struct hl_virtq *queue, uint8_t *ring, uint32_t size,
                     const struct hl_virtq_window *window, hl_error *error);
void virtq_close(struct hl_virtq *queue);

/* Both cursors to {0, 1}, nothing outstanding (abi §12.6). */
void virtq_reset(struct hl_virtq *queue);

/*
 * The next available chain; its segments are in queue->segments until the next
 * poll. *empty if there is none. HL_FAIL_PROTOCOL names the broken rule.
 */
hl_status virtq_poll(struct hl_virtq *queue, struct hl_virtq_chain *chain,
                     bool *empty, hl_error *error);
/* Return a chain with len bytes written; in the order of polling. */
void virtq_complete(struct hl_virtq *queue, const struct hl_virtq_chain *chain,
                    uint32_t len);

/* Copy the chain's readable bytes (chain->readable_len of them). */
void virtq_read(const struct hl_virtq *queue,
                const struct hl_virtq_chain *chain, uint8_t *to);
/* Write len <= chain->writable_len bytes over the writable segments. */
void virtq_write(const struct hl_virtq *queue,
                 const struct hl_virtq_chain *chain, const uint8_t *from,
                 uint64_t len);

#endif /* HL_VIRTQ_H */
