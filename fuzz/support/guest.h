/* SPDX-License-Identifier: MIT */
/*
 * The well-behaved part of a guest in C: it puts messages where a guest would,
 * over either transport. What it has to remember is private, so that scribbles
 * over the shared memory cannot lead it outside.
 */
#ifndef FUZZ_GUEST_H
#define FUZZ_GUEST_H

#include "channel.h"
#include "support/machine.h"

struct fuzz_guest_state {
    bool virtq;
    uint8_t *scratch;
    uint64_t scratch_size, input_size, output_size;
    uint64_t sp; /* of the output stack */
    struct hl_virtq_layout layout;
    uint32_t h2g, g2h; /* positions in the rings */
};

#define FUZZ_DISPATCH 0x5000
#define FUZZ_STACK    0x6000

/* A fresh guest over the machine's scratch; sizes as configured. */
void fuzz_guest_reset(struct fuzz_guest_state *guest, bool virtq,
                      uint64_t input_size, uint64_t output_size);
/* Virtqueues: clear the rings, post every input buffer, say so (abi §12.6). */
void fuzz_guest_checkpoint(struct fuzz_guest_state *guest);
/* A call has come: take it. */
void fuzz_guest_enter(struct fuzz_guest_state *guest);
/* Put a message down and say how the guest exits then (a result: the halt). */
void fuzz_guest_send(struct fuzz_guest_state *guest, enum hl_message_kind kind,
                     const void *payload, size_t size,
                     struct hl_vmm_exit *exit);

/* An image of one page; the same one for the whole run. */
const hl_image *fuzz_guest_image(void);

#endif /* FUZZ_GUEST_H */
