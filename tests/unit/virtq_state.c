/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B2 P2.2 */
/* Checkpoints, and the rings that snapshots keep (abi §12.6). */
#include "virtq_fixture.h"

static const struct hl_transport_ops *const ops = &hl_transport_virtq;

static hl_status save(struct fixture *f, uint8_t *state)
{
    memset(&f->error, 0, sizeof(f->error));
    return ops->state_save(&f->channel, state, &f->error);
}

static void save_refused(struct fixture *f, const char *why)
{
    uint8_t *state = malloc(ops->state_size(&f->channel));

    memory_keep(f);
    assert_int_equal(save(f, state), HL_FAIL_SNAPSHOT);
    assert_says(f, why);
    assert_memory_kept(f);
    free(state);
}

static void save_accepted(struct fixture *f)
{
    uint8_t *state = malloc(ops->state_size(&f->channel));

    assert_ok(f, save(f, state));
    free(state);
}

static void mailbox_put(struct fixture *f, uint64_t value)
{
    memcpy(f->scratch + f->layout.virtq.mailbox, &value, sizeof(value));
}

static void P2_2_checkpoint_is_asked_for_in_one_buffer(void **state)
{
    static const uint8_t wanted[HEADER_SIZE] = {HL_VQ_CHECKPOINT};
    struct fixture *f = *state;

    mailbox_put(f, 1);
    assert_ok(f, ops->checkpoint_begin(&f->channel, &f->error));
    assert_memory_equal(slot_at(f, 0), wanted, sizeof(wanted));
    assert_int_equal(h2g_at(f, 0)->len, HEADER_SIZE);
    assert_int_equal(h2g_at(f, 0)->flags, HL_VQ_AVAIL | HL_VQ_USED);
    assert_int_equal(h2g_at(f, 1)->flags, HL_VQ_AVAIL | HL_VQ_WRITE);
    assert_int_equal(mailbox(f), 0);
}

static void B1_checkpoint_without_a_buffer_is_an_error(void **state)
{
    struct fixture *f = *state;

    memset(h2g_at(f, 0), 0, 32 * sizeof(*h2g_at(f, 0)));
    assert_int_equal(ops->checkpoint_begin(&f->channel, &f->error),
                     HL_FAIL_TOO_BIG);
    *h2g_at(f, 0) = slot_desc(f, 0);
    h2g_at(f, 0)->len--;
    assert_int_equal(ops->checkpoint_begin(&f->channel, &f->error),
                     HL_FAIL_PROTOCOL);
}

static void B1_mailbox_is_one_or_the_checkpoint_failed(void **state)
{
    static const uint64_t bad[] = {0,   2,          7,          1ull << 32,
                                   256, 1ull << 63, UINT64_MAX, 0x101};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        mailbox_put(f, bad[i]);
        assert_int_equal(ops->checkpoint_end(&f->channel, &f->error),
                         HL_FAIL_PROTOCOL);
        assert_says(f, "checkpoint");
    }
    mailbox_put(f, 1);
    assert_ok(f, ops->checkpoint_end(&f->channel, &f->error));
}

/* Both sides count from the start again, whatever was under way. */
static void P2_2_checkpoint_resets_the_counts(void **state)
{
    struct fixture *f = *state;
    struct hl_virtq_channel *virtq = &f->channel.virtq;
    struct hl_message message;
    bool empty;

    header_put(f, HL_VQ_REQUEST, 1, 20);
    publish_message(f, HEADER_SIZE + 20, 64);
    assert_ok(f, receive(f, &message, &empty));
    assert_ok(f, ops->checkpoint_begin(&f->channel, &f->error));
    mailbox_put(f, 1);
    assert_ok(f, ops->checkpoint_end(&f->channel, &f->error));
    assert_false(virtq->request_open);
    for (int i = 0; i < 2; i++) {
        const struct hl_virtq *queue = i == 0 ? &virtq->g2h : &virtq->h2g;

        assert_int_equal(queue->avail.index, 0);
        assert_true(queue->avail.wrap);
        assert_int_equal(queue->used.index, 0);
        assert_true(queue->used.wrap);
        for (uint32_t id = 0; id < queue->size; id++)
            assert_false(queue->outstanding[id]);
    }
}

static void B1_every_byte_of_the_output_ring_is_zero(void **state)
{
    struct fixture *f = *state;
    const uint64_t bytes = f->layout.virtq.g2h_size * 16 + HL_VQ_EVENT_BYTES;

    for (uint64_t at = 0; at < bytes; at++) {
        f->scratch[at] = 1;
        save_refused(f, "output ring");
        f->scratch[at] = 0;
    }
    memset(f->scratch, 0x11, bytes); /* all bytes alike, but not zero */
    save_refused(f, "output ring");
    memset(f->scratch, 0, bytes);
    save_accepted(f);
}

static void B1_canonical_input_rings(void **state)
{
    struct fixture *f = *state;
    const uint32_t slots = f->layout.virtq.slots;

    for (uint32_t posted = 0; posted <= slots; posted++) {
        memset(h2g_at(f, 0), 0, slots * sizeof(*h2g_at(f, 0)));
        slots_post(f, posted);
        save_accepted(f);
    }
    for (uint32_t i = 0; i < slots; i++) { /* upstream's order and ids */
        *h2g_at(f, i) = slot_desc(f, slots - 1 - i);
        h2g_at(f, i)->id = (uint16_t)(f->layout.virtq.h2g_size - 1 - i);
    }
    save_accepted(f);
}

