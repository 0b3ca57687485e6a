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

/* The reply lies above the call, which begins at 8 (reference §1). */
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

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, stacks_up, liar_down)
    const struct CMUnitTest tests[] = {
        TEST(B26_every_byte_of_a_call_changed),
        TEST(B26_stack_pointer_of_a_call_replaced),
        TEST(B26_first_words_of_a_call_replaced),
        TEST(B26_every_byte_of_a_reply_changed),
        TEST(B26_stack_pointer_of_a_reply_replaced),
    };

    return RUN_TESTS(argc, argv, tests);
}
