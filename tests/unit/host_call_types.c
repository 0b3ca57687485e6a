/* SPDX-License-Identifier: MIT */
/* guarantees: P6.1 P6.2 P6.3 */
/* A handler is entered iff count and types are declared so, and sees exactly
 * what the guest sent. */
#include <stdlib.h>
#include <string.h>

#include "fake_sandbox.h"

#define TYPES      9 /* HL_TYPE_INT .. HL_TYPE_BYTES */
#define SHAPES     (1 + TYPES + TYPES * TYPES)
#define ALL_COUNTS (HL_WIRE_ARGS_MAX + 1)

static unsigned entered;
static hl_value seen[HL_ARGS_MAX];
static char seen_text[HL_ARGS_MAX][64];
static size_t seen_count;

static struct hl_wire_call asked;
static uint8_t message[4096];
static size_t message_size;
static struct hl_wire_result heard;

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static hl_error error;

/* Records its arguments; texts and bytes are copied, as they do not last. */
static void record(hl_host_call *call, const hl_value *args, hl_value *result)
{
    (void)call;
    entered++;
    for (size_t i = 0; i < seen_count; i++) {
        seen[i] = args[i];
        if (args[i].type == HL_TYPE_STRING || args[i].type == HL_TYPE_BYTES) {
            assert_non_null(args[i].as.bytes.data);
            assert_in_range(args[i].as.bytes.len, 0, sizeof(seen_text[i]));
            memcpy(seen_text[i], args[i].as.bytes.data, args[i].as.bytes.len);
        }
    }
    hl_value_set_void(result);
}

static void guest_sends_message(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_push(vm, message, message_size);
    fake_out(exit, HL_PORT_CALL, 0);
}

static void guest_hears(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_pop_reply(vm, &heard);
    fake_push_int(vm, 0);
    fake_halts(vm, exit);
}

static fake_step_fn *const sending[] = {guest_sends_message, guest_hears, NULL};

static void encode_asked(void)
{
    assert_int_equal(
        hl_wire_encode_call(&asked, message, sizeof(message), &message_size),
        HL_WIRE_OK);
}

/* The sandbox's call, restored first if the last one poisoned it. */
static hl_status send(void)
{
    int32_t result;

    if (hl_sandbox_is_poisoned(sandbox))
        assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    heard.is_error = false;
    return fake_sandbox_call(sandbox, &result, &error);
}

static void set_sample(hl_value *value, enum hl_type type)
{
    memset(value, 0, sizeof(*value));
    value->type = type;
    if (type == HL_TYPE_STRING)
        value->as.string = (hl_string){"s", 1};
    else if (type == HL_TYPE_BYTES)
        value->as.bytes = (hl_bytes){(const uint8_t *)"b", 1};
    else
        value->as.u64 = 1;
}

/* Parameter types of a shape: none, one, or two of the nine. */
static size_t shape_types(unsigned shape, enum hl_type types[2])
{
    if (shape == 0)
        return 0;
    shape--;
    types[0] = (enum hl_type)(1 + shape % TYPES);
    if (shape < TYPES)
        return 1;
    types[1] = (enum hl_type)(shape / TYPES);
    return 2;
}

static hl_provided provided[SHAPES];
static char names[SHAPES][8];

static void provide_shape(unsigned shape)
{
    enum hl_type types[2];
    const size_t count = shape_types(shape, types);
    hl_signature signature = HL_TYPE_VOID;

    for (size_t i = 0; i < count; i++)
        signature |= (hl_signature)types[i] << (4 * (i + 1));
    provided[shape] = (hl_provided){
        .name = names[shape],
        .name_len =
            (size_t)snprintf(names[shape], sizeof(names[0]), "f%u", shape),
        .signature = signature,
        .thunk = record,
    };
    assert_int_equal(hl_config_grant(config, &provided[shape], NULL), HL_OK);
}

static int types_up(void **state)
{
    (void)state;
    entered = 0;
    fake_startup = NULL;
    fake_call = sending;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    for (unsigned shape = 0; shape < SHAPES; shape++)
        provide_shape(shape);
    sandbox = fake_sandbox_open(image, config, &error);
    return hl_sandbox_snapshot(sandbox, &fresh, &error);
}

static int types_down(void **state)
{
    (void)state;
    fake_close(fresh, sandbox, config, image);
    return 0;
}

static void ask(unsigned shape, size_t count, const enum hl_type *types)
{
    asked = (struct hl_wire_call){
        .name = {provided[shape].name, provided[shape].name_len},
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_VOID,
        .count = (uint32_t)count,
    };
    for (size_t i = 0; i < count; i++)
        set_sample(&asked.args[i], types[i]);
    seen_count = 0;
    encode_asked();
}

/* Every signature of up to two parameters against every such call. */
static void P6_1_entered_exactly_when_count_and_types_match(void **state)
{
    enum hl_type types[2];

    (void)state;
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        for (unsigned given = 0; given < SHAPES; given++) {
            const unsigned before = entered;

            ask(shape, shape_types(given, types), types);
            assert_int_equal(send(), HL_OK);
            assert_int_equal(entered - before, shape == given);
            assert_int_equal(heard.is_error, shape != given);
            if (shape != given)
                assert_int_equal(heard.code, HL_ERR_HOST);
        }
    }
    assert_int_equal(entered, SHAPES);
}

