/* SPDX-License-Identifier: MIT */
/* guarantees: P2.1 P2.2 */
/* The same guest over virtqueues: what of them has to live on. */
#include "../b1_queues/base.h"

#include "left.h"

static uint64_t rings(const struct vq *q)
{
    return (uint64_t)q->g2h;
}

static uint64_t state_page(const struct vq *q)
{
    return (uint64_t)q->state & ~(uint64_t)(HL_PAGE_SIZE - 1);
}

bool left_is_kept(uint64_t page)
{
    const struct vq q = vq_open();

    return page == state_page(&q) ||
           (page >= rings(&q) && page < (uint64_t)q.pool);
}

/* Flags of descriptors tell whose they are, and addresses of input buffers that
 * are posted are the host's to use; all else is anybody's. */
void left_settle(uint64_t word)
{
    const struct vq q = vq_open();

    for (uint32_t i = 0; i < q.g2h_size; i++)
        q.g2h[i].addr = word;
    for (uint32_t i = q.slots - 1; i < q.h2g_size; i++)
        q.h2g[(q.state->h2g + i) % q.h2g_size].addr = word;
    left_fill((uint64_t)q.mailbox, (uint64_t)q.pool, word);
    left_fill(state_page(&q), (uint64_t)q.state, word);
    left_fill(((uint64_t)(q.state + 1) + 7) & ~7ull,
              state_page(&q) + HL_PAGE_SIZE, word);
}
