/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B6 */
/* Generation C's form, damaged or with lengths that lie; and every room a
 * message is written into. */
#include "wire_external.h"

/* Locals lie on the stack itself, where stack_fill can reach them. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=0";
}

static __attribute__((noinline)) void stack_fill(void)
{
    volatile uint8_t bytes[4096];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = 0xFF;
}

/* No prefix, no length: not even one that the stack happens to hold. */
static void B1_messages_without_a_prefix(void **state)
{
    static const uint8_t zeros[8];

    (void)state;
    for (size_t size = 0; size < sizeof(zeros); size++) {
        stack_fill();
        assert_int_equal(try_call(zeros, size), HL_WIRE_TRUNCATED);
        stack_fill();
        assert_int_equal(try_result(zeros, size), HL_WIRE_TRUNCATED);
    }
}

/* A length is 64 bits wide; what it claims must be there. */
static void B1_lengths_that_lie(void **state)
{
    static const uint64_t lengths[] = {0,          2,          4,
                                       0x7FFFFFFF, 0xFFFFFFFF, 0x100000003,
                                       1ull << 63, UINT64_MAX, UINT64_MAX - 2};
    uint8_t message[sizeof(example_bytes)];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        memcpy(message, example_bytes, sizeof(example_bytes));
        wire_put(message, 0x40, lengths[i], 8);
        assert_int_equal(try_result(message, sizeof(message)),
                         lengths[i] < 3 ? HL_WIRE_OFFSET_RANGE
                                        : HL_WIRE_TRUNCATED);
    }
}

/* What is wrong is told by its name in this form, too. */
static void B1_damaged_text_is_told_as_such(void **state)
{
    struct hl_wire_result result = wire_result_of(
        (hl_value){.type = HL_TYPE_STRING, .as.string = TEXT("some text")});
    uint8_t message[256];
    size_t size;

    (void)state;
    assert_int_equal(
        hl_wire_encode_result_external(&result, message, 256, &size),
        HL_WIRE_OK);
    for (size_t at = size; at-- > 0;)
        if (message[at] == 'x')
            message[at] = 0xFF;
    assert_int_equal(try_result(message, size), HL_WIRE_UTF8);
}

static void B1_damaged_messages(void **state)
{
    struct hl_wire_call call = mixed_call();
    struct hl_wire_result string = wire_result_of(call.args[3]);
    uint8_t message[512];
    size_t size;

    (void)state;
    assert_int_equal(
        hl_wire_encode_call_external(&call, message, sizeof(message), &size),
        HL_WIRE_OK);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try_call(message, size);
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memcpy(message, example_bytes, sizeof(example_bytes));
    for (size_t bit = 0; bit < 8 * sizeof(example_bytes); bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try_result(message, sizeof(example_bytes));
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(
        hl_wire_encode_result_external(&string, message, 512, &size),
        HL_WIRE_OK);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try_result(message, size);
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void B6_room_and_errors(void **state)
{
    struct hl_wire_call call = mixed_call();
    struct hl_wire_result result = wire_result_of(call.args[4]);
    uint8_t message[512];
    size_t call_size, result_size, size = 12345;

    (void)state;
    assert_int_equal(
        hl_wire_encode_call_external(&call, message, 512, &call_size),
        HL_WIRE_OK);
    assert_int_equal(
        hl_wire_encode_result_external(&result, message, 512, &result_size),
        HL_WIRE_OK);
    for (size_t room = 0; room < call_size; room++) {
        uint8_t *buffer = exact(message, room);

        assert_int_equal(
            hl_wire_encode_call_external(&call, buffer, room, &size),
            HL_WIRE_CAPACITY);
        if (room < result_size)
            assert_int_equal(
                hl_wire_encode_result_external(&result, buffer, room, &size),
                HL_WIRE_CAPACITY);
        assert_int_equal(size, 12345);
        free(buffer);
    }
    /* Exactly as much as they need. */
    uint8_t *fits = exact(message, call_size);

    assert_int_equal(
        hl_wire_encode_call_external(&call, fits, call_size, &size),
        HL_WIRE_OK);
    assert_int_equal(
        hl_wire_encode_result_external(&result, fits, result_size, &size),
        HL_WIRE_OK);
    free(fits);
    call.returns = HL_TYPE_CHUNKS; /* has a byte set afterwards */
    for (size_t room = 0; room < 64; room++) {
        fits = exact(message, room);
        assert_int_equal(hl_wire_encode_call_external(&call, fits, room, &size),
                         HL_WIRE_CAPACITY);
        free(fits);
    }
    result.value.as.bytes.len = SIZE_MAX;
    assert_int_equal(
        hl_wire_encode_result_external(&result, message, 512, &size),
        HL_WIRE_CAPACITY);
    result.value.type = HL_TYPE_BYTES;
    assert_int_equal(
        hl_wire_encode_result_external(&result, message, 512, &size),
        HL_WIRE_CAPACITY);
    call.args[0].as.bytes.len = SIZE_MAX;
    assert_int_equal(hl_wire_encode_call_external(&call, message, 512, &size),
                     HL_WIRE_CAPACITY);
    call.args[0].type = HL_TYPE_VOID;
    assert_int_equal(hl_wire_encode_call_external(&call, message, 512, &size),
                     HL_WIRE_TYPE);
    call.count = HL_WIRE_ARGS_MAX + 1;
    assert_int_equal(hl_wire_encode_call_external(&call, message, 512, &size),
                     HL_WIRE_TOO_MANY_ARGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B1_messages_without_a_prefix),
        cmocka_unit_test(B1_lengths_that_lie),
        cmocka_unit_test(B1_damaged_text_is_told_as_such),
        cmocka_unit_test(B1_damaged_messages),
        cmocka_unit_test(B6_room_and_errors),
    };

    return cmocka_run_group_tests_name("wire_external_hostile", tests, NULL,
                                       NULL);
}
