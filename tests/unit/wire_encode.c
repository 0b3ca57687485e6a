/* SPDX-License-Identifier: MIT */
/* guarantees: B6 B8 P6.2 */
/* What the writers promise: room, errors, every byte written, no other. */
#include "wire_support.h"

#include <stdlib.h>

typedef enum hl_wire_error (*encode)(const void *what, void *buffer,
                                     size_t capacity, size_t *size);

static enum hl_wire_error encode_call(const void *what, void *buffer,
                                      size_t capacity, size_t *size)
{
    return hl_wire_encode_call(what, buffer, capacity, size);
}

static enum hl_wire_error encode_result(const void *what, void *buffer,
                                        size_t capacity, size_t *size)
{
    return hl_wire_encode_result(what, buffer, capacity, size);
}

static enum hl_wire_error encode_log(const void *what, void *buffer,
                                     size_t capacity, size_t *size)
{
    return hl_wire_encode_log(what, buffer, capacity, size);
}

/*
 * With every capacity from nothing to more than enough, in an allocation of
 * exactly that: refused up to the message's size, and from there on the same
 * bytes each time, whatever was in the buffer.
 */
static void every_capacity(encode encoder, const void *what)
{
    uint8_t model[1024];
    size_t needed = 0;

    memset(model, 0x55, sizeof(model));
    assert_int_equal(encoder(what, model, sizeof(model), &needed), HL_WIRE_OK);
    assert_int_equal(needed % 8, 0);
    for (size_t i = needed; i < sizeof(model); i++)
        assert_int_equal(model[i], 0x55);
    for (size_t capacity = 0; capacity < needed + 20; capacity++) {
        uint8_t *buffer = malloc(capacity != 0 ? capacity : 1);
        size_t size = 12345;
        enum hl_wire_error error;

        assert_non_null(buffer);
        memset(buffer, 0xAA, capacity);
        error = encoder(what, buffer, capacity, &size);
        if (capacity < needed) {
            assert_int_equal(error, HL_WIRE_CAPACITY);
            assert_int_equal(size, 12345);
        } else {
            assert_int_equal(error, HL_WIRE_OK);
            assert_int_equal(size, needed);
            assert_memory_equal(buffer, model, size);
            for (size_t i = size; i < capacity; i++)
                assert_int_equal(buffer[i], 0xAA);
        }
        free(buffer);
    }
}

static const hl_value values[] = {
    {.type = HL_TYPE_INT, .as.i32 = 1},
    {.type = HL_TYPE_UINT, .as.u32 = 1},
    {.type = HL_TYPE_LONG, .as.i64 = 1},
    {.type = HL_TYPE_ULONG, .as.u64 = 1},
    {.type = HL_TYPE_FLOAT, .as.f32 = 1},
    {.type = HL_TYPE_DOUBLE, .as.f64 = 1},
    {.type = HL_TYPE_BOOL, .as.boolean = true},
    {.type = HL_TYPE_STRING, .as.string = {NULL, 0}},
    {.type = HL_TYPE_STRING, .as.string = TEXT("1234567")},
    {.type = HL_TYPE_STRING, .as.string = TEXT("12345678")},
    {.type = HL_TYPE_STRING, .as.string = TEXT("123456789")},
    {.type = HL_TYPE_BYTES, .as.bytes = {NULL, 0}},
    {.type = HL_TYPE_BYTES, .as.bytes = {(const uint8_t *)"\xff\xff\xff", 3}},
    {.type = HL_TYPE_BYTES, .as.bytes = {(const uint8_t *)"01234567", 8}},
    {.type = HL_TYPE_BYTES, .as.bytes = {(const uint8_t *)"012345678", 9}},
};

static void B6_calls_fit_or_are_refused(void **state)
{
    struct hl_wire_call all = {.name = TEXT("all"),
                               .kind = HL_WIRE_CALL_GUEST,
                               .returns = HL_TYPE_INT};

    (void)state;
    every_capacity(encode_call, &all);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct hl_wire_call call = wire_call_of(values[i]);

        every_capacity(encode_call, &call);
        call.name = (hl_string){NULL, 0};
        every_capacity(encode_call, &call);
        all.args[all.count++] = values[i];
    }
    every_capacity(encode_call, &all);
}

