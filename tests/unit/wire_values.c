/* SPDX-License-Identifier: MIT */
/* guarantees: P6.2 B8 */
/* Every type in every position, at its boundaries, there and back. */
#include "wire_support.h"

#include <stdlib.h>

static const hl_value numbers[] = {
    {.type = HL_TYPE_INT, .as.i32 = 0},
    {.type = HL_TYPE_INT, .as.i32 = -1},
    {.type = HL_TYPE_INT, .as.i32 = INT32_MIN},
    {.type = HL_TYPE_INT, .as.i32 = INT32_MAX},
    {.type = HL_TYPE_UINT, .as.u32 = 0},
    {.type = HL_TYPE_UINT, .as.u32 = UINT32_MAX},
    {.type = HL_TYPE_LONG, .as.i64 = 0},
    {.type = HL_TYPE_LONG, .as.i64 = -1},
    {.type = HL_TYPE_LONG, .as.i64 = INT64_MIN},
    {.type = HL_TYPE_LONG, .as.i64 = INT64_MAX},
    {.type = HL_TYPE_ULONG, .as.u64 = 0},
    {.type = HL_TYPE_ULONG, .as.u64 = UINT64_MAX},
    /* Floats and doubles by bits: zeros, infinities, both kinds of NaN with
     * payload, the smallest and the largest. */
    {.type = HL_TYPE_FLOAT, .as.u32 = 0x00000000},
    {.type = HL_TYPE_FLOAT, .as.u32 = 0x80000000},
    {.type = HL_TYPE_FLOAT, .as.u32 = 0x7F800000},
    {.type = HL_TYPE_FLOAT, .as.u32 = 0x7F800001},
    {.type = HL_TYPE_FLOAT, .as.u32 = 0xFFC12345},
    {.type = HL_TYPE_FLOAT, .as.u32 = 0x00000001},
    {.type = HL_TYPE_DOUBLE, .as.u64 = 0x8000000000000000},
    {.type = HL_TYPE_DOUBLE, .as.u64 = 0x7FF0000000000000},
    {.type = HL_TYPE_DOUBLE, .as.u64 = 0x7FF0000000000001},
    {.type = HL_TYPE_DOUBLE, .as.u64 = 0xFFF8DEADBEEF1234},
    {.type = HL_TYPE_DOUBLE, .as.u64 = 0x0000000000000001},
    {.type = HL_TYPE_DOUBLE, .as.u64 = 0x7FEFFFFFFFFFFFFF},
    {.type = HL_TYPE_BOOL, .as.boolean = false},
    {.type = HL_TYPE_BOOL, .as.boolean = true},
};

static void call_round(const struct hl_wire_call *call)
{
    size_t capacity = 1 << 18;
    uint8_t *buffer = malloc(capacity);
    struct hl_wire_call out;
    size_t size;

    assert_non_null(buffer);
    assert_int_equal(hl_wire_encode_call(call, buffer, capacity, &size),
                     HL_WIRE_OK);
    assert_int_equal(wire_get(buffer, 0, 4) + 4, size);
    assert_int_equal(wire_try_call(buffer, size, size % 8, &out), HL_WIRE_OK);
    assert_true(wire_calls_equal(call, &out));
    wire_try_end();
    free(buffer);
}

static void result_round(const struct hl_wire_result *result)
{
    size_t capacity = 1 << 18;
    uint8_t *buffer = malloc(capacity);
    struct hl_wire_result out;
    size_t size;

    assert_non_null(buffer);
    assert_int_equal(hl_wire_encode_result(result, buffer, capacity, &size),
                     HL_WIRE_OK);
    assert_int_equal(wire_get(buffer, 0, 4) + 4, size);
    assert_int_equal(wire_try_result(buffer, size, size % 8, &out), HL_WIRE_OK);
    assert_true(wire_results_equal(result, &out));
    wire_try_end();
    free(buffer);
}

