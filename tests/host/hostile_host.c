/* SPDX-License-Identifier: MIT */
/* guarantees: B26 */
/* A host that lies on the I/O stacks (liar.h). */
#include "liar.h"

static uint8_t *input(struct hl_channel *channel)
{
    return channel->input;
}

static int stacks_up(void **state)
{
    lie.base = input;
    return liar_up(state);
}

static void B26_every_byte_of_a_call_changed(void **state)
{
    (void)state;
    flip_bytes(0, 200);
    assert_in_range(refusals, 20, UINT32_MAX);
}

static void B26_stack_pointer_of_a_call_replaced(void **state)
{
    (void)state;
    set_words(0, 8);
    assert_in_range(refusals, 10, UINT32_MAX);
}

static void B26_first_words_of_a_call_replaced(void **state)
{
    (void)state;
    for (int64_t word = 8; word < 48; word += 4)
        set_words(word, 8);
}

/* The reply lies above the call, which begins at 8 (abi §5.1). */
static void B26_every_byte_of_a_reply_changed(void **state)
{
    (void)state;
    lie.in_reply = true;
    two_numbers("call_host");
    flip_bytes(100, 260);
    assert_in_range(refusals, 10, UINT32_MAX);
}

static void B26_stack_pointer_of_a_reply_replaced(void **state)
{
    (void)state;
    lie.in_reply = true;
    two_numbers("call_host");
    set_words(0, 8);
    assert_in_range(refusals, 10, UINT32_MAX);
}

static uint64_t honest_pointer;

static void zero_pointer(void *context, const hl_log_record *record)
{
    (void)context;
    (void)record;
    memcpy(&honest_pointer, sandbox->channel.input, sizeof(honest_pointer));
    memset(sandbox->channel.input, 0, sizeof(honest_pointer));
}

/* A whole reply, over the pointer itself: at 0, where the pointer was. */
static hl_status reply_over_pointer(struct hl_channel *channel,
                                    const struct hl_wire_result *reply,
                                    size_t *size, hl_error *error)
{
    hl_status status;

    memcpy(channel->input, &honest_pointer, sizeof(honest_pointer));
    status = honest->send_reply(channel, reply, size, error);
    memmove(channel->input, channel->input + honest_pointer, *size);
    return status;
}

/* Where the guest expects the reply is the host's word too: 0 is no place,
 * though it is also what a corrupt stack is said to have on top. */
static void B26_stack_pointer_zero_before_a_host_call(void **state)
{
    struct hl_transport_ops lying = *honest;
    hl_value result;

    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_set_log(config, 1, zero_pointer, NULL);
    sandbox = sandbox_open(image, config);
    lying.send_reply = reply_over_pointer;
    sandbox->channel.ops = &lying;
    two_numbers("log_and_call_host");
    honest_pointer = 0;
    assert_status(hl_sandbox_call(sandbox, lied_call.name,
                                  strlen(lied_call.name), lied_call.args,
                                  lied_call.count, lied_call.returns, &result,
                                  &test_error),
                  HL_FAIL_GUEST);
    assert_in_range(honest_pointer, 16, UINT32_MAX);
    assert_non_null(strstr(test_error.message, "the answer of HostAdd"));
    hl_sandbox_close(sandbox);
    sandbox = NULL;
}

static int64_t claimed_at; /* in the PEB */
static uint64_t claimed;

static void (*honest_peb_write)(uint8_t *, const struct hl_layout *);

static void lying_peb_write(uint8_t *page, const struct hl_layout *layout)
{
    honest_peb_write(page, layout);
    memcpy(page + claimed_at, &claimed, sizeof(claimed));
}

/* Sizes and addresses of the buffers (abi §2.2). */
static void B26_buffers_that_cannot_be(void **state)
{
    static const uint64_t values[] = {
        0,          1,          7,          15,    0x5000,
        1ull << 20, 1ull << 32, 1ull << 63, ~7ull, ~0ull - 0x100000,
        ~0ull};
    struct hl_transport_ops *ops = transport_of_all();

    (void)state;
    honest_peb_write = ops->peb_write;
    ops->peb_write = lying_peb_write;
    for (claimed_at = 0; claimed_at < 32; claimed_at += 8) {
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            claimed = values[i];
            start_lied_to("buffers", (uint64_t)claimed_at, claimed);
        }
    }
    ops->peb_write = honest_peb_write;
    /* Two of them are smaller buffers, which are fine. */
    assert_int_equal(refusals, 4 * COUNT_OF(values) - 2);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, stacks_up, liar_down)
    const struct CMUnitTest tests[] = {
        TEST(B26_every_byte_of_a_call_changed),
        TEST(B26_stack_pointer_of_a_call_replaced),
        TEST(B26_first_words_of_a_call_replaced),
        TEST(B26_every_byte_of_a_reply_changed),
        TEST(B26_stack_pointer_of_a_reply_replaced),
        TEST(B26_stack_pointer_zero_before_a_host_call),
        TEST(B26_buffers_that_cannot_be),
    };

    return RUN_TESTS(argc, argv, tests);
}
