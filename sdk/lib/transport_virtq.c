/* SPDX-License-Identifier: MIT */
/*
 * Generation C: two packed virtqueues (abi §12). A call stays in its buffers
 * until the result is sent. What we send is built at the start of the G2H pool,
 * the host's answers go behind it.
 */
#include "runtime.h"
#include "transport.h"

#define HEADER     sizeof(struct hl_abi_vq_header)
#define REPLY_MIN  512 /* bytes of the pool kept for an answer */
#define USED_FLAGS (HL_VQ_AVAIL | HL_VQ_USED)

static struct hl_virtq_state *state(void)
{
    return &hl_runtime.call->virtq;
}

/* The flag of an available descriptor at a position; it flips each round. */
static uint16_t available(uint64_t position, uint32_t size)
{
    return position & size ? HL_VQ_USED : HL_VQ_AVAIL;
}

static void publish(struct hl_abi_vq_desc *ring, uint32_t size,
                    uint64_t position, const void *at, uint32_t len,
                    uint16_t id, uint16_t flags)
{
    struct hl_abi_vq_desc *desc = &ring[position & (size - 1)];

    desc->addr = (uint64_t)(uintptr_t)at;
    desc->len = len;
    desc->id = id;
    __asm__ volatile("" : : : "memory"); /* the flags publish: last */
    desc->flags = flags | available(position, size);
}

/* Did the host return the descriptor at position? A copy of it. */
static bool is_used(const struct hl_abi_vq_desc *ring, uint32_t size,
                    uint64_t position, struct hl_abi_vq_desc *copy)
{
    __asm__ volatile("" : : : "memory");
    *copy = ring[position & (size - 1)];
    return (copy->flags & USED_FLAGS) == (position & size ? 0 : USED_FLAGS);
}

/* The host takes buffers in order, and we return them in that order: a
 * position's buffer is known, whatever the host says. */
static uint8_t *slot_of(uint64_t position, uint16_t *id)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;

    *id = (uint16_t)(position % vq->slots);
    return vq->h2g_pool + (uint64_t)*id * vq->h2g_buffer;
}

static void slots_post(uint64_t position, uint32_t count)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;
    uint16_t id;

    for (; count != 0; count--, position++) {
        uint8_t *at = slot_of(position, &id);

        publish(vq->h2g, vq->h2g_size, position, at, vq->h2g_buffer, id,
                HL_VQ_WRITE);
    }
}

/* Rings as snapshots want them: ours empty, the host's all posted, and all
 * counts at their start (abi §12.6). */
static void canonicalise(void)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;

    __builtin_memset(vq->g2h, 0, vq->g2h_size * sizeof(*vq->g2h));
    __builtin_memset(vq->h2g, 0, vq->h2g_size * sizeof(*vq->h2g));
    __builtin_memset(state(), 0, sizeof(*state()));
    slots_post(0, vq->slots);
    *vq->mailbox = HL_VQ_CHECKPOINT_DONE;
}

/* ---- From the host ---------------------------------------------------- */

/* The buffer at the next position, and how much of it the host filled. */
static const uint8_t *buffer_next(uint64_t position, uint32_t *len)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;
    struct hl_abi_vq_desc desc;
    uint16_t id;
    const uint8_t *at = slot_of(position, &id);

    if (!is_used(vq->h2g, vq->h2g_size, position, &desc) || desc.id != id ||
        desc.len > vq->h2g_buffer)
        return NULL;
    *len = desc.len;
    return at;
}

/*
 * The message of total bytes in several buffers, of which the first has len
 * bytes. Where each is full they are one piece as they lie; else, and where
 * they go around the end of the pool, they are put together in the arena.
 */
static const uint8_t *assemble(const uint8_t *first, uint32_t len,
                               uint64_t total)
{
    uint8_t *copy = NULL;
    uint64_t have = len;

    while (have < total) {
        const uint8_t *next;

        if (++state()->taken > hl_runtime.virtq.slots)
            return NULL;
        next = buffer_next(state()->h2g + state()->taken - 1, &len);
        if (!next || len > total - have)
            return NULL;
        if (!copy && next != first + have) {
            copy = hl_alloc(total + 8); /* readable behind: transport.h */
            if (!copy)
                return NULL;
            __builtin_memcpy(copy, first, have);
        }
        if (copy)
            __builtin_memcpy(copy + have, next, len);
        have += len;
    }
    if (have != total)
        return NULL;
    return copy ? copy : first;
}

