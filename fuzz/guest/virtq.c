/* SPDX-License-Identifier: MIT */
/* The scribbling guest's transport: virtqueues (abi §12). */
#include "../../tests/guests/b1_queues/base.h"
#include "transport.h"

#define LOG_AT 0x400 /* in the pool, behind a result */
#define ROOM   256   /* for a reply */

/* What a checkpoint does beside its work, or instead of it. */
#define CHECKPOINT_LOG  1u
#define CHECKPOINT_CALL 2u
#define CHECKPOINT_NOT  4u
#define CHECKPOINT_BYTE 8u /* changes one of the first page: mode >> 8 */

/* The last is at 0x68. */
const uint32_t transport_words = 13;

uint64_t transport_heap_size(void)
{
    return ((const struct hl_abi_vq_peb *)(const void *)raw_peb())->heap_size;
}

struct span transport_program(const struct raw_call *call)
{
    const struct vq q = vq_open();
    uint32_t len;
    uint8_t *bytes = vq_external(&q, &len);

    (void)call;
    return (struct span){bytes, len};
}

static struct span pool(const struct vq *q)
{
    return (struct span){q->pool, (uint64_t)(q->h2g_pool - q->pool)};
}

/* Or the rings. */
struct span transport_output(const struct fuzz_step *step)
{
    const struct vq q = vq_open();

    if (step->op % FUZZ_OP_COUNT == FUZZ_OP_FLOOD && (step->a & 1) != 0)
        return (struct span){(uint8_t *)q.g2h,
                             (uint64_t)(q.pool - (uint8_t *)q.g2h)};
    return pool(&q);
}

static void host_call(const struct vq *q, int32_t argument, uint32_t room)
{
    vq_send(q, vq_host_call(q, argument), room);
}

/* Where no result overwrites it. */
static void log_send(const struct vq *q)
{
    const uint32_t len = vq_log(q);

    __builtin_memcpy(q->pool + LOG_AT, q->pool, len);
    vq_publish(q, (uint64_t)q->pool + LOG_AT, len, 0, 0);
}

/* A host call in pieces, at times more than the ring has room for. */
static void pieces_send(const struct vq *q, const struct fuzz_step *step)
{
    const uint32_t len = vq_host_call(q, (int32_t)step->value);
    const uint32_t part = 1 + step->b % len;
    uint64_t at = (uint64_t)q->pool;

    for (const uint64_t end = at + len; at < end; at += part)
        vq_publish(q, at, end - at < part ? (uint32_t)(end - at) : part, 0,
                   HL_VQ_NEXT);
    vq_publish(q, (uint64_t)vq_reply(q), step->c & 127, 0,
               HL_VQ_WRITE | HL_VQ_NEXT);
    vq_publish(q, (uint64_t)vq_reply(q) + 128, ROOM, 0, HL_VQ_WRITE);
}

void transport_message(const struct fuzz_step *step)
{
    const struct vq q = vq_open();

    switch (step->a & 3) {
    case 0:
        host_call(&q, (int32_t)step->value, ROOM);
        break;
    case 1:
        host_call(&q, (int32_t)step->value, step->b & 127);
        break;
    case 2:
        log_send(&q);
        break;
    default:
        pieces_send(&q, step);
    }
    if ((step->a & 4) != 0)
        vq_ring_bell();
}

/* A descriptor around the newest: of the host-to-guest queue with a & 1. */
static struct hl_abi_vq_desc *descriptor(const struct vq *q,
                                         const struct fuzz_step *step)
{
    if ((step->a & 1) != 0)
        return &q->h2g[(q->state->h2g - 1 + step->b % 4) % q->h2g_size];
    return &q->g2h[(q->state->g2h - 1 + step->b % 4) % q->g2h_size];
}

void transport_scribble(const struct fuzz_step *step)
{
    const struct vq q = vq_open();
    volatile struct hl_abi_vq_desc *desc = descriptor(&q, step);

    switch (step->a >> 1 & 7) {
    case 0:
        desc->addr = step->value;
        break;
    case 1: /* in scratch: rings, pools, page tables */
        desc->addr = (uint64_t)q.g2h + step->c;
        break;
    case 2:
        desc->len = (uint32_t)step->value;
        break;
    case 3:
        desc->id = (uint16_t)step->value;
        break;
    case 4:
        desc->flags ^= (uint16_t)(1u << (step->c & 15));
        break;
    case 5:
        *q.mailbox = step->value;
        break;
    case 6: /* it loses its place, or keeps what it should give back */
        ((volatile uint32_t *)q.state)[step->c % 5] = (uint32_t)step->value;
        break;
    default:
        q.state->mode = (uint32_t)step->value;
    }
}

/* A message as large as the pool. */
void transport_claim(const struct fuzz_step *step)
{
    const struct vq q = vq_open();

    if (step->b & 1)
        vq_send(&q, (uint32_t)pool(&q).size, step->c & ROOM);
}

void vq_checkpoint(const struct vq *q, uint32_t mode)
{
    if ((mode & CHECKPOINT_LOG) != 0)
        log_send(q);
    if ((mode & CHECKPOINT_CALL) != 0)
        host_call(q, 1, ROOM);
    if ((mode & (CHECKPOINT_LOG | CHECKPOINT_CALL)) != 0)
        vq_ring_bell();
    if ((mode & CHECKPOINT_NOT) != 0)
        return;
    vq_canonicalise(q);
    if ((mode & CHECKPOINT_BYTE) != 0)
        ((volatile uint8_t *)q->g2h)[mode >> 8 & 0xFFF] ^= 1u
                                                           << (mode >> 4 & 7);
}