static void P6_2_numbers_arrive_bit_for_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct hl_wire_call call = wire_call_of(numbers[i]);
        struct hl_wire_result result = wire_result_of(numbers[i]);

        call_round(&call);
        result_round(&result);
    }
}

/* What else lies in the value's union does not travel. */
static void only_the_bits_of_the_type_travel(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t mask;
    } types[] = {
        {HL_TYPE_INT, UINT32_MAX},    {HL_TYPE_UINT, UINT32_MAX},
        {HL_TYPE_FLOAT, UINT32_MAX},  {HL_TYPE_BOOL, 1},
        {HL_TYPE_LONG, UINT64_MAX},   {HL_TYPE_ULONG, UINT64_MAX},
        {HL_TYPE_DOUBLE, UINT64_MAX},
    };
    uint8_t buffer[256];
    size_t size;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        hl_value value = {.type = types[i].type, .as.u64 = UINT64_MAX};
        struct hl_wire_call call = wire_call_of(value);
        struct hl_wire_result result = wire_result_of(value);

        assert_int_equal(
            hl_wire_encode_call(&call, buffer, sizeof(buffer), &size),
            HL_WIRE_OK);
        assert_true(wire_get(buffer, 0x50, 8) == types[i].mask);
        assert_int_equal(
            hl_wire_encode_result(&result, buffer, sizeof(buffer), &size),
            HL_WIRE_OK);
        assert_true(wire_get(buffer, 0x38, 8) == types[i].mask);
    }
}

static void P6_2_arguments_keep_their_places(void **state)
{
    struct hl_wire_call call = {.name = TEXT("many"),
                                .kind = HL_WIRE_CALL_HOST};
    uint64_t random = 1;

    (void)state;
    for (uint32_t count = 0; count <= HL_WIRE_ARGS_MAX; count++) {
        call.count = count;
        call.returns = (uint8_t)(HL_TYPE_INT + count % 10);
        for (uint32_t i = 0; i < count; i++) {
            switch (wire_random(&random) % 3) {
            case 0:
                call.args[i] =
                    numbers[wire_random(&random) % COUNT_OF(numbers)];
                break;
            case 1:
                call.args[i].type = HL_TYPE_STRING;
                call.args[i].as.string = (hl_string){"0123456789abcdef\0xyz",
                                                     wire_random(&random) % 20};
                break;
            default:
                call.args[i].type = HL_TYPE_BYTES;
                call.args[i].as.bytes =
                    (hl_bytes){(const uint8_t *)"\0\1\2\3\xff\xfe\xfd\xfc\x80",
                               wire_random(&random) % 10};
                break;
            }
        }
        call_round(&call);
    }
}

/* Every length up to some words, and lengths about the limits of loops. */
static void P6_2_B8_strings_and_bytes_of_every_length(void **state)
{
    static const size_t long_ones[] = {95,   96,   97,    104,   1000,  4095,
                                       4096, 4097, 65535, 65536, 100001};
    char *text = malloc(100002);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < 100002; i++)
        text[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < 80 + COUNT_OF(long_ones); i++) {
        size_t len = i < 80 ? i : long_ones[i - 80];
        hl_value string = {.type = HL_TYPE_STRING, .as.string = {text, len}};
        hl_value bytes = {.type = HL_TYPE_BYTES,
                          .as.bytes = {(const uint8_t *)text, len}};
        struct hl_wire_call call = wire_call_of(string);
        struct hl_wire_result result = wire_result_of(string);
        struct hl_wire_result failure = {
            .is_error = true, .code = HL_ERR_GUEST, .message = {text, len}};

        call_round(&call);
        result_round(&result);
        result_round(&failure);
        call = wire_call_of(bytes);
        result = wire_result_of(bytes);
        call_round(&call);
        result_round(&result);
        call.name = (hl_string){text, len};
        call_round(&call);
        call.count = 0;
        call_round(&call);
    }
    free(text);
}

