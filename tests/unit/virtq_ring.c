/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B2 B5 B6 */
/* The host takes chains off hand-made rings, and returns them (abi §12.3). */
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "virtq.h"

#define CANARY_SIZE 0x1000
#define WINDOW_SIZE 0x4000
#define BUFFERS     0x1000 /* window offset */
#define GVA         0xFFFFFFFFFFF90000ull
#define CANARY_BYTE 0xC5
#define RING_MAX    16

struct fixture {
    struct hl_virtq queue;
    uint8_t *memory; /* canary, window, canary */
    uint8_t *window;
    uint32_t publish; /* the guest's position, counted through the rounds */
    uint32_t reap;
    hl_error error;
};

static void open_queue(struct fixture *f, uint32_t size)
{
    const struct hl_virtq_window window = {f->window, GVA, WINDOW_SIZE};

    virtq_close(&f->queue);
    memset(f->window, 0, WINDOW_SIZE);
    f->publish = 0;
    f->reap = 0;
    assert_int_equal(virtq_open(&f->queue, f->window, size, &window, &f->error),
                     HL_OK);
}

static int ring_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->memory = malloc(WINDOW_SIZE + 2 * CANARY_SIZE);
    memset(f->memory, CANARY_BYTE, WINDOW_SIZE + 2 * CANARY_SIZE);
    f->window = f->memory + CANARY_SIZE;
    open_queue(f, 4);
    *state = f;
    return 0;
}

static int ring_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < CANARY_SIZE; i++) {
        assert_int_equal(f->memory[i], CANARY_BYTE);
        assert_int_equal(f->window[WINDOW_SIZE + i], CANARY_BYTE);
    }
    virtq_close(&f->queue);
    free(f->memory);
    free(f);
    return 0;
}

static struct hl_abi_vq_desc *desc_at(struct fixture *f, uint32_t index)
{
    return (struct hl_abi_vq_desc *)(void *)f->window + index;
}

static void desc_put(struct fixture *f, uint32_t index, uint64_t addr,
                     uint32_t len, uint32_t id, uint32_t flags)
{
    *desc_at(f, index) = (struct hl_abi_vq_desc){
        .addr = addr, .len = len, .id = (uint16_t)id, .flags = (uint16_t)flags};
}

/* A descriptor of the first round that is right. */
static void desc_good(struct fixture *f, uint32_t index, uint32_t flags)
{
    desc_put(f, index, GVA + BUFFERS + 0x100 * index, 0x100, 1,
             HL_VQ_AVAIL | flags);
}

static hl_status poll(struct fixture *f, struct hl_virtq_chain *chain,
                      bool *empty)
{
    memset(&f->error, 0, sizeof(f->error));
    return virtq_poll(&f->queue, chain, empty, &f->error);
}

/* Refused by name; nothing is taken and no byte of the window changed. */
static void refused(struct fixture *f, const char *why)
{
    static uint8_t before[WINDOW_SIZE];
    struct hl_virtq_chain chain;
    bool empty = true;

    memcpy(before, f->window, WINDOW_SIZE);
    assert_int_equal(poll(f, &chain, &empty), HL_FAIL_PROTOCOL);
    assert_false(empty);
    if (strstr(f->error.message, why) == NULL)
        fail_msg("`%s` has no `%s`", f->error.message, why);
    assert_memory_equal(before, f->window, WINDOW_SIZE);
    assert_int_equal(f->queue.avail.index, 0);
    assert_true(f->queue.avail.wrap);
    for (uint32_t id = 0; id < f->queue.size; id++)
        assert_false(f->queue.outstanding[id]);
}

static struct hl_virtq_chain accepted(struct fixture *f)
{
    struct hl_virtq_chain chain;
    bool empty = true;

    if (poll(f, &chain, &empty) != HL_OK)
        fail_msg("refused: %s", f->error.message);
    assert_false(empty);
    return chain;
}

/* Take the ring back to its start, for another try. */
static void again(struct fixture *f)
{
    virtq_reset(&f->queue);
    memset(f->window, 0, f->queue.size * sizeof(struct hl_abi_vq_desc));
}

static bool is_posted(uint32_t flags)
{
    return (flags & (HL_VQ_AVAIL | HL_VQ_USED)) == HL_VQ_AVAIL;
}

