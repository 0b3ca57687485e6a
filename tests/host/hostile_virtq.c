/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B5 B9 B11 B15 B16 B17 B22 P5.1 P6.4 */
/*
 * A hostile guest over virtqueues (tests/guests/b1_queues): each attack ends as
 * its own named error, and leaves a host that can restore and call again.
 */
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static unsigned logs;
static unsigned entered;

HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    entered++;
    return n + 1;
}

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    (void)record;
    logs++;
}

static int virtq_up(void **state)
{
    (void)state;
    image = image_open("hostile_virtq");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostInc, NULL);
    hl_config_set_log(config, 5, take_log, NULL);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    entered = 0;
    logs = 0;
    return 0;
}

static int virtq_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static void assert_alive(void)
{
    int32_t result = 0;

    assert_status(call_int(sandbox, "nothing_wrong", &result), HL_OK);
    assert_int_equal(result, 42);
}

static hl_status attack(const char *name, int32_t first, int32_t second,
                        int32_t *result)
{
    const hl_value args[] = {{.type = HL_TYPE_INT, .as.i32 = first},
                             {.type = HL_TYPE_INT, .as.i32 = second}};
    hl_value value = {0};
    const hl_status status = hl_sandbox_call(
        sandbox, name, strlen(name), args, 2, HL_TYPE_INT, &value, &test_error);

    *result = value.as.i32;
    return status;
}

static void assert_text(const char *what, int32_t number, const char *text)
{
    if (strstr(test_error.message, text) == NULL)
        fail_msg("%s(%d): `%s` has no `%s`", what, number, test_error.message,
                 text);
}

/* Poisoned: it refuses everything until restored, and then is as before. */
static void assert_poisoned_and_restore(void)
{
    hl_snapshot *none = NULL;
    int32_t result;

    assert_true(hl_sandbox_is_poisoned(sandbox));
    assert_status(call_int(sandbox, "nothing_wrong", &result),
                  HL_FAIL_POISONED);
    assert_status(hl_sandbox_snapshot(sandbox, &none, &test_error),
                  HL_FAIL_POISONED);
    snapshot_apply(sandbox, fresh);
    assert_alive();
    assert_alive();
}

static void ends(const char *name, int32_t first, int32_t second,
                 hl_status status, const char *text)
{
    int32_t result;

    memset(&test_error, 0, sizeof(test_error));
    assert_status(attack(name, first, second, &result), status);
    assert_text(name, first, text);
    assert_poisoned_and_restore();
}

static void returns(const char *name, int32_t first, int32_t second,
                    int32_t wanted)
{
    int32_t result;

    assert_status(attack(name, first, second, &result), HL_OK);
    assert_int_equal(result, wanted);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_alive();
}

/* After the halt, and when it rings. */
static void B1_corrupt_descriptors(void **state)
{
    static const char *const texts[] = {
        "descriptor address",
        "descriptor address",
        "descriptor address",
        "descriptor address",
        "descriptor address",
        "descriptor address",
        "descriptor flags",
        "descriptor flags",
        "chain id",
        "chain id",
        "chain without end",
        "readable after",
        "length",
        "malformed message from",
    };

    (void)state;
    for (int32_t i = 0; i < (int32_t)COUNT_OF(texts); i++) {
        ends("corrupt_descriptor", i, 0, HL_FAIL_PROTOCOL, texts[i]);
        ends("corrupt_descriptor", i, 1, HL_FAIL_PROTOCOL, texts[i]);
    }
}

static void B1_corrupt_headers(void **state)
{
    static const char *const texts[] = {"kind",
                                        "reserved header",
                                        "reserved header",
                                        "reserved header",
                                        "correlation id",
                                        "correlation id",
                                        "correlation id",
                                        "correlation id",
                                        "payload length",
                                        "payload length",
                                        "payload length",
                                        "payload length"};

    (void)state;
    for (int32_t at = 0; at < 12; at++)
        ends("corrupt_header", at, 0, HL_FAIL_PROTOCOL, texts[at]);
}

/* A host call with a broken header does not reach the handler. */
static void P6_4_headers_of_host_calls(void **state)
{
    (void)state;
    for (int32_t at = 0; at < 12; at++) {
        if (at >= 4 && at < 8) { /* any id but 0 is good */
            returns("call_host_with_header", at, 0, 1);
            assert_int_equal(entered, at - 3);
            continue;
        }
        ends("call_host_with_header", at, 0, HL_FAIL_PROTOCOL,
             "malformed message");
    }
    assert_int_equal(entered, 4);
}

