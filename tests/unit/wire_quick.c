/* SPDX-License-Identifier: MIT */
/*
 * What our own writer makes is read the quick way: the rules (verify_*.c),
 * whose functions are wrapped here, are never asked. Without this the codec
 * would be right, and slow where instructions are emulated.
 */
#include "wire_support.h"
#include "wire/view.h"

static unsigned asked;

enum hl_wire_error __real_hl_wire_call_verify(const void *message, size_t size,
                                              bool external,
                                              struct hl_wire_call *out);
enum hl_wire_error __wrap_hl_wire_call_verify(const void *message, size_t size,
                                              bool external,
                                              struct hl_wire_call *out);
enum hl_wire_error __real_hl_wire_result_verify(const void *message,
                                                size_t size, bool external,
                                                struct hl_wire_result *out);
enum hl_wire_error __wrap_hl_wire_result_verify(const void *message,
                                                size_t size, bool external,
                                                struct hl_wire_result *out);

enum hl_wire_error __wrap_hl_wire_call_verify(const void *message, size_t size,
                                              bool external,
                                              struct hl_wire_call *out)
{
    asked++;
    return __real_hl_wire_call_verify(message, size, external, out);
}

enum hl_wire_error __wrap_hl_wire_result_verify(const void *message,
                                                size_t size, bool external,
                                                struct hl_wire_result *out)
{
    asked++;
    return __real_hl_wire_result_verify(message, size, external, out);
}

static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static uint8_t buffer[4096];

static void call_quick(const struct hl_wire_call *call)
{
    struct hl_wire_call out;
    size_t size;

    assert_int_equal(hl_wire_encode_call(call, buffer, sizeof(buffer), &size),
                     HL_WIRE_OK);
    asked = 0;
    assert_int_equal(hl_wire_decode_call(buffer, size, &out), HL_WIRE_OK);
    assert_int_equal(asked, 0);
    assert_true(wire_calls_equal(call, &out));
    /* Also with something behind it. */
    assert_int_equal(hl_wire_decode_call(buffer, size + 1, &out), HL_WIRE_OK);
    assert_int_equal(asked, 0);
}

/* A value of each type a parameter can have, strings of this length. */
static hl_value value_make(uint32_t type, size_t len)
{
    hl_value value = {.type = type, .as.u64 = 1};

    if (type == HL_TYPE_STRING)
        value.as.string = (hl_string){text, len};
    else if (type == HL_TYPE_BYTES)
        value.as.bytes = (hl_bytes){(const uint8_t *)text, len};
    return value;
}

static void own_calls_are_read_quickly(void **state)
{
    struct hl_wire_call call = {.kind = HL_WIRE_CALL_GUEST,
                                .returns = HL_TYPE_INT};

    (void)state;
    for (size_t len = 0; len < sizeof(text); len++)
        for (uint32_t type = HL_TYPE_INT; type <= HL_TYPE_BYTES; type++) {
            call.name = (hl_string){text, len};
            call.count = 0;
            call_quick(&call);
            call.args[call.count++] = value_make(type, len);
            call_quick(&call);
            call.args[call.count++] = value_make(HL_TYPE_INT, 0);
            call_quick(&call);
        }
    for (call.count = 0; call.count <= HL_WIRE_ARGS_MAX; call.count++) {
        for (uint32_t i = 0; i < call.count; i++)
            call.args[i] =
                value_make(HL_TYPE_INT + i % HL_TYPE_BYTES, 2 * (i % 8));
        call_quick(&call);
    }
}

static void own_calls_of_each_kind_are_read_quickly(void **state)
{
    struct hl_wire_call call = wire_call_of(value_make(HL_TYPE_INT, 0));

    (void)state;
    for (call.kind = HL_WIRE_CALL_GUEST; call.kind <= HL_WIRE_CALL_HOST;
         call.kind++)
        for (call.returns = HL_TYPE_INT; call.returns <= HL_TYPE_VOID;
             call.returns++)
            call_quick(&call);
}

static void own_numbers_are_read_quickly(void **state)
{
    (void)state;
    for (uint32_t type = HL_TYPE_INT; type <= HL_TYPE_BOOL; type++) {
        struct hl_wire_result result = wire_result_of(value_make(type, 3));
        struct hl_wire_result out;
        size_t size;

        assert_int_equal(
            hl_wire_encode_result(&result, buffer, sizeof(buffer), &size),
            HL_WIRE_OK);
        asked = 0;
        assert_int_equal(hl_wire_decode_result(buffer, size, &out), HL_WIRE_OK);
        assert_int_equal(asked, type == HL_TYPE_STRING);
        assert_true(wire_results_equal(&result, &out));
        assert_int_equal(hl_wire_decode_result_external(buffer, size, &out),
                         HL_WIRE_OK);
        assert_int_equal(asked, 2 * (type == HL_TYPE_STRING));
    }
}

/* So that the counter is known to count. */
static void other_writers_need_the_rules(void **state)
{
    struct hl_wire_call call;
    struct hl_wire_result result;

    (void)state;
    asked = 0;
    assert_int_equal(hl_wire_decode_call(wire_goldens[GOLDEN_D].bytes,
                                         wire_goldens[GOLDEN_D].size, &call),
                     HL_WIRE_OK);
    assert_int_equal(asked, 1);
    assert_int_equal(hl_wire_decode_result(wire_goldens[GOLDEN_B].bytes,
                                           wire_goldens[GOLDEN_B].size,
                                           &result),
                     HL_WIRE_OK);
    assert_int_equal(asked, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_calls_are_read_quickly),
        cmocka_unit_test(own_calls_of_each_kind_are_read_quickly),
        cmocka_unit_test(own_numbers_are_read_quickly),
        cmocka_unit_test(other_writers_need_the_rules),
    };

    return cmocka_run_group_tests_name("wire_quick", tests, NULL, NULL);
}
