/* SPDX-License-Identifier: MIT */
/* guarantees: B16 B17 */
/* Time limits and interrupts of real guests, also inside a host function. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static unsigned finished_waits;
static bool interrupt_inside;

HL_PROVIDE(int32_t, HostWait, (int32_t, ms))
{
    const uint64_t end = now_ns() + MS(ms);

    if (interrupt_inside)
        hl_sandbox_interrupt(*(hl_sandbox **)hl_call_context(call));
    while (now_ns() < end)
        usleep(1000);
    finished_waits++;
    return ms;
}

static int interrupts_up(void **state)
{
    (void)state;
    finished_waits = 0;
    interrupt_inside = false;
    image = image_open("core");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostWait, &sandbox);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    return 0;
}

static int interrupts_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static void assert_serves_again(void)
{
    int32_t result;

    assert_true(hl_sandbox_is_poisoned(sandbox));
    assert_status(call_int(sandbox, "next", &result), HL_FAIL_POISONED);
    snapshot_apply(sandbox, fresh);
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_int_equal(result, 1);
}

static void B17_loop_ends_at_its_deadline(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        const uint64_t start = now_ns();

        hl_sandbox_set_timeout(sandbox, MS(100));
        assert_status(call_int(sandbox, "loop", &(int32_t){0}),
                      HL_FAIL_TIMEOUT);
        assert_in_range(now_ns() - start, MS(100), SECONDS(3));
        hl_sandbox_set_timeout(sandbox, PATIENCE);
        assert_serves_again();
    }
}

static void *interrupt_later(void *unused)
{
    usleep(50000);
    hl_sandbox_interrupt(sandbox);
    return unused;
}

static void B17_loop_ends_when_another_thread_says_so(void **state)
{
    pthread_t thread;

    (void)state;
    for (int i = 0; i < 5; i++) {
        const uint64_t start = now_ns();

        assert_int_equal(pthread_create(&thread, NULL, interrupt_later, NULL),
                         0);
        assert_status(call_int(sandbox, "loop", &(int32_t){0}),
                      HL_FAIL_INTERRUPTED);
        pthread_join(thread, NULL);
        assert_true(now_ns() - start < SECONDS(3));
        assert_serves_again();
    }
}

/* A host function is never cut short; the call ends when it returns. */
static void B17_interrupt_inside_a_host_function(void **state)
{
    int32_t result;

    (void)state;
    interrupt_inside = true;
    assert_status(call_int_int(sandbox, "wait", 20, &result),
                  HL_FAIL_INTERRUPTED);
    assert_int_equal(finished_waits, 1);
    assert_serves_again();
}

static void B17_deadline_inside_a_host_function(void **state)
{
    const uint64_t start = now_ns();
    int32_t result;

    (void)state;
    hl_sandbox_set_timeout(sandbox, MS(30));
    assert_status(call_int_int(sandbox, "wait", 100, &result), HL_FAIL_TIMEOUT);
    assert_int_equal(finished_waits, 1);
    assert_true(now_ns() - start >= MS(100));
    hl_sandbox_set_timeout(sandbox, PATIENCE);
    assert_serves_again();
}

static void B17_interrupt_between_calls_hits_nothing(void **state)
{
    int32_t result;

    (void)state;
    for (int32_t i = 1; i <= 50; i++) {
        hl_sandbox_interrupt(sandbox);
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_int_equal(result, i);
        hl_sandbox_interrupt(sandbox);
    }
}

static void B17_interrupt_of_a_poisoned_sandbox_is_safe(void **state)
{
    (void)state;
    assert_status(call_int(sandbox, "crash", &(int32_t){0}), HL_FAIL_EXCEPTION);
    hl_sandbox_interrupt(sandbox);
    assert_serves_again();
}

static atomic_bool storm_over;

/* Pauses from none to many times a call, however slow calls are here. */
static void *storm(void *unused)
{
    for (unsigned turn = 0; !storm_over; turn++) {
        hl_sandbox_interrupt(sandbox);
        usleep(50u << (turn % 10));
    }
    return unused;
}

/* Interrupts at any moment: a call either completes or was interrupted. */
static void B17_storm_of_interrupts(void **state)
{
    pthread_t thread;
    unsigned done = 0;
    unsigned stopped = 0;

    (void)state;
    storm_over = false;
    assert_int_equal(pthread_create(&thread, NULL, storm, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        int32_t result = 0;
        const hl_status status = call_int(sandbox, "next", &result);

        if (status == HL_OK) {
            done++;
            continue;
        }
        assert_status(status, HL_FAIL_INTERRUPTED);
        stopped++;
        snapshot_apply(sandbox, fresh);
    }
    storm_over = true;
    pthread_join(thread, NULL);
    print_message("# %u calls done, %u interrupted\n", done, stopped);
    assert_true(done > 0);
}

int main(int argc, char **argv)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, interrupts_up, interrupts_down)
    const struct CMUnitTest tests[] = {
        TEST(B17_loop_ends_at_its_deadline),
        TEST(B17_loop_ends_when_another_thread_says_so),
        TEST(B17_interrupt_inside_a_host_function),
        TEST(B17_deadline_inside_a_host_function),
        TEST(B17_interrupt_between_calls_hits_nothing),
        TEST(B17_interrupt_of_a_poisoned_sandbox_is_safe),
        TEST(B17_storm_of_interrupts),
    };

    return RUN_TESTS(argc, argv, tests);
}
