/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 B8 P6.3 */
/*
 * Messages that were damaged or made to hurt. What is checked for each is in
 * wire_try_*: nothing outside the message is read (the sanitizer sees it),
 * what is decoded lies inside it, and both ways to decode agree.
 */
#include "wire_support.h"

#include <stdlib.h>
#include <time.h>

#define MESSAGES_MAX 32

struct message {
    uint8_t bytes[1024];
    size_t size;
};

static struct message calls[MESSAGES_MAX];
static size_t calls_count;
static struct message results[MESSAGES_MAX];
static size_t results_count;
static struct message logs[1];

static void call_add(const struct hl_wire_call *call)
{
    struct message *message = &calls[calls_count++];

    assert_int_equal(hl_wire_encode_call(call, message->bytes,
                                         sizeof(message->bytes),
                                         &message->size),
                     HL_WIRE_OK);
}

static void result_add(const struct hl_wire_result *result)
{
    struct message *message = &results[results_count++];

    assert_int_equal(hl_wire_encode_result(result, message->bytes,
                                           sizeof(message->bytes),
                                           &message->size),
                     HL_WIRE_OK);
}

/* The worked examples, and messages of our own writer of every kind. */
static int messages_make(void **state)
{
    static const struct hl_wire_log log = {.message = TEXT("log \u20AC"),
                                           .source = TEXT("s"),
                                           .caller = TEXT("caller()"),
                                           .file = TEXT("")};
    static const hl_value values[] = {
        {.type = HL_TYPE_INT, .as.i32 = -5},
        {.type = HL_TYPE_LONG, .as.i64 = -6},
        {.type = HL_TYPE_BOOL, .as.boolean = true},
        {.type = HL_TYPE_STRING, .as.string = TEXT("a string\0with all")},
        {.type = HL_TYPE_STRING, .as.string = TEXT("\u00E9\u20AC\U0001F600")},
        {.type = HL_TYPE_BYTES, .as.bytes = {(const uint8_t *)"\xff\0\1", 3}},
    };
    struct hl_wire_call all = {.name = TEXT("a_longer_name"),
                               .kind = HL_WIRE_CALL_HOST,
                               .returns = HL_TYPE_BYTES,
                               .count = COUNT_OF(values)};
    struct hl_wire_call none = {.name = TEXT("none"),
                                .kind = HL_WIRE_CALL_GUEST,
                                .returns = HL_TYPE_VOID};
    struct hl_wire_result failure = {
        .is_error = true, .code = 5, .message = TEXT("failed")};
    struct hl_wire_result nothing = {.value = {.type = HL_TYPE_VOID}};

    (void)state;
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        struct message *message = wire_golden_is_call(i)
                                      ? &calls[calls_count++]
                                      : &results[results_count++];

        message->size = wire_goldens[i].size;
        memcpy(message->bytes, wire_goldens[i].bytes, message->size);
    }
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct hl_wire_call call = wire_call_of(values[i]);
        struct hl_wire_result result = wire_result_of(values[i]);

        call.name = TEXT("f");
        call_add(&call);
        result_add(&result);
        all.args[i] = values[i];
    }
    call_add(&all);
    call_add(&none);
    result_add(&failure);
    result_add(&nothing);
    assert_int_equal(hl_wire_encode_log(&log, logs[0].bytes,
                                        sizeof(logs[0].bytes), &logs[0].size),
                     HL_WIRE_OK);
    return 0;
}

/* Decode as what it is and as what it is not. */
static void try_all(const uint8_t *bytes, size_t size)
{
    static struct hl_wire_call call;
    struct hl_wire_result result;
    struct hl_wire_log log;

    wire_try_call(bytes, size, 0, &call);
    wire_try_result(bytes, size, 0, &result);
    wire_try_log(bytes, size, 0, &log);
}

typedef void (*message_visit)(const struct message *message);

static void each_message(message_visit visit)
{
    for (size_t i = 0; i < calls_count; i++)
        visit(&calls[i]);
    for (size_t i = 0; i < results_count; i++)
        visit(&results[i]);
    visit(&logs[0]);
    wire_try_end();
}

