/* SPDX-License-Identifier: MIT */
/*
 * Messages through the queues (abi §12.4): a 12-byte header, a FlatBuffer
 * and the byte values behind it. One guest request may be open (its reply goes
 * into the same chain).
 */
#include <stdlib.h>
#include <string.h>

#include "virtq_message.h"

#define HEADER_SIZE sizeof(struct hl_abi_vq_header)

static uint64_t pool_bytes(const struct hl_virtq_channel *virtq)
{
    return virtq->layout.g2h_pages * HL_PAGE_SIZE;
}

/* ---- Host to guest ---------------------------------------------------- */

/*
 * Take count H2G buffers (and see that spare more are there): all or none.
 * Their chains go to virtq->taken, their memory to virtq->buffers.
 */
static hl_status buffers_take(struct hl_virtq_channel *virtq, uint32_t count,
                              uint32_t spare, hl_error *error)
{
    struct hl_virtq *queue = &virtq->h2g;
    const struct hl_virtq_cursor start = queue->avail;
    struct hl_virtq_cursor behind = start;
    uint32_t taken = 0;
    bool empty = false;
    hl_status status = HL_OK;

    while (taken < count + spare && taken < virtq->layout.slots) {
        struct hl_virtq_chain *chain = &virtq->taken[taken];

        status = virtq_poll(queue, chain, &empty, error);
        if (status != HL_OK || empty)
            break;
        virtq->buffers[taken++] = queue->segments[0].host;
        if (chain->count != 1 || chain->readable != 0 ||
            chain->writable_len != virtq->layout.h2g_buffer) {
            status = hl_error_set(error, HL_FAIL_PROTOCOL,
                                  "guest posted an input buffer of the wrong "
                                  "shape");
            break;
        }
        if (taken == count)
            behind = queue->avail;
    }
    if (status == HL_OK && taken < count + spare)
        status = hl_error_set(error, HL_FAIL_TOO_BIG,
                              "message needs %u input buffers with %u to "
                              "spare, the guest has posted %u: raise "
                              "--input-size",
                              count, spare, taken);
    /* Whatever is not used goes back. */
    for (uint32_t i = status == HL_OK ? count : 0; i < taken; i++)
        queue->outstanding[virtq->taken[i].id] = false;
    queue->avail = status == HL_OK ? behind : start;
    return status;
}

/* Send total bytes of virtq->message through H2G buffers. */
static hl_status h2g_send(struct hl_virtq_channel *virtq, uint64_t total,
                          uint32_t spare, hl_error *error)
{
    const uint64_t size = virtq->layout.h2g_buffer;
    const uint64_t count = (total + size - 1) / size;
    hl_status status;

    if (count > virtq->layout.slots)
        return hl_error_set(error, HL_FAIL_TOO_BIG,
                            "message of %llu bytes does not fit the guest's "
                            "input buffers: raise --input-size",
                            (unsigned long long)total);
    status = buffers_take(virtq, (uint32_t)count, spare, error);
    if (status != HL_OK)
        return status;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t at = i * size;
        const uint64_t part = total - at < size ? total - at : size;

        memcpy(virtq->buffers[i], virtq->message + at, part);
        virtq_complete(&virtq->h2g, &virtq->taken[i], (uint32_t)part);
    }
    return HL_OK;
}

static void header_put(uint8_t *to, uint8_t kind, uint32_t id, uint64_t len)
{
    const struct hl_abi_vq_header header = {
        .kind = kind,
        .id = id,
        .payload_len = (uint32_t)len,
    };

    memcpy(to, &header, sizeof(header));
}

static hl_status encode_failed(enum hl_wire_error wire, hl_error *error)
{
    if (wire == HL_WIRE_CAPACITY)
        return hl_error_set(error, HL_FAIL_TOO_BIG,
                            "message does not fit the guest's input buffers: "
                            "raise --input-size");
    return hl_error_set(error, HL_FAIL_ARGUMENT,
                        "message cannot be encoded: %s",
                        hl_wire_error_text(wire));
}

static bool has_bytes(const struct hl_wire_call *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        if (call->args[i].type == HL_TYPE_BYTES)
            return true;
    }
    return false;
}

/* Ids of requests count from 1 and skip 0 (abi §12.4). */
static uint32_t next_id(struct hl_virtq_channel *virtq)
{
    if (++virtq->call_id == 0)
        virtq->call_id = 1;
    return virtq->call_id;
}

hl_status virtq_send_call(struct hl_channel *channel,
                          const struct hl_wire_call *call, size_t *size,
                          hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    const enum hl_wire_error wire =
        hl_wire_encode_call_external(call, virtq->message + HEADER_SIZE,
                                     virtq->message_size - HEADER_SIZE, size);

    if (wire != HL_WIRE_OK)
        return encode_failed(wire, error);
    header_put(virtq->message, HL_VQ_REQUEST, next_id(virtq), *size);
    return h2g_send(virtq, HEADER_SIZE + *size, has_bytes(call) ? 1 : 0, error);
}

static const hl_string too_long = {"Host response exceeds virtqueue capacity",
                                   40};

