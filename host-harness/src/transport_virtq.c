/* SPDX-License-Identifier: MIT */
/*
 * Generation C's transport: two packed virtqueues and a mailbox. Here: memory,
 * start-up, checkpoint, snapshot and restore (abi §12); the
 * messages are in virtq_message.c, the rings in virtq.c.
 */
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "virtq_message.h"

static void mailbox_set(struct hl_virtq_channel *virtq, uint64_t value)
{
    memcpy(virtq->arena + virtq->layout.mailbox, &value, sizeof(value));
}

static uint64_t mailbox_get(const struct hl_virtq_channel *virtq)
{
    uint64_t value;

    memcpy(&value, virtq->arena + virtq->layout.mailbox, sizeof(value));
    return value;
}

static uint64_t ring_bytes(const struct hl_virtq *queue)
{
    return queue->size * sizeof(struct hl_abi_vq_desc) + HL_VQ_EVENT_BYTES;
}

static void queues_reset(struct hl_virtq_channel *virtq)
{
    virtq_reset(&virtq->g2h);
    virtq_reset(&virtq->h2g);
    virtq->request_open = false;
}

static void virtq_empty(struct hl_channel *channel)
{
    queues_reset(&channel->virtq);
    mailbox_set(&channel->virtq, 0);
}

static hl_status virtq_checkpoint_begin(struct hl_channel *channel,
                                        hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;

    mailbox_set(virtq, 0);
    return virtq_send_checkpoint(channel, error);
}

static hl_status virtq_checkpoint_end(struct hl_channel *channel,
                                      hl_error *error)
{
    const uint64_t word = mailbox_get(&channel->virtq);

    queues_reset(&channel->virtq);
    if (word != HL_VQ_CHECKPOINT_DONE)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "guest did not publish its snapshot checkpoint: "
                            "mailbox holds 0x%llx",
                            (unsigned long long)word);
    return HL_OK;
}

static hl_status not_canonical(const char *what, uint32_t index,
                               hl_error *error)
{
    return hl_error_set(error, HL_FAIL_SNAPSHOT,
                        "guest's queues are not in the state a snapshot "
                        "needs: %s, descriptor %u",
                        what, index);
}

/* len is at least 1: a ring has its event words behind the descriptors. */
static bool is_zero(const uint8_t *bytes, uint64_t len)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

/* One posted input buffer of a canonical ring; seen: by slot. */
static bool is_posted(const struct hl_virtq_channel *virtq,
                      const struct hl_abi_vq_desc *desc, bool *slots, bool *ids)
{
    const struct hl_virtq_layout *layout = &virtq->layout;
    const uint64_t pool = virtq->h2g.window.gva + layout->h2g_pool;
    const uint64_t offset = desc->addr - pool;
    const uint64_t slot = offset / layout->h2g_buffer;

    if (desc->flags != (HL_VQ_AVAIL | HL_VQ_WRITE) ||
        desc->len != layout->h2g_buffer || desc->id >= layout->h2g_size ||
        desc->addr < pool || offset % layout->h2g_buffer != 0 ||
        slot >= layout->slots || slots[slot] || ids[desc->id])
        return false;
    slots[slot] = true;
    ids[desc->id] = true;
    return true;
}

/* The H2G ring's rule of abi §12.6 on a private copy of it. */
static hl_status h2g_check(struct hl_virtq_channel *virtq, const uint8_t *ring,
                           hl_error *error)
{
    const uint32_t size = virtq->layout.h2g_size;
    const uint64_t bytes = ring_bytes(&virtq->h2g);
    bool *seen = calloc(2 * (size_t)size, sizeof(*seen));
    hl_status status = HL_OK;
    uint32_t index = 0;

    if (seen == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    for (; index < size; index++) {
        struct hl_abi_vq_desc desc;

        memcpy(&desc, ring + index * sizeof(desc), sizeof(desc));
        if (desc.flags == 0)
            break;
        if (!is_posted(virtq, &desc, seen, seen + size)) {
            status = not_canonical("input ring", index, error);
            break;
        }
    }
    free(seen);
    if (status == HL_OK &&
        !is_zero(ring + index * sizeof(struct hl_abi_vq_desc),
                 bytes - index * sizeof(struct hl_abi_vq_desc)))
        return not_canonical("input ring behind the posted ones", index, error);
    return status;
}

static uint64_t virtq_state_size(const struct hl_channel *channel)
{
    return ring_bytes(&channel->virtq.g2h) + ring_bytes(&channel->virtq.h2g);
}

static hl_status virtq_state_save(struct hl_channel *channel, uint8_t *state,
                                  hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    const uint64_t g2h = ring_bytes(&virtq->g2h);

    memcpy(state, virtq->g2h.ring, g2h);
    memcpy(state + g2h, virtq->h2g.ring, ring_bytes(&virtq->h2g));
    if (!is_zero(state, g2h))
        return not_canonical("output ring", 0, error);
    return h2g_check(virtq, state + g2h, error);
}

static void virtq_state_load(struct hl_channel *channel, const uint8_t *state)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    const uint64_t g2h = ring_bytes(&virtq->g2h);

    memcpy(virtq->g2h.ring, state, g2h);
    memcpy(virtq->h2g.ring, state + g2h, ring_bytes(&virtq->h2g));
    queues_reset(virtq);
    mailbox_set(virtq, HL_VQ_CHECKPOINT_DONE);
}

