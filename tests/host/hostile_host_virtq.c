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

/* ---- No lies: messages in parts ----------------------------------------- */

static uint8_t pattern[10000];

/* What comes back is what was sent. */
static void echo(hl_sandbox *types, size_t len)
{
    const hl_value bytes = {.type = HL_TYPE_BYTES, .as.bytes = {pattern, len}};
    hl_value result;

    assert_status(hl_sandbox_call(types, "echo_bytes", 10, &bytes, 1,
                                  HL_TYPE_BYTES, &result, &test_error),
                  HL_OK);
    assert_int_equal(result.as.bytes.len, len);
    assert_memory_equal(result.as.bytes.data, pattern, len);
}

static hl_sandbox *types_open(hl_image **types_image)
{
    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = (uint8_t)(i * 7 + (i >> 8));
    *types_image = image_open("types");
    return sandbox_open(*types_image, config);
}

static uint64_t moved; /* bytes from each buffer into the next */
static bool is_longer; /* the last one says that it has more than is left */

static void length_add(uint8_t *descriptor, int64_t bytes)
{
    uint32_t len;

    memcpy(&len, descriptor + 8, sizeof(len));
    len = (uint32_t)(len + bytes);
    memcpy(descriptor + 8, &len, sizeof(len));
}

/* A call of three buffers, of which the host fills the first only in part. */
static hl_status parted_call(struct hl_channel *channel,
                             const struct hl_wire_call *call, size_t *size,
                             hl_error *error)
{
    const hl_status status = honest->send_call(channel, call, size, error);
    uint8_t **buffers = channel->virtq.buffers;
    const uint64_t full = channel->virtq.layout.h2g_buffer;

    for (int i = 2; i > 0; i--) {
        memmove(buffers[i] + moved, buffers[i], full - moved);
        memcpy(buffers[i], buffers[i - 1] + full - moved, moved);
    }
    length_add(input_ring(channel), -(int64_t)moved);
    length_add(input_ring(channel) + 2 * (size_t)DESCRIPTOR,
               (int64_t)moved + (is_longer ? 1000 : 0));
    return status;
}

static void B26_a_call_in_parts_that_are_not_full(void **state)
{
    static const uint64_t some[] = {1, 100, 2000};
    struct hl_transport_ops parting = *honest;
    hl_image *types_image;
    hl_sandbox *types = types_open(&types_image);
    hl_snapshot *first = snapshot_take(types);

    (void)state;
    parting.send_call = parted_call;
    types->channel.ops = &parting;
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        moved = some[i];
        echo(types, sizeof(pattern));
        snapshot_apply(types, first);
    }
    hl_snapshot_free(first);
    hl_sandbox_close(types);
    hl_image_free(types_image);
}

/* Its buffers do not lie in order where it goes around the pool's end. */
static void B26_calls_in_parts_around_the_end_of_the_pool(void **state)
{
    hl_image *types_image;
    hl_sandbox *types = types_open(&types_image);

    (void)state;
    for (size_t i = 0; i < 40; i++)
        echo(types, i * 1111 % sizeof(pattern));
    hl_sandbox_close(types);
    hl_image_free(types_image);
}

/* Buffers without end, each of them full. */
static hl_status endless_call(struct hl_channel *channel,
                              const struct hl_wire_call *call, size_t *size,
                              hl_error *error)
{
    const hl_status status = honest->send_call(channel, call, size, error);
    const struct hl_virtq_layout *layout = &channel->virtq.layout;
    const uint32_t full = (uint32_t)layout->h2g_buffer;
    const uint32_t payload = ((uint32_t)layout->slots + 1) * full -
                             (uint32_t)sizeof(struct hl_abi_vq_header);

    for (uint16_t i = 0; i < layout->h2g_size; i++) {
        struct hl_abi_vq_desc desc = {
            .len = full,
            .id = (uint16_t)(i % layout->slots),
            .flags = HL_VQ_AVAIL | HL_VQ_USED,
        };

        memcpy(input_ring(channel) + (size_t)i * DESCRIPTOR, &desc, DESCRIPTOR);
    }
    memcpy(input_buffer(channel) + 8, &payload, sizeof(payload));
    return status;
}

typedef hl_status send_call(struct hl_channel *, const struct hl_wire_call *,
                            size_t *, hl_error *);

static void refused_by_length(hl_sandbox *lied, send_call *send)
{
    static struct hl_transport_ops lying;
    hl_value result;

    lying = *honest;
    lying.send_call = send;
    lied->channel.ops = &lying;
    some_bytes(sizeof(pattern));
    assert_status(hl_sandbox_call(lied, lied_call.name, strlen(lied_call.name),
                                  lied_call.args, lied_call.count,
                                  lied_call.returns, &result, &test_error),
                  HL_FAIL_ABORT);
    assert_non_null(strstr(test_error.message, "host's message is malformed"));
}

static void B26_a_call_in_parts_longer_than_the_whole(void **state)
{
    (void)state;
    is_longer = true;
    moved = 100;
    refused_by_length(sandbox, parted_call);
    is_longer = false;
}

/* Five buffers in a ring of eight, and room for more in the arena. */
static void B26_a_call_of_more_buffers_than_there_are(void **state)
{
    hl_sandbox *other;

    (void)state;
    hl_config_set_size(config, HL_SIZE_INPUT, 5 * 4096);
    hl_config_set_size(config, HL_SIZE_SCRATCH, 1 << 20);
    other = sandbox_open(image, config);
    assert_true(other->layout.virtq.slots < other->layout.virtq.h2g_size);
    refused_by_length(other, endless_call);
    hl_sandbox_close(other);
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
        TEST(B26_a_call_in_parts_that_are_not_full),
        TEST(B26_calls_in_parts_around_the_end_of_the_pool),
        TEST(B26_a_call_in_parts_longer_than_the_whole),
        TEST(B26_a_call_of_more_buffers_than_there_are),
        TEST(B26_queues_that_cannot_be),
    };

    return RUN_TESTS(argc, argv, tests);
}
