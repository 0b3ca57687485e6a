/* SPDX-License-Identifier: MIT */
/* What hl_config_set_trace tells: each crossing once, in order, when it has
 * really happened; a value where there is one, and else the error. */
#include <string.h>

#include "fake_sandbox.h"

struct told {
    enum hl_trace_kind kind;
    bool has_value, is_error;
    int32_t value;
    uint64_t code;
    size_t size;
    char message[64];
};

static struct told told[16];
static size_t told_count;
static bool failing;
static int32_t answer;
static hl_bytes big;

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_error error;
static int32_t result;

HL_PROVIDE(int32_t, twice, (int32_t, n))
{
    if (failing)
        hl_call_fail(call, HL_ERR_HOST, "no");
    return 2 * n;
}

HL_PROVIDE(hl_bytes, much)
{
    (void)call;
    return big;
}

static void tell(void *context, const hl_trace_event *event)
{
    struct told *t = &told[told_count++];

    (void)context;
    assert_true(told_count <= COUNT_OF(told));
    *t = (struct told){
        .kind = event->kind,
        .has_value = event->value != NULL,
        .is_error = event->is_error,
        .value = event->value != NULL ? event->value->as.i32 : 0,
        .code = event->code,
        .size = event->size,
    };
    snprintf(t->message, sizeof(t->message), "%.*s", (int)event->message.len,
             event->message.len != 0 ? event->message.data : "");
}

/* ---- The guest ----------------------------------------------------------- */

static void asks_twice(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    const struct hl_wire_call call = {
        .name = {"twice", 5},
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_INT,
        .count = 1,
        .args = {{.type = HL_TYPE_INT, .as.i32 = 21}},
    };

    fake_push_call(vm, &call);
    fake_out(exit, HL_PORT_CALL, 0);
}

static void asks_much(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    const struct hl_wire_call call = {.name = {"much", 4},
                                      .kind = HL_WIRE_CALL_HOST,
                                      .returns = HL_TYPE_BYTES};

    fake_push_call(vm, &call);
    fake_out(exit, HL_PORT_CALL, 0);
}

static void hears(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    struct hl_wire_result reply;

    fake_pop_reply(vm, &reply);
    answer = reply.is_error ? -1 : reply.value.as.i32;
    fake_out(exit, HL_PORT_DEBUG, 'x');
}

static void logs(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    const struct hl_wire_log log = {.message = {"a record", 8}, .level = 2};
    uint8_t bytes[512];
    size_t size;

    assert_int_equal(hl_wire_encode_log(&log, bytes, sizeof(bytes), &size),
                     HL_WIRE_OK);
    fake_push(vm, bytes, size);
    fake_out(exit, HL_PORT_LOG, 0);
}

static void refuses(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    const struct hl_wire_result wire = {.is_error = true,
                                        .code = HL_ERR_NOT_FOUND,
                                        .message = {"no such function", 16}};

    fake_push_result(vm, &wire);
    fake_halts(vm, exit);
}

static void aborts_9(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    fake_out(exit, HL_PORT_ABORT,
             3u | 9u << 8 | 'b' << 16 | (unsigned)'y' << 24);
}

static void aborts_end(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    fake_out(exit, HL_PORT_ABORT, 2u | 'e' << 8 | (unsigned)HL_ABORT_END << 16);
}

static void faults(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    fake_out(exit, HL_PORT_ABORT,
             3u | 15u << 8 | 14u << 16 | (unsigned)HL_ABORT_END << 24);
}

static void leaves(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    fake_out(exit, 77, 0);
}

static fake_step_fn *const leaving[] = {leaves, NULL};
static fake_step_fn *const busy[] = {asks_twice, hears, logs, fake_answers_42,
                                     NULL};
static fake_step_fn *const refusing[] = {refuses, NULL};
static fake_step_fn *const aborting[] = {aborts_9, aborts_end, NULL};
static fake_step_fn *const faulting[] = {faults, NULL};
static fake_step_fn *const asking_much[] = {asks_much, fake_answers_42, NULL};

static int trace_up(void **state)
{
    (void)state;
    fake_startup = NULL;
    fake_call = busy;
    failing = false;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_grant(config, &hl_provided_twice, NULL);
    hl_config_grant(config, &hl_provided_much, NULL);
    hl_config_set_trace(config, tell, NULL);
    sandbox = fake_sandbox_open(image, config, &error);
    told_count = 0;
    return sandbox == NULL;
}

static int trace_down(void **state)
{
    (void)state;
    fake_close(NULL, sandbox, config, image);
    return 0;
}

