/* SPDX-License-Identifier: MIT */
/* The smallest guest over virtqueues: see base.h. */
#include "base.h"

static uint64_t word(uint64_t offset)
{
    return *(volatile uint64_t *)(HL_SCRATCH_GVA_END - offset);
}

static uint64_t align(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

struct vq vq_open(void)
{
    const uint64_t arena = word(HL_VQ_META_ARENA) + HL_SCRATCH_GPA_TO_GVA;
    const uint64_t g2h = word(HL_VQ_META_G2H_SIZE);
    const uint64_t h2g = word(HL_VQ_META_H2G_SIZE);
    const uint64_t pages = word(HL_VQ_META_H2G_PAGES);
    const uint64_t second = arena + align(16 * g2h + 8, 16);
    const uint64_t mailbox = align(second + 16 * h2g + 8, 8);
    const uint64_t pool = align(mailbox + 8, HL_PAGE_SIZE);
    const struct vq q = {
        .state = (struct vq_state *)(HL_SCRATCH_GVA_END - VQ_STATE),
        .g2h = (struct hl_abi_vq_desc *)arena,
        .h2g = (struct hl_abi_vq_desc *)second,
        .mailbox = (volatile uint64_t *)mailbox,
        .pool = (uint8_t *)pool,
        .h2g_pool = (uint8_t *)pool + word(HL_VQ_META_G2H_PAGES) * HL_PAGE_SIZE,
        .g2h_size = (uint32_t)g2h,
        .h2g_size = (uint32_t)h2g,
        .slots = (uint32_t)(pages < h2g ? pages : h2g),
    };

    return q;
}

static void desc_put(struct hl_abi_vq_desc *ring, uint32_t size,
                     uint32_t position, struct hl_abi_vq_desc desc)
{
    desc.flags |= position / size % 2 == 0 ? HL_VQ_AVAIL : HL_VQ_USED;
    *(volatile struct hl_abi_vq_desc *)&ring[position % size] = desc;
}

void vq_publish(const struct vq *q, uint64_t addr, uint32_t len, uint16_t id,
                uint16_t flags)
{
    const struct hl_abi_vq_desc desc = {addr, len, id, flags};

    desc_put(q->g2h, q->g2h_size, q->state->g2h++, desc);
}

static void slot_post(const struct vq *q, uint32_t position)
{
    const uint32_t slot = position % q->slots;
    const struct hl_abi_vq_desc desc = {
        (uint64_t)q->h2g_pool + slot * HL_PAGE_SIZE, HL_PAGE_SIZE,
        (uint16_t)slot, HL_VQ_WRITE};

    desc_put(q->h2g, q->h2g_size, position, desc);
}

void vq_canonicalise(const struct vq *q)
{
    __builtin_memset(q->g2h, 0, 16 * q->g2h_size + 8);
    __builtin_memset(q->h2g, 0, 16 * q->h2g_size + 8);
    __builtin_memset(q->state, 0, sizeof(*q->state));
    for (uint32_t i = 0; i < q->slots; i++)
        slot_post(q, i);
    *q->mailbox = 1;
}

uint32_t vq_message(const struct vq *q, uint8_t kind, const void *payload,
                    uint32_t len)
{
    const uint32_t id = kind == HL_VQ_REQUEST    ? 7
                        : kind == HL_VQ_RESPONSE ? q->state->call_id
                                                 : 0;
    const struct hl_abi_vq_header header = {kind, {0}, id, len};

    __builtin_memcpy(q->pool, &header, HEADER);
    __builtin_memcpy(q->pool + HEADER, payload, len);
    return HEADER + len;
}

uint32_t vq_result(const struct vq *q, int32_t value)
{
    const uint32_t len =
        vq_message(q, HL_VQ_RESPONSE, raw_result_int, sizeof(raw_result_int));

    raw_store32(q->pool + HEADER + 0x3c, (uint32_t)value);
    return len;
}

uint32_t vq_host_call(const struct vq *q, int32_t argument)
{
    const uint32_t len =
        vq_message(q, HL_VQ_REQUEST, raw_host_call, sizeof(raw_host_call));

    raw_store32(q->pool + HEADER + 0x4c, (uint32_t)argument);
    return len;
}

uint32_t vq_log(const struct vq *q)
{
    return vq_message(q, HL_VQ_LOG, raw_log_record, sizeof(raw_log_record));
}

uint8_t *vq_reply(const struct vq *q)
{
    return q->pool + 0x800;
}

const uint8_t *vq_table(const uint8_t *message)
{
    const uint8_t *root = message + HEADER + 4;

    return root + raw_load32(root);
}

/* The newest message taken; messages here fit one buffer. */
static uint8_t *received(const struct vq *q)
{
    return q->h2g_pool +
           (uint64_t)((q->state->h2g - 1) % q->slots) * HL_PAGE_SIZE;
}

uint8_t *vq_external(const struct vq *q, uint32_t *len)
{
    uint8_t *message = received(q);
    const uint32_t before = 4 + raw_load32(message + HEADER);

    *len = raw_load32(message + 8) - before;
    return message + HEADER + before;
}

void vq_send(const struct vq *q, uint32_t len, uint32_t room)
{
    vq_publish(q, (uint64_t)q->pool, len, 0, room == 0 ? 0 : HL_VQ_NEXT);
    if (room != 0)
        vq_publish(q, (uint64_t)vq_reply(q), room, 0, HL_VQ_WRITE);
}

void vq_return(const struct vq *q, int32_t value)
{
    vq_send(q, vq_result(q, value), 0);
}

void vq_ring_bell(void)
{
    raw_out(HL_PORT_NOTIFY, 0);
}

/* ---- What raw.h has for stacks ------------------------------------------ */

__attribute__((weak)) void vq_checkpoint(const struct vq *q, uint32_t mode)
{
    (void)mode;
    vq_canonicalise(q);
}

__attribute__((weak)) void vq_start(uint32_t level)
{
    (void)level;
}

void raw_settle(void)
{
    const struct vq q = vq_open();

    vq_canonicalise(&q);
}

void raw_begin(uint64_t peb, uint64_t seed, uint64_t page, uint32_t level)
{
    (void)peb;
    (void)seed;
    (void)page;
    raw_settle();
    vq_start(level);
    raw_start();
}

uint64_t raw_heap(void)
{
    return ((const struct hl_abi_vq_peb *)raw_peb())->heap;
}

void raw_put(uint8_t kind, const void *message, uint64_t size)
{
    const struct vq q = vq_open();

    vq_send(&q, vq_message(&q, kind, message, (uint32_t)size),
            kind == HL_VQ_REQUEST ? 256 : 0);
}

uint8_t *raw_newest(void)
{
    return vq_open().pool + HEADER;
}

void raw_ring(uint8_t kind)
{
    (void)kind;
    vq_ring_bell();
}

const uint8_t *raw_reply(void)
{
    const struct vq q = vq_open();

    return vq_table(vq_reply(&q));
}

void raw_dispatch(void)
{
    const struct vq q = vq_open();
    const uint32_t position = q.state->h2g++;
    const uint8_t *message = received(&q);

    if (message[0] == HL_VQ_CHECKPOINT) {
        vq_checkpoint(&q, q.state->mode);
        return;
    }
    q.state->call_id = raw_load32(message + 4);
    raw_serve(vq_table(message));
    if (!q.state->keep)
        slot_post(&q, position + q.slots);
}
