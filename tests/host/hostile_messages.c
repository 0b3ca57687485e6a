/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 B14 P4.1 P4.2 P5.2 P6.1 P6.3 P6.5 */
/*
 * Messages no honest guest sends, sent by one that sends whatever it is given
 * (tests/hostile/messages.c). Each ends as a named error or a value; a handler
 * is entered if, and only if, the message is a call of it with just its types.
 */
#include <hl/abi.h>
#include <hl/wire.h>

#include "support.h"

#define BUFFER  (192u << 10)
#define NO_PORT 0

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static unsigned entered;
static unsigned logs;
static uint8_t bytes[BUFFER];

HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    entered++;
    return n + 1;
}

HL_PROVIDE(hl_string, Mixed, (hl_string, text), (hl_bytes, data), (int64_t, n),
           (bool, flag))
{
    (void)data;
    (void)n;
    (void)flag;
    entered++;
    return text;
}

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    (void)record;
    logs++;
}

static void open_with(bool grants)
{
    config = config_new();
    hl_config_set_size(config, HL_SIZE_INPUT, 256 << 10);
    hl_config_set_size(config, HL_SIZE_OUTPUT, 256 << 10);
    hl_config_set_size(config, HL_SIZE_SCRATCH, 1 << 20);
    hl_config_set_log(config, 5, take_log, NULL);
    if (grants) {
        hl_config_grant(config, &hl_provided_HostInc, NULL);
        hl_config_grant(config, &hl_provided_Mixed, NULL);
    }
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    entered = 0;
    logs = 0;
}

static void close_all(void)
{
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
}

static int messages_up(void **state)
{
    (void)state;
    image = image_open("hostile");
    open_with(true);
    return 0;
}

/* The next sandbox is as if this one had never been. */
static int messages_down(void **state)
{
    hl_sandbox *next = sandbox_open(image, config);
    int32_t result = 0;

    (void)state;
    assert_status(call_int(next, "nothing_wrong", &result), HL_OK);
    assert_int_equal(result, 42);
    hl_sandbox_close(next);
    close_all();
    hl_image_free(image);
    return 0;
}

static hl_status send(size_t size, int32_t port, int32_t *result)
{
    const hl_value args[2] = {
        {.type = HL_TYPE_BYTES, .as.bytes = {bytes, size}},
        {.type = HL_TYPE_INT, .as.i32 = port}};
    hl_value value = {0};
    hl_status status;

    memset(&test_error, 0, sizeof(test_error));
    status = hl_sandbox_call(sandbox, "send", 4, args, 2, HL_TYPE_INT, &value,
                             &test_error);
    *result = value.as.i32;
    return status;
}

/* Restored if it has to be, it is well. */
static void assert_alive(void)
{
    int32_t result = 0;

    if (hl_sandbox_is_poisoned(sandbox))
        snapshot_apply(sandbox, fresh);
    assert_status(call_int(sandbox, "nothing_wrong", &result), HL_OK);
    assert_int_equal(result, 42);
}

static struct hl_wire_call call_of(const char *name, size_t len)
{
    return (struct hl_wire_call){
        .kind = HL_WIRE_CALL_HOST,
        .name = {name, len},
        .returns = HL_TYPE_INT,
        .count = 1,
        .args = {{.type = HL_TYPE_INT, .as.i32 = 5}},
    };
}

static size_t encode(const struct hl_wire_call *call)
{
    size_t size = 0;

    assert_int_equal(hl_wire_encode_call(call, bytes, sizeof(bytes), &size),
                     HL_WIRE_OK);
    return size;
}

static bool name_is(const struct hl_wire_call *call, const char *name)
{
    return call->name.len == strlen(name) &&
           memcmp(call->name.data, name, call->name.len) == 0;
}

/* Is this message a call a handler may see? The promise, said again. */
static bool may_enter(size_t size, bool *well_formed)
{
    static struct hl_wire_call call;
    static uint8_t copy[BUFFER];
    uint32_t prefix;

    memcpy(copy, bytes, size);
    memcpy(&prefix, bytes, 4);
    if (prefix < size - 4)
        size = prefix + 4; /* the message ends where its prefix says */
    *well_formed = hl_wire_decode_call(copy, size, &call) == HL_WIRE_OK &&
                   call.kind == HL_WIRE_CALL_HOST;
    if (!*well_formed)
        return false;
    if (name_is(&call, "HostInc"))
        return call.count == 1 && call.args[0].type == HL_TYPE_INT &&
               call.returns == HL_TYPE_INT;
    return name_is(&call, "Mixed") && call.count == 4 &&
           call.args[0].type == HL_TYPE_STRING &&
           call.args[1].type == HL_TYPE_BYTES &&
           call.args[2].type == HL_TYPE_LONG &&
           call.args[3].type == HL_TYPE_BOOL && call.returns == HL_TYPE_STRING;
}

