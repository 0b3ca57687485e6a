/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B2 B3 B4 B5 B9 B10 */
/* The host takes messages off the guest's output stack (abi §5). */
#include "channel_fixture.h"

/* A pop that must be refused: by name, with nothing changed anywhere. */
static void refused(struct fixture *f, const char *why)
{
    uint8_t before[BUFFER_SIZE];
    struct hl_message message = {0};
    bool empty = true;

    memcpy(before, f->channel.output, BUFFER_SIZE);
    assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
    assert_false(empty);
    assert_non_null(strstr(f->error.message, why));
    assert_memory_equal(before, f->channel.output, BUFFER_SIZE);
    assert_null(message.data);
    check_canaries(f);
}

static void B3_stack_pointer_outside_the_buffer(void **state)
{
    static const uint64_t bad[] = {
        0,
        1,
        7,
        9,
        15,
        BUFFER_SIZE + 1,
        BUFFER_SIZE + 8,
        BUFFER_SIZE * 2,
        (uint64_t)1 << 32,
        ((uint64_t)1 << 32) + 0x100,
        INT64_MAX,
        (uint64_t)INT64_MAX + 1,
        UINT64_MAX - 16,
        UINT64_MAX - 8,
        UINT64_MAX - 7,
        UINT64_MAX,
    };
    struct fixture *f = *state;

    guest_push(f, 60, 64);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        word_put(f->channel.output, 0, bad[i]);
        refused(f, "stack pointer");
    }
}

static void B3_every_unaligned_stack_pointer_is_defined(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    /* Back-pointer bytes are 0xEE..., hence out of range: never accepted. */
    for (uint64_t sp = 16; sp <= BUFFER_SIZE; sp++) {
        memset(f->channel.output, 0xEE, BUFFER_SIZE);
        word_put(f->channel.output, 0, sp);
        if (sp == 16) /* the back-pointer is the stack pointer's own word */
            continue;
        assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
    }
    check_canaries(f);
}

static void B3_empty_stack_is_told_apart(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty = false;

    assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
    assert_true(empty);
}

static void B4_size_prefix_beyond_the_slot(void **state)
{
    static const uint32_t bad[] = {
        61,          62,         63,         64,         100,
        BUFFER_SIZE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFB,
        0xFFFFFFFC,  0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF,
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        f->channel.ops->reset(&f->channel);
        guest_push(f, bad[i], 64);
        refused(f, "size prefix");
    }
}

/* Slots too short for a message: what lies behind must not be taken for one.
 * The ABI's rule is back-pointer <= SP - 16, hence 8 bytes at least. */
static void B4_B5_slot_shorter_than_any_message(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    for (uint64_t slot = 0; slot < 8; slot++) {
        f->channel.ops->reset(&f->channel);
        guest_push(f, 0, slot);
        refused(f, "back-pointer");
    }
    f->channel.ops->reset(&f->channel);
    guest_push(f, 4, 8);
    assert_int_equal(receive(f, &message, &empty), HL_OK);
    assert_int_equal(message.size, 8);
    f->channel.ops->reset(&f->channel);
    guest_push(f, 5, 8);
    refused(f, "size prefix");
}

static void B4_short_prefixes_copy_no_more_than_they_say(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    for (uint32_t length = 0; length <= 60; length++) {
        f->channel.ops->reset(&f->channel);
        memset(f->channel.copy, 0xAB, BUFFER_SIZE);
        guest_push(f, length, 64);
        assert_int_equal(receive(f, &message, &empty), HL_OK);
        assert_int_equal(message.size, length + 4);
        assert_ptr_equal(message.data, f->channel.copy);
        assert_int_equal(f->channel.copy[length + 4], 0xAB);
    }
    check_canaries(f);
}

static void B5_back_pointer_out_of_range(void **state)
{
    struct fixture *f = *state;
    const uint64_t sp = guest_push(f, 60, 64);
    const uint64_t bad[] = {
        0,
        1,
        7,
        sp - 15,
        sp - 8,
        sp - 1,
        sp,
        sp + 1,
        BUFFER_SIZE - 8,
        BUFFER_SIZE,
        1u << 31,
        UINT32_MAX,
        INT64_MAX,
        UINT64_MAX - 63,
        UINT64_MAX - 15,
        UINT64_MAX - 7,
        UINT64_MAX,
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        word_put(f->channel.output, sp - 8, bad[i]);
        refused(f, "back-pointer");
    }
}

static void B5_smallest_stack_with_its_back_pointer(void **state)
{
    struct fixture *f = *state;

    /* SP 16 leaves no room for an element: no back-pointer is right. */
    word_put(f->channel.output, 0, 16);
    for (uint64_t back = 0; back <= 16; back++) {
        word_put(f->channel.output, 8, back);
        refused(f, "back-pointer");
    }
}