/* ---- What is told -------------------------------------------------------- */

static void assert_told(const enum hl_trace_kind *kinds, size_t count)
{
    assert_int_equal(told_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(told[i].kind, kinds[i]);
}

static void each_crossing_is_told_once_in_order(void **state)
{
    static const enum hl_trace_kind kinds[] = {
        HL_TRACE_CALL,  HL_TRACE_HOST_CALL, HL_TRACE_HOST_RESULT,
        HL_TRACE_DEBUG, HL_TRACE_LOG,       HL_TRACE_RESULT};

    (void)state;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_told(kinds, COUNT_OF(kinds));
    assert_true(told[0].size > 0);
    assert_true(told[2].has_value && !told[2].is_error);
    assert_int_equal(told[2].value, 42);
    assert_int_equal(answer, 42);
    assert_string_equal(told[3].message, "x");
    assert_string_equal(told[4].message, "a record");
    assert_true(told[5].has_value && !told[5].is_error);
    assert_int_equal(told[5].value, 42);
}

static void errors_are_told_without_a_value(void **state)
{
    (void)state;
    failing = true;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(told[2].kind, HL_TRACE_HOST_RESULT);
    assert_true(!told[2].has_value && told[2].is_error);
    assert_int_equal(told[2].code, HL_ERR_HOST);
    assert_string_equal(told[2].message, "no");
    told_count = 0;
    fake_call = refusing;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_GUEST);
    assert_int_equal(told[1].kind, HL_TRACE_RESULT);
    assert_true(!told[1].has_value && told[1].is_error);
    assert_int_equal(told[1].code, HL_ERR_NOT_FOUND);
    assert_string_equal(told[1].message, "no such function");
}

/* An abort is told once, by nothing but itself. */
static void assert_abort_told(fake_step_fn *const *guest, hl_status status,
                              uint64_t code)
{
    static const enum hl_trace_kind kinds[] = {HL_TRACE_CALL, HL_TRACE_ABORT};

    fake_call = guest;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), status);
    assert_told(kinds, COUNT_OF(kinds));
    assert_int_equal(told[1].code, code);
}

static void aborts_are_told_when_they_are_whole(void **state)
{
    (void)state;
    assert_abort_told(aborting, HL_FAIL_ABORT, 9);
    assert_string_equal(told[1].message, "bye");
}

static void exceptions_are_told_as_aborts(void **state)
{
    (void)state;
    assert_abort_told(faulting, HL_FAIL_EXCEPTION, 15);
}

static void what_was_not_sent_is_not_told(void **state)
{
    static const enum hl_trace_kind kinds[] = {
        HL_TRACE_CALL, HL_TRACE_HOST_CALL, HL_TRACE_EXIT};
    static const uint8_t zeros[1 << 20];
    const hl_value argument = {.type = HL_TYPE_BYTES,
                               .as.bytes = {zeros, sizeof(zeros)}};

    (void)state;
    assert_int_equal(hl_sandbox_call(sandbox, "f", 1, &argument, 1, HL_TYPE_INT,
                                     NULL, &error),
                     HL_FAIL_TOO_BIG);
    assert_int_equal(told_count, 0);
    big = argument.as.bytes;
    fake_call = asking_much;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_TOO_BIG);
    assert_told(kinds, COUNT_OF(kinds));
    assert_int_equal(told[2].code, HL_FAIL_TOO_BIG);
    assert_memory_equal(told[2].message, error.message,
                        strlen(told[2].message));
}

/* Also where nobody asks for the error. */
static void other_ends_are_told_as_exits(void **state)
{
    static const enum hl_trace_kind kinds[] = {HL_TRACE_CALL, HL_TRACE_EXIT};

    (void)state;
    fake_call = leaving;
    assert_int_equal(fake_sandbox_call(sandbox, &result, NULL), HL_FAIL_PORT);
    assert_told(kinds, COUNT_OF(kinds));
    assert_true(told[1].is_error && !told[1].has_value);
    assert_int_equal(told[1].code, HL_FAIL_PORT);
    assert_non_null(strstr(told[1].message, "port 77"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, trace_up, trace_down)
    const struct CMUnitTest tests[] = {
        TEST(each_crossing_is_told_once_in_order),
        TEST(errors_are_told_without_a_value),
        TEST(aborts_are_told_when_they_are_whole),
        TEST(exceptions_are_told_as_aborts),
        TEST(what_was_not_sent_is_not_told),
        TEST(other_ends_are_told_as_exits),
    };

    return cmocka_run_group_tests_name("host_trace", tests, NULL, NULL);
}