static void B1_every_byte_behind_the_posted_buffers_is_zero(void **state)
{
    struct fixture *f = *state;
    const uint64_t bytes = f->layout.virtq.h2g_size * 16 + HL_VQ_EVENT_BYTES;
    uint8_t *ring = (uint8_t *)h2g_at(f, 0);

    for (uint64_t at = f->layout.virtq.slots * 16; at < bytes; at++) {
        ring[at] = 1;
        save_refused(f, "input ring");
        ring[at] = 0;
    }
    save_accepted(f);
    /* A gap: one that is not posted, between others. */
    memset(h2g_at(f, 1), 0, sizeof(*h2g_at(f, 1)));
    save_refused(f, "behind the posted ones, descriptor 1");
}

static void B1_posted_buffers_are_whole_distinct_and_in_the_pool(void **state)
{
    static const struct {
        int64_t addr;
        int64_t len;
        int32_t id;
    } bad[] = {
        {1, 0, 0},
        {-1, 0, 0},
        {-HL_PAGE_SIZE, 0, 0}, /* the slot before */
        {HL_PAGE_SIZE, 0, 0},  /* the slot behind */
        {8, 0, 0},
        {16 * HL_PAGE_SIZE, 0, 0},
        {INT64_MAX, 0, 0},
        {INT64_MIN, 0, 0},
        {0, 1, 0},
        {0, -1, 0},
        {0, -HL_PAGE_SIZE, 0},
        {0, HL_PAGE_SIZE, 0},
        {0, 0, -1},
        {0, 0, 1},
        {0, 0, 31}, /* the ring's size */
        {0, 0, 32},
        {0, 0, 0x7FFF},
    };
    struct fixture *f = *state;

    /* In the middle one: its neighbours make distances of one a repetition;
     * the ends of the pool are next. */
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        fixture_restart(f);
        h2g_at(f, 1)->addr += (uint64_t)bad[i].addr;
        h2g_at(f, 1)->len += (uint32_t)bad[i].len;
        h2g_at(f, 1)->id = (uint16_t)(h2g_at(f, 1)->id + bad[i].id);
        save_refused(f, "input ring, descriptor");
    }
    fixture_restart(f);
    h2g_at(f, 0)->addr -= HL_PAGE_SIZE;
    save_refused(f, "input ring, descriptor 0");
    fixture_restart(f);
    h2g_at(f, 2)->addr += HL_PAGE_SIZE;
    save_refused(f, "input ring, descriptor 2");
}

static void B1_every_value_of_a_posted_buffers_flags(void **state)
{
    struct fixture *f = *state;
    uint8_t *image = malloc(ops->state_size(&f->channel));

    for (uint32_t flags = 0; flags <= UINT16_MAX; flags++) {
        h2g_at(f, 2)->flags = (uint16_t)flags; /* the last one posted */
        assert_int_equal(save(f, image), flags == (HL_VQ_AVAIL | HL_VQ_WRITE)
                                             ? HL_OK
                                             : HL_FAIL_SNAPSHOT);
    }
    free(image);
}

/* More buffers than the pool has: the last would have to repeat a slot. */
static void B1_more_buffers_than_there_are(void **state)
{
    struct fixture *f = *state;

    for (uint32_t slot = 0; slot <= 4; slot++) {
        *h2g_at(f, 3) = slot_desc(f, slot);
        h2g_at(f, 3)->id = 9;
        save_refused(f, "input ring, descriptor 3");
    }
}

static void P2_2_restored_rings_are_those_of_the_snapshot(void **state)
{
    struct fixture *f = *state;
    const uint64_t bytes = f->layout.virtq.mailbox;
    uint8_t *image = malloc(ops->state_size(&f->channel));
    struct hl_message message;
    bool empty;

    assert_ok(f, save(f, image));
    memory_keep(f);
    header_put(f, HL_VQ_REQUEST, 1, 20);
    publish_message(f, HEADER_SIZE + 20, 64);
    assert_ok(f, receive(f, &message, &empty));
    memset(f->scratch, 0xFF, SCRATCH);
    ops->state_load(&f->channel, image);
    assert_memory_equal(f->scratch, f->before,
                        f->layout.virtq.g2h_size * 16 + HL_VQ_EVENT_BYTES);
    assert_memory_equal(h2g_at(f, 0), f->before + f->layout.virtq.h2g_ring,
                        bytes - f->layout.virtq.h2g_ring);
    assert_int_equal(mailbox(f), 1);
    assert_false(f->channel.virtq.request_open);
    assert_int_equal(f->channel.virtq.g2h.avail.index, 0);
    save_accepted(f);
    free(image);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(P2_2_checkpoint_is_asked_for_in_one_buffer),
        TEST(B1_checkpoint_without_a_buffer_is_an_error),
        TEST(B1_mailbox_is_one_or_the_checkpoint_failed),
        TEST(P2_2_checkpoint_resets_the_counts),
        TEST(B1_every_byte_of_the_output_ring_is_zero),
        TEST(B1_canonical_input_rings),
        TEST(B1_every_byte_behind_the_posted_buffers_is_zero),
        TEST(B1_posted_buffers_are_whole_distinct_and_in_the_pool),
        TEST(B1_every_value_of_a_posted_buffers_flags),
        TEST(B1_more_buffers_than_there_are),
        TEST(P2_2_restored_rings_are_those_of_the_snapshot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
