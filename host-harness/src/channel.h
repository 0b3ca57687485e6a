/* SPDX-License-Identifier: MIT */
/*
 * The transport: how messages cross between host and guest. A channel is the
 * host's view of the shared buffers; a transport is one file that fills in
 * hl_transport_ops (generation B's I/O stacks: transport_stack.c).
 *
 * Shared buffers are guest memory: the guest may have put anything there. What
 * is read is copied once into channel->copy and used from there.
 */
#ifndef HL_CHANNEL_H
#define HL_CHANNEL_H

#include <hl/abi.h>
#include <hl/wire.h>
#include <hl_host.h>

struct hl_transport_ops;

struct hl_channel {
    const struct hl_transport_ops *ops;
    uint8_t *input; /* host to guest */
    uint64_t input_size;
    uint8_t *output; /* guest to host */
    uint64_t output_size;
    uint8_t *copy;          /* private, output_size bytes */
    uint64_t input_written; /* end of what the host has written to input */
};

/* One message out of the guest, in the channel's private copy. */
struct hl_message {
    const uint8_t *data;
    size_t size;
};

struct hl_transport_ops {
    const char *name;
    /* Empty both directions (creation, restore). */
    void (*reset)(struct hl_channel *channel);
    /* Host to guest: HL_FAIL_TOO_BIG (nothing is left of it), HL_FAIL_PROTOCOL
     * (the guest broke the buffer), HL_FAIL_ARGUMENT (no wire form). */
    hl_status (*send_call)(struct hl_channel *channel,
                           const struct hl_wire_call *call, size_t *size,
                           hl_error *error);
    hl_status (*send_reply)(struct hl_channel *channel,
                            const struct hl_wire_result *reply, size_t *size,
                            hl_error *error);
    /* Guest to host: take the newest message. HL_FAIL_PROTOCOL; *empty tells
     * that there was none. */
    hl_status (*receive)(struct hl_channel *channel, struct hl_message *message,
                         bool *empty, hl_error *error);
    /* After a call: is anything left that should not be? Empties both. */
    hl_status (*finish)(struct hl_channel *channel, hl_error *error);
};

extern const struct hl_transport_ops hl_transport_stack;

#endif /* HL_CHANNEL_H */
