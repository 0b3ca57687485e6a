/* SPDX-License-Identifier: MIT */
/* guarantees: B26 */
/*
 * A host that lies: what it puts on the guest's input stack is changed before
 * the guest runs. The guest answers, refuses with an error, or aborts cleanly;
 * it never faults, and its data is as before.
 *
 * The changes are made by a transport put between the library and the shared
 * buffer, for which this test alone looks inside the library's structures.
 */
#include "sandbox.h"
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;

/* What is done to the buffer: exclusive or of a byte, or a new word. */
static struct {
    bool in_reply; /* of the host's reply, else of its call */
    int64_t byte;  /* offset in the buffer, -1: none */
    uint8_t flip;
    int64_t word; /* offset of a word, -1: none */
    uint64_t value;
} lie;

static const struct hl_transport_ops *honest;
static unsigned refusals; /* the guest noticed the lie */

static void tell_lie(struct hl_channel *channel)
{
    if (lie.byte >= 0)
        channel->input[lie.byte] ^= lie.flip;
    if (lie.word >= 0)
        memcpy(channel->input + lie.word, &lie.value, sizeof(lie.value));
}

static hl_status lying_call(struct hl_channel *channel,
                            const struct hl_wire_call *call, size_t *size,
                            hl_error *error)
{
    const hl_status status = honest->send_call(channel, call, size, error);

    if (!lie.in_reply)
        tell_lie(channel);
    return status;
}

static hl_status lying_reply(struct hl_channel *channel,
                             const struct hl_wire_result *reply, size_t *size,
                             hl_error *error)
{
    const hl_status status = honest->send_reply(channel, reply, size, error);

    if (lie.in_reply)
        tell_lie(channel);
    return status;
}

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    return a + b;
}

static int liar_up(void **state)
{
    static struct hl_transport_ops lying;

    (void)state;
    lie.byte = -1;
    lie.word = -1;
    refusals = 0;
    image = image_open("core");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostAdd, NULL);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    honest = sandbox->channel.ops;
    lying = *honest;
    lying.send_call = lying_call;
    lying.send_reply = lying_reply;
    sandbox->channel.ops = &lying;
    return 0;
}

static int liar_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

/* One call of (Int, Int) -> Int under the lie: how may it end? */
static void lied_to(const char *name)
{
    const hl_value args[2] = {{.type = HL_TYPE_INT, .as.i32 = 40},
                              {.type = HL_TYPE_INT, .as.i32 = 2}};
    hl_value result = {0};
    hl_status status;
    int32_t count;

    memset(&test_error, 0, sizeof(test_error));
    status = hl_sandbox_call(sandbox, name, strlen(name), args, 2, HL_TYPE_INT,
                             &result, &test_error);
    /* RESULT_TYPE: the lie made it a call of another function */
    if (status != HL_OK && status != HL_FAIL_GUEST && status != HL_FAIL_ABORT &&
        status != HL_FAIL_RESULT_TYPE)
        fail_msg("byte %lld ^ %02x, word %lld = %llx: %d %s",
                 (long long)lie.byte, lie.flip, (long long)lie.word,
                 (unsigned long long)lie.value, status, test_error.message);
    refusals += status != HL_OK;
    lie.byte = -1;
    lie.word = -1;
    if (hl_sandbox_is_poisoned(sandbox))
        snapshot_apply(sandbox, fresh);
    /* count is in .data: 1 unless something has written there */
    assert_status(call_int(sandbox, "next", &count), HL_OK);
    assert_int_equal(count, 1);
    snapshot_apply(sandbox, fresh);
}

/* Each byte of the message from `from` on, changed in several ways. */
static void flip_bytes(const char *name, int64_t from, int64_t to)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xFF, 0x04, 0x10};
    const size_t ways = test_is_kvm ? 1 : COUNT_OF(flips);

    for (int64_t at = from; at < to; at++) {
        for (size_t i = 0; i < ways; i++) {
            lie.byte = at;
            lie.flip = flips[i];
            lied_to(name);
        }
    }
}

static void set_words(const char *name, int64_t word)
{
    static const uint64_t values[] = {
        0,       1,          7,          9,          15,     16,    0x10000,
        0x10001, 0x7FFFFFFF, 0xFFFFFFFF, 1ull << 63, ~15ull, ~7ull, ~0ull};

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        lie.word = word;
        lie.value = values[i];
        lied_to(name);
    }
}

static void B26_every_byte_of_a_call_changed(void **state)
{
    (void)state;
    flip_bytes("add", 0, 200);
    assert_in_range(refusals, 20, UINT32_MAX);
}

static void B26_stack_pointer_of_a_call_replaced(void **state)
{
    (void)state;
    set_words("add", 0);
    assert_in_range(refusals, 10, UINT32_MAX);
}

static void B26_first_words_of_a_call_replaced(void **state)
{
    (void)state;
    for (int64_t word = 8; word < 48; word += 4)
        set_words("add", word);
}

/* The reply lies above the call, which begins at 8 (reference §1). */
static void B26_every_byte_of_a_reply_changed(void **state)
{
    (void)state;
    lie.in_reply = true;
    flip_bytes("call_host", 100, 260);
    assert_in_range(refusals, 10, UINT32_MAX);
    lie.in_reply = false;
}

static void B26_stack_pointer_of_a_reply_replaced(void **state)
{
    (void)state;
    lie.in_reply = true;
    set_words("call_host", 0);
    assert_in_range(refusals, 10, UINT32_MAX);
    lie.in_reply = false;
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, liar_up, liar_down)
    const struct CMUnitTest tests[] = {
        TEST(B26_every_byte_of_a_call_changed),
        TEST(B26_stack_pointer_of_a_call_replaced),
        TEST(B26_first_words_of_a_call_replaced),
        TEST(B26_every_byte_of_a_reply_changed),
        TEST(B26_stack_pointer_of_a_reply_replaced),
    };

    return RUN_TESTS(argc, argv, tests);
}
