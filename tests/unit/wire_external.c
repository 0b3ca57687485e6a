/* SPDX-License-Identifier: MIT */
/* guarantees: P6.2 P6.3 */
/*
 * Generation C's form: byte values lie behind the FlatBuffer, in order, and
 * nothing else does.
 */
#include "wire_external.h"

/* Echo("hi"), kind guest, expects String. */
static const uint8_t example_echo[] = {
    0x60, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x10, 0x00,
    0x08, 0x00, 0x0c, 0x00, 0x06, 0x00, 0x07, 0x00, 0x0c, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x06, 0x3c, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0e, 0x00,
    0x07, 0x00, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07,
    0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x08, 0x00, 0x04, 0x00,
    0x06, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
    0x68, 0x69, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x45, 0x63, 0x68, 0x6f,
    0x00, 0x00, 0x00, 0x00,
};

/* The same type in chunks: "abc". */
static const uint8_t example_chunks[] = {
    0x3c, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0xf4, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00,
    0x07, 0x00, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0b,
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x10, 0x00, 0x08, 0x00, 0x07, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x61, 0x62, 0x63,
};

/* Empty bytes; with tag 9 at 23 this is void. */
static const uint8_t example_empty[] = {
    0x2c, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0xf4, 0xff, 0xff, 0xff,
    0x00, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00,
    0x07, 0x00, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0b,
    0x08, 0x00, 0x00, 0x00, 0x04, 0x00, 0x04, 0x00, 0x04, 0x00, 0x00, 0x00,
};

static void P6_2_examples_of_generation_c(void **state)
{
    struct hl_wire_call call;
    struct hl_wire_result result;
    uint8_t nothing[sizeof(example_empty)];

    (void)state;
    assert_int_equal(
        hl_wire_decode_call_external(example_echo, sizeof(example_echo), &call),
        HL_WIRE_OK);
    assert_true(wire_strings_equal(call.name, TEXT("Echo")));
    assert_int_equal(call.returns, HL_TYPE_STRING);
    assert_true(wire_strings_equal(call.args[0].as.string, TEXT("hi")));
    assert_int_equal(hl_wire_decode_result_external(
                         example_bytes, sizeof(example_bytes), &result),
                     HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_BYTES);
    assert_int_equal(result.value.as.bytes.len, 3);
    assert_memory_equal(result.value.as.bytes.data, "\1\2\3", 3);
    assert_int_equal(hl_wire_decode_result_external(
                         example_empty, sizeof(example_empty), &result),
                     HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_BYTES);
    assert_int_equal(result.value.as.bytes.len, 0);
    memcpy(nothing, example_empty, sizeof(example_empty));
    nothing[0x23] = 9;
    assert_int_equal(
        hl_wire_decode_result_external(nothing, sizeof(nothing), &result),
        HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_VOID);
    assert_int_equal(hl_wire_decode_result_external(
                         example_chunks, sizeof(example_chunks), &result),
                     HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_CHUNKS);
    assert_int_equal(result.value.as.bytes.len, 3);
    assert_memory_equal(result.value.as.bytes.data, "abc", 3);
}

/* The same table with chunked there and false. */
static void chunked_may_be_false(void **state)
{
    uint8_t message[sizeof(example_chunks)];
    struct hl_wire_result result;

    (void)state;
    memcpy(message, example_chunks, sizeof(example_chunks));
    message[0x37] = 0;
    assert_int_equal(
        hl_wire_decode_result_external(message, sizeof(message), &result),
        HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_BYTES);
    assert_int_equal(result.value.as.bytes.len, 3);
    assert_memory_equal(result.value.as.bytes.data, "abc", 3);
    /* The vtable at 28: length behind its table, chunked too, an odd one. */
    wire_put(message, 0x2C, 9, 2);
    assert_int_equal(try_result(message, sizeof(message)), HL_WIRE_FIELD_RANGE);
    wire_put(message, 0x2C, 8, 2);
    wire_put(message, 0x2E, 16, 2);
    assert_int_equal(try_result(message, sizeof(message)), HL_WIRE_FIELD_RANGE);
    wire_put(message, 0x28, 7, 2);
    assert_int_equal(try_result(message, sizeof(message)), HL_WIRE_VTABLE);
}