/* Short of what the prefix says is always refused; and with the prefix cut
 * down as well, nothing outside is touched. */
static void cut_down(const struct message *message)
{
    static struct hl_wire_call call;
    struct hl_wire_result result;
    struct hl_wire_log log;
    uint8_t cut[1024];

    for (size_t size = 0; size < message->size; size++) {
        assert_int_equal(wire_try_call(message->bytes, size, 0, &call),
                         HL_WIRE_TRUNCATED);
        assert_int_equal(wire_try_result(message->bytes, size, 0, &result),
                         HL_WIRE_TRUNCATED);
        assert_int_equal(wire_try_log(message->bytes, size, 0, &log),
                         HL_WIRE_TRUNCATED);
        if (size < 4)
            continue;
        memcpy(cut, message->bytes, size);
        wire_put(cut, 0, size - 4, 4);
        try_all(cut, size);
    }
}

static void B1_truncated_at_every_length(void **state)
{
    (void)state;
    each_message(cut_down);
}

static void flip(const struct message *message)
{
    uint8_t bytes[1024];

    memcpy(bytes, message->bytes, message->size);
    for (size_t bit = 0; bit < 8 * message->size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        try_all(bytes, message->size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void B1_every_bit_flipped(void **state)
{
    (void)state;
    each_message(flip);
}

/* Each 32-bit and 16-bit word becomes each value at which something wraps,
 * ends or begins. */
static void edges(const struct message *message)
{
    static const uint32_t fixed[] = {
        0,          1,          2,          3,          4,          5,
        6,          7,          8,          0x7F,       0x80,       0xFF,
        0x100,      0x7FFF,     0x8000,     0xFFFC,     0xFFFE,     0xFFFF,
        0x10000,    0x3FFFFFFF, 0x40000000, 0x7FFFFFFC, 0x7FFFFFFF, 0x80000000,
        0x80000004, 0xC0000000, 0xFFFFFFE0, 0xFFFFFFF0, 0xFFFFFFF8, 0xFFFFFFFA,
        0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF};
    uint8_t bytes[1024];

    memcpy(bytes, message->bytes, message->size);
    for (size_t at = 0; at + 4 <= message->size; at += 2) {
        uint32_t left = (uint32_t)(message->size - at);

        for (size_t i = 0; i < COUNT_OF(fixed) + 12; i++) {
            /* Also about what takes an offset here to the end. */
            uint32_t value = i < COUNT_OF(fixed)
                                 ? fixed[i]
                                 : left + 4 - (uint32_t)(i - COUNT_OF(fixed));

            wire_put(bytes, at, value, 4);
            try_all(bytes, message->size);
            memcpy(bytes + at, message->bytes + at, 4);
            wire_put(bytes, at, value, 2);
            try_all(bytes, message->size);
            memcpy(bytes + at, message->bytes + at, 4);
        }
    }
}

static void B1_offsets_at_every_edge(void **state)
{
    (void)state;
    each_message(edges);
}

/* Several bytes at once, of messages and of nothing at all. */
static void B1_random_damage(void **state)
{
    uint64_t random = 7;
    uint8_t bytes[1024];

    (void)state;
    for (int round = 0; round < 30000; round++) {
        const struct message *message =
            &calls[wire_random(&random) % calls_count];
        uint64_t times = 1 + wire_random(&random) % 4;

        memcpy(bytes, message->bytes, message->size);
        while (times-- != 0) {
            size_t at = wire_random(&random) % message->size;

            bytes[at] = (uint8_t)(wire_random(&random) % 2
                                      ? wire_random(&random)
                                      : wire_random(&random) % 64 * 4);
        }
        try_all(bytes, message->size);
    }
    for (int round = 0; round < 3000; round++) {
        size_t size = 8 + wire_random(&random) % 200;

        for (size_t i = 0; i < size; i++)
            bytes[i] =
                (uint8_t)(wire_random(&random) % 3 ? 0
                                                   : wire_random(&random) % 32);
        wire_put(bytes, 0, size - 4, 4);
        try_all(bytes, size);
    }
    wire_try_end();
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * All offsets lead to one Parameter with one long string: what it costs grows
 * with the 32 references that a message may have, not with its length squared.
 */
static void B7_aliased_parameters_cost_no_more_than_their_number(void **state)
{
    const size_t len = 1 << 20;
    hl_value value = {.type = HL_TYPE_STRING};
    struct hl_wire_call call = wire_call_of(value);
    struct hl_wire_call *out = malloc(sizeof(*out));
    uint8_t *bytes = malloc(len + 1024);
    char *text = malloc(len);
    double once, all;
    size_t size, parameter;

    (void)state;
    assert_true(out && bytes && text);
    memset(text, 'x', len);
    memcpy(text + len - 2, "\u00E9", 2); /* so that it is read twice */
    call.count = HL_WIRE_ARGS_MAX;
    for (int i = 0; i < HL_WIRE_ARGS_MAX; i++)
        call.args[i] = (hl_value){.type = HL_TYPE_INT};
    call.args[0] = (hl_value){.type = HL_TYPE_STRING, .as.string = {text, len}};
    assert_int_equal(hl_wire_encode_call(&call, bytes, len + 1024, &size),
                     HL_WIRE_OK);
    once = seconds();
    assert_int_equal(wire_try_call(bytes, size, 0, out), HL_WIRE_OK);
    once = seconds() - once;
    parameter = 0x38 + wire_get(bytes, 0x38, 4);
    for (size_t i = 0; i < HL_WIRE_ARGS_MAX; i++)
        wire_put(bytes, 0x38 + 4 * i, parameter - (0x38 + 4 * i), 4);
    all = seconds();
    assert_int_equal(wire_try_call(bytes, size, 0, out), HL_WIRE_OK);
    all = seconds() - all;
    for (int i = 0; i < HL_WIRE_ARGS_MAX; i++)
        assert_int_equal(out->args[i].as.string.len, len);
    /* Ten times what 32 references would take: machines are noisy. */
    assert_true(all < 10 * HL_WIRE_ARGS_MAX * once);
    wire_put(bytes, 0x34, HL_WIRE_ARGS_MAX + 1, 4);
    assert_int_equal(wire_try_call(bytes, size, 0, out), HL_WIRE_TOO_MANY_ARGS);
    wire_try_end();
    free(text);
    free(bytes);
    free(out);
}

/* A table that is its own value, a list that is its own element: the depth is
 * fixed, so that a circle ends. */
static void B7_circles_end(void **state)
{
    struct message message = calls[0];
    struct hl_wire_call call;

    (void)state;
    /* Example A: the Parameter's value is the Parameter. */
    wire_put(message.bytes, 0x3C, (uint64_t)-8, 4);
    assert_int_equal(wire_try_call(message.bytes, message.size, 0, &call),
                     HL_WIRE_OFFSET_RANGE);
    /* Its element leads into the list, the list to itself. */
    message = calls[0];
    for (size_t at = 0x18; at + 4 <= message.size; at += 4) {
        wire_put(message.bytes, 0x28, at - 0x28, 4);
        try_all(message.bytes, message.size);
        wire_put(message.bytes, 0x20, at - 0x20, 4);
        try_all(message.bytes, message.size);
        wire_put(message.bytes, 0x04, at - 0x04, 4);
        try_all(message.bytes, message.size);
        message = calls[0];
    }
    wire_try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B1_truncated_at_every_length),
        cmocka_unit_test(B1_every_bit_flipped),
        cmocka_unit_test(B1_offsets_at_every_edge),
        cmocka_unit_test(B1_random_damage),
        cmocka_unit_test(B7_aliased_parameters_cost_no_more_than_their_number),
        cmocka_unit_test(B7_circles_end),
    };

    return cmocka_run_group_tests_name("wire_hostile", tests, messages_make,
                                       NULL);
}
