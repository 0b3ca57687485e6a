/* SPDX-License-Identifier: MIT */
/* Messages through the queues; the functions are of hl_transport_ops. */
#ifndef HL_VIRTQ_MESSAGE_H
#define HL_VIRTQ_MESSAGE_H

#include "channel.h"

hl_status virtq_send_call(struct hl_channel *channel,
                          const struct hl_wire_call *call, size_t *size,
                          hl_error *error);
hl_status virtq_send_reply(struct hl_channel *channel,
                           const struct hl_wire_result *reply, size_t *size,
                           hl_error *error);
hl_status virtq_receive(struct hl_channel *channel, struct hl_message *message,
                        bool *empty, hl_error *error);
hl_status virtq_finish(struct hl_channel *channel, hl_error *error);
/* Ask the guest for its checkpoint (abi §12.6). */
hl_status virtq_send_checkpoint(struct hl_channel *channel, hl_error *error);

#endif /* HL_VIRTQ_MESSAGE_H */