/* The payload of the host's next message, its header in *header. */
static const uint8_t *message_next(struct hl_abi_vq_header *header)
{
    const uint8_t *message;
    uint32_t len;
    uint64_t total;

    state()->taken = 1;
    message = buffer_next(state()->h2g, &len);
    if (!message || len < HEADER)
        return NULL;
    __builtin_memcpy(header, message, HEADER);
    if (header->zero[0] | header->zero[1] | header->zero[2])
        return NULL;
    total = HEADER + (uint64_t)header->payload_len;
    if (total != len)
        message = assemble(message, len, total);
    return message ? message + HEADER : NULL;
}

/* A new log level, if the host asks for one (abi §12.2). */
static void log_filter_apply(void)
{
    uint64_t at = HL_SCRATCH_GVA_END - HL_VQ_META_LOG_FILTER;
    uint64_t request = HL_WORD(at);

    if (!(request >> 63))
        return;
    hl_runtime.info.log_level = request & 7;
    HL_WORD(at) = 0;
}

enum hl_received hl_virtq_receive(struct hl_wire_call *call, const char **why)
{
    struct hl_abi_vq_header header;
    const uint8_t *payload = message_next(&header);
    enum hl_wire_error error;

    if (!payload)
        hl_abort_text(HL_ERR_OUTB,
                      "the host's message is malformed, or larger "
                      "than the arena: raise --scratch",
                      NULL);
    if (header.kind == HL_VQ_CHECKPOINT && header.id == 0 &&
        header.payload_len == 0) {
        canonicalise();
        return HL_RECEIVED_CHECKPOINT;
    }
    if (header.kind != HL_VQ_REQUEST || header.id == 0)
        hl_abort_text(HL_ERR_OUTB, "the host's message is no request", NULL);
    log_filter_apply();
    state()->call_id = header.id;
    hl_runtime.call->element = 1; /* a call is active */
    error = hl_wire_decode_call_external(payload, header.payload_len, call);
    if (error == HL_WIRE_OK)
        return HL_RECEIVED_CALL;
    *why = hl_wire_error_text(error);
    return HL_RECEIVED_MALFORMED;
}

/* ---- To the host ------------------------------------------------------ */

static void header_put(uint8_t kind, uint32_t id, size_t payload)
{
    const struct hl_abi_vq_header header = {
        .kind = kind, .id = id, .payload_len = (uint32_t)payload};

    __builtin_memcpy(hl_runtime.virtq.g2h_pool, &header, HEADER);
}

/* Publish the message that is in the pool, without a reply. */
static void message_publish(uint8_t kind, uint32_t id, size_t payload)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;

    header_put(kind, id, payload);
    publish(vq->g2h, vq->g2h_size, state()->g2h, vq->g2h_pool,
            (uint32_t)(HEADER + payload), 0, 0);
    state()->g2h++;
}

enum hl_wire_error hl_virtq_result(const struct hl_wire_result *result)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;
    size_t size;
    enum hl_wire_error error = hl_wire_encode_result_external(
        result, vq->g2h_pool + HEADER, vq->g2h_pool_size - HEADER, &size);

    if (error != HL_WIRE_OK)
        return error;
    message_publish(HL_VQ_RESPONSE, state()->call_id, size);
    slots_post(state()->h2g + vq->slots, state()->taken);
    state()->h2g += state()->taken;
    state()->taken = 0;
    return HL_WIRE_OK;
}

/* The host's answer to the request at position, checked. */
static enum hl_wire_error answer_read(const uint8_t *reply, uint64_t room,
                                      struct hl_wire_result *answer)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;
    struct hl_abi_vq_desc desc;
    struct hl_abi_vq_header header;

    if (!is_used(vq->g2h, vq->g2h_size, state()->g2h - 2, &desc) ||
        desc.id != 0 || desc.len < HEADER || desc.len > room)
        return HL_WIRE_TRUNCATED;
    __builtin_memcpy(&header, reply, HEADER);
    if (header.zero[0] | header.zero[1] | header.zero[2] ||
        header.kind != HL_VQ_RESPONSE || header.id != state()->request_id ||
        header.payload_len != desc.len - HEADER)
        return HL_WIRE_TRUNCATED;
    return hl_wire_decode_result_external(reply + HEADER, header.payload_len,
                                          answer);
}

