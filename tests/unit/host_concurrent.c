/* SPDX-License-Identifier: MIT */
/* guarantees: B2 B1 */
/*
 * A thread rewrites the shared buffers while the host reads: whatever it hits,
 * what the host got is one message in its own memory, which says the same each
 * time it is looked at. (make fuzz-mutator does so for an hour, over both
 * transports and with whole sandboxes.)
 */
#include <pthread.h>
#include <stdatomic.h>

#include <hl/wire.h>
#include "channel_fixture.h"
#include "wire_examples.h"

#define ROUNDS 20000

static atomic_bool stop;
static atomic_uint rewrites;

/* Bounds, prefix and bytes of the message that lies on the output stack. */
static void *rewrite(void *context)
{
    struct fixture *f = context;
    volatile uint8_t *output = f->channel.output;
    uint32_t seed = 1;

    while (!atomic_load(&stop)) {
        const uint8_t old = output[seed >> 16 & 127];

        seed = seed * 1664525 + 1013904223;
        output[seed >> 16 & 127] = (uint8_t)(seed >> 8);
        output[8] = (uint8_t)(seed & 1 ? sizeof(golden_a) - 4 : 255);
        output[0] = (uint8_t)(seed & 2 ? 8 + sizeof(golden_a) + 8 : 0xFF);
        output[seed >> 16 & 127] = old;
        atomic_fetch_add_explicit(&rewrites, 1, memory_order_relaxed);
    }
    return NULL;
}

static void message_push(struct fixture *f)
{
    uint8_t *output = f->channel.output;
    const uint64_t start = HL_STACK_EMPTY;
    const uint64_t sp = start + sizeof(golden_a) + 8;

    memcpy(output + start, golden_a, sizeof(golden_a));
    memcpy(output + sp - 8, &start, 8);
    memcpy(output, &sp, 8);
}

/* Is it in the host's own memory, and the same twice? */
static void message_check(const struct fixture *f, const struct hl_message *m)
{
    static struct hl_wire_call first;
    static struct hl_wire_call second;
    const enum hl_wire_error error =
        hl_wire_decode_call(m->data, m->size, &first);

    assert_ptr_equal(m->data, f->channel.copy);
    assert_in_range(m->size, 4, BUFFER_SIZE);
    assert_int_equal(hl_wire_decode_call(m->data, m->size, &second), error);
    if (error != HL_WIRE_OK)
        return;
    assert_int_equal(first.name.len, second.name.len);
    assert_memory_equal(first.name.data, second.name.data, first.name.len);
    assert_in_range((uintptr_t)first.name.data - (uintptr_t)m->data, 4,
                    m->size - first.name.len);
}

static void B2_a_thread_rewrites_what_the_host_reads(void **state)
{
    struct fixture *f = *state;
    unsigned received = 0;
    pthread_t thread;

    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&thread, NULL, rewrite, f), 0);
    for (unsigned i = 0; i < ROUNDS || atomic_load(&rewrites) < 1000; i++) {
        struct hl_message message;
        bool empty;

        message_push(f);
        if (f->channel.ops->receive(&f->channel, &message, &empty, &f->error) ==
            HL_OK) {
            message_check(f, &message);
            received++;
        }
        f->channel.ops->finish(&f->channel, &f->error);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    check_canaries(f);
    assert_in_range(received, 1, UINT32_MAX); /* some were read all the same */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            B2_a_thread_rewrites_what_the_host_reads, fixture_up, fixture_down),
    };

    return cmocka_run_group_tests_name("host_concurrent", tests, NULL, NULL);
}
