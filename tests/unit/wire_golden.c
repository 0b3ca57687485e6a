/* SPDX-License-Identifier: MIT */
/* guarantees: P6.2 P6.3 B8 */
/* The worked examples of abi §6.6, byte for byte. */
#include "wire_support.h"

/* Encode again; what comes out must decode to the same. */
static void call_again(const struct hl_wire_call *call)
{
    uint8_t buffer[512];
    struct hl_wire_call again;
    size_t size;

    assert_int_equal(hl_wire_encode_call(call, buffer, sizeof(buffer), &size),
                     HL_WIRE_OK);
    /* Copies first: the strings of call lie in what the next call frees. */
    struct hl_wire_call kept;
    assert_int_equal(hl_wire_decode_call(buffer, size, &kept), HL_WIRE_OK);
    assert_true(wire_calls_equal(call, &kept));
    assert_int_equal(wire_try_call(buffer, size, 0, &again), HL_WIRE_OK);
    assert_true(wire_calls_equal(&kept, &again));
}

static void result_again(const struct hl_wire_result *result)
{
    uint8_t buffer[512];
    struct hl_wire_result kept, again;
    size_t size;

    assert_int_equal(
        hl_wire_encode_result(result, buffer, sizeof(buffer), &size),
        HL_WIRE_OK);
    assert_int_equal(hl_wire_decode_result(buffer, size, &kept), HL_WIRE_OK);
    assert_true(wire_results_equal(result, &kept));
    assert_int_equal(wire_try_result(buffer, size, 0, &again), HL_WIRE_OK);
    assert_true(wire_results_equal(&kept, &again));
}

static enum hl_wire_error golden_call(int index, struct hl_wire_call *call)
{
    return wire_try_call(wire_goldens[index].bytes, wire_goldens[index].size, 0,
                         call);
}

static enum hl_wire_error golden_result(int index,
                                        struct hl_wire_result *result)
{
    return wire_try_result(wire_goldens[index].bytes, wire_goldens[index].size,
                           0, result);
}

static void P6_2_example_a_host_call_with_string(void **state)
{
    struct hl_wire_call call;

    (void)state;
    assert_int_equal(golden_call(GOLDEN_A, &call), HL_WIRE_OK);
    assert_true(wire_strings_equal(call.name, TEXT("HostPrint")));
    assert_int_equal(call.kind, HL_WIRE_CALL_HOST);
    assert_int_equal(call.returns, HL_TYPE_INT);
    assert_int_equal(call.count, 1);
    assert_int_equal(call.args[0].type, HL_TYPE_STRING);
    assert_true(wire_strings_equal(call.args[0].as.string, TEXT("hi")));
    call_again(&call);
}

static void P6_2_example_b_int_result(void **state)
{
    struct hl_wire_result result;

    (void)state;
    assert_int_equal(golden_result(GOLDEN_B, &result), HL_WIRE_OK);
    assert_false(result.is_error);
    assert_int_equal(result.value.type, HL_TYPE_INT);
    assert_int_equal(result.value.as.i32, 42);
    result_again(&result);
}

static void P6_2_example_c_error_result(void **state)
{
    struct hl_wire_result result;

    (void)state;
    assert_int_equal(golden_result(GOLDEN_C, &result), HL_WIRE_OK);
    assert_true(result.is_error);
    assert_int_equal(result.code, HL_ERR_NOT_FOUND);
    assert_true(wire_strings_equal(result.message, TEXT("no f")));
    result_again(&result);
}

/* Its second Parameter has its vtable behind it: signed offsets. */
static void P6_2_example_d_guest_call_with_numbers(void **state)
{
    struct hl_wire_call call;

    (void)state;
    assert_int_equal(golden_call(GOLDEN_D, &call), HL_WIRE_OK);
    assert_true(wire_strings_equal(call.name, TEXT("Add")));
    assert_int_equal(call.kind, HL_WIRE_CALL_GUEST);
    assert_int_equal(call.returns, HL_TYPE_LONG);
    assert_int_equal(call.count, 2);
    assert_int_equal(call.args[0].type, HL_TYPE_INT);
    assert_int_equal(call.args[0].as.i32, 2);
    assert_int_equal(call.args[1].type, HL_TYPE_LONG);
    assert_true(call.args[1].as.i64 == -1);
    call_again(&call);
}

static void P6_2_example_e_bytes_result(void **state)
{
    struct hl_wire_result result;
    static const uint8_t bytes[] = {1, 2, 3};

    (void)state;
    assert_int_equal(golden_result(GOLDEN_E, &result), HL_WIRE_OK);
    assert_false(result.is_error);
    assert_int_equal(result.value.type, HL_TYPE_BYTES);
    assert_int_equal(result.value.as.bytes.len, sizeof(bytes));
    assert_memory_equal(result.value.as.bytes.data, bytes, sizeof(bytes));
    result_again(&result);
}

/* Elements of the I/O stacks begin anywhere (abi §5). */
static void examples_decode_at_every_address(void **state)
{
    struct hl_wire_call call;
    struct hl_wire_result result;

    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        const struct wire_golden *golden = &wire_goldens[i];

        for (unsigned shift = 0; shift < 8; shift++)
            assert_int_equal(
                wire_golden_is_call(i)
                    ? wire_try_call(golden->bytes, golden->size, shift, &call)
                    : wire_try_result(golden->bytes, golden->size, shift,
                                      &result),
                HL_WIRE_OK);
    }
}

/* Bytes behind the prefixed length are not the message's (abi §5). */
static void bytes_behind_the_message_are_ignored(void **state)
{
    uint8_t buffer[256];
    struct hl_wire_call call;
    struct hl_wire_result result;

    (void)state;
    memset(buffer, 0xA5, sizeof(buffer));
    memcpy(buffer, wire_goldens[GOLDEN_D].bytes, wire_goldens[GOLDEN_D].size);
    assert_int_equal(wire_try_call(buffer, sizeof(buffer), 0, &call),
                     HL_WIRE_OK);
    assert_int_equal(call.count, 2);
    memcpy(buffer, wire_goldens[GOLDEN_B].bytes, wire_goldens[GOLDEN_B].size);
    assert_int_equal(wire_try_result(buffer, sizeof(buffer), 0, &result),
                     HL_WIRE_OK);
    assert_int_equal(result.value.as.i32, 42);
}

/* A call is no result and the other way round, or harmlessly so. */
static void B1_examples_read_as_another_message(void **state)
{
    struct hl_wire_call call;
    struct hl_wire_result result;
    struct hl_wire_log log;

    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        const struct wire_golden *golden = &wire_goldens[i];

        assert_int_not_equal(wire_try_log(golden->bytes, golden->size, 0, &log),
                             HL_WIRE_OK);
        if (wire_golden_is_call(i))
            assert_int_not_equal(
                wire_try_result(golden->bytes, golden->size, 0, &result),
                HL_WIRE_OK);
        else
            assert_int_not_equal(
                wire_try_call(golden->bytes, golden->size, 0, &call),
                HL_WIRE_OK);
    }
    wire_try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P6_2_example_a_host_call_with_string),
        cmocka_unit_test(P6_2_example_b_int_result),
        cmocka_unit_test(P6_2_example_c_error_result),
        cmocka_unit_test(P6_2_example_d_guest_call_with_numbers),
        cmocka_unit_test(P6_2_example_e_bytes_result),
        cmocka_unit_test(examples_decode_at_every_address),
        cmocka_unit_test(bytes_behind_the_message_are_ignored),
        cmocka_unit_test(B1_examples_read_as_another_message),
    };

    return cmocka_run_group_tests_name("wire_golden", tests, NULL, NULL);
}