static void B9_ends_of_calls_that_are_none(void **state)
{
    (void)state;
    ends("no_response", 0, 0, HL_FAIL_NO_RESULT, "without a result");
    ends("two_results", 0, 0, HL_FAIL_PROTOCOL, "left in the queue");
    ends("result_before_the_halt", 0, 0, HL_FAIL_PROTOCOL,
         "result before it halted");
    ends("call_unserved_at_the_halt", 0, 0, HL_FAIL_PROTOCOL, "unserved");
    assert_int_equal(entered, 0);
    returns("bell_without_a_message", 0, 0, 42);
}

static void B15_ports_of_the_other_transport_poison(void **state)
{
    (void)state;
    ends("old_port", 99, 0, HL_FAIL_PORT, "port 99");
    ends("old_port", 101, 0, HL_FAIL_PORT, "port 101");
}

static void B1_malformed_logs(void **state)
{
    static const char *const texts[] = {"correlation id", "log record",
                                        "log record", "log record",
                                        "reply space"};

    (void)state;
    for (int32_t i = 0; i < 5; i++) {
        ends("log_malformed", i, 0, HL_FAIL_PROTOCOL, texts[i]);
        ends("log_malformed", i, 1, HL_FAIL_PROTOCOL, texts[i]);
    }
    assert_int_equal(logs, 0);
    returns("logs", 3, 1, 42);
    returns("logs", 30, 0, 42); /* nobody rang: found after the halt */
    assert_int_equal(logs, 33);
}

/* Too many logs end the run, or the call after it; both poison. */
static void B22_log_budget_holds_after_the_halt(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_set_limit(config, HL_LIMIT_LOGS, 2);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    returns("logs", 2, 0, 42);
    ends("logs", 3, 1, HL_FAIL_BUDGET, "log records");
    ends("logs", 3, 0, HL_FAIL_BUDGET, "log records");
    returns("logs", 2, 1, 42);
}

/* The call is refused as a whole: the handler is not entered. */
static void B5_room_for_a_reply_that_is_none(void **state)
{
    static const char *const texts[] = {
        "descriptor address", "descriptor address", "descriptor address",
        "descriptor address", "descriptor address", "descriptor address",
        "descriptor address", "descriptor flags",   "readable after",
        "descriptor address"};

    (void)state;
    for (int32_t i = 0; i < (int32_t)COUNT_OF(texts); i++)
        ends("corrupt_reply_room", i, 0, HL_FAIL_PROTOCOL, texts[i]);
    assert_int_equal(entered, 0);
}

/* Rings, tables, stack: it ends, as something named, and is as before. */
static void B5_replies_over_what_the_guest_needs(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 8; i++) {
        int32_t result;
        const hl_status status = attack("reply_over", i, 0, &result);

        if (status != HL_OK && status != HL_FAIL_SHUTDOWN &&
            status != HL_FAIL_NO_RESULT && status != HL_FAIL_MEMORY)
            assert_status(status, HL_FAIL_PROTOCOL);
        assert_int_equal(hl_sandbox_is_poisoned(sandbox), status != HL_OK);
        assert_int_equal(entered, i + 1);
        snapshot_apply(sandbox, fresh);
        assert_alive();
        assert_alive();
    }
}

static void B11_replies_without_room(void **state)
{
    int32_t result;

    (void)state;
    assert_status(attack("call_host", 1, 512, &result), HL_OK);
    assert_in_range(result, 12 + 60, 12 + 72);
    ends("call_host", 1, 1, HL_FAIL_TOO_BIG, "");
    ends("call_host", 1, 70, HL_FAIL_TOO_BIG, "");
    ends("call_host", 1, 0, HL_FAIL_PROTOCOL, "reply space");
}

static void B11_buffers_not_given_back_run_out(void **state)
{
    hl_snapshot *none = NULL;
    int32_t result;
    int calls = 0;

    (void)state;
    assert_status(attack("keep_buffers", 0, 0, &result), HL_OK);
    while (call_int(sandbox, "nothing_wrong", &result) == HL_OK)
        assert_true(++calls < 100);
    assert_int_equal(test_error.status, HL_FAIL_TOO_BIG);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_status(hl_sandbox_snapshot(sandbox, &none, &test_error),
                  HL_FAIL_TOO_BIG);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    snapshot_apply(sandbox, fresh);
    assert_alive();
}

/* The input ring is broken for the next call, or for the next snapshot. */
static void B16_corrupt_input_rings_poison(void **state)
{
    hl_snapshot *none = NULL;
    int32_t result;

    (void)state;
    for (int32_t i = 0; i < 6; i++) {
        assert_status(attack("corrupt_input_ring", i, 0, &result), HL_OK);
        assert_status(call_int(sandbox, "nothing_wrong", &result),
                      HL_FAIL_PROTOCOL);
        assert_text("corrupt_input_ring", i, "guest");
        assert_poisoned_and_restore();
        assert_status(attack("corrupt_input_ring", i, 0, &result), HL_OK);
        assert_status(hl_sandbox_snapshot(sandbox, &none, &test_error),
                      HL_FAIL_PROTOCOL);
        assert_poisoned_and_restore();
    }
}

