/* SPDX-License-Identifier: MIT */
/* guarantees: P2.1 P2.2 P3.1 B16 B23 */
/* Snapshot and restore with guests made with the SDK (abi §2.6). */
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;

static int snapshots_up(void **state)
{
    (void)state;
    image = image_open("core");
    config = config_new();
    sandbox = sandbox_open(image, config);
    return 0;
}

static int snapshots_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static int32_t next(hl_sandbox *in)
{
    int32_t result = -1;

    assert_status(call_int(in, "next", &result), HL_OK);
    return result;
}

static int32_t dirty(hl_sandbox *in, int32_t pages)
{
    int32_t result = -1;

    assert_status(call_int_int(in, "dirty", pages, &result), HL_OK);
    return result;
}

static void P2_2_restore_brings_back_the_state(void **state)
{
    hl_snapshot *snapshot;

    (void)state;
    assert_int_equal(next(sandbox), 1);
    assert_int_equal(dirty(sandbox, 3), 3);
    snapshot = snapshot_take(sandbox);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(next(sandbox), 2);
        assert_int_equal(next(sandbox), 3);
        assert_int_equal(dirty(sandbox, 20), 20);
        snapshot_apply(sandbox, snapshot);
        assert_int_equal(dirty(sandbox, 0), 3);
    }
    hl_snapshot_free(snapshot);
}

static void P2_2_two_snapshots_in_turn(void **state)
{
    hl_snapshot *one;
    hl_snapshot *two;

    (void)state;
    assert_int_equal(next(sandbox), 1);
    one = snapshot_take(sandbox);
    assert_int_equal(dirty(sandbox, 10), 10);
    assert_int_equal(next(sandbox), 2);
    two = snapshot_take(sandbox);
    for (int i = 0; i < 10; i++) {
        snapshot_apply(sandbox, one);
        assert_int_equal(dirty(sandbox, 0), 0);
        assert_int_equal(next(sandbox), 2);
        snapshot_apply(sandbox, two);
        assert_int_equal(dirty(sandbox, 0), 10);
        assert_int_equal(next(sandbox), 3);
    }
    hl_snapshot_free(one);
    assert_int_equal(next(sandbox), 4); /* a freed snapshot lives on in use */
    hl_snapshot_free(two);
    assert_int_equal(next(sandbox), 5);
}

/* A snapshot of a restored sandbox, and of that one, …: nothing drifts. */
static void P2_2_generations_of_snapshots(void **state)
{
    uint64_t first_size = 0;

    (void)state;
    for (int32_t i = 1; i <= 20; i++) {
        hl_snapshot *snapshot;

        assert_int_equal(next(sandbox), i);
        snapshot = snapshot_take(sandbox);
        if (i == 2)
            first_size = hl_snapshot_size(snapshot);
        if (i > 2)
            assert_int_equal(hl_snapshot_size(snapshot), first_size);
        snapshot_apply(sandbox, snapshot);
        hl_snapshot_free(snapshot);
    }
}

static void P2_2_restore_after_a_crash(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(next(sandbox), 1);
        assert_status(call_int(sandbox, "crash", &result), HL_FAIL_EXCEPTION);
        assert_int_equal(test_error.vector, 14);
        assert_true(hl_sandbox_is_poisoned(sandbox));
        snapshot_apply(sandbox, snapshot);
    }
    assert_int_equal(next(sandbox), 1);
    hl_snapshot_free(snapshot);
}

static void P2_2_random_numbers_differ_after_each_restore(void **state)
{
    enum { TIMES = 8 };
    hl_image *random = image_open("random");
    hl_sandbox *in = sandbox_open(random, config);
    hl_snapshot *snapshot = snapshot_take(in);
    uint64_t seen[TIMES];

    (void)state;
    for (int i = 0; i < TIMES; i++) {
        hl_value value = {0};

        snapshot_apply(in, snapshot);
        assert_status(hl_sandbox_call(in, "next", 4, NULL, 0, HL_TYPE_ULONG,
                                      &value, &test_error),
                      HL_OK);
        seen[i] = value.as.u64;
        for (int j = 0; j < i; j++)
            assert_true(seen[i] != seen[j]);
    }
    hl_snapshot_free(snapshot);
    hl_sandbox_close(in);
    hl_image_free(random);
}

/* One sandbox's snapshot in another one of the same image and sizes. */
static void snapshots_move_between_sandboxes(void **state)
{
    hl_sandbox *another = sandbox_open(image, config);
    hl_snapshot *snapshot;

    (void)state;
    assert_int_equal(next(sandbox), 1);
    assert_int_equal(next(sandbox), 2);
    snapshot = snapshot_take(sandbox);
    snapshot_apply(another, snapshot);
    hl_sandbox_close(sandbox); /* the snapshot outlives its sandbox */
    sandbox = NULL;
    assert_int_equal(next(another), 3);
    snapshot_apply(another, snapshot);
    assert_int_equal(next(another), 3);
    hl_snapshot_free(snapshot);
    hl_sandbox_close(another);
}

/* A sandbox that begins where another one was: no start-up, nothing shared. */
static void P2_2_a_sandbox_opened_from_a_snapshot_is_as_restored(void **state)
{
    hl_sandbox *opened = NULL;
    hl_snapshot *snapshot, *again;
    int32_t result;

    (void)state;
    assert_int_equal(next(sandbox), 1);
    assert_int_equal(dirty(sandbox, 4), 4);
    snapshot = snapshot_take(sandbox);
    assert_int_equal(next(sandbox), 2);
    assert_status(
        hl_sandbox_open_snapshot(&opened, snapshot, config, &test_error),
        HL_OK);
    assert_int_equal(dirty(opened, 0), 4);
    assert_int_equal(next(opened), 2);
    assert_int_equal(next(opened), 3);
    assert_int_equal(next(sandbox), 3);
    again = snapshot_take(opened);
    assert_status(call_int(opened, "crash", &result), HL_FAIL_EXCEPTION);
    snapshot_apply(opened, again);
    assert_int_equal(next(opened), 4);
    snapshot_apply(opened, snapshot);
    assert_int_equal(next(opened), 2);
    hl_snapshot_free(again);
    hl_snapshot_free(snapshot);
    hl_sandbox_close(opened);
}