/* Send as a host call: entered or told no (code 17), or, if it is malformed,
 * an error that poisons. */
static void ask(size_t size)
{
    const unsigned before = entered;
    bool well_formed;
    const bool may = may_enter(size, &well_formed);
    int32_t result;
    const hl_status status = send(size, HL_PORT_CALL, &result);

    assert_int_equal(entered, before + may);
    assert_status(status, well_formed ? HL_OK : HL_FAIL_PROTOCOL);
    assert_int_equal(hl_sandbox_is_poisoned(sandbox), !well_formed);
    if (well_formed)
        assert_int_equal(result, may ? 1 : -HL_ERR_HOST);
    else
        assert_true(strstr(test_error.message, "host call") != NULL ||
                    strstr(test_error.message, "size prefix") != NULL);
    assert_alive();
}

static size_t mixed_encode(void)
{
    struct hl_wire_call call = call_of("Mixed", 5);

    call.returns = HL_TYPE_STRING;
    call.count = 4;
    call.args[0] = (hl_value){.type = HL_TYPE_STRING, .as.string = {"abc", 3}};
    call.args[1] = (hl_value){.type = HL_TYPE_BYTES,
                              .as.bytes = {(const uint8_t *)"\0\1", 2}};
    call.args[2] = (hl_value){.type = HL_TYPE_LONG, .as.i64 = -1};
    call.args[3] = (hl_value){.type = HL_TYPE_BOOL, .as.boolean = true};
    return encode(&call);
}

/* ---- Damage -----------------------------------------------------------------
 */

static void B1_P6_1_calls_with_any_byte_changed(void **state)
{
    static const uint8_t flips[] = {0x01, 0x03, 0x04, 0x80, 0xFF};
    const size_t size = mixed_encode();

    (void)state;
    ask(size);
    assert_int_equal(entered, 1);
    for (size_t at = 0; at < size; at++) {
        for (size_t i = test_is_kvm ? 4 : 0; i < COUNT_OF(flips); i++) {
            bytes[at] ^= flips[i];
            ask(size);
            bytes[at] ^= flips[i];
        }
    }
}

/* Every offset at every edge: all 32-bit words, the values that wrap. */
static void B1_P6_1_calls_with_any_word_replaced(void **state)
{
    static const uint32_t words[] = {0,          4,          0x7FFFFFFF,
                                     0x80000000, 0xFFFFFFF8, 0xFFFFFFFC,
                                     0xFFFFFFFD, 0xFFFFFFFF};
    const size_t size = mixed_encode();

    (void)state;
    for (size_t at = 0; at + 4 <= size; at += 4) {
        for (size_t i = test_is_kvm ? 5 : 0; i < COUNT_OF(words); i++) {
            uint32_t before;

            memcpy(&before, bytes + at, 4);
            memcpy(bytes + at, &words[i], 4);
            ask(size);
            memcpy(bytes + at, &before, 4);
        }
    }
}

static void B1_calls_cut_short(void **state)
{
    const size_t size = mixed_encode();

    (void)state;
    for (size_t cut = 8; cut < size; cut += test_is_kvm ? 7 : 1)
        ask(cut);
}

/* P6.3 on a real VM: a tag that is not that of its value. */
static void P6_3_union_confusion(void **state)
{
    struct hl_wire_call call = call_of("HostInc", 7);
    const size_t size = encode(&call);

    (void)state;
    for (size_t at = 0; at < size; at++) {
        if (bytes[at] != 1) /* the tag of hlint, wherever it lies */
            continue;
        for (unsigned tag = 0; tag < 13; tag++) {
            bytes[at] = (uint8_t)tag;
            ask(size);
        }
        bytes[at] = 255;
        ask(size);
        bytes[at] = 1;
    }
    assert_in_range(entered, 1, 10);
}