/* ---- Memory ----------------------------------------------------------- */

static void virtq_plan(struct hl_layout *layout)
{
    virtq_layout_compute(&layout->virtq, layout->input_size,
                         layout->output_size);
    layout->arena_size = layout->virtq.arena_size;
}

static void virtq_peb_write(uint8_t *page, const struct hl_layout *layout)
{
    const struct hl_abi_vq_peb peb = {
        .init_data = layout->heap + layout->heap_size,
        .heap_size = layout->heap_size,
        .heap = layout->heap,
    };

    memcpy(page, &peb, sizeof(peb));
}

static void virtq_meta_write(uint8_t *top, const struct hl_layout *layout)
{
    const struct hl_virtq_layout *virtq = &layout->virtq;
    const struct {
        uint64_t offset, value;
    } words[] = {
        {HL_VQ_META_ARENA, layout->scratch_gpa},
        {HL_VQ_META_G2H_SIZE, virtq->g2h_size},
        {HL_VQ_META_G2H_PAGES, virtq->g2h_pages},
        {HL_VQ_META_G2H_BUFFER, virtq->g2h_buffer},
        {HL_VQ_META_H2G_SIZE, virtq->h2g_size},
        {HL_VQ_META_H2G_PAGES, virtq->h2g_pages},
        {HL_VQ_META_H2G_BUFFER, virtq->h2g_buffer},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        memcpy(top - words[i].offset, &words[i].value, sizeof(words[i].value));
}

static void virtq_channel_close(struct hl_channel *channel)
{
    struct hl_virtq_channel *virtq = &channel->virtq;

    virtq_close(&virtq->g2h);
    virtq_close(&virtq->h2g);
    free(virtq->message);
    free(virtq->taken);
    free(virtq->buffers);
    free(channel->copy);
    memset(channel, 0, sizeof(*channel));
}

static hl_status virtq_channel_open(struct hl_channel *channel,
                                    const struct hl_layout *layout,
                                    uint8_t *scratch, hl_error *error)
{
    struct hl_virtq_channel *virtq = &channel->virtq;
    const struct hl_virtq_window window = {
        .host = scratch,
        .gva = layout->scratch_gva,
        .size = layout->scratch_size,
    };
    const uint64_t pools = layout->input_size + layout->output_size;
    hl_status status;

    *channel = (struct hl_channel){
        .ops = &hl_transport_virtq,
        .copy = malloc(layout->output_size),
        .virtq = {.layout = layout->virtq,
                  .arena = scratch,
                  .message = malloc(pools),
                  .message_size = pools,
                  .taken = calloc(layout->virtq.slots, sizeof(*virtq->taken)),
                  .buffers =
                      calloc(layout->virtq.slots, sizeof(*virtq->buffers))},
    };
    status = virtq_open(&virtq->g2h, scratch, layout->virtq.g2h_size, &window,
                        error);
    if (status == HL_OK)
        status = virtq_open(&virtq->h2g, scratch + layout->virtq.h2g_ring,
                            layout->virtq.h2g_size, &window, error);
    if (status == HL_OK && (channel->copy == NULL || virtq->message == NULL ||
                            virtq->taken == NULL || virtq->buffers == NULL))
        status = hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    if (status != HL_OK)
        virtq_channel_close(channel);
    return status;
}

const struct hl_transport_ops hl_transport_virtq = {
    .name = "virtq",
    .codec = {hl_wire_decode_call_external, hl_wire_decode_result_external},
    .meta_end = HL_VQ_META_END,
    .min_pages = 22,
    .min_buffer = HL_STACK_SIZE_MIN,
    .notify_port = HL_PORT_NOTIFY,
    .strict_halt = true,
    .plan = virtq_plan,
    .peb_write = virtq_peb_write,
    .meta_write = virtq_meta_write,
    .open = virtq_channel_open,
    .close = virtq_channel_close,
    .reset = virtq_empty,
    .send_call = virtq_send_call,
    .send_reply = virtq_send_reply,
    .receive = virtq_receive,
    .finish = virtq_finish,
    .checkpoint_begin = virtq_checkpoint_begin,
    .checkpoint_end = virtq_checkpoint_end,
    .state_size = virtq_state_size,
    .state_save = virtq_state_save,
    .state_load = virtq_state_load,
};
