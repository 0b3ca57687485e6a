/* SPDX-License-Identifier: MIT */
/* guarantees: P5.1 P3.2 B10 B15 B16 B17 */
/*
 * Guests that misbehave before their first call (tests/guests/p5_startup), over
 * stacks or virtqueues: no sandbox comes of it, and the error says how the
 * start-up ended.
 */
#include "support.h"

static hl_config *config;
static unsigned entered;

HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    entered++;
    return n + 1;
}

static int startup_up(void **state)
{
    (void)state;
    entered = 0;
    config = config_new();
    return hl_config_grant(config, &hl_provided_HostInc, NULL);
}

static int startup_down(void **state)
{
    (void)state;
    hl_config_free(config);
    return 0;
}

static hl_image *guest_open(const char *name)
{
    char file[64];

    snprintf(file, sizeof(file), "%s%s", name, IS_VIRTQ ? "_virtq" : "");
    return image_open(file);
}

/* Opening fails as status with a message that has text, at once and again. */
static void fails(const char *name, hl_status status, const char *text)
{
    hl_image *image = guest_open(name);

    for (int i = 0; i < 2; i++) {
        hl_sandbox *sandbox = NULL;

        memset(&test_error, 0, sizeof(test_error));
        assert_status(hl_sandbox_open(&sandbox, image, config, &test_error),
                      status);
        assert_null(sandbox);
        if (strstr(test_error.message, text) == NULL)
            fail_msg("`%s` has no `%s`", test_error.message, text);
        assert_non_null(strstr(test_error.message, name));
    }
    hl_image_free(image);
}

static void B16_abort_is_a_start_error_with_its_text(void **state)
{
    (void)state;
    fails("startup_aborts", HL_FAIL_START, "no wish to start");
    assert_int_equal(test_error.guest_code, 8);
}

static void P3_2_fault_is_a_start_error(void **state)
{
    (void)state;
    fails("startup_faults", HL_FAIL_START, "triple fault");
}

static void B15_bad_port_is_a_start_error(void **state)
{
    (void)state;
    fails("startup_bad_port", HL_FAIL_START, "port 77");
}

static void unaligned_stack_is_a_start_error(void **state)
{
    (void)state;
    fails("startup_unaligned_stack", HL_FAIL_START, "unaligned stack");
}

static void B17_endless_start_up_ends_at_its_deadline(void **state)
{
    uint64_t start = now_ns();

    (void)state;
    hl_config_set_timeout(config, MS(150));
    fails("startup_loops", HL_FAIL_TIMEOUT, "Command timed out");
    assert_in_range(now_ns() - start, MS(300), SECONDS(10));
}

/* A result left behind by the start-up is refused, and not the first call's:
 * in queues, which the start-up's end does not look at (abi §12.6), by that. */
static void B10_output_of_the_start_up_is_refused(void **state)
{
    hl_image *image = guest_open("startup_leaves_output");
    hl_sandbox *sandbox = NULL;
    int32_t result;

    (void)state;
    if (IS_VIRTQ) {
        sandbox = sandbox_open(image, config);
        assert_status(call_int(sandbox, "nothing_wrong", &result),
                      HL_FAIL_PROTOCOL);
        assert_true(hl_sandbox_is_poisoned(sandbox));
        hl_sandbox_close(sandbox);
    } else {
        assert_int_not_equal(
            hl_sandbox_open(&sandbox, image, config, &test_error), HL_OK);
        assert_null(sandbox);
    }
    hl_image_free(image);
}

static void P3_2_dispatch_address_that_is_none_ends_the_call(void **state)
{
    hl_image *image = guest_open("startup_bad_dispatch");
    hl_sandbox *sandbox = sandbox_open(image, config);
    int32_t result;

    (void)state;
    assert_status(call_int(sandbox, "nothing_wrong", &result),
                  HL_FAIL_SHUTDOWN);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    hl_sandbox_close(sandbox);
    hl_image_free(image);
}

static void P5_1_no_host_call_before_the_first_call(void **state)
{
    hl_image *image = guest_open("startup_calls_host");
    hl_sandbox *sandbox = sandbox_open(image, config);
    int32_t result = 0;

    (void)state;
    assert_int_equal(entered, 0);
    assert_status(call_int(sandbox, "answer_at_start", &result), HL_OK);
    assert_int_equal(result, -1); /* the guest was told no, and went on */
    assert_status(call_int_int(sandbox, "call_host", 5, &result), HL_OK);
    assert_int_equal(result, 6);
    assert_int_equal(entered, 1);
    hl_sandbox_close(sandbox);
    hl_image_free(image);
}

static void P5_1_unless_the_embedder_allows_it(void **state)
{
    hl_image *image = guest_open("startup_calls_host");
    hl_sandbox *sandbox;
    int32_t result = 0;

    (void)state;
    hl_config_allow_startup_calls(config, true);
    sandbox = sandbox_open(image, config);
    assert_int_equal(entered, 1);
    assert_status(call_int(sandbox, "answer_at_start", &result), HL_OK);
    assert_int_equal(result, 2);
    hl_sandbox_close(sandbox);
    hl_image_free(image);
}

/* The phase is not part of what a snapshot restores (P5.3). */
static void P5_3_restored_sandbox_may_call_the_host_only_in_calls(void **state)
{
    hl_image *image = guest_open("startup_calls_host");
    hl_sandbox *sandbox = sandbox_open(image, config);
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result = 0;

    (void)state;
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(entered, 0);
    assert_status(call_int_int(sandbox, "call_host", 5, &result), HL_OK);
    assert_int_equal(entered, 1);
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(entered, 1);
    hl_snapshot_free(snapshot);
    hl_sandbox_close(sandbox);
    hl_image_free(image);
}

int main(int argc, char **argv)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, startup_up, startup_down)
    const struct CMUnitTest tests[] = {
        TEST(B16_abort_is_a_start_error_with_its_text),
        TEST(P3_2_fault_is_a_start_error),
        TEST(B15_bad_port_is_a_start_error),
        TEST(unaligned_stack_is_a_start_error),
        TEST(B17_endless_start_up_ends_at_its_deadline),
        TEST(B10_output_of_the_start_up_is_refused),
        TEST(P3_2_dispatch_address_that_is_none_ends_the_call),
        TEST(P5_1_no_host_call_before_the_first_call),
        TEST(P5_1_unless_the_embedder_allows_it),
        TEST(P5_3_restored_sandbox_may_call_the_host_only_in_calls),
    };

    return RUN_TESTS(argc, argv, tests);
}