static void P6_1_longer_calls_never_enter(void **state)
{
    enum hl_type types[HL_WIRE_ARGS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        types[i] = HL_TYPE_INT;
    for (size_t count = 3; count < ALL_COUNTS; count++) {
        ask(1 + TYPES, count, types); /* declared (Int, Int) */
        assert_int_equal(send(), HL_OK);
        assert_true(heard.is_error);
    }
    assert_int_equal(entered, 0);
}

static void check_round_trip(unsigned shape, const hl_value *values,
                             size_t count)
{
    const unsigned before = entered;

    ask(shape, 0, NULL);
    asked.count = (uint32_t)count;
    memcpy(asked.args, values, count * sizeof(*values));
    encode_asked();
    seen_count = count;
    assert_int_equal(send(), HL_OK);
    assert_int_equal(entered - before, 1);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seen[i].type, values[i].type);
        if (values[i].type != HL_TYPE_STRING &&
            values[i].type != HL_TYPE_BYTES) {
            assert_int_equal(seen[i].as.u64, values[i].as.u64);
            continue;
        }
        assert_int_equal(seen[i].as.bytes.len, values[i].as.bytes.len);
        assert_memory_equal(seen_text[i], values[i].as.bytes.data,
                            values[i].as.bytes.len);
    }
}

static void P6_2_scalars_arrive_bit_by_bit(void **state)
{
    static const uint64_t bits[] = {
        0,
        1,
        0x7F,
        0x80,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFF,
        0x7FC00001,         /* NaN with a payload, as float */
        0x7FF8000000000001, /* NaN with a payload, as double */
        0x8000000000000000, /* -0.0, INT64_MIN */
        0xFFFFFFFFFFFFFFFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bits); i++) {
        for (unsigned type = HL_TYPE_INT; type <= HL_TYPE_DOUBLE; type++) {
            hl_value value = {.type = type};
            const bool narrow = type == HL_TYPE_INT || type == HL_TYPE_UINT ||
                                type == HL_TYPE_FLOAT;

            if (narrow)
                value.as.u32 = (uint32_t)bits[i];
            else
                value.as.u64 = bits[i];
            check_round_trip(type, &value, 1);
        }
    }
    for (int truth = 0; truth < 2; truth++) {
        const hl_value value = {.type = HL_TYPE_BOOL, .as.boolean = truth != 0};

        check_round_trip(HL_TYPE_BOOL, &value, 1);
    }
}

static void P6_2_texts_and_bytes_arrive_exactly(void **state)
{
    static const char text[] = "a\0b\xE2\x82\xAC\n";
    uint8_t bytes[64];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 37);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        const hl_value values[2] = {
            {.type = HL_TYPE_BYTES, .as.bytes = {bytes, len}},
            {.type = HL_TYPE_STRING,
             .as.string = {text, len % 3 == 0 ? sizeof(text) - 1 : len % 3}}};

        /* shape of (VecBytes, String) */
        check_round_trip(HL_TYPE_BYTES + TYPES * HL_TYPE_STRING, values, 2);
    }
}

/* Any change of any byte: the handler is not entered, or sees the types of
 * its declaration; and the sandbox can always be used again. */
static void P6_3_tag_and_value_always_agree(void **state)
{
    enum hl_type types[2] = {HL_TYPE_LONG, HL_TYPE_STRING};
    static const uint8_t changes[] = {1, 2, 3, 4, 7, 8, 15, 16, 0x80, 0xFF};
    const unsigned shape = HL_TYPE_LONG + TYPES * HL_TYPE_STRING;
    unsigned protocol = 0;
    unsigned served = 0;

    (void)state;
    ask(shape, 2, types);
    for (size_t at = 0; at < message_size; at++) {
        for (size_t c = 0; c < COUNT_OF(changes); c++) {
            const unsigned before = entered;
            hl_status status;

            ask(shape, 2, types);
            message[at] ^= changes[c];
            seen_count = 2;
            status = send();
            if (entered != before) {
                assert_int_equal(seen[0].type, HL_TYPE_LONG);
                assert_int_equal(seen[1].type, HL_TYPE_STRING);
                served++;
            }
            if (status != HL_OK) {
                assert_int_equal(status, HL_FAIL_PROTOCOL);
                assert_int_equal(entered, before);
                assert_true(hl_sandbox_is_poisoned(sandbox));
                protocol++;
            }
        }
    }
    assert_true(protocol > 100 && served > 10);
}

/* A union whose tag says one type and whose value is absent, or NONE. */
static void P6_3_absent_or_untagged_values_are_refused(void **state)
{
    const enum hl_type type = HL_TYPE_INT;
    uint8_t tagged[sizeof(message)];
    size_t at = 0;

    (void)state;
    ask(HL_TYPE_INT, 1, &type);
    memcpy(tagged, message, message_size);
    ask(HL_TYPE_UINT, 1, &(enum hl_type){HL_TYPE_UINT});
    /* names f1 and f2 differ too: the tag is the differing byte that is 1 */
    while (at < message_size && !(tagged[at] == 1 && message[at] == 2))
        at++;
    assert_true(at < message_size);
    for (unsigned tag = 0; tag < 256; tag++) {
        const unsigned before = entered;

        ask(HL_TYPE_INT, 1, &type);
        message[at] = (uint8_t)tag;
        seen_count = 1;
        if (tag == 0 || tag > 9)
            assert_int_equal(send(), HL_FAIL_PROTOCOL);
        else
            send();
        assert_int_equal(entered - before, tag == 1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, types_up, types_down)
    const struct CMUnitTest tests[] = {
        TEST(P6_1_entered_exactly_when_count_and_types_match),
        TEST(P6_1_longer_calls_never_enter),
        TEST(P6_2_scalars_arrive_bit_by_bit),
        TEST(P6_2_texts_and_bytes_arrive_exactly),
        TEST(P6_3_tag_and_value_always_agree),
        TEST(P6_3_absent_or_untagged_values_are_refused),
    };

    return cmocka_run_group_tests_name("host_call_types", tests, NULL, NULL);
}
