/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B6 P6.2 P6.3 */
/*
 * Generation C's form: byte values lie behind the FlatBuffer, in order, and
 * nothing else does. The examples were dumped from Hyperlight 0.18.0.
 */
#include "wire_support.h"

#include <stdlib.h>

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

/* Bytes 01 02 03, which lie behind. */
static const uint8_t example_bytes[] = {
    0x44, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x08, 0x00, 0x0c, 0x00, 0x07, 0x00, 0x08, 0x00, 0x08, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x00, 0x00, 0x08,
    0x00, 0x0e, 0x00, 0x07, 0x00, 0x08, 0x00, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x0b, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06,
    0x00, 0x0c, 0x00, 0x04, 0x00, 0x06, 0x00, 0x00, 0x00, 0x03, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03,
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

/* A copy of exactly its size, so that the sanitizer sees what is outside. */
static uint8_t *exact(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

/* The bytes of value lie in the message, or there are none. */
static void inside_assert(const uint8_t *message, size_t size,
                          const hl_value *value)
{
    size_t at = (size_t)(value->as.bytes.data - message);

    if (value->type == HL_TYPE_BYTES || value->type == HL_TYPE_CHUNKS)
        assert_true(at <= size && value->as.bytes.len <= size - at);
}

static enum hl_wire_error try_call(const void *bytes, size_t size)
{
    uint8_t *copy = exact(bytes, size);
    static struct hl_wire_call out;
    enum hl_wire_error error = hl_wire_decode_call_external(copy, size, &out);

    for (uint32_t i = 0; error == HL_WIRE_OK && i < out.count; i++)
        inside_assert(copy, size, &out.args[i]);
    free(copy);
    return error;
}

static enum hl_wire_error try_result(const void *bytes, size_t size)
{
    uint8_t *copy = exact(bytes, size);
    struct hl_wire_result out;
    enum hl_wire_error error = hl_wire_decode_result_external(copy, size, &out);

    if (error == HL_WIRE_OK && !out.is_error)
        inside_assert(copy, size, &out.value);
    free(copy);
    return error;
}

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

/* Values of every type, so that the order of those behind matters. */
static struct hl_wire_call mixed_call(void)
{
    struct hl_wire_call call = {
        .name = TEXT("mixed"),
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_BYTES,
        .count = 8,
        .args = {{.type = HL_TYPE_BYTES, .as.string = TEXT("first")},
                 {.type = HL_TYPE_INT, .as.i32 = 5},
                 {.type = HL_TYPE_BYTES, .as.bytes = {NULL, 0}},
                 {.type = HL_TYPE_STRING, .as.string = TEXT("a string")},
                 {.type = HL_TYPE_CHUNKS, .as.string = TEXT("chunk")},
                 {.type = HL_TYPE_BYTES, .as.string = TEXT("last of all")},
                 {.type = HL_TYPE_CHUNKS, .as.bytes = {NULL, 0}},
                 {.type = HL_TYPE_BOOL, .as.boolean = true}},
    };

    return call;
}

/* Bytes that lie behind it. */
#define BEHIND 21

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
        cmocka_unit_test(P6_2_examples_of_generation_c),
        cmocka_unit_test(chunked_may_be_false),
        cmocka_unit_test(P6_3_bytes_of_the_other_form_are_refused),
        cmocka_unit_test(P6_2_calls_there_and_back),
        cmocka_unit_test(P6_2_results_there_and_back),
        cmocka_unit_test(P6_3_chunks_are_a_type_of_generation_c),
        cmocka_unit_test(as_many_arguments_as_may_be),
        cmocka_unit_test(B1_lengths_that_lie),
        cmocka_unit_test(B1_damaged_messages),
        cmocka_unit_test(B6_room_and_errors),
    };

    return cmocka_run_group_tests_name("wire_external", tests, NULL, NULL);
}