static void B5_element_filling_the_whole_buffer(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;
    const uint64_t slot = BUFFER_SIZE - 16;

    assert_int_equal(guest_push(f, (uint32_t)slot - 4, slot), BUFFER_SIZE);
    assert_int_equal(receive(f, &message, &empty), HL_OK);
    assert_int_equal(message.size, slot);
    assert_true(is_zero(f->channel.output + 8, BUFFER_SIZE - 8));
    check_canaries(f);
}

/* Every back-pointer and every stack pointer of a small stack at once. */
static void B3_B4_B5_all_small_stacks_stay_inside(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    for (uint64_t sp = 0; sp < 160; sp++) {
        for (uint64_t back = 0; back < 160; back++) {
            memset(f->channel.output, 0x03, 256);
            word_put(f->channel.output, 0, sp);
            if (sp >= 16)
                word_put(f->channel.output, sp - 8, back);
            if (receive(f, &message, &empty) != HL_OK)
                continue;
            assert_in_range(message.size, 4, sp - 8 - back);
            assert_int_equal(word_get(f->channel.output, 0), back);
        }
    }
    check_canaries(f);
}

static void B2_message_is_a_private_copy(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    guest_push(f, 60, 64);
    assert_int_equal(receive(f, &message, &empty), HL_OK);
    assert_true(message.data < f->memory ||
                message.data >= f->memory + FIXTURE_SIZE);
    memset(f->channel.output, 0x77, BUFFER_SIZE); /* the guest scribbles */
    assert_int_equal(message.data[4], 0xEE);
}

static void B10_pop_clears_what_it_took_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    const uint64_t first = guest_push(f, 60, 64);
    bool empty;

    guest_push(f, 28, 40);
    assert_int_equal(receive(f, &message, &empty), HL_OK);
    assert_int_equal(message.size, 32);
    assert_int_equal(word_get(f->channel.output, 0), first);
    assert_true(is_zero(f->channel.output + first, BUFFER_SIZE - first));
    assert_int_equal(f->channel.output[first - 9], 0xEE);
    assert_int_equal(receive(f, &message, &empty), HL_OK);
    assert_int_equal(message.size, 64);
    assert_int_equal(word_get(f->channel.output, 0), HL_STACK_EMPTY);
    assert_true(is_zero(f->channel.output + 8, BUFFER_SIZE - 8));
}

static void B9_extra_elements_are_an_error_and_cleared(void **state)
{
    struct fixture *f = *state;

    guest_push(f, 60, 64);
    assert_int_equal(f->channel.ops->finish(&f->channel, &f->error),
                     HL_FAIL_PROTOCOL);
    assert_non_null(strstr(f->error.message, "unread"));
    assert_int_equal(word_get(f->channel.output, 0), HL_STACK_EMPTY);
    assert_true(is_zero(f->channel.output + 8, BUFFER_SIZE - 8));
    assert_int_equal(f->channel.ops->finish(&f->channel, NULL), HL_OK);
    check_canaries(f);
}

static void B10_finish_repairs_any_stack_pointers(void **state)
{
    static const uint64_t bad[] = {0, 7, 9, BUFFER_SIZE + 1, UINT64_MAX};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        word_put(f->channel.output, 0, bad[i]);
        word_put(f->channel.input, 0, bad[i]);
        assert_int_equal(f->channel.ops->finish(&f->channel, NULL),
                         HL_FAIL_PROTOCOL);
        assert_int_equal(word_get(f->channel.output, 0), HL_STACK_EMPTY);
        assert_int_equal(word_get(f->channel.input, 0), HL_STACK_EMPTY);
        check_canaries(f);
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(B3_stack_pointer_outside_the_buffer),
        TEST(B3_every_unaligned_stack_pointer_is_defined),
        TEST(B3_empty_stack_is_told_apart),
        TEST(B4_size_prefix_beyond_the_slot),
        TEST(B4_B5_slot_shorter_than_any_message),
        TEST(B4_short_prefixes_copy_no_more_than_they_say),
        TEST(B5_back_pointer_out_of_range),
        TEST(B5_smallest_stack_with_its_back_pointer),
        TEST(B5_element_filling_the_whole_buffer),
        TEST(B3_B4_B5_all_small_stacks_stay_inside),
        TEST(B2_message_is_a_private_copy),
        TEST(B10_pop_clears_what_it_took_and_no_more),
        TEST(B9_extra_elements_are_an_error_and_cleared),
        TEST(B10_finish_repairs_any_stack_pointers),
    };

    return cmocka_run_group_tests_name("host_transport_pop", tests, NULL, NULL);
}