/* One character of two to four bytes at every place of a text. */
static void B8_multibyte_characters_at_every_place(void **state)
{
    static const char *const characters[] = {"\u00E9", "\u20AC", "\U0001F600"};

    (void)state;
    for (size_t c = 0; c < COUNT_OF(characters); c++)
        for (size_t at = 0; at < 40; at++)
            for (size_t behind = 0; behind < 12; behind++) {
                char text[64];
                size_t len = strlen(characters[c]);

                memset(text, 'x', sizeof(text));
                memcpy(text + at, characters[c], len);
                hl_value string = {.type = HL_TYPE_STRING,
                                   .as.string = {text, at + len + behind}};
                struct hl_wire_call call = wire_call_of(string);
                struct hl_wire_result result = wire_result_of(string);

                call.name = string.as.string;
                call_round(&call);
                result_round(&result);
            }
}

static void void_result(void **state)
{
    struct hl_wire_result result = {.value = {.type = HL_TYPE_VOID}};

    (void)state;
    result_round(&result);
}

/* Missing scalars are 0, missing strings and vectors empty (abi §6.1, §6.5):
 * each one-field table of examples A, B, D without its field. */
static void absent_fields_have_their_defaults(void **state)
{
    static const uint8_t tags[] = {
        HL_TYPE_INT,   HL_TYPE_UINT,   HL_TYPE_LONG,   HL_TYPE_ULONG,
        HL_TYPE_FLOAT, HL_TYPE_DOUBLE, HL_TYPE_STRING, HL_TYPE_BOOL};
    uint8_t message[256];
    struct hl_wire_call call;
    struct hl_wire_result result;

    (void)state;
    memcpy(message, wire_goldens[GOLDEN_A].bytes, wire_goldens[GOLDEN_A].size);
    wire_put(message, 0x46, 0, 2);
    for (uint8_t tag = 1; tag <= HL_TYPE_BYTES; tag++) {
        message[0x3B] = tag;
        assert_int_equal(
            wire_try_call(message, wire_goldens[GOLDEN_A].size, 0, &call),
            HL_WIRE_OK);
        assert_int_equal(call.args[0].type, tag);
        if (tag == HL_TYPE_STRING || tag == HL_TYPE_BYTES)
            assert_int_equal(call.args[0].as.bytes.len, 0);
        else
            assert_true(call.args[0].as.u64 == 0);
    }
    memcpy(message, wire_goldens[GOLDEN_B].bytes, wire_goldens[GOLDEN_B].size);
    wire_put(message, 0x36, 0, 2);
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        message[0x2B] = tags[i];
        assert_int_equal(
            wire_try_result(message, wire_goldens[GOLDEN_B].size, 0, &result),
            HL_WIRE_OK);
        assert_int_equal(result.value.type, tags[i]);
    }
    wire_try_end();
}

static void absent_parts_of_results(void **state)
{
    uint8_t message[256];
    struct hl_wire_result result;

    (void)state;
    /* GuestError without code and without message. */
    memcpy(message, wire_goldens[GOLDEN_C].bytes, wire_goldens[GOLDEN_C].size);
    wire_put(message, 0x24, 0, 4);
    assert_int_equal(
        wire_try_result(message, wire_goldens[GOLDEN_C].size, 0, &result),
        HL_WIRE_OK);
    assert_true(result.is_error);
    assert_int_equal(result.code, HL_ERR_NONE);
    assert_int_equal(result.message.len, 0);
    /* hlsizeprefixedbuffer without either; then with a size that lies. */
    memcpy(message, wire_goldens[GOLDEN_E].bytes, wire_goldens[GOLDEN_E].size);
    wire_put(message, 0x2C, 0, 4);
    assert_int_equal(
        wire_try_result(message, wire_goldens[GOLDEN_E].size, 0, &result),
        HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_BYTES);
    assert_int_equal(result.value.as.bytes.len, 0);
    memcpy(message, wire_goldens[GOLDEN_E].bytes, wire_goldens[GOLDEN_E].size);
    wire_put(message, 0x34, 0x7FFFFFFF, 4);
    assert_int_equal(
        wire_try_result(message, wire_goldens[GOLDEN_E].size, 0, &result),
        HL_WIRE_OK);
    assert_int_equal(result.value.as.bytes.len, 3);
    wire_try_end();
}