static void B23_a_snapshot_of_other_sizes_opens_no_sandbox(void **state)
{
    hl_sandbox *opened = NULL;
    hl_snapshot *snapshot = snapshot_take(sandbox);
    hl_config *other_sizes = config_new();

    (void)state;
    hl_config_set_size(other_sizes, HL_SIZE_SCRATCH, 1 << 20);
    assert_status(
        hl_sandbox_open_snapshot(&opened, snapshot, other_sizes, &test_error),
        HL_FAIL_SNAPSHOT);
    assert_null(opened);
    hl_config_free(other_sizes);
    hl_snapshot_free(snapshot);
}

static void B23_foreign_snapshots_are_refused_unchanged(void **state)
{
    hl_image *other_image = image_open("types");
    hl_sandbox *other = sandbox_open(other_image, config);
    hl_snapshot *snapshot = snapshot_take(other);
    hl_config *other_sizes = config_new();
    hl_sandbox *bigger;

    (void)state;
    assert_int_equal(next(sandbox), 1);
    assert_status(hl_sandbox_restore(sandbox, snapshot, &test_error),
                  HL_FAIL_SNAPSHOT);
    assert_int_equal(next(sandbox), 2);
    hl_snapshot_free(snapshot);
    hl_config_set_size(other_sizes, HL_SIZE_SCRATCH, 1 << 20);
    bigger = sandbox_open(image, other_sizes);
    snapshot = snapshot_take(bigger);
    assert_status(hl_sandbox_restore(sandbox, snapshot, &test_error),
                  HL_FAIL_SNAPSHOT);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_int_equal(next(sandbox), 3);
    hl_snapshot_free(snapshot);
    hl_sandbox_close(bigger);
    hl_config_free(other_sizes);
    hl_sandbox_close(other);
    hl_image_free(other_image);
}

static hl_bytes canary(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(rand() | 1);
    return (hl_bytes){bytes, len};
}

static bool sees(hl_sandbox *in, hl_bytes value)
{
    const hl_value arg = {.type = HL_TYPE_BYTES, .as.bytes = value};
    hl_value result = {0};

    assert_status(hl_sandbox_call(in, "sees", 4, &arg, 1, HL_TYPE_BOOL, &result,
                                  &test_error),
                  HL_OK);
    return result.as.boolean;
}

/* What one guest knew is not in memory that another one can read, nor in its
 * own after a restore (P2.1). */
static void P2_1_no_canary_of_another_guest_is_seen(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    uint8_t bytes[32];

    (void)state;
    /* where each instruction is emulated, a look at it all takes seconds */
    for (int i = 0; i < (test_is_kvm ? 1 : 5); i++) {
        const hl_bytes value = canary(bytes, sizeof(bytes));
        const hl_value arg = {.type = HL_TYPE_BYTES, .as.bytes = value};
        hl_sandbox *first = sandbox_open(image, config);
        hl_sandbox *second;

        assert_status(hl_sandbox_call(first, "set_canary", 10, &arg, 1,
                                      HL_TYPE_VOID, NULL, &test_error),
                      HL_OK);
        assert_true(sees(first, value)); /* the test can see it at all */
        assert_false(sees(sandbox, value));
        hl_sandbox_close(first);
        second = sandbox_open(image, config);
        assert_false(sees(second, value));
        hl_sandbox_close(second);
        assert_status(hl_sandbox_call(sandbox, "set_canary", 10, &arg, 1,
                                      HL_TYPE_VOID, NULL, &test_error),
                      HL_OK);
        assert_true(sees(sandbox, value));
        snapshot_apply(sandbox, snapshot);
        assert_false(sees(sandbox, value));
    }
    hl_snapshot_free(snapshot);
}

/* Many restores: no memory is lost, none is kept (soak, short). */
static void P2_2_restores_do_not_drift(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    hl_stats first;
    hl_stats last;

    (void)state;
    assert_int_equal(dirty(sandbox, 5), 5);
    snapshot_apply(sandbox, snapshot);
    hl_sandbox_get_stats(sandbox, &first);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(dirty(sandbox, 5), 5);
        snapshot_apply(sandbox, snapshot);
    }
    hl_sandbox_get_stats(sandbox, &last);
    assert_int_equal(last.scratch_used, first.scratch_used);
    assert_int_equal(last.dirty_pages, first.dirty_pages);
    hl_snapshot_free(snapshot);
}

int main(int argc, char **argv)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, snapshots_up, snapshots_down)
    const struct CMUnitTest tests[] = {
        TEST(P2_2_restore_brings_back_the_state),
        TEST(P2_2_two_snapshots_in_turn),
        TEST(P2_2_generations_of_snapshots),
        TEST(P2_2_restore_after_a_crash),
        TEST(P2_2_random_numbers_differ_after_each_restore),
        TEST(snapshots_move_between_sandboxes),
        TEST(P2_2_a_sandbox_opened_from_a_snapshot_is_as_restored),
        TEST(B23_a_snapshot_of_other_sizes_opens_no_sandbox),
        TEST(B23_foreign_snapshots_are_refused_unchanged),
        TEST(P2_1_no_canary_of_another_guest_is_seen),
        TEST(P2_2_restores_do_not_drift),
    };

    return RUN_TESTS(argc, argv, tests);
}