/* Each form's tags for bytes are none of the other's. */
static void P6_3_bytes_of_the_other_form_are_refused(void **state)
{
    hl_value value = {.type = HL_TYPE_BYTES,
                      .as.bytes = {(const uint8_t *)"ab", 2}};
    struct hl_wire_call call = wire_call_of(value), call_out;
    struct hl_wire_result result = wire_result_of(value), result_out;
    uint8_t message[256];
    size_t size;

    (void)state;
    assert_int_equal(hl_wire_encode_call(&call, message, 256, &size),
                     HL_WIRE_OK);
    assert_int_equal(try_call(message, size), HL_WIRE_UNION_TAG);
    assert_int_equal(hl_wire_encode_result(&result, message, 256, &size),
                     HL_WIRE_OK);
    assert_int_equal(try_result(message, size), HL_WIRE_UNION_TAG);
    assert_int_equal(hl_wire_encode_call_external(&call, message, 256, &size),
                     HL_WIRE_OK);
    assert_int_equal(wire_try_call(message, size, 0, &call_out),
                     HL_WIRE_UNION_TAG);
    assert_int_equal(
        hl_wire_encode_result_external(&result, message, 256, &size),
        HL_WIRE_OK);
    assert_int_equal(wire_try_result(message, size, 0, &result_out),
                     HL_WIRE_UNION_TAG);
    wire_try_end();
}

static void P6_2_calls_there_and_back(void **state)
{
    struct hl_wire_call call = mixed_call(), out;
    uint8_t message[512];
    size_t size;

    (void)state;
    assert_int_equal(
        hl_wire_encode_call_external(&call, message, sizeof(message), &size),
        HL_WIRE_OK);
    assert_memory_equal(message + size - BEHIND, "firstchunklast of all",
                        BEHIND);
    assert_int_equal(wire_get(message, 0, 4) + 4 + BEHIND, size);
    assert_int_equal(hl_wire_decode_call_external(message, size, &out),
                     HL_WIRE_OK);
    assert_true(wire_calls_equal(&call, &out));
    assert_int_equal(try_call(message, size), HL_WIRE_OK);
    /* Too few or too many bytes behind. */
    for (size_t cut = size - BEHIND; cut < size; cut++)
        assert_int_equal(try_call(message, cut), HL_WIRE_TRUNCATED);
    for (size_t cut = 0; cut < size - BEHIND; cut++)
        assert_int_equal(try_call(message, cut), HL_WIRE_TRUNCATED);
    assert_int_equal(try_call(message, size + 1), HL_WIRE_OFFSET_RANGE);
    call.count = 0;
    assert_int_equal(
        hl_wire_encode_call_external(&call, message, sizeof(message), &size),
        HL_WIRE_OK);
    assert_int_equal(try_call(message, size), HL_WIRE_OK);
    assert_int_equal(try_call(message, size + 1), HL_WIRE_OFFSET_RANGE);
}

static void P6_2_results_there_and_back(void **state)
{
    static const hl_value values[] = {
        {.type = HL_TYPE_VOID},
        {.type = HL_TYPE_DOUBLE, .as.u64 = 0x7FF0000000000001},
        {.type = HL_TYPE_STRING, .as.string = TEXT("text")},
        {.type = HL_TYPE_BYTES, .as.bytes = {NULL, 0}},
        {.type = HL_TYPE_BYTES, .as.string = TEXT("some bytes")},
        {.type = HL_TYPE_CHUNKS, .as.bytes = {NULL, 0}},
        {.type = HL_TYPE_CHUNKS, .as.string = TEXT("some chunks")},
    };
    struct hl_wire_result out;
    uint8_t message[512];
    size_t size;

    (void)state;
    for (size_t i = 0; i <= COUNT_OF(values); i++) {
        struct hl_wire_result result =
            i < COUNT_OF(values)
                ? wire_result_of(values[i])
                : (struct hl_wire_result){.is_error = true,
                                          .code = HL_ERR_HOST,
                                          .message = TEXT("no"),
                                          .value.type = HL_TYPE_BYTES};

        assert_int_equal(
            hl_wire_encode_result_external(&result, message, 512, &size),
            HL_WIRE_OK);
        assert_int_equal(hl_wire_decode_result_external(message, size, &out),
                         HL_WIRE_OK);
        assert_true(wire_results_equal(&result, &out));
        assert_int_equal(try_result(message, size), HL_WIRE_OK);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(try_result(message, cut), HL_WIRE_TRUNCATED);
        assert_int_equal(try_result(message, size + 1), HL_WIRE_OFFSET_RANGE);
    }
}