/* The reply goes into the request's own chain (abi §12.4). */
hl_status virtq_send_reply(struct hl_channel *channel,
                           const struct hl_wire_result *reply, size_t *size,
                           hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    const struct hl_wire_result refusal = {
        .is_error = true, .code = HL_ERR_HOST, .message = too_long};
    uint64_t room = virtq->request.writable_len;
    enum hl_wire_error wire;

    if (room > virtq->message_size)
        room = virtq->message_size;
    room = room < HEADER_SIZE ? 0 : room - HEADER_SIZE;
    wire = hl_wire_encode_result_external(reply, virtq->message + HEADER_SIZE,
                                          room, size);
    if (wire == HL_WIRE_CAPACITY)
        wire = hl_wire_encode_result_external(
            &refusal, virtq->message + HEADER_SIZE, room, size);
    if (wire != HL_WIRE_OK)
        return encode_failed(wire, error);
    header_put(virtq->message, HL_VQ_RESPONSE, virtq->request_id, *size);
    virtq_write(&virtq->g2h, &virtq->request, virtq->message,
                HEADER_SIZE + *size);
    virtq_complete(&virtq->g2h, &virtq->request,
                   (uint32_t)(HEADER_SIZE + *size));
    virtq->request_open = false;
    return HL_OK;
}

/* ---- Guest to host ---------------------------------------------------- */

static hl_status bad_message(const char *what, uint64_t value, hl_error *error)
{
    return hl_error_set(error, HL_FAIL_PROTOCOL,
                        "malformed message from the guest: %s (0x%llx)", what,
                        (unsigned long long)value);
}

/* A log has nothing behind its FlatBuffer; the decoder of generation B, which
 * reads it, would not mind (abi §12.5). */
static bool log_is_whole(const struct hl_message *message)
{
    uint32_t inner;

    if (message->size < sizeof(inner))
        return false;
    memcpy(&inner, message->data, sizeof(inner));
    return inner == message->size - sizeof(inner);
}

/* What kind of message it is, once its header and chain agree. */
static hl_status message_check(struct hl_virtq_channel *virtq,
                               const struct hl_abi_vq_header *header,
                               const struct hl_virtq_chain *chain,
                               struct hl_message *message, hl_error *error)
{
    const bool is_request = header->kind == HL_VQ_REQUEST;

    if (header->zero[0] != 0 || header->zero[1] != 0 || header->zero[2] != 0)
        return bad_message("reserved header bytes", header->zero[0], error);
    if (header->payload_len != chain->readable_len - HEADER_SIZE)
        return bad_message("payload length", header->payload_len, error);
    if (is_request != (chain->writable_len != 0))
        return bad_message("reply space", chain->writable_len, error);
    switch (header->kind) {
    case HL_VQ_REQUEST:
        if (header->id == 0)
            return bad_message("correlation id", header->id, error);
        message->kind = HL_MESSAGE_CALL;
        virtq->request = *chain;
        virtq->request_id = header->id;
        virtq->request_open = true;
        return HL_OK;
    case HL_VQ_RESPONSE:
        if (header->id != virtq->call_id)
            return bad_message("correlation id", header->id, error);
        message->kind = HL_MESSAGE_RESULT;
        break;
    case HL_VQ_LOG:
        if (header->id != 0)
            return bad_message("correlation id", header->id, error);
        if (!log_is_whole(message))
            return bad_message("log record", message->size, error);
        message->kind = HL_MESSAGE_LOG;
        break;
    default:
        return bad_message("kind", header->kind, error);
    }
    virtq_complete(&virtq->g2h, chain, 0);
    return HL_OK;
}

hl_status virtq_receive(struct hl_channel *channel, struct hl_message *message,
                        bool *empty, hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    struct hl_virtq_chain chain;
    struct hl_abi_vq_header header;
    hl_status status = virtq_poll(&virtq->g2h, &chain, empty, error);

    if (status != HL_OK)
        return status;
    if (*empty)
        return hl_error_set(error, HL_FAIL_PROTOCOL, "guest's queue is empty");
    if (chain.readable_len < HEADER_SIZE ||
        chain.readable_len > pool_bytes(virtq))
        return bad_message("length", chain.readable_len, error);
    virtq_read(&virtq->g2h, &chain, channel->copy);
    memcpy(&header, channel->copy, sizeof(header));
    message->data = channel->copy + HEADER_SIZE;
    message->size = chain.readable_len - HEADER_SIZE;
    return message_check(virtq, &header, &chain, message, error);
}

/* After a call nothing but posted input buffers is left (B9). */
hl_status virtq_finish(struct hl_channel *channel, hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    struct hl_virtq_chain chain;
    bool empty;
    hl_status status;

    virtq->request_open = false;
    status = virtq_poll(&virtq->g2h, &chain, &empty, error);
    if (status != HL_OK || empty)
        return status;
    return bad_message("left in the queue", chain.id, error);
}

hl_status virtq_send_checkpoint(struct hl_channel *channel, hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;

    header_put(virtq->message, HL_VQ_CHECKPOINT, 0, 0);
    return h2g_send(virtq, HEADER_SIZE, 0, error);
}