static void B1_results_with_any_byte_changed(void **state)
{
    const struct hl_wire_result value = {.value = {.type = HL_TYPE_INT}};
    size_t size = 0;

    (void)state;
    hl_wire_encode_result(&value, bytes, sizeof(bytes), &size);
    for (size_t at = 0; at < size; at++) {
        for (unsigned i = test_is_kvm ? 7 : 0; i < 8; i++) {
            int32_t result;
            hl_status status;

            bytes[at] ^= (uint8_t)(1u << i);
            status = send(size, NO_PORT, &result);
            if (status != HL_OK && status != HL_FAIL_RESULT_TYPE &&
                status != HL_FAIL_GUEST)
                assert_status(status, HL_FAIL_PROTOCOL);
            assert_false(hl_sandbox_is_poisoned(sandbox));
            assert_alive();
            bytes[at] ^= (uint8_t)(1u << i);
        }
    }
    assert_int_equal(entered, 0);
}

static void B14_logs_with_any_byte_changed(void **state)
{
    const struct hl_wire_log record = {.level = 2,
                                       .message = {"text", 4},
                                       .source = {"s", 1},
                                       .caller = {"c", 1},
                                       .file = {"f", 1}};
    unsigned delivered = 0;
    size_t size = 0;

    (void)state;
    assert_int_equal(hl_wire_encode_log(&record, bytes, sizeof(bytes), &size),
                     HL_WIRE_OK);
    for (size_t at = 0; at < size; at++) {
        for (unsigned i = test_is_kvm ? 7 : 0; i < 8; i++) {
            int32_t result;
            hl_status status;

            bytes[at] ^= (uint8_t)(1u << i);
            status = send(size, HL_PORT_LOG, &result);
            delivered += status == HL_OK;
            if (status != HL_OK)
                assert_status(status, HL_FAIL_PROTOCOL);
            assert_int_equal(hl_sandbox_is_poisoned(sandbox), status != HL_OK);
            assert_alive();
            bytes[at] ^= (uint8_t)(1u << i);
        }
    }
    assert_int_equal(logs, delivered);
}

/* ---- Names
 * -------------------------------------------------------------------- */

static void refused_name(const char *name, size_t len)
{
    struct hl_wire_call call = call_of(name, len);
    int32_t result;

    assert_status(send(encode(&call), HL_PORT_CALL, &result), HL_OK);
    assert_int_equal(result, -HL_ERR_HOST);
    assert_int_equal(entered, 0);
    assert_alive();
}

static void P4_2_names_near_a_granted_one(void **state)
{
    static const hl_string names[] = {
        {"", 0},           {"H", 1},         {"HostIn", 6},
        {"HostIncc", 8},   {"hostInc", 7},   {"HOSTINC", 7},
        {"HostInc ", 8},   {" HostInc", 8},  {"HostInc\0", 8},
        {"HostInc\0x", 9}, {"\0HostInc", 8}, {"Host\0Inc", 8},
        {"HostInd", 7},    {"HostInb", 7},   {"MixedHostInc", 12},
        {"HostPrint", 9},  {"hl_write", 8}};
    const size_t len = 64 << 10;
    char *huge = malloc(len);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        refused_name(names[i].data, names[i].len);
    memset(huge, 'H', len);
    refused_name(huge, len);
    memcpy(huge, "HostInc", 8); /* and a NUL behind it */
    refused_name(huge, len);
    free(huge);
    bytes[0] = 0;
    ask(mixed_encode());
    assert_int_equal(entered, 1);
}

static void P4_1_without_grants_no_name_is_served(void **state)
{
    static const char *const names[] = {"HostInc",    "Mixed",      "HostPrint",
                                        "hl_write",   "hl_println", "hl_read",
                                        "hl_get_time"};

    (void)state;
    close_all();
    open_with(false);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        refused_name(names[i], strlen(names[i]));
}

/* A call the guest left behind when it halted is served never. */
static void P5_2_a_call_left_behind_is_not_served(void **state)
{
    const struct hl_wire_call call = call_of("HostInc", 7);
    int32_t result;

    (void)state;
    assert_status(send(encode(&call), NO_PORT, &result), HL_FAIL_PROTOCOL);
    assert_int_equal(entered, 0);
    assert_alive();
    assert_int_equal(entered, 0);
    ask(encode(&call));
    assert_int_equal(entered, 1);
}

/* ---- Counts and types
 * ----------------------------------------------------------- */

static hl_value value_of(enum hl_type type)
{
    hl_value value = {.type = type};

    if (type == HL_TYPE_STRING)
        value.as.string = (hl_string){"x", 1};
    if (type == HL_TYPE_BYTES)
        value.as.bytes = (hl_bytes){(const uint8_t *)"x", 1};
    return value;
}