enum hl_wire_error hl_virtq_call(const struct hl_wire_call *call,
                                 struct hl_wire_result *answer, bool *refused)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;
    uint64_t position = state()->g2h;
    uint8_t *reply;
    uint64_t room;
    size_t size;
    enum hl_wire_error error = hl_wire_encode_call_external(
        call, vq->g2h_pool + HEADER, vq->g2h_pool_size - REPLY_MIN, &size);

    *refused = false;
    if (error != HL_WIRE_OK)
        return error;
    reply = vq->g2h_pool + ((HEADER + size + 15) & ~(size_t)15);
    room = (uint64_t)(vq->g2h_pool + vq->g2h_pool_size - reply);
    if (++state()->request_id == 0)
        state()->request_id = 1;
    header_put(HL_VQ_REQUEST, state()->request_id, size);
    publish(vq->g2h, vq->g2h_size, position + 1, reply, (uint32_t)room, 0,
            HL_VQ_WRITE);
    publish(vq->g2h, vq->g2h_size, position, vq->g2h_pool,
            (uint32_t)(HEADER + size), 0, HL_VQ_NEXT);
    state()->g2h = position + 2;
    hl_out(HL_PORT_NOTIFY, 0);
    *refused = true;
    return answer_read(reply, room, answer);
}

void hl_virtq_log(const struct hl_wire_log *record)
{
    const struct hl_virtq *vq = &hl_runtime.virtq;
    size_t size;

    if (hl_wire_encode_log(record, vq->g2h_pool + HEADER,
                           vq->g2h_pool_size - HEADER, &size) != HL_WIRE_OK)
        return;
    message_publish(HL_VQ_LOG, 0, size);
    hl_out(HL_PORT_NOTIFY, 0);
}

/* A request and its answer share the pool: half of it for each. */
size_t hl_virtq_room(void)
{
    return hl_runtime.virtq.g2h_pool_size / 2;
}

/* ---- Start-up --------------------------------------------------------- */

static uint64_t word(uint64_t offset)
{
    return HL_WORD(HL_SCRATCH_GVA_END - offset);
}

static uint64_t align(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

static bool is_ring_size(uint64_t value)
{
    return value >= 2 && value <= 32768 && (value & (value - 1)) == 0;
}

static _Noreturn void refuse(void)
{
    hl_abort_text(HL_ERR_UNKNOWN, "the host's queues have no valid size", NULL);
}

/* Before exceptions can be taken. */
void hl_virtq_start(void)
{
    struct hl_virtq *vq = &hl_runtime.virtq;
    uint64_t arena = word(HL_VQ_META_ARENA) + HL_SCRATCH_GPA_TO_GVA;
    uint64_t g2h_size = word(HL_VQ_META_G2H_SIZE);
    uint64_t h2g_size = word(HL_VQ_META_H2G_SIZE);
    uint64_t g2h_bytes = word(HL_VQ_META_G2H_PAGES) * HL_PAGE_SIZE;
    uint64_t h2g_bytes = word(HL_VQ_META_H2G_PAGES) * HL_PAGE_SIZE;
    uint64_t buffer = word(HL_VQ_META_H2G_BUFFER);
    uint64_t h2g, mailbox, pool, slots;

    if (!is_ring_size(g2h_size) || !is_ring_size(h2g_size) || g2h_bytes == 0 ||
        g2h_bytes > UINT32_MAX || h2g_bytes > UINT32_MAX || buffer < HEADER ||
        buffer > h2g_bytes || arena % HL_PAGE_SIZE != 0)
        refuse();
    h2g = arena + align(g2h_size * sizeof(*vq->g2h) + HL_VQ_EVENT_BYTES, 16);
    mailbox = align(h2g + h2g_size * sizeof(*vq->h2g) + HL_VQ_EVENT_BYTES, 8);
    pool = align(mailbox + sizeof(uint64_t), HL_PAGE_SIZE);
    slots = h2g_bytes / buffer;
    if (!hl_transport_area(arena, pool - arena + g2h_bytes + h2g_bytes))
        refuse();
    vq->g2h = (struct hl_abi_vq_desc *)arena;
    vq->h2g = (struct hl_abi_vq_desc *)h2g;
    vq->mailbox = (volatile uint64_t *)mailbox;
    vq->g2h_pool = (uint8_t *)pool;
    vq->g2h_pool_size = g2h_bytes;
    vq->h2g_pool = vq->g2h_pool + g2h_bytes;
    vq->g2h_size = (uint32_t)g2h_size;
    vq->h2g_size = (uint32_t)h2g_size;
    vq->h2g_buffer = (uint32_t)buffer;
    vq->slots = (uint32_t)(slots < h2g_size ? slots : h2g_size);
    vq->active = true;
    slots_post(0, vq->slots);
}

/* Start-up is over: the host wants canonical rings (abi §12.6). */
void hl_virtq_started(void)
{
    if (state()->g2h != 0)
        canonicalise();
    *hl_runtime.virtq.mailbox = HL_VQ_CHECKPOINT_DONE;
}
