/* SPDX-License-Identifier: MIT */
/*
 * A virtqueue channel over hand-made scratch memory between two canaries, and
 * the guest's side of it: descriptors and messages put down byte by byte.
 */
#ifndef HL_VIRTQ_FIXTURE_H
#define HL_VIRTQ_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "layout.h"

#define INPUT_SIZE  0x3000 /* three input buffers */
#define OUTPUT_SIZE 0x2000
#define SCRATCH     0x8000
#define SCRATCH_GVA (HL_SCRATCH_GVA_END - SCRATCH)
#define CANARY_SIZE 0x1000
#define CANARY_BYTE 0xC5
#define HEADER_SIZE ((uint32_t)sizeof(struct hl_abi_vq_header))

struct fixture {
    struct hl_channel channel;
    struct hl_layout layout;
    uint8_t *memory; /* canary, scratch, canary */
    uint8_t *scratch;
    uint8_t before[SCRATCH]; /* by memory_keep */
    uint32_t position;       /* of the guest's next descriptor of G2H */
    hl_error error;
};

static inline void assert_ok(struct fixture *f, hl_status status)
{
    if (status != HL_OK)
        fail_msg("refused: %s", f->error.message);
}

static inline struct hl_abi_vq_desc *g2h_at(struct fixture *f, uint32_t index)
{
    return (struct hl_abi_vq_desc *)(void *)f->scratch + index;
}

static inline struct hl_abi_vq_desc *h2g_at(struct fixture *f, uint32_t index)
{
    return (struct hl_abi_vq_desc *)(void *)(f->scratch +
                                             f->layout.virtq.h2g_ring) +
           index;
}

/* Guest address of an offset from the output pool's start. */
static inline uint64_t pool_gva(const struct fixture *f, uint64_t offset)
{
    return SCRATCH_GVA + f->layout.virtq.g2h_pool + offset;
}

static inline uint8_t *pool_at(struct fixture *f, uint64_t offset)
{
    return f->scratch + f->layout.virtq.g2h_pool + offset;
}

static inline uint8_t *slot_at(struct fixture *f, uint32_t slot)
{
    return f->scratch + f->layout.virtq.h2g_pool +
           slot * f->layout.virtq.h2g_buffer;
}

/* A posted input buffer, as the ABI wants it: slot and id the same. */
static inline struct hl_abi_vq_desc slot_desc(const struct fixture *f,
                                              uint32_t slot)
{
    return (struct hl_abi_vq_desc){
        .addr = SCRATCH_GVA + f->layout.virtq.h2g_pool +
                slot * f->layout.virtq.h2g_buffer,
        .len = (uint32_t)f->layout.virtq.h2g_buffer,
        .id = (uint16_t)slot,
        .flags = HL_VQ_AVAIL | HL_VQ_WRITE,
    };
}

static inline void slots_post(struct fixture *f, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        *h2g_at(f, i) = slot_desc(f, i);
}

/* Rings, pools and both sides' counts as after a guest's start-up. */
static inline void fixture_restart(struct fixture *f)
{
    memset(f->scratch, 0, SCRATCH);
    f->channel.ops->reset(&f->channel);
    f->position = 0;
    slots_post(f, f->layout.virtq.slots);
}

static inline int fixture_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->memory = malloc(SCRATCH + 2 * CANARY_SIZE);
    memset(f->memory, CANARY_BYTE, SCRATCH + 2 * CANARY_SIZE);
    f->scratch = f->memory + CANARY_SIZE;
    f->layout = (struct hl_layout){
        .input_size = INPUT_SIZE,
        .output_size = OUTPUT_SIZE,
        .scratch_size = SCRATCH,
        .scratch_gva = SCRATCH_GVA,
        .transport = &hl_transport_virtq,
    };
    hl_transport_virtq.plan(&f->layout);
    assert_true(f->layout.arena_size <= SCRATCH);
    assert_ok(f, hl_transport_virtq.open(&f->channel, &f->layout, f->scratch,
                                         &f->error));
    fixture_restart(f);
    *state = f;
    return 0;
}

static inline int fixture_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < CANARY_SIZE; i++) {
        assert_int_equal(f->memory[i], CANARY_BYTE);
        assert_int_equal(f->scratch[SCRATCH + i], CANARY_BYTE);
    }
    f->channel.ops->close(&f->channel);
    free(f->memory);
    free(f);
    return 0;
}

static inline void memory_keep(struct fixture *f)
{
    memcpy(f->before, f->scratch, SCRATCH);
}

static inline void assert_memory_kept(struct fixture *f)
{
    assert_memory_equal(f->before, f->scratch, SCRATCH);
}

/* Publish one descriptor at the guest's next position. */
static inline void publish(struct fixture *f, uint64_t addr, uint32_t len,
                           uint32_t flags)
{
    const uint32_t size = f->layout.virtq.g2h_size;

    *g2h_at(f, f->position % size) = (struct hl_abi_vq_desc){
        .addr = addr,
        .len = len,
        .id = 0,
        .flags = (uint16_t)(flags | (f->position / size % 2 == 0 ? HL_VQ_AVAIL
                                                                 : HL_VQ_USED)),
    };
    f->position++;
}

static inline void header_put(struct fixture *f, uint8_t kind, uint32_t id,
                              uint32_t payload)
{
    const struct hl_abi_vq_header header = {
        .kind = kind, .id = id, .payload_len = payload};

    memcpy(pool_at(f, 0), &header, sizeof(header));
}

/* Publish the pool's first len bytes, with room for a reply right behind the
 * pool's first page (0: none). */
#define REPLY_AT 0x1000

static inline void publish_message(struct fixture *f, uint32_t len,
                                   uint32_t room)
{
    publish(f, pool_gva(f, 0), len, room == 0 ? 0 : HL_VQ_NEXT);
    if (room != 0)
        publish(f, pool_gva(f, REPLY_AT), room, HL_VQ_WRITE);
}

static inline hl_status receive(struct fixture *f, struct hl_message *message,
                                bool *empty)
{
    memset(&f->error, 0, sizeof(f->error));
    return f->channel.ops->receive(&f->channel, message, empty, &f->error);
}

static inline void assert_says(const struct fixture *f, const char *why)
{
    if (strstr(f->error.message, why) == NULL)
        fail_msg("`%s` has no `%s`", f->error.message, why);
}

static inline uint64_t mailbox(const struct fixture *f)
{
    uint64_t value;

    memcpy(&value, f->scratch + f->layout.virtq.mailbox, sizeof(value));
    return value;
}

#endif /* HL_VIRTQ_FIXTURE_H */
