/* SPDX-License-Identifier: MIT */
/* guarantees: B2 P3.2 P4.1 */
/*
 * Guests that were not made by hlkit (tests/others): what they do as they
 * please, within the specification, works here as on any host.
 */
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;

HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    return n + 1;
}

static int other_up(void **state)
{
    (void)state;
    image =
        image_open(test_abi == HL_ABI_VIRTQ ? "other_virtq" : "other_stack");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostInc, NULL);
    hl_config_allow_startup_calls(config, true);
    sandbox = sandbox_open(image, config);
    return 0;
}

static int other_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static void assert_gives(const char *name, int32_t wanted)
{
    int32_t result = 0;

    assert_status(call_int(sandbox, name, &result), HL_OK);
    assert_int_equal(result, wanted);
}

static void assert_gives_for(const char *name, int32_t argument, int32_t wanted)
{
    int32_t result = 0;

    assert_status(call_int_int(sandbox, name, argument, &result), HL_OK);
    assert_int_equal(result, wanted);
}

static void others_start_and_are_called(void **state)
{
    const hl_value args[] = {{.type = HL_TYPE_INT, .as.i32 = -2},
                             {.type = HL_TYPE_INT, .as.i32 = 44}};
    hl_value result = {0};

    (void)state;
    assert_gives("Told", 42); /* the host was called at start-up */
    for (int i = 0; i < 100; i++) {
        assert_status(hl_sandbox_call(sandbox, "Add", 3, args, 2, HL_TYPE_INT,
                                      &result, &test_error),
                      HL_OK);
        assert_int_equal(result.as.i32, 42);
        assert_gives_for("Ask", i, i + 1);
        assert_gives("Count", 40 + i);
    }
}

/* A start-up's host call is refused unless it is allowed; it is told so. */
static void others_may_be_refused_at_start_up(void **state)
{
    int32_t result = 0;
    hl_sandbox *strict;

    (void)state;
    hl_config_allow_startup_calls(config, false);
    strict = sandbox_open(image, config);
    assert_status(call_int(strict, "Told", &result), HL_OK);
    assert_int_equal(result, -1);
    hl_sandbox_close(strict);
}

/* Their stack lies where they want, and they map it themselves. */
static void others_stacks_grow(void **state)
{
    (void)state;
    assert_gives_for("Deep", 1, 1);
    assert_gives_for("Deep", 40, 40);
    assert_gives_for("Deep", 3, 3);
}

/* What they copy on write is kept by snapshots and undone by restores. */
static void others_are_restored(void **state)
{
    hl_snapshot *first, *second;

    (void)state;
    assert_gives("Count", 40);
    first = snapshot_take(sandbox);
    assert_gives("Count", 41);
    assert_gives_for("Deep", 30, 30);
    second = snapshot_take(sandbox);
    for (int i = 0; i < 5; i++) {
        snapshot_apply(sandbox, first);
        assert_gives("Count", 41);
        assert_gives_for("Deep", 20, 20);
        snapshot_apply(sandbox, second);
        assert_gives("Count", 42);
        assert_gives("Count", 43);
        assert_gives_for("Ask", 1, 2);
    }
    hl_snapshot_free(first);
    hl_snapshot_free(second);
}

static void others_faults_are_theirs_to_tell(void **state)
{
    hl_snapshot *fresh = snapshot_take(sandbox);
    int32_t result = 0;

    (void)state;
    assert_status(call_int_int(sandbox, "Fault", 1, &result), HL_FAIL_ABORT);
    assert_int_equal(test_error.guest_code, 15);
    assert_non_null(
        strstr(test_error.message, "other: memory that is not there"));
    snapshot_apply(sandbox, fresh);
    assert_gives("Count", 40);
    hl_snapshot_free(fresh);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, other_up, other_down)
    const struct CMUnitTest tests[] = {
        TEST(others_start_and_are_called),
        TEST(others_may_be_refused_at_start_up),
        TEST(others_stacks_grow),
        TEST(others_are_restored),
        TEST(others_faults_are_theirs_to_tell),
    };

    return RUN_TESTS(argc, argv, tests);
}
