/* SPDX-License-Identifier: MIT */
/* guarantees: B26 */
/*
 * A host that lies on the virtqueues (liar.h): in descriptors, messages,
 * replies, checkpoints, and about the queues themselves at start-up.
 */
#include "liar.h"

/* Where in a descriptor what stands (abi §12.3), and how wide it is. */
static const struct {
    int64_t at;
    size_t width;
} fields[] = {{0, 8}, {8, 4}, {12, 2}, {14, 2}};
#define DESCRIPTOR 16

/* The first buffer of the message just sent. */
static uint8_t *input_buffer(struct hl_channel *channel)
{
    return channel->virtq.buffers[0];
}

/* The first message after a restore begins with the first descriptor. */
static uint8_t *input_ring(struct hl_channel *channel)
{
    return channel->virtq.h2g.ring;
}

static uint8_t *output_ring(struct hl_channel *channel)
{
    return channel->virtq.g2h.ring;
}

/* Of the request just answered. */
static uint8_t *reply(struct hl_channel *channel)
{
    const struct hl_virtq_channel *virtq = &channel->virtq;

    return virtq->g2h.segments[virtq->request.readable].host;
}

static void replace_descriptors(int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        for (size_t j = 0; j < COUNT_OF(fields); j++)
            set_words(i * DESCRIPTOR + fields[j].at, fields[j].width);
}

/* len bytes that a call takes; they live until the test ends. */
static void some_bytes(size_t len)
{
    static uint8_t bytes[10000];

    memset(bytes, 0x5A, sizeof(bytes));
    lied_call.name = "set_canary";
    lied_call.args[0] =
        (hl_value){.type = HL_TYPE_BYTES, .as.bytes = {bytes, len}};
    lied_call.count = 1;
    lied_call.returns = HL_TYPE_VOID;
}

static void B26_every_byte_of_a_call_changed(void **state)
{
    (void)state;
    lie.base = input_buffer;
    flip_bytes(0, 170);
    assert_in_range(refusals, 90, UINT32_MAX);
}

static void B26_words_of_a_call_replaced(void **state)
{
    (void)state;
    lie.base = input_buffer;
    for (int64_t word = 0; word < 48; word += 4)
        set_words(word, 4);
    assert_in_range(refusals, 150, UINT32_MAX);
}

/* Their lengths stand in one place, they in another (abi §12.5). */
static void B26_every_byte_of_a_call_with_bytes_changed(void **state)
{
    (void)state;
    lie.base = input_buffer;
    some_bytes(24);
    flip_bytes(0, 170);
    assert_in_range(refusals, 90, UINT32_MAX);
}

static void B26_descriptors_of_a_call_replaced(void **state)
{
    (void)state;
    lie.base = input_ring;
    replace_descriptors(1);
    flip_bytes(0, DESCRIPTOR);
    assert_in_range(refusals, 40, UINT32_MAX);
}

/* Three buffers; the second and third have no header. */
static void B26_descriptors_of_a_call_in_parts_replaced(void **state)
{
    (void)state;
    lie.base = input_ring;
    some_bytes(10000);
    replace_descriptors(3);
    assert_in_range(refusals, 100, UINT32_MAX);
    lie.base = input_buffer;
    set_words(8, 4); /* the length of the whole */
}

static void B26_every_byte_of_a_reply_changed(void **state)
{
    (void)state;
    lie.base = reply;
    lie.in_reply = true;
    two_numbers("call_host");
    flip_bytes(0, 100);
    assert_in_range(refusals, 50, UINT32_MAX);
}

static void B26_words_of_a_reply_replaced(void **state)
{
    (void)state;
    lie.base = reply;
    lie.in_reply = true;
    two_numbers("call_host");
    for (int64_t word = 0; word < 48; word += 4)
        set_words(word, 4);
    assert_in_range(refusals, 150, UINT32_MAX);
}

/* The request's, the reply's and one that is not in use. */
static void B26_descriptors_of_a_reply_replaced(void **state)
{
    (void)state;
    lie.base = output_ring;
    lie.in_reply = true;
    two_numbers("call_host");
    replace_descriptors(3);
    assert_in_range(refusals, 34, UINT32_MAX);
}

/* ---- Checkpoints -------------------------------------------------------- */

