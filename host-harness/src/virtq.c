/* SPDX-License-Identifier: MIT */
/* The device's side of a packed virtqueue (abi §12.3). */
#include <stdlib.h>
#include <string.h>

#include "virtq.h"

#define KNOWN_FLAGS                                                            \
    (HL_VQ_NEXT | HL_VQ_WRITE | HL_VQ_INDIRECT | HL_VQ_AVAIL | HL_VQ_USED)

hl_status virtq_open(struct hl_virtq *queue, uint8_t *ring, uint32_t size,
                     const struct hl_virtq_window *window, hl_error *error)
{
    *queue = (struct hl_virtq){
        .ring = ring,
        .size = size,
        .window = *window,
        .outstanding = calloc(size, sizeof(*queue->outstanding)),
        .segments = calloc(size, sizeof(*queue->segments)),
    };
    if (queue->outstanding == NULL || queue->segments == NULL) {
        virtq_close(queue);
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    }
    virtq_reset(queue);
    return HL_OK;
}

void virtq_close(struct hl_virtq *queue)
{
    free(queue->outstanding);
    free(queue->segments);
    queue->outstanding = NULL;
    queue->segments = NULL;
}

void virtq_reset(struct hl_virtq *queue)
{
    queue->avail = (struct hl_virtq_cursor){0, true};
    queue->used = (struct hl_virtq_cursor){0, true};
    memset(queue->outstanding, 0, queue->size * sizeof(*queue->outstanding));
}

static void cursor_advance(const struct hl_virtq *queue,
                           struct hl_virtq_cursor *cursor, uint32_t count)
{
    cursor->index += count; /* both below 2^16: no overflow */
    if (cursor->index >= queue->size) {
        cursor->index -= queue->size;
        cursor->wrap = !cursor->wrap;
    }
}

static struct hl_abi_vq_desc desc_load(const struct hl_virtq *queue,
                                       uint32_t index)
{
    struct hl_abi_vq_desc desc;

    memcpy(&desc, queue->ring + index * sizeof(desc), sizeof(desc));
    return desc;
}

static hl_status broken(const char *rule, uint64_t value, hl_error *error)
{
    return hl_error_set(error, HL_FAIL_PROTOCOL,
                        "guest's queue is corrupt: %s (0x%llx)", rule,
                        (unsigned long long)value);
}

/* The host address of len bytes at a guest address, or NULL. */
static uint8_t *window_at(const struct hl_virtq_window *window, uint64_t gva,
                          uint32_t len)
{
    const uint64_t offset = gva - window->gva;

    if (gva < window->gva || offset > window->size ||
        len > window->size - offset)
        return NULL;
    return window->host + offset;
}

/* Check one descriptor of a chain and add its segment. */
static hl_status chain_add(struct hl_virtq *queue, struct hl_virtq_chain *chain,
                           const struct hl_abi_vq_desc *desc, hl_error *error)
{
    struct hl_virtq_segment *segment = &queue->segments[chain->count];

    if ((desc->flags & HL_VQ_INDIRECT) != 0 ||
        (desc->flags & ~KNOWN_FLAGS) != 0)
        return broken("descriptor flags", desc->flags, error);
    segment->host = window_at(&queue->window, desc->addr, desc->len);
    segment->len = desc->len;
    if (segment->host == NULL)
        return broken("descriptor address", desc->addr, error);
    if ((desc->flags & HL_VQ_WRITE) != 0) {
        chain->writable_len += desc->len;
    } else {
        if (chain->readable != chain->count)
            return broken("readable after writable", chain->count, error);
        chain->readable++;
        chain->readable_len += desc->len;
    }
    chain->count++;
    return HL_OK;
}

static bool is_available(const struct hl_virtq *queue, uint16_t flags)
{
    return (flags & (HL_VQ_AVAIL | HL_VQ_USED)) ==
           (queue->avail.wrap ? HL_VQ_AVAIL : HL_VQ_USED);
}

hl_status virtq_poll(struct hl_virtq *queue, struct hl_virtq_chain *chain,
                     bool *empty, hl_error *error)
{
    uint32_t index = queue->avail.index;
    struct hl_abi_vq_desc desc = desc_load(queue, index);
    hl_status status;

    *empty = !is_available(queue, desc.flags);
    if (*empty)
        return HL_OK;
    if (desc.id >= queue->size || queue->outstanding[desc.id])
        return broken("chain id", desc.id, error);
    *chain = (struct hl_virtq_chain){.id = desc.id};
    status = chain_add(queue, chain, &desc, error);
    while (status == HL_OK && (desc.flags & HL_VQ_NEXT) != 0) {
        if (chain->count == queue->size)
            return broken("chain without end", chain->count, error);
        index = index + 1 == queue->size ? 0 : index + 1;
        desc = desc_load(queue, index);
        status = chain_add(queue, chain, &desc, error);
    }
    if (status != HL_OK)
        return status;
    queue->outstanding[chain->id] = true;
    cursor_advance(queue, &queue->avail, chain->count);
    return HL_OK;
}

void virtq_complete(struct hl_virtq *queue, const struct hl_virtq_chain *chain,
                    uint32_t len)
{
    const struct hl_abi_vq_desc desc = {
        .len = len,
        .id = chain->id,
        .flags = queue->used.wrap ? HL_VQ_AVAIL | HL_VQ_USED : 0,
    };

    memcpy(queue->ring + queue->used.index * sizeof(desc), &desc, sizeof(desc));
    queue->outstanding[chain->id] = false;
    cursor_advance(queue, &queue->used, chain->count);
}

void virtq_read(const struct hl_virtq *queue,
                const struct hl_virtq_chain *chain, uint8_t *to)
{
    for (uint32_t i = 0; i < chain->readable; i++) {
        memcpy(to, queue->segments[i].host, queue->segments[i].len);
        to += queue->segments[i].len;
    }
}

void virtq_write(const struct hl_virtq *queue,
                 const struct hl_virtq_chain *chain, const uint8_t *from,
                 uint64_t len)
{
    for (uint32_t i = chain->readable; i < chain->count && len != 0; i++) {
        const struct hl_virtq_segment *segment = &queue->segments[i];
        const uint64_t part = len < segment->len ? len : segment->len;

        memcpy(segment->host, from, part);
        from += part;
        len -= part;
    }
}
