/* SPDX-License-Identifier: MIT */
/*
 * For the tests of guest `hostile` (tests/guests/[bp]*_*), over stacks and, as
 * `hostile_virtq`, over virtqueues: each of its functions ends as its own named
 * error, within its time limit, and leaves a host that can restore and call
 * again, and open the next sandbox.
 */
#ifndef HL_HOSTILE_H
#define HL_HOSTILE_H

#include <hl/abi.h>

#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static char debug_text[4096];
static size_t debug_len;
static unsigned logs;
static unsigned entered;

HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    entered++;
    return n + 1;
}

static void take_debug(void *context, const char *text, size_t len)
{
    (void)context;
    if (debug_len + len <= sizeof(debug_text)) {
        memcpy(debug_text + debug_len, text, len);
        debug_len += len;
    }
}

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    (void)record;
    logs++;
}

static int hostile_up(void **state)
{
    (void)state;
    image = image_open(IS_VIRTQ ? "hostile_virtq" : "hostile");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostInc, NULL);
    hl_config_set_debug(config, take_debug, NULL);
    hl_config_set_log(config, 5, take_log, NULL);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    entered = 0;
    debug_len = 0;
    logs = 0;
    return 0;
}

/* The next sandbox is as if this one had never been. */
static int hostile_down(void **state)
{
    hl_sandbox *next = sandbox_open(image, config);
    int32_t result = 0;

    (void)state;
    assert_status(call_int(next, "nothing_wrong", &result), HL_OK);
    assert_int_equal(result, 42);
    hl_sandbox_close(next);
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

/* The call ends as status, whose message has text; does it poison? Either
 * way the sandbox serves the next call, restored if it has to be (B16). */
static void ends(const char *name, int32_t argument, hl_status status,
                 const char *text, bool poisons)
{
    hl_snapshot *none = NULL;
    int32_t result;

    assert_status(call_int_int(sandbox, name, argument, &result), status);
    if (strstr(test_error.message, text) == NULL)
        fail_msg("%s(%d): `%s` has no `%s`", name, argument, test_error.message,
                 text);
    assert_int_equal(hl_sandbox_is_poisoned(sandbox), poisons);
    if (poisons) {
        assert_status(call_int(sandbox, "nothing_wrong", &result),
                      HL_FAIL_POISONED);
        assert_status(hl_sandbox_snapshot(sandbox, &none, &test_error),
                      HL_FAIL_POISONED);
        snapshot_apply(sandbox, fresh);
    }
    assert_alive();
}

static void returns(const char *name, int32_t argument, int32_t wanted)
{
    int32_t result = ~wanted;

    assert_status(call_int_int(sandbox, name, argument, &result), HL_OK);
    assert_int_equal(result, wanted);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_alive();
}

#define POISONS true
#define HEALTHY false
/* What a malformed end does: queues cannot be set right (abi §12.7). */
#define BAD_END IS_VIRTQ

#define HOSTILE_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, hostile_up, hostile_down)
#define HOSTILE_STACKS_TEST(name) STACKS_TEST(name, hostile_up, hostile_down)

#endif /* HL_HOSTILE_H */
