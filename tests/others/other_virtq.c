/* SPDX-License-Identifier: MIT */
/* other.h by virtqueues. */
#include "../guests/b1_queues/base.h"
#include "other.h"

void other_transport_start(void)
{
    const struct vq q = vq_open();

    vq_canonicalise(&q);
}

/* Start-up ends as a checkpoint does. */
void other_transport_started(void)
{
    const struct vq q = vq_open();

    vq_canonicalise(&q);
}

void other_return(int32_t value)
{
    const struct vq q = vq_open();

    vq_return(&q, value);
}

/* Field n of a table. */
static const uint8_t *field(const uint8_t *table, uint32_t n)
{
    const uint8_t *vtable = table - (int32_t)raw_load32(table);
    const uint32_t offset = raw_load32(vtable + 4 + 2 * n) & 0xFFFF;

    return offset == 0 ? NULL : table + offset;
}

static const uint8_t *follow(const uint8_t *from)
{
    return from + raw_load32(from);
}

int32_t other_host_inc(int32_t value)
{
    const struct vq q = vq_open();
    const uint8_t *at = vq_reply(&q) + HEADER + 4, *number;

    vq_send(&q, vq_host_call(&q, value), 256);
    vq_ring_bell();
    at = follow(at);
    if (*field(at, 0) != 1)
        return -1; /* the host said no */
    number = field(follow(field(follow(field(at, 1)), 1)), 0);
    return number == NULL ? 0 : (int32_t)raw_load32(number);
}

void other_dispatch(void)
{
    raw_dispatch();
}
