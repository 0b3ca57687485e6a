/* SPDX-License-Identifier: MIT */
/*
 * For the tests of messages no honest guest sends: one that sends whatever it
 * is given, over stacks (tests/guests/p6_messages) or queues (b1_queues), two
 * host functions, and the promise itself: a handler is entered if, and only if,
 * the message is a call of it with just its types.
 */
#ifndef HL_MESSAGES_H
#define HL_MESSAGES_H

#include <hl/abi.h>
#include <hl/wire.h>

#include "support.h"

#define BUFFER  (192u << 10)
#define NO_PORT 0

/* Over queues the guest knows messages of one page only, its header and the
 * call around them included. */
#define MOST_BYTES (IS_VIRTQ ? 3000u : 64u << 10)

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

static inline void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    (void)record;
    logs++;
}

static inline void open_with(bool grants)
{
    config = config_new();
    if (!IS_VIRTQ) {
        hl_config_set_size(config, HL_SIZE_INPUT, 256 << 10);
        hl_config_set_size(config, HL_SIZE_OUTPUT, 256 << 10);
        hl_config_set_size(config, HL_SIZE_SCRATCH, 1 << 20);
    }
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

static inline void close_all(void)
{
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
}

static inline int messages_up(void **state)
{
    (void)state;
    image = image_open(IS_VIRTQ ? "hostile_virtq" : "hostile");
    open_with(true);
    return 0;
}

/* The next sandbox is as if this one had never been. */
static inline int messages_down(void **state)
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

static inline hl_status send(size_t size, int32_t port, int32_t *result)
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
static inline void assert_alive(void)
{
    int32_t result = 0;

    if (hl_sandbox_is_poisoned(sandbox))
        snapshot_apply(sandbox, fresh);
    assert_status(call_int(sandbox, "nothing_wrong", &result), HL_OK);
    assert_int_equal(result, 42);
}

static inline struct hl_wire_call call_of(const char *name, size_t len)
{
    return (struct hl_wire_call){
        .kind = HL_WIRE_CALL_HOST,
        .name = {name, len},
        .returns = HL_TYPE_INT,
        .count = 1,
        .args = {{.type = HL_TYPE_INT, .as.i32 = 5}},
    };
}

static inline size_t encode(const struct hl_wire_call *call)
{
    size_t size = 0;

    assert_int_equal(
        (IS_VIRTQ ? hl_wire_encode_call_external
                  : hl_wire_encode_call)(call, bytes, sizeof(bytes), &size),
        HL_WIRE_OK);
    return size;
}

static inline bool name_is(const struct hl_wire_call *call, const char *name)
{
    return call->name.len == strlen(name) &&
           memcmp(call->name.data, name, call->name.len) == 0;
}

/* Is this message a call a handler may see? The promise, said again. */
static inline bool may_enter(size_t size, bool *well_formed)
{
    static struct hl_wire_call call;
    static uint8_t copy[BUFFER];
    uint32_t prefix;

    memcpy(copy, bytes, size);
    memcpy(&prefix, bytes, 4);
    if (!IS_VIRTQ && prefix < size - 4)
        size = prefix + 4; /* the message ends where its prefix says */
    *well_formed =
        (IS_VIRTQ ? hl_wire_decode_call_external
                  : hl_wire_decode_call)(copy, size, &call) == HL_WIRE_OK &&
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
static inline void ask(size_t size)
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

static inline size_t mixed_encode(void)
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

static inline hl_value value_of(enum hl_type type)
{
    hl_value value = {.type = type};

    if (type == HL_TYPE_STRING)
        value.as.string = (hl_string){"x", 1};
    if (type == HL_TYPE_BYTES)
        value.as.bytes = (hl_bytes){(const uint8_t *)"x", 1};
    return value;
}

#define MESSAGES_TEST(name)                                                    \
    cmocka_unit_test_setup_teardown(name, messages_up, messages_down)

#endif /* HL_MESSAGES_H */
