/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B9 B11 P5.1 P6.4 */
/* Guests that corrupt their queues, messages and checkpoints. */
#include "base.h"

/* Every attack: what argument 0 selects is done to a well-formed message. */
static uint32_t which(const struct raw_call *call)
{
    return (uint32_t)raw_int(call, 0);
}

/* A result whose descriptor is wrong; behind it others that are fine. */
RAW_FUNCTION(corrupt_descriptor)
{
    const struct vq q = vq_open();
    const uint32_t first = q.state->g2h % q.g2h_size;
    struct hl_abi_vq_desc *desc = &q.g2h[first];

    vq_return(&q, 1);
    switch (which(call)) {
    case 0:
        desc->addr = 0;
        break;
    case 1:
        desc->addr = HL_SCRATCH_GVA_END - 8; /* its end is behind */
        break;
    case 2:
        desc->addr = (uint64_t)q.g2h - 1; /* scratch begins with the ring */
        break;
    case 3:
        desc->addr = ~(uint64_t)0;
        break;
    case 4:
        desc->addr = HL_BASE_ADDRESS; /* its own image */
        break;
    case 5:
        desc->len = ~(uint32_t)0;
        break;
    case 6:
        desc->flags |= HL_VQ_INDIRECT;
        break;
    case 7:
        desc->flags |= 0x4000;
        break;
    case 8:
        desc->id = (uint16_t)q.g2h_size;
        break;
    case 9:
        desc->id = 0xFFFF;
        break;
    case 10: /* every descriptor leads to the next */
        for (uint32_t i = 0; i < q.g2h_size; i++) {
            q.g2h[i] = *desc;
            q.g2h[i].flags |= HL_VQ_NEXT;
        }
        break;
    case 11: /* writable, then readable */
        desc->flags |= HL_VQ_WRITE | HL_VQ_NEXT;
        vq_publish(&q, (uint64_t)q.pool, 64, 0, 0);
        break;
    case 12: /* shorter than a header */
        desc->len = 11;
        break;
    default: /* a result with room for a reply */
        desc->flags |= HL_VQ_NEXT;
        vq_publish(&q, (uint64_t)q.pool, 64, 0, HL_VQ_WRITE);
    }
    if (raw_int(call, 1) != 0)
        vq_ring_bell();
}

/* Header byte argument 0 of a result is changed. */
RAW_FUNCTION(corrupt_header)
{
    const struct vq q = vq_open();

    vq_return(&q, 1);
    q.pool[which(call)] ^= 0x55;
}

RAW_FUNCTION(no_response)
{
}

RAW_FUNCTION(two_results)
{
    const struct vq q = vq_open();

    vq_return(&q, 1);
    vq_send(&q, HEADER + 64, 0);
}

RAW_FUNCTION(result_before_the_halt)
{
    const struct vq q = vq_open();

    vq_return(&q, 1);
    vq_ring_bell();
}

RAW_FUNCTION(bell_without_a_message)
{
    const struct vq q = vq_open();

    vq_ring_bell();
    vq_return(&q, 42);
}

RAW_FUNCTION(call_unserved_at_the_halt)
{
    const struct vq q = vq_open();

    vq_send(&q, vq_host_call(&q, 1), 256);
}

RAW_FUNCTION(old_port)
{
    raw_out((uint16_t)which(call), 0);
}

/* Room of argument 1 bytes; returns how many the host says it wrote. */
RAW_FUNCTION(call_host)
{
    const struct vq q = vq_open();
    const uint32_t first = q.state->g2h % q.g2h_size;

    vq_send(&q, vq_host_call(&q, raw_int(call, 0)), (uint32_t)raw_int(call, 1));
    vq_ring_bell();
    vq_return(&q, (int32_t)q.g2h[first].len);
}

/* Header byte argument 0 of a host call is changed. */
RAW_FUNCTION(call_host_with_header)
{
    const struct vq q = vq_open();
    const uint32_t len = vq_host_call(&q, 1);

    q.pool[which(call)] ^= 0x55;
    vq_send(&q, len, 256);
    vq_ring_bell();
    vq_return(&q, 1);
}

/* A good host call whose room for the reply is not. */
RAW_FUNCTION(corrupt_reply_room)
{
    const struct vq q = vq_open();
    struct hl_abi_vq_desc room = {(uint64_t)vq_reply(&q), 256, 0, HL_VQ_WRITE};

    vq_publish(&q, (uint64_t)q.pool, vq_host_call(&q, 1), 0, HL_VQ_NEXT);
    switch (which(call)) {
    case 0:
        room.addr = 0;
        break;
    case 1:
        room.addr = HL_SCRATCH_GVA_END - 8;
        break;
    case 2:
        room.addr = (uint64_t)q.g2h - 1;
        break;
    case 3:
        room.addr = ~(uint64_t)0;
        break;
    case 4:
        room.addr = ~(uint64_t)0 - 254; /* its end is address 1 */
        break;
    case 5:
        room.addr = HL_BASE_ADDRESS;
        break;
    case 6:
        room.len = ~(uint32_t)0;
        break;
    case 7:
        room.flags |= HL_VQ_INDIRECT;
        break;
    case 8: /* room, and more of the message behind it */
        vq_publish(&q, room.addr, room.len, 0, HL_VQ_WRITE | HL_VQ_NEXT);
        room.flags = 0;
        break;
    default:
        room.flags |= HL_VQ_NEXT; /* and behind it nothing */
    }
    vq_publish(&q, room.addr, room.len, room.id, room.flags);
    vq_ring_bell();
    vq_return(&q, 1);
}