/* All 65536 values of a head's flags, and of what is behind it. */
static void B1_every_value_of_the_flags(void **state)
{
    const uint32_t known = HL_VQ_NEXT | HL_VQ_WRITE | HL_VQ_AVAIL | HL_VQ_USED;
    struct fixture *f = *state;

    for (uint32_t flags = 0; flags <= UINT16_MAX; flags++) {
        struct hl_virtq_chain chain;
        bool empty = false;

        again(f);
        desc_good(f, 0, 0);
        desc_at(f, 0)->flags = (uint16_t)flags;
        desc_good(f, 1, HL_VQ_WRITE);
        if (!is_posted(flags)) {
            assert_int_equal(poll(f, &chain, &empty), HL_OK);
            assert_true(empty);
            assert_int_equal(f->queue.avail.index, 0);
        } else if ((flags & ~known) != 0) {
            refused(f, "descriptor flags");
        } else {
            assert_int_equal(accepted(f).count, flags & HL_VQ_NEXT ? 2 : 1);
        }
        again(f);
        desc_good(f, 0, HL_VQ_NEXT);
        desc_good(f, 1, 0);
        desc_at(f, 1)->flags = (uint16_t)flags;
        desc_good(f, 2, HL_VQ_WRITE);
        if ((flags & ~known) != 0) /* availability is the head's alone */
            refused(f, "descriptor flags");
        else
            assert_int_equal(accepted(f).count, flags & HL_VQ_NEXT ? 3 : 2);
    }
}

static void B1_addresses_outside_the_window(void **state)
{
    static const struct {
        uint64_t addr;
        uint32_t len;
    } bad[] = {
        {0, 16},
        {0, 0},
        {0x1000, 1},
        {GVA - 1, 1},
        {GVA - 1, 0},
        {GVA - 16, 32},
        {GVA, WINDOW_SIZE + 1},
        {GVA, UINT32_MAX},
        {GVA + 1, WINDOW_SIZE},
        {GVA + WINDOW_SIZE - 1, 2},
        {GVA + WINDOW_SIZE, 1},
        {GVA + WINDOW_SIZE + 1, 0},
        {GVA + WINDOW_SIZE - 1, UINT32_MAX},
        {UINT64_MAX, 0},
        {UINT64_MAX, 2},
        {UINT64_MAX - 15, 16},
        {UINT64_MAX - 7, UINT32_MAX},
        {1ull << 63, 1},
        {GVA & UINT32_MAX, 16},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        for (uint32_t write = 0; write <= HL_VQ_WRITE; write += HL_VQ_WRITE) {
            again(f);
            desc_put(f, 0, bad[i].addr, bad[i].len, 1, HL_VQ_AVAIL | write);
            refused(f, "descriptor address");
            again(f);
            desc_good(f, 0, HL_VQ_NEXT);
            desc_put(f, 1, bad[i].addr, bad[i].len, 1, HL_VQ_AVAIL | write);
            refused(f, "descriptor address");
        }
    }
}

static void B1_edges_of_the_window_are_inside(void **state)
{
    static const struct {
        uint64_t offset;
        uint32_t len;
    } good[] = {
        {0, 0},           {0, 1},
        {0, WINDOW_SIZE}, {WINDOW_SIZE - 1, 1},
        {WINDOW_SIZE, 0}, {1, WINDOW_SIZE - 1},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        again(f);
        desc_put(f, 0, GVA + good[i].offset, good[i].len, 1, HL_VQ_AVAIL);
        assert_int_equal(accepted(f).readable_len, good[i].len);
        assert_ptr_equal(f->queue.segments[0].host, f->window + good[i].offset);
    }
}

static void B1_ids_out_of_range_or_outstanding(void **state)
{
    struct fixture *f = *state;

    for (uint32_t id = 4; id <= UINT16_MAX; id++) {
        again(f);
        desc_good(f, 0, 0);
        desc_at(f, 0)->id = (uint16_t)id;
        refused(f, "chain id");
    }
    for (uint32_t id = 0; id < 4; id++) {
        struct hl_virtq_chain chain, other;
        bool empty;

        again(f);
        desc_good(f, 0, 0);
        desc_good(f, 1, 0);
        desc_at(f, 0)->id = (uint16_t)id;
        desc_at(f, 1)->id = (uint16_t)id;
        chain = accepted(f);
        assert_int_equal(chain.id, id);
        assert_int_equal(poll(f, &other, &empty), HL_FAIL_PROTOCOL);
        assert_non_null(strstr(f->error.message, "chain id"));
        virtq_complete(&f->queue, &chain, 0);
        assert_int_equal(accepted(f).id, id);
    }
}