static hl_status lying_checkpoint(struct hl_channel *channel, hl_error *error)
{
    const hl_status status = honest->checkpoint_begin(channel, error);

    tell_lie(channel);
    return status;
}

/* A snapshot after a call, under the lie: does it end well, or is there none?
 */
static void checkpoint_lied_to(int64_t byte)
{
    hl_snapshot *snapshot = NULL;
    hl_status status;
    int32_t count;

    assert_status(call_int(sandbox, "next", &count), HL_OK);
    lie.byte = byte;
    lie.flip = 0x10;
    status = hl_sandbox_snapshot(sandbox, &snapshot, &test_error);
    hl_snapshot_free(snapshot);
    if (status != HL_OK && status != HL_FAIL_ABORT &&
        status != HL_FAIL_SNAPSHOT)
        fail_msg("byte %lld: %d %s", (long long)lie.byte, status,
                 test_error.message);
    refusals += status != HL_OK;
    be_honest();
    snapshot_apply(sandbox, fresh);
    two_numbers("add");
    lied_to();
}

static void B26_every_byte_of_a_checkpoint_changed(void **state)
{
    static struct hl_transport_ops lying;

    (void)state;
    lying = *sandbox->channel.ops;
    lying.checkpoint_begin = lying_checkpoint;
    sandbox->channel.ops = &lying;
    for (int64_t at = 0; at < (int64_t)sizeof(struct hl_abi_vq_header); at++) {
        lie.base = input_buffer;
        checkpoint_lied_to(at);
        lie.base = input_ring;
        /* The second descriptor, but for its address, which is not read. */
        checkpoint_lied_to(DESCRIPTOR + 4 + at);
    }
    assert_in_range(refusals, 18, UINT32_MAX);
}

/* ---- Start-up ----------------------------------------------------------- */

static uint64_t claimed_at, claimed; /* a bookkeeping word and its value */

static void (*honest_meta_write)(uint8_t *, const struct hl_layout *);

static void lying_meta_write(uint8_t *top, const struct hl_layout *layout)
{
    honest_meta_write(top, layout);
    memcpy(top - claimed_at, &claimed, sizeof(claimed));
}

static void B26_queues_that_cannot_be(void **state)
{
    static const uint64_t words[] = {
        HL_VQ_META_ARENA,    HL_VQ_META_G2H_SIZE,  HL_VQ_META_G2H_PAGES,
        HL_VQ_META_H2G_SIZE, HL_VQ_META_H2G_PAGES, HL_VQ_META_H2G_BUFFER};
    static const uint64_t values[] = {0,
                                      1,
                                      3,
                                      11,
                                      0x1001,
                                      0x10000,
                                      0x4000,
                                      0x7FFFFFFF,
                                      0xFFFFFFFF,
                                      1ull << 32,
                                      1ull << 52,
                                      1ull << 63,
                                      ~0ull - 4095,
                                      ~0ull};

    struct hl_transport_ops *ops = transport_of_all();

    (void)state;
    honest_meta_write = honest->meta_write;
    ops->meta_write = lying_meta_write;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        for (size_t j = 0; j < COUNT_OF(values); j++) {
            claimed_at = words[i];
            claimed = values[j];
            start_lied_to("queues", claimed_at, claimed);
        }
    ops->meta_write = honest_meta_write;
    /* Nine of them are smaller queues, which are fine. */
    assert_int_equal(refusals, COUNT_OF(words) * COUNT_OF(values) - 9);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, liar_up, liar_down)
    const struct CMUnitTest tests[] = {
        TEST(B26_every_byte_of_a_call_changed),
        TEST(B26_words_of_a_call_replaced),
        TEST(B26_every_byte_of_a_call_with_bytes_changed),
        TEST(B26_descriptors_of_a_call_replaced),
        TEST(B26_descriptors_of_a_call_in_parts_replaced),
        TEST(B26_every_byte_of_a_reply_changed),
        TEST(B26_words_of_a_reply_replaced),
        TEST(B26_descriptors_of_a_reply_replaced),
        TEST(B26_every_byte_of_a_checkpoint_changed),
        TEST(B26_queues_that_cannot_be),
    };

    return RUN_TESTS(argc, argv, tests);
}
