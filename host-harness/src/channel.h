/* SPDX-License-Identifier: MIT */
/*
 * The transport: how messages cross between host and guest. A channel is the
 * host's view of the shared buffers; a transport is an hl_transport_ops:
 * generation B's I/O stacks (transport_stack.c), generation C's virtqueues
 * (transport_virtq.c).
 *
 * Shared buffers are guest memory: the guest may have put anything there. What
 * is read is copied once into channel->copy and used from there.
 */
#ifndef HL_CHANNEL_H
#define HL_CHANNEL_H

#include <hl/abi.h>
#include <hl/wire.h>
#include <hl_host.h>

#include "virtq.h"
#include "virtq_layout.h"

struct hl_layout;
struct hl_transport_ops;

/* What generation C's channel keeps (transport_virtq.c). */
struct hl_virtq_channel {
    struct hl_virtq_layout layout;
    uint8_t *arena;
    struct hl_virtq g2h, h2g;
    struct hl_virtq_chain request; /* the guest's open request, if any */
    uint32_t request_id;
    bool request_open;
    uint32_t call_id; /* of the host's newest request */
    uint8_t *message; /* private: what is being sent */
    uint64_t message_size;
    struct hl_virtq_chain *taken; /* H2G buffers of the message being sent */
    uint8_t **buffers;            /* and their memory */
};

struct hl_channel {
    const struct hl_transport_ops *ops;
    uint8_t *copy; /* private: the message being received */
    /* Generation B (transport_stack.c). */
    uint8_t *input; /* host to guest */
    uint64_t input_size;
    uint8_t *output;        /* guest to host */
    uint64_t output_size;   /* also of copy */
    uint64_t input_written; /* end of what the host has written to input */
    /* Generation C. */
    struct hl_virtq_channel virtq;
};

enum hl_message_kind { HL_MESSAGE_CALL, HL_MESSAGE_RESULT, HL_MESSAGE_LOG };

/* One message out of the guest, in the channel's private copy. */
struct hl_message {
    enum hl_message_kind kind; /* transports with a notify_port: from it */
    const uint8_t *data;
    size_t size;
};

/* The form of byte values: in the FlatBuffer (B), or behind it (C). */
struct hl_codec {
    enum hl_wire_error (*decode_call)(const void *, size_t,
                                      struct hl_wire_call *);
    enum hl_wire_error (*decode_result)(const void *, size_t,
                                        struct hl_wire_result *);
};

struct hl_transport_ops {
    const char *name;
    struct hl_codec codec;

    /* Memory: the exception stack begins at TOP - meta_end; pages needed
     * beside the arena and the tables (abi §2.1). */
    uint64_t meta_end;
    uint64_t min_pages;
    uint64_t min_buffer; /* least input and output size */
    /* Fill in layout->arena_size (and more) from its input and output size. */
    void (*plan)(struct hl_layout *layout);
    void (*peb_write)(uint8_t *page, const struct hl_layout *layout);
    /* Bookkeeping beyond what both have; top: end of scratch. NULL: none. */
    void (*meta_write)(uint8_t *top, const struct hl_layout *layout);

    /* A channel over scratch; close is fine after a failed open. */
    hl_status (*open)(struct hl_channel *channel,
                      const struct hl_layout *layout, uint8_t *scratch,
                      hl_error *error);
    void (*close)(struct hl_channel *channel);
    /* Empty both directions (creation, restore). */
    void (*reset)(struct hl_channel *channel);

    /* Ports that carry messages; 0: not in this transport. */
    uint16_t call_port, log_port, notify_port;
    /* A malformed end of a call poisons (abi §12.7). */
    bool strict_halt;

    /* Host to guest: HL_FAIL_TOO_BIG (nothing is left of it), HL_FAIL_PROTOCOL
     * (the guest broke the buffer), HL_FAIL_ARGUMENT (no wire form). */
    hl_status (*send_call)(struct hl_channel *channel,
                           const struct hl_wire_call *call, size_t *size,
                           hl_error *error);
    hl_status (*send_reply)(struct hl_channel *channel,
                            const struct hl_wire_result *reply, size_t *size,
                            hl_error *error);
    /* Guest to host: take the next message. HL_FAIL_PROTOCOL; *empty tells
     * that there was none. */
    hl_status (*receive)(struct hl_channel *channel, struct hl_message *message,
                         bool *empty, hl_error *error);
    /* After a call: is anything left that should not be? Empties both. */
    hl_status (*finish)(struct hl_channel *channel, hl_error *error);

    /*
     * The guest's own part of start-up and snapshots (abi §12.6); NULL in
     * transports without one. begin: ask for it; end: was it done?
     */
    hl_status (*checkpoint_begin)(struct hl_channel *channel, hl_error *error);
    hl_status (*checkpoint_end)(struct hl_channel *channel, hl_error *error);
    /* Bytes of shared memory that snapshots keep; 0 with the rest NULL. */
    uint64_t (*state_size)(const struct hl_channel *channel);
    hl_status (*state_save)(struct hl_channel *channel, uint8_t *state,
                            hl_error *error);
    void (*state_load)(struct hl_channel *channel, const uint8_t *state);
};

extern const struct hl_transport_ops hl_transport_stack;
extern const struct hl_transport_ops hl_transport_virtq;

#endif /* HL_CHANNEL_H */