static void B1_readable_behind_writable(void **state)
{
    struct fixture *f = *state;

    for (uint32_t first = 0; first < 3; first++) { /* the first writable one */
        again(f);
        for (uint32_t i = 0; i < 4; i++)
            desc_good(f, i,
                      (i < 3 ? HL_VQ_NEXT : 0) |
                          (i >= first ? HL_VQ_WRITE : 0));
        assert_int_equal(accepted(f).readable, first);
        for (uint32_t i = first + 1; i < 4; i++) {
            virtq_reset(&f->queue);
            desc_at(f, i)->flags &= (uint16_t)~HL_VQ_WRITE;
            refused(f, "readable after writable");
            desc_at(f, i)->flags |= HL_VQ_WRITE;
        }
    }
}

static void B1_chains_without_end(void **state)
{
    struct fixture *f = *state;

    for (uint32_t size = 2; size <= RING_MAX; size *= 2) {
        open_queue(f, size);
        for (uint32_t i = 0; i < size; i++)
            desc_good(f, i, HL_VQ_NEXT);
        refused(f, "chain without end");
        desc_at(f, size - 1)->flags &= (uint16_t)~HL_VQ_NEXT;
        assert_int_equal(accepted(f).count, size);
        assert_int_equal(f->queue.avail.index, 0);
        assert_false(f->queue.avail.wrap);
    }
}

/* Lengths are added in 64 bits: a window this large is only named. */
static void B6_lengths_of_a_chain_do_not_overflow(void **state)
{
    struct fixture *f = *state;

    f->queue.window.gva = 0x100000000ull;
    f->queue.window.size = 0x100000000ull;
    for (uint32_t i = 0; i < 4; i++)
        desc_put(f, i, 0x100000000ull, UINT32_MAX, 0,
                 HL_VQ_AVAIL | (i < 3 ? HL_VQ_NEXT : 0) |
                     (i > 1 ? HL_VQ_WRITE : 0));
    const struct hl_virtq_chain chain = accepted(f);

    assert_int_equal(chain.readable_len, 2ull * UINT32_MAX);
    assert_int_equal(chain.writable_len, 2ull * UINT32_MAX);
}

/* What the guest writes into its ring after the poll changes nothing. */
static void B2_descriptors_are_read_once(void **state)
{
    struct fixture *f = *state;
    struct hl_virtq_chain chain;
    uint8_t bytes[0x200];

    memset(f->window + BUFFERS, 0x11, 0x100);
    memset(f->window + BUFFERS + 0x100, 0x22, 0x100);
    desc_good(f, 0, HL_VQ_NEXT);
    desc_good(f, 1, HL_VQ_NEXT);
    desc_good(f, 2, HL_VQ_WRITE);
    chain = accepted(f);
    memset(f->window, 0xFF, 4 * sizeof(struct hl_abi_vq_desc));
    virtq_read(&f->queue, &chain, bytes);
    assert_int_equal(bytes[0], 0x11);
    assert_int_equal(bytes[0x1FF], 0x22);
    memset(bytes, 0x33, sizeof(bytes));
    virtq_write(&f->queue, &chain, bytes, 0x100);
    assert_int_equal(f->window[BUFFERS + 0x200], 0x33);
    assert_int_equal(f->window[BUFFERS + 0x2FF], 0x33);
    assert_int_equal(f->window[BUFFERS + 0x300], 0);
    virtq_complete(&f->queue, &chain, 0x100);
    assert_int_equal(desc_at(f, 0)->id, 1);
}

/* Segments are filled in order, and no byte behind the last one written. */
static void B5_writes_stay_in_the_writable_segments(void **state)
{
    static const uint32_t lens[] = {3, 0, 5};
    static const uint8_t text[9] = "abcdefgh";
    struct fixture *f = *state;

    for (uint32_t len = 0; len <= 8; len++) {
        uint8_t wanted[0x400] = {0};
        struct hl_virtq_chain chain;

        again(f);
        memset(f->window + BUFFERS, 0, sizeof(wanted));
        desc_good(f, 0, HL_VQ_NEXT);
        for (uint32_t i = 1; i < 4; i++) {
            desc_good(f, i, HL_VQ_WRITE | (i < 3 ? HL_VQ_NEXT : 0));
            desc_at(f, i)->len = lens[i - 1];
        }
        chain = accepted(f);
        assert_int_equal(chain.writable_len, 8);
        virtq_write(&f->queue, &chain, text, len);
        memcpy(wanted + 0x100, text, len < 3 ? len : 3);
        memcpy(wanted + 0x300, text + 3, len < 3 ? 0 : len - 3);
        assert_memory_equal(f->window + BUFFERS, wanted, sizeof(wanted));
    }
}