/* The host may write where the guest says: what it breaks is the guest's. */
RAW_FUNCTION(reply_over)
{
    const struct vq q = vq_open();
    uint64_t root;
    uint64_t at;

    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    switch (which(call)) {
    case 0:
        at = (uint64_t)q.pool; /* the message itself */
        break;
    case 1:
        at = (uint64_t)q.g2h;
        break;
    case 2:
        at = (uint64_t)q.h2g;
        break;
    case 3:
        at = (uint64_t)q.mailbox;
        break;
    case 4:
        at = (uint64_t)q.h2g_pool;
        break;
    case 5:
        at = (root & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA;
        break;
    case 6:
        at = HL_SCRATCH_GVA_END - 256; /* stack, bookkeeping words */
        break;
    default:
        at = (uint64_t)q.state;
    }
    vq_publish(&q, (uint64_t)q.pool, vq_host_call(&q, 1), 0, HL_VQ_NEXT);
    vq_publish(&q, at, 256, 0, HL_VQ_WRITE);
    vq_ring_bell();
    vq_return(&q, 1);
}

/* Without argument 1 nobody rings: logs are found after the halt. */
static void log_send(const struct raw_call *call, const struct vq *q,
                     uint32_t len, uint32_t room)
{
    /* The result would overwrite it: it moves behind. */
    __builtin_memcpy(q->pool + 0x400, q->pool, len);
    vq_publish(q, (uint64_t)q->pool + 0x400, len, 0,
               room == 0 ? 0 : HL_VQ_NEXT);
    if (room != 0)
        vq_publish(q, (uint64_t)vq_reply(q), room, 0, HL_VQ_WRITE);
    if (raw_int(call, 1) != 0)
        vq_ring_bell();
}

RAW_FUNCTION(log_malformed)
{
    const struct vq q = vq_open();
    uint32_t len = vq_log(&q);
    uint32_t room = 0;

    switch (which(call)) {
    case 0:
        q.pool[4] = 1; /* an id */
        break;
    case 1:
        q.pool[HEADER + 0x37] = 9; /* level */
        break;
    case 2:
        q.pool[HEADER + 4] = 0xFF; /* root */
        break;
    case 3:
        q.pool[8] += 4; /* four bytes behind the record */
        len += 4;
        break;
    default:
        room = 64;
    }
    log_send(call, &q, len, room);
    vq_return(&q, 1);
}

/* Argument 0 logs, announced or not as above. */
RAW_FUNCTION(logs)
{
    const struct vq q = vq_open();

    for (uint32_t i = 0; i < which(call); i++)
        log_send(call, &q, vq_log(&q), 0);
    vq_return(&q, 42);
}

/* ---- Input buffers ------------------------------------------------------ */

RAW_FUNCTION(keep_buffers)
{
    const struct vq q = vq_open();

    q.state->keep = 1;
    vq_return(&q, 1);
}

/* What the next call meets is wrong. */
RAW_FUNCTION(corrupt_input_ring)
{
    const struct vq q = vq_open();
    struct hl_abi_vq_desc *next = &q.h2g[q.state->h2g % q.h2g_size];

    switch (which(call)) {
    case 0:
        next->len--;
        break;
    case 1:
        next->flags &= (uint16_t)~HL_VQ_WRITE;
        break;
    case 2:
        next->addr = 0x1000;
        break;
    case 3:
        next->flags |= HL_VQ_INDIRECT;
        break;
    case 4:
        next->id = 0x7FFF;
        break;
    default:
        next->flags |= HL_VQ_NEXT;
    }
    vq_return(&q, 1);
}

/* ---- Checkpoints -------------------------------------------------------- */

RAW_FUNCTION(at_checkpoint)
{
    const struct vq q = vq_open();

    q.state->mode = which(call);
    vq_return(&q, 1);
}

void vq_checkpoint(const struct vq *q, uint32_t mode)
{
    switch (mode) {
    case 1: /* nothing at all */
        return;
    case 2:
        vq_canonicalise(q);
        *q->mailbox = 0;
        return;
    case 3:
        vq_canonicalise(q);
        *q->mailbox = 2;
        return;
    case 4:
        vq_send(q, vq_host_call(q, 1), 256);
        vq_ring_bell();
        return;
    case 5: /* a log is allowed */
        vq_send(q, vq_log(q), 0);
        vq_ring_bell();
        break;
    case 6:
        for (;;)
            __asm__ volatile("pause");
    case 7:
        raw_abort(9, "no snapshot");
    default:
        break;
    }
    vq_canonicalise(q);
    if (mode == 10)
        q->g2h[3].len = 1;
    if (mode == 11) /* an event word */
        *(uint32_t *)&q->g2h[q->g2h_size] = 1;
    if (mode == 12)
        q->h2g[0].flags |= HL_VQ_NEXT;
    if (mode == 13)
        q->h2g[1] = q->h2g[0];
    if (mode == 14)
        q->h2g[0].addr += 8;
    if (mode == 15) /* a result instead */
        vq_return(q, 1);
    if (mode == 16)
        q->h2g[0].addr = (uint64_t)q->pool;
}

/* The host's log level selects what start-up forgets (0: nothing). */
void vq_start(uint32_t level)
{
    const struct vq q = vq_open();

    if (level == 1)
        *q.mailbox = 0;
    if (level == 2)
        *q.mailbox = 2;
    if (level == 3) {
        vq_publish(&q, 0, 64, 0, 0);
        vq_ring_bell();
    }
    if (level == 4) {
        vq_send(&q, vq_host_call(&q, 1), 256);
        vq_ring_bell();
        vq_canonicalise(&q);
    }
}