static const enum hl_type types[] = {
    HL_TYPE_INT,    HL_TYPE_UINT,   HL_TYPE_LONG, HL_TYPE_ULONG, HL_TYPE_FLOAT,
    HL_TYPE_DOUBLE, HL_TYPE_STRING, HL_TYPE_BOOL, HL_TYPE_BYTES};

static void P6_1_only_the_declared_counts_and_types(void **state)
{
    struct hl_wire_call call = call_of("HostInc", 7);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        for (uint32_t count = 0; count <= 12; count += test_is_kvm ? 3 : 1) {
            call.count = count;
            for (uint32_t j = 0; j < count; j++)
                call.args[j] = value_of(types[i]);
            ask(encode(&call));
        }
        call.count = 1;
        call.args[0] = value_of(types[i]);
        ask(encode(&call));
    }
    assert_in_range(entered, 1, 2); /* Int, once or twice */
}

static void P6_1_each_argument_of_another_type(void **state)
{
    const enum hl_type right[4] = {HL_TYPE_STRING, HL_TYPE_BYTES, HL_TYPE_LONG,
                                   HL_TYPE_BOOL};
    struct hl_wire_call call = call_of("Mixed", 5);

    (void)state;
    call.returns = HL_TYPE_STRING;
    call.count = 4;
    for (unsigned at = 0; at < 4; at++) {
        for (unsigned i = 0; i < 4; i++)
            call.args[i] = value_of(right[i]);
        for (size_t i = 0; i < COUNT_OF(types); i++) {
            call.args[at] = value_of(types[i]);
            ask(encode(&call));
        }
    }
    assert_int_equal(entered, 4); /* each position's own type, once */
}

static void P6_5_another_return_type_than_declared(void **state)
{
    struct hl_wire_call call = call_of("HostInc", 7);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        call.returns = (uint8_t)types[i];
        ask(encode(&call));
    }
    call.returns = HL_TYPE_VOID;
    ask(encode(&call));
    assert_int_equal(entered, 1);
}

/* ---- Amplification
 * ---------------------------------------------------------------- */

/* Many arguments that are all one long string: they cost no memory of their
 * own, and their number ends at the host's cap. */
static void B7_arguments_that_are_all_one_string(void **state)
{
    static char text[32 << 10];
    struct hl_wire_call call = call_of("Mixed", 5);
    uint32_t at;
    size_t size;

    (void)state;
    memset(text, 'x', sizeof(text));
    call.count = 32;
    call.args[0] =
        (hl_value){.type = HL_TYPE_STRING, .as.string = {text, sizeof(text)}};
    for (unsigned i = 1; i < 32; i++)
        call.args[i] = value_of(HL_TYPE_INT);
    size = encode(&call);
    /* the list of 32 offsets; all of them to where the first one leads */
    for (at = 8; memcmp(bytes + at, "\x20\0\0\0", 4) != 0; at += 4)
        assert_true(at < 0x80);
    for (uint32_t i = 1; i < 32; i++) {
        uint32_t first;

        memcpy(&first, bytes + at + 4, 4);
        first -= 4 * i;
        memcpy(bytes + at + 4 + 4 * (size_t)i, &first, 4);
    }
    ask(size);
    memcpy(bytes + at, "\x21\0\0\0", 4); /* 33 */
    ask(size);
    memcpy(bytes + at, "\xFF\xFF\xFF\x3F", 4);
    ask(size);
    assert_int_equal(entered, 0);
}

int main(int argc, char **argv)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, messages_up, messages_down)
    const struct CMUnitTest tests[] = {
        TEST(B1_P6_1_calls_with_any_byte_changed),
        TEST(B1_P6_1_calls_with_any_word_replaced),
        TEST(B1_calls_cut_short),
        TEST(P6_3_union_confusion),
        TEST(B1_results_with_any_byte_changed),
        TEST(B14_logs_with_any_byte_changed),
        TEST(P4_2_names_near_a_granted_one),
        TEST(P4_1_without_grants_no_name_is_served),
        TEST(P5_2_a_call_left_behind_is_not_served),
        TEST(P6_1_only_the_declared_counts_and_types),
        TEST(P6_1_each_argument_of_another_type),
        TEST(P6_5_another_return_type_than_declared),
        TEST(B7_arguments_that_are_all_one_string),
    };

    return RUN_TESTS(argc, argv, tests);
}