/* ---- Many rounds, with a guest beside ----------------------------------- */

static uint32_t round_flag(const struct fixture *f, uint32_t position)
{
    return position / f->queue.size % 2 == 0 ? HL_VQ_AVAIL : HL_VQ_USED;
}

/* Publish a chain of count descriptors, each one byte: its position's. */
static void guest_publish(struct fixture *f, uint32_t count, uint32_t id)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t position = f->publish + i;
        const uint32_t index = position % f->queue.size;

        f->window[BUFFERS + index] = (uint8_t)position;
        desc_put(f, index, GVA + BUFFERS + index, 1, id,
                 round_flag(f, position) | (i + 1 < count ? HL_VQ_NEXT : 0));
    }
    f->publish += count;
}

/* The host's answer stands at the guest's next position, and only there. */
static void guest_reap(struct fixture *f, uint32_t count, uint32_t id,
                       uint32_t len)
{
    const struct hl_abi_vq_desc wanted = {
        .len = len,
        .id = (uint16_t)id,
        .flags = round_flag(f, f->reap) == HL_VQ_AVAIL
                     ? HL_VQ_AVAIL | HL_VQ_USED
                     : 0,
    };

    assert_memory_equal(desc_at(f, f->reap % f->queue.size), &wanted,
                        sizeof(wanted));
    for (uint32_t i = 1; i < count; i++)
        assert_int_equal(desc_at(f, (f->reap + i) % f->queue.size)->addr,
                         GVA + BUFFERS + (f->reap + i) % f->queue.size);
    f->reap += count;
}

static void B1_rings_wrap_over_many_rounds(void **state)
{
    struct fixture *f = *state;

    for (uint32_t size = 2; size <= RING_MAX; size *= 2) {
        open_queue(f, size);
        for (uint32_t n = 0; n < 20 * size; n++) {
            const uint32_t count = 1 + n * 7 % size;
            struct hl_virtq_chain chain;
            uint8_t bytes[RING_MAX];
            bool empty = false;

            assert_int_equal(poll(f, &chain, &empty), HL_OK);
            assert_true(empty);
            guest_publish(f, count, n % size);
            chain = accepted(f);
            assert_int_equal(chain.count, count);
            virtq_read(&f->queue, &chain, bytes);
            for (uint32_t i = 0; i < count; i++)
                assert_int_equal(bytes[i], (uint8_t)(f->reap + i));
            virtq_complete(&f->queue, &chain, n);
            guest_reap(f, count, n % size, n);
        }
        assert_true(f->reap > 4 * size);
    }
}

static void B1_chains_are_returned_in_order(void **state)
{
    struct fixture *f = *state;

    for (uint32_t n = 0; n < 40; n++) {
        struct hl_virtq_chain first, second, third;

        guest_publish(f, 1, 3);
        guest_publish(f, 2, 0);
        guest_publish(f, 1, 2);
        first = accepted(f);
        second = accepted(f);
        third = accepted(f);
        virtq_complete(&f->queue, &first, 1);
        virtq_complete(&f->queue, &second, 2);
        virtq_complete(&f->queue, &third, 3);
        guest_reap(f, 1, 3, 1);
        guest_reap(f, 2, 0, 2);
        guest_reap(f, 1, 2, 3);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ring_up, ring_down)
    const struct CMUnitTest tests[] = {
        TEST(B1_every_value_of_the_flags),
        TEST(B1_addresses_outside_the_window),
        TEST(B1_edges_of_the_window_are_inside),
        TEST(B1_ids_out_of_range_or_outstanding),
        TEST(B1_readable_behind_writable),
        TEST(B1_chains_without_end),
        TEST(B6_lengths_of_a_chain_do_not_overflow),
        TEST(B2_descriptors_are_read_once),
        TEST(B5_writes_stay_in_the_writable_segments),
        TEST(B1_rings_wrap_over_many_rounds),
        TEST(B1_chains_are_returned_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