/* ---- Checkpoints -------------------------------------------------------- */

static hl_status snapshot_try(int32_t mode)
{
    hl_snapshot *snapshot = NULL;
    int32_t result;
    hl_status status;

    assert_status(attack("at_checkpoint", mode, 0, &result), HL_OK);
    memset(&test_error, 0, sizeof(test_error));
    status = hl_sandbox_snapshot(sandbox, &snapshot, &test_error);
    if (status == HL_OK)
        hl_snapshot_free(snapshot);
    else
        assert_null(snapshot);
    return status;
}

static void B16_failed_checkpoints_poison(void **state)
{
    (void)state;
    for (int32_t mode = 1; mode <= 3; mode++) {
        assert_status(snapshot_try(mode), HL_FAIL_PROTOCOL);
        assert_text("at_checkpoint", mode, "checkpoint: mailbox holds");
        assert_poisoned_and_restore();
    }
    assert_status(snapshot_try(7), HL_FAIL_ABORT);
    assert_poisoned_and_restore();
    hl_sandbox_set_timeout(sandbox, MS(150));
    assert_status(snapshot_try(6), HL_FAIL_TIMEOUT);
    hl_sandbox_set_timeout(sandbox, PATIENCE);
    assert_poisoned_and_restore();
}

static void P5_1_no_host_call_during_a_checkpoint(void **state)
{
    (void)state;
    assert_status(snapshot_try(4), HL_FAIL_PROTOCOL);
    assert_text("at_checkpoint", 4, "during a snapshot checkpoint");
    assert_int_equal(entered, 0);
    assert_poisoned_and_restore();
    assert_status(snapshot_try(5), HL_OK); /* a log is allowed */
    assert_int_equal(logs, 1);
    assert_alive();
}

static void B1_rings_that_are_not_canonical_make_no_snapshot(void **state)
{
    (void)state;
    for (int32_t mode = 10; mode <= 16; mode++) {
        assert_status(snapshot_try(mode), HL_FAIL_SNAPSHOT);
        assert_text("at_checkpoint", mode, "not in the state a snapshot needs");
        assert_false(hl_sandbox_is_poisoned(sandbox));
        snapshot_apply(sandbox, fresh);
        assert_alive();
    }
    assert_status(snapshot_try(0), HL_OK);
    assert_alive();
}

/* The log level tells the guest what to do wrong. */
static void start_fails(uint32_t level, const char *text)
{
    hl_sandbox *none = NULL;

    hl_config_set_log(config, level, take_log, NULL);
    memset(&test_error, 0, sizeof(test_error));
    assert_status(hl_sandbox_open(&none, image, config, &test_error),
                  HL_FAIL_START);
    assert_null(none);
    assert_text("start", (int32_t)level, text);
}

static void B16_start_up_without_its_checkpoint_fails(void **state)
{
    (void)state;
    start_fails(1, "mailbox holds 0x0");
    start_fails(2, "mailbox holds 0x2");
    start_fails(3, "descriptor address");
}

static void P5_1_no_host_call_during_start_up(void **state)
{
    hl_sandbox *other;

    (void)state;
    hl_config_set_log(config, 4, take_log, NULL);
    other = sandbox_open(image, config);
    assert_int_equal(entered, 0);
    hl_sandbox_close(other);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, virtq_up, virtq_down)
    const struct CMUnitTest tests[] = {
        TEST(B1_corrupt_descriptors),
        TEST(B1_corrupt_headers),
        TEST(P6_4_headers_of_host_calls),
        TEST(B9_ends_of_calls_that_are_none),
        TEST(B15_ports_of_the_other_transport_poison),
        TEST(B1_malformed_logs),
        TEST(B22_log_budget_holds_after_the_halt),
        TEST(B5_room_for_a_reply_that_is_none),
        TEST(B5_replies_over_what_the_guest_needs),
        TEST(B11_replies_without_room),
        TEST(B11_buffers_not_given_back_run_out),
        TEST(B16_corrupt_input_rings_poison),
        TEST(B16_failed_checkpoints_poison),
        TEST(P5_1_no_host_call_during_a_checkpoint),
        TEST(B1_rings_that_are_not_canonical_make_no_snapshot),
        TEST(B16_start_up_without_its_checkpoint_fails),
        TEST(P5_1_no_host_call_during_start_up),
    };

    return RUN_TESTS(argc, argv, tests);
}