/* Any byte but 0 is true, from whichever writer. */
static void bools_are_0_or_1(void **state)
{
    hl_value value = {.type = HL_TYPE_BOOL, .as.boolean = true};
    struct hl_wire_call call = wire_call_of(value), call_out;
    struct hl_wire_result result = wire_result_of(value), result_out;
    uint8_t message[256];
    size_t size;

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        assert_int_equal(
            hl_wire_encode_call(&call, message, sizeof(message), &size),
            HL_WIRE_OK);
        wire_put(message, 0x50, byte, 1);
        assert_int_equal(wire_try_call(message, size, 0, &call_out),
                         HL_WIRE_OK);
        assert_int_equal(call_out.args[0].as.boolean, byte != 0);
        assert_int_equal(
            hl_wire_encode_result(&result, message, sizeof(message), &size),
            HL_WIRE_OK);
        wire_put(message, 0x38, byte, 1);
        assert_int_equal(wire_try_result(message, size, 0, &result_out),
                         HL_WIRE_OK);
        assert_int_equal(result_out.value.as.boolean, byte != 0);
        /* Example D's int as a bool: a table that our writer does not make. */
        memcpy(message, wire_goldens[GOLDEN_D].bytes,
               wire_goldens[GOLDEN_D].size);
        message[0x63] = HL_TYPE_BOOL;
        message[0x74] = (uint8_t)byte;
        assert_int_equal(
            wire_try_call(message, wire_goldens[GOLDEN_D].size, 0, &call_out),
            HL_WIRE_OK);
        assert_int_equal(call_out.args[0].as.boolean, byte != 0);
    }
    wire_try_end();
}

static void logs_of_every_level(void **state)
{
    uint8_t buffer[512];
    size_t size;

    (void)state;
    for (uint8_t level = 0; level <= 6; level++) {
        struct hl_wire_log log = {.message = TEXT("what \u20AC happened"),
                                  .source = {"source", level},
                                  .caller = {NULL, 0},
                                  .file = TEXT("a/b.c"),
                                  .line = UINT32_MAX - level,
                                  .level = level};
        struct hl_wire_log out;

        assert_int_equal(
            hl_wire_encode_log(&log, buffer, sizeof(buffer), &size),
            HL_WIRE_OK);
        assert_int_equal(wire_get(buffer, 0, 4) + 4, size);
        assert_int_equal(wire_try_log(buffer, size, level, &out), HL_WIRE_OK);
        assert_true(wire_strings_equal(log.message, out.message));
        assert_true(wire_strings_equal(log.source, out.source));
        assert_true(wire_strings_equal(log.caller, out.caller));
        assert_true(wire_strings_equal(log.file, out.file));
        assert_true(log.line == out.line);
        assert_int_equal(log.level, out.level);
    }
    wire_try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P6_2_numbers_arrive_bit_for_bit),
        cmocka_unit_test(only_the_bits_of_the_type_travel),
        cmocka_unit_test(P6_2_arguments_keep_their_places),
        cmocka_unit_test(P6_2_B8_strings_and_bytes_of_every_length),
        cmocka_unit_test(B8_multibyte_characters_at_every_place),
        cmocka_unit_test(void_result),
        cmocka_unit_test(absent_fields_have_their_defaults),
        cmocka_unit_test(absent_parts_of_results),
        cmocka_unit_test(bools_are_0_or_1),
        cmocka_unit_test(logs_of_every_level),
    };

    return cmocka_run_group_tests_name("wire_values", tests, NULL, NULL);
}
