/* SPDX-License-Identifier: MIT */
/*
 * A stack channel over hand-made buffers: each buffer lies between two canary
 * areas, so that a write outside it is seen whatever its distance (up to a
 * page; ASan sees the rest).
 */
#ifndef HL_CHANNEL_FIXTURE_H
#define HL_CHANNEL_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "channel.h"

#define BUFFER_SIZE 0x2000
#define CANARY_SIZE 0x1000
#define CANARY_BYTE 0xC5

struct fixture {
    struct hl_channel channel;
    uint8_t *memory; /* canary, input, canary, output, canary */
    hl_error error;
};

#define FIXTURE_INPUT  CANARY_SIZE
#define FIXTURE_OUTPUT (2 * CANARY_SIZE + BUFFER_SIZE)
#define FIXTURE_SIZE   (3 * CANARY_SIZE + 2 * BUFFER_SIZE)

static inline int fixture_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->memory = malloc(FIXTURE_SIZE);
    memset(f->memory, CANARY_BYTE, FIXTURE_SIZE);
    memset(f->memory + FIXTURE_INPUT, 0, BUFFER_SIZE);
    memset(f->memory + FIXTURE_OUTPUT, 0, BUFFER_SIZE);
    f->channel = (struct hl_channel){
        .ops = &hl_transport_stack,
        .input = f->memory + FIXTURE_INPUT,
        .input_size = BUFFER_SIZE,
        .output = f->memory + FIXTURE_OUTPUT,
        .output_size = BUFFER_SIZE,
        .copy = malloc(BUFFER_SIZE),
        .input_written = HL_STACK_EMPTY,
    };
    f->channel.ops->reset(&f->channel);
    *state = f;
    return 0;
}

static inline int fixture_down(void **state)
{
    struct fixture *f = *state;

    free(f->channel.copy);
    free(f->memory);
    free(f);
    return 0;
}

static inline void check_canaries(const struct fixture *f)
{
    static const size_t starts[] = {0, FIXTURE_INPUT + BUFFER_SIZE,
                                    FIXTURE_OUTPUT + BUFFER_SIZE};

    for (size_t area = 0; area < COUNT_OF(starts); area++) {
        for (size_t i = 0; i < CANARY_SIZE; i++)
            assert_int_equal(f->memory[starts[area] + i], CANARY_BYTE);
    }
}

static inline uint64_t word_get(const uint8_t *buffer, uint64_t at)
{
    uint64_t value;

    memcpy(&value, buffer + at, sizeof(value));
    return value;
}

static inline void word_put(uint8_t *buffer, uint64_t at, uint64_t value)
{
    memcpy(buffer + at, &value, sizeof(value));
}

static inline bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* What a guest does: push an element of slot bytes whose prefix says length
 * (abi §5); returns the new stack pointer. */
static inline uint64_t guest_push(struct fixture *f, uint32_t length,
                                  uint64_t slot)
{
    uint8_t *output = f->channel.output;
    const uint64_t sp = word_get(output, 0);

    memset(output + sp, 0xEE, slot);
    memcpy(output + sp, &length, slot < 4 ? slot : 4);
    word_put(output, sp + slot, sp);
    word_put(output, 0, sp + slot + 8);
    return sp + slot + 8;
}

static inline hl_status receive(struct fixture *f, struct hl_message *message,
                                bool *empty)
{
    memset(&f->error, 0, sizeof(f->error));
    return f->channel.ops->receive(&f->channel, message, empty, &f->error);
}

#endif /* HL_CHANNEL_FIXTURE_H */