static void B6_results_fit_or_are_refused(void **state)
{
    struct hl_wire_result failure = {.is_error = true, .code = 15};
    struct hl_wire_result nothing = {.value.type = HL_TYPE_VOID};

    (void)state;
    every_capacity(encode_result, &nothing);
    every_capacity(encode_result, &failure);
    failure.message = TEXT("something is wrong");
    every_capacity(encode_result, &failure);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct hl_wire_result result = wire_result_of(values[i]);

        every_capacity(encode_result, &result);
    }
}

static void B6_logs_fit_or_are_refused(void **state)
{
    struct hl_wire_log log = {.level = 3, .line = 4};

    (void)state;
    every_capacity(encode_log, &log);
    log.message = TEXT("message");
    log.source = TEXT("source!!");
    log.caller = TEXT("c");
    log.file = TEXT("file/name.c");
    every_capacity(encode_log, &log);
}

/* Lengths up to SIZE_MAX are never added into something small. */
static void B6_lengths_near_the_top_are_refused(void **state)
{
    static const size_t lengths[] = {
        SIZE_MAX,      SIZE_MAX - 1, SIZE_MAX - 7,     SIZE_MAX - 8,
        SIZE_MAX - 64, SIZE_MAX / 2, SIZE_MAX / 2 + 1, 0x100000000,
        0xFFFFFFFF,    0xFFFFFFF8,   0x80000000,       0x7FFFFFFF,
        0x7FFFFFF8,    0x10000};
    uint8_t buffer[256];
    size_t size = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        hl_string huge = {"x", lengths[i]};
        hl_value string = {.type = HL_TYPE_STRING, .as.string = huge};
        hl_value bytes = {.type = HL_TYPE_BYTES,
                          .as.bytes = {(const uint8_t *)"x", lengths[i]}};
        struct hl_wire_call by_string = wire_call_of(string);
        struct hl_wire_call by_bytes = wire_call_of(bytes);
        struct hl_wire_call by_name = {
            .name = huge, .kind = HL_WIRE_CALL_HOST, .returns = HL_TYPE_INT};
        struct hl_wire_result string_result = wire_result_of(string);
        struct hl_wire_result bytes_result = wire_result_of(bytes);
        struct hl_wire_result failure = {.is_error = true, .message = huge};
        struct hl_wire_log log = {.file = huge};

        assert_int_equal(encode_call(&by_string, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
        assert_int_equal(encode_call(&by_bytes, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
        assert_int_equal(encode_call(&by_name, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
        assert_int_equal(encode_result(&string_result, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
        assert_int_equal(encode_result(&bytes_result, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
        assert_int_equal(encode_result(&failure, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
        assert_int_equal(encode_log(&log, buffer, 256, &size),
                         HL_WIRE_CAPACITY);
    }
    assert_int_equal(size, 0);
}

/* A capacity above FlatBuffers' 2 GiB helps nobody. */
static void B6_more_than_2_gib_is_refused(void **state)
{
    uint8_t buffer[256];
    hl_value bytes = {.type = HL_TYPE_BYTES,
                      .as.bytes = {(const uint8_t *)"x", 0x7FFFFFF8}};
    struct hl_wire_result result = wire_result_of(bytes);
    struct hl_wire_call call = wire_call_of(values[0]);
    size_t size;

    (void)state;
    assert_int_equal(encode_result(&result, buffer, SIZE_MAX, &size),
                     HL_WIRE_CAPACITY);
    assert_int_equal(encode_call(&call, buffer, SIZE_MAX, &size), HL_WIRE_OK);
}

static void B8_text_that_is_not_utf8_is_refused(void **state)
{
    static const hl_string bad[] = {
        {"\xff", 1},         {"1234567\x80", 8},
        {"12345678\xc3", 9}, {"123456789\xe2\x82", 11},
        {"\xc0\x80", 2},     {"\xed\xa0\x80", 3}};
    uint8_t buffer[512];
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        hl_value value = {.type = HL_TYPE_STRING, .as.string = bad[i]};
        struct hl_wire_call call = wire_call_of(value);
        struct hl_wire_result result = wire_result_of(value);
        struct hl_wire_result failure = {.is_error = true, .message = bad[i]};
        struct hl_wire_log log = {.caller = bad[i]};

        assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                         HL_WIRE_UTF8);
        call.count = 0;
        call.name = bad[i];
        assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                         HL_WIRE_UTF8);
        assert_int_equal(encode_result(&result, buffer, sizeof(buffer), &size),
                         HL_WIRE_UTF8);
        assert_int_equal(encode_result(&failure, buffer, sizeof(buffer), &size),
                         HL_WIRE_UTF8);
        assert_int_equal(encode_log(&log, buffer, sizeof(buffer), &size),
                         HL_WIRE_UTF8);
    }
}

static void what_has_no_encoding_is_refused(void **state)
{
    static const uint32_t no_parameter[] = {HL_TYPE_NONE, HL_TYPE_VOID, 11, 32,
                                            33,           UINT32_MAX};
    static const uint32_t no_result[] = {HL_TYPE_NONE, 11, 32, 39, UINT32_MAX};
    static const uint8_t no_kind[] = {0, 3, 255};
    static const uint8_t no_return[] = {0, 11, 255};
    uint8_t buffer[512];
    struct hl_wire_call call = wire_call_of(values[0]);
    struct hl_wire_result result = wire_result_of(values[0]);
    struct hl_wire_log log = {.level = 7};
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(no_parameter); i++) {
        call.args[0].type = no_parameter[i];
        assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                         HL_WIRE_TYPE);
    }
    for (size_t i = 0; i < COUNT_OF(no_result); i++) {
        result.value.type = no_result[i];
        assert_int_equal(encode_result(&result, buffer, sizeof(buffer), &size),
                         HL_WIRE_TYPE);
    }
    call.count = 0;
    for (size_t i = 0; i < COUNT_OF(no_kind); i++) {
        call.kind = no_kind[i];
        assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                         HL_WIRE_ENUM);
    }
    call.kind = HL_WIRE_CALL_HOST;
    for (size_t i = 0; i < COUNT_OF(no_return); i++) {
        call.returns = no_return[i];
        assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                         HL_WIRE_TYPE);
    }
    call.returns = HL_TYPE_INT;
    call.count = HL_WIRE_ARGS_MAX + 1;
    assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                     HL_WIRE_TOO_MANY_ARGS);
    call.count = UINT32_MAX;
    assert_int_equal(encode_call(&call, buffer, sizeof(buffer), &size),
                     HL_WIRE_TOO_MANY_ARGS);
    assert_int_equal(encode_log(&log, buffer, sizeof(buffer), &size),
                     HL_WIRE_ENUM);
    log.level = 255;
    assert_int_equal(encode_log(&log, buffer, sizeof(buffer), &size),
                     HL_WIRE_ENUM);
}

/* hlsizeprefixedbuffer carries its length twice (abi §6.1). */
static void bytes_results_say_their_size_twice(void **state)
{
    struct hl_wire_result result = wire_result_of(values[14]);
    uint8_t buffer[256];
    size_t size;

    (void)state;
    assert_int_equal(encode_result(&result, buffer, sizeof(buffer), &size),
                     HL_WIRE_OK);
    assert_int_equal(wire_get(buffer, 0x34, 4), 9);
    assert_int_equal(wire_get(buffer, 0x3C, 4), 9);
}

/* An error is written as one, whatever value stands beside it. */
static void errors_need_no_value(void **state)
{
    uint8_t buffer[256];
    size_t size;

    (void)state;
    for (uint32_t type = HL_TYPE_NONE; type <= HL_TYPE_VOID; type++) {
        const struct hl_wire_result result = {.is_error = true,
                                              .code = HL_ERR_HOST,
                                              .message = TEXT("no"),
                                              .value.type = type};
        struct hl_wire_result out;

        assert_int_equal(encode_result(&result, buffer, sizeof(buffer), &size),
                         HL_WIRE_OK);
        assert_int_equal(wire_try_result(buffer, size, 0, &out), HL_WIRE_OK);
        assert_true(out.is_error);
        assert_int_equal(out.code, HL_ERR_HOST);
    }
    wire_try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B6_calls_fit_or_are_refused),
        cmocka_unit_test(B6_results_fit_or_are_refused),
        cmocka_unit_test(B6_logs_fit_or_are_refused),
        cmocka_unit_test(B6_lengths_near_the_top_are_refused),
        cmocka_unit_test(B6_more_than_2_gib_is_refused),
        cmocka_unit_test(B8_text_that_is_not_utf8_is_refused),
        cmocka_unit_test(what_has_no_encoding_is_refused),
        cmocka_unit_test(bytes_results_say_their_size_twice),
        cmocka_unit_test(errors_need_no_value),
    };

    return cmocka_run_group_tests_name("wire_encode", tests, NULL, NULL);
}
