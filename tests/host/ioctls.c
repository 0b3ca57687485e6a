/* SPDX-License-Identifier: MIT */
/* guarantees: P1.2 P3.1 */
/*
 * What a call costs in system calls on KVM (feature F3): linked with
 * --wrap=ioctl, so that every ioctl of the library passes by here.
 */
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "support.h"

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);

static unsigned runs;
static unsigned others;
static unsigned maps;

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
    if (request == KVM_RUN)
        runs++;
    else
        others++;
    maps += request == KVM_SET_USER_MEMORY_REGION;
    return __real_ioctl(fd, request, argument);
}

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    return a + b;
}

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;

static int ioctls_up(void **state)
{
    (void)state;
    maps = 0;
    image = image_open("core");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostAdd, NULL);
    sandbox = sandbox_open(image, config);
    return 0;
}

static int ioctls_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static void count_from_here(void)
{
    runs = 0;
    others = 0;
}

static void F3_one_kvm_run_a_call_and_no_other_ioctl(void **state)
{
    int32_t result;

    (void)state;
    count_from_here();
    for (unsigned i = 1; i <= 20; i++) {
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_int_equal(runs, i);
        assert_int_equal(others, 0);
    }
}

static void F3_one_more_kvm_run_for_each_host_call(void **state)
{
    const hl_value ten = {.type = HL_TYPE_INT, .as.i32 = 10};
    hl_value result = {0};

    (void)state;
    count_from_here();
    assert_status(hl_sandbox_call(sandbox, "call_host_often", 15, &ten, 1,
                                  HL_TYPE_LONG, &result, &test_error),
                  HL_OK);
    assert_int_equal(result.as.i64, 55);
    assert_int_equal(runs, 1 + 10);
    assert_int_equal(others, 0);
}

/* Deadlines cost timers, not ioctls; after a restore it is as before. */
static void F3_no_other_ioctl_after_a_restore(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    for (int i = 0; i < 5; i++) {
        snapshot_apply(sandbox, snapshot);
        count_from_here();
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_int_equal(runs, 1);
        assert_int_equal(others, 0);
    }
    hl_snapshot_free(snapshot);
}

/* The FPU is set again after a call that was cut short, once. */
static void F3_restore_is_what_resets_after_a_crash(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    int32_t result;

    (void)state;
    assert_status(call_int(sandbox, "crash", &result), HL_FAIL_EXCEPTION);
    count_from_here();
    snapshot_apply(sandbox, snapshot);
    assert_int_equal(runs, 0);
    print_message("# a restore takes %u ioctls\n", others);
    count_from_here();
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_int_equal(others, 0);
    hl_snapshot_free(snapshot);
}

/* The machine's memory is what it was when it was made: no call, crash or
 * restore maps or unmaps any. */
static void P3_1_no_call_maps_memory(void **state)
{
    hl_snapshot *snapshot = snapshot_take(sandbox);
    const hl_value ten = {.type = HL_TYPE_INT, .as.i32 = 10};
    hl_value value = {0};
    int32_t result;

    (void)state;
    snapshot_apply(sandbox, snapshot);
    assert_in_range(maps, 3, 5); /* two slots at start, one for the snapshot */
    maps = 0;
    for (int i = 0; i < 3; i++) {
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_status(hl_sandbox_call(sandbox, "call_host_often", 15, &ten, 1,
                                      HL_TYPE_LONG, &value, &test_error),
                      HL_OK);
        assert_status(call_int_int(sandbox, "dirty", 20, &result), HL_OK);
        assert_status(call_int(sandbox, "crash", &result), HL_FAIL_EXCEPTION);
        snapshot_apply(sandbox, snapshot);
    }
    assert_int_equal(maps, 0);
    hl_snapshot_free(snapshot);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ioctls_up, ioctls_down)
    const struct CMUnitTest tests[] = {
        TEST(F3_one_kvm_run_a_call_and_no_other_ioctl),
        TEST(F3_one_more_kvm_run_for_each_host_call),
        TEST(F3_no_other_ioctl_after_a_restore),
        TEST(P3_1_no_call_maps_memory),
        TEST(F3_restore_is_what_resets_after_a_crash),
    };

    return RUN_TESTS(argc, argv, tests);
}