/*
 * In generation C chunks are a type of their own; B has none, and no other
 * writer's return type either.
 */
static void P6_3_chunks_are_a_type_of_generation_c(void **state)
{
    hl_value value = {.type = HL_TYPE_CHUNKS, .as.string = TEXT("in chunks")};
    struct hl_wire_call call = wire_call_of(value), out;
    struct hl_wire_result result = wire_result_of(value);
    uint8_t message[256];
    size_t size;

    (void)state;
    call.returns = HL_TYPE_CHUNKS;
    assert_int_equal(hl_wire_encode_call_external(&call, message, 256, &size),
                     HL_WIRE_OK);
    assert_int_equal(hl_wire_decode_call_external(message, size, &out),
                     HL_WIRE_OK);
    assert_true(wire_calls_equal(&call, &out));
    /* The return type: as upstream numbers it, at 2b; 11 would be the next. */
    assert_int_equal(message[0x2B], 10);
    message[0x2B] = 11;
    assert_int_equal(try_call(message, size), HL_WIRE_ENUM);
    message[0x2B] = 9;
    assert_int_equal(hl_wire_decode_call_external(message, size, &out),
                     HL_WIRE_OK);
    assert_int_equal(out.returns, HL_TYPE_BYTES);
    assert_int_equal(out.args[0].type, HL_TYPE_CHUNKS);
    assert_int_equal(hl_wire_encode_call(&call, message, 256, &size),
                     HL_WIRE_TYPE);
    call.returns = HL_TYPE_VOID;
    assert_int_equal(hl_wire_encode_call(&call, message, 256, &size),
                     HL_WIRE_TYPE);
    assert_int_equal(hl_wire_encode_result(&result, message, 256, &size),
                     HL_WIRE_TYPE);
    call.count = 0;
    assert_int_equal(hl_wire_encode_call(&call, message, 256, &size),
                     HL_WIRE_OK);
    message[0x2B] = 10;
    assert_int_equal(wire_try_call(message, size, 0, &out), HL_WIRE_ENUM);
    assert_int_equal(hl_wire_decode_call_external(message, size, &out),
                     HL_WIRE_OK);
    assert_int_equal(out.returns, HL_TYPE_CHUNKS);
    wire_try_end();
}

static void as_many_arguments_as_may_be(void **state)
{
    struct hl_wire_call *call = malloc(sizeof(*call));
    struct hl_wire_call out;
    uint8_t message[2048];
    size_t size;

    (void)state;
    assert_non_null(call);
    *call = mixed_call();
    call->count = HL_WIRE_ARGS_MAX;
    for (uint32_t i = 0; i < call->count; i++)
        call->args[i] = call->args[i % 5];
    assert_int_equal(
        hl_wire_encode_call_external(call, message, sizeof(message), &size),
        HL_WIRE_OK);
    assert_int_equal(hl_wire_decode_call_external(message, size, &out),
                     HL_WIRE_OK);
    assert_true(wire_calls_equal(call, &out));
    free(call);
}

/* Void is a table whose fields, if it has any, nobody reads. */
static void P6_3_void_has_no_fields(void **state)
{
    uint8_t message[sizeof(example_bytes) - 3];
    struct hl_wire_result out;

    (void)state;
    memcpy(message, example_bytes, sizeof(message));
    message[0x2F] = 9;
    wire_put(message, 0x3A, 11, 2); /* the field's end is none of the table's */
    assert_int_equal(
        hl_wire_decode_result_external(message, sizeof(message), &out),
        HL_WIRE_OK);
    assert_int_equal(out.value.type, HL_TYPE_VOID);
    assert_int_equal(wire_try_result(message, sizeof(message), 0, &out),
                     HL_WIRE_OK);
    wire_try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P6_2_examples_of_generation_c),
        cmocka_unit_test(chunked_may_be_false),
        cmocka_unit_test(P6_3_bytes_of_the_other_form_are_refused),
        cmocka_unit_test(P6_2_calls_there_and_back),
        cmocka_unit_test(P6_2_results_there_and_back),
        cmocka_unit_test(P6_3_chunks_are_a_type_of_generation_c),
        cmocka_unit_test(as_many_arguments_as_may_be),
        cmocka_unit_test(P6_3_void_has_no_fields),
    };

    return cmocka_run_group_tests_name("wire_external", tests, NULL, NULL);
}
