/* SPDX-License-Identifier: MIT */
/* guarantees: B17 */
/* Deadlines and interrupts: races between begin, end, kill and signals. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "test.h"
#include "fake_vmm.h"
#include "kick.h"

#define MS(n)  ((uint64_t)(n) * 1000000)
#define ROUNDS 10000

/* Far above what a kick may take, far below what people wait for. */
#define BOUND_NS MS(2000)

static struct fake_vmm vm;
static struct hl_kick kick;
static hl_error error;

static int kick_up(void **state)
{
    (void)state;
    memset(&kick, 0, sizeof(kick));
    fake_vmm_init(&vm);
    return kick_open(&kick, &vm.vmm, &error) == HL_OK ? 0 : -1;
}

static int kick_down(void **state)
{
    (void)state;
    kick_close(&kick);
    return 0;
}

/* A guest that loops: runs until it is stopped, or for at most ns. */
static void spin(uint64_t ns)
{
    const uint64_t end = monotonic_ns() + ns;

    while (!atomic_load(&vm.stop) && monotonic_ns() < end)
        sched_yield(); /* the killer may need this core */
}

static void B17_deadline_ends_a_loop(void **state)
{
    const uint64_t start = monotonic_ns();

    (void)state;
    assert_int_equal(kick_begin(&kick, MS(20), &error), HL_OK);
    assert_int_equal(kick_check(&kick), HL_OK);
    spin(BOUND_NS);
    assert_true(atomic_load(&vm.stop));
    assert_int_equal(kick_check(&kick), HL_FAIL_TIMEOUT);
    kick_end(&kick);
    assert_in_range(monotonic_ns() - start, MS(20), BOUND_NS);
}

static void B17_deadline_of_one_call_is_not_the_next_ones(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(kick_begin(&kick, MS(1), &error), HL_OK);
        if (i % 2 == 0)
            spin(BOUND_NS);
        kick_end(&kick);
        assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
        spin(MS(2));
        assert_false(atomic_load(&vm.stop));
        assert_int_equal(kick_check(&kick), HL_OK);
        kick_end(&kick);
    }
}

static void B17_interrupt_without_a_call_does_nothing(void **state)
{
    (void)state;
    kick_interrupt(&kick);
    assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
    assert_int_equal(kick_check(&kick), HL_OK);
    kick_end(&kick);
    kick_interrupt(&kick);
    assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
    assert_int_equal(kick_check(&kick), HL_OK);
    assert_false(atomic_load(&vm.stop));
    kick_end(&kick);
}

static void B17_interrupt_from_its_own_thread(void **state)
{
    (void)state; /* a host function that interrupts its sandbox */
    assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
    kick_interrupt(&kick);
    assert_int_equal(kick_check(&kick), HL_FAIL_INTERRUPTED);
    assert_true(atomic_load(&vm.stop));
    kick_interrupt(&kick);
    kick_end(&kick);
    assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
    assert_int_equal(kick_check(&kick), HL_OK);
    assert_false(atomic_load(&vm.stop));
    kick_end(&kick);
}

/* A stop that comes before the VM is entered and is forgotten by it (the
 * backend clears it) is repeated until the call ends. */
static void B17_a_lost_stop_is_repeated(void **state)
{
    (void)state;
    assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
    kick_interrupt(&kick);
    for (int i = 0; i < 5; i++) {
        atomic_store(&vm.stop, false);
        spin(BOUND_NS);
        assert_true(atomic_load(&vm.stop));
    }
    kick_end(&kick);
}

static void B17_stray_signals_stop_nothing(void **state)
{
    (void)state;
    raise(HL_KICK_SIGNAL);
    assert_int_equal(kick_begin(&kick, MS(60000), &error), HL_OK);
    for (int i = 0; i < 100; i++)
        raise(HL_KICK_SIGNAL);
    assert_false(atomic_load(&vm.stop));
    assert_int_equal(kick_check(&kick), HL_OK);
    kick_end(&kick);
    raise(HL_KICK_SIGNAL);
    assert_int_equal(atomic_load(&vm.stops), 0);
}

/* A host function of one sandbox calls another one: both keep their limits. */
static void B17_inner_call_keeps_the_outer_deadline(void **state)
{
    struct fake_vmm inner_vm;
    struct hl_kick inner = {0};

    (void)state;
    fake_vmm_init(&inner_vm);
    assert_int_equal(kick_open(&inner, &inner_vm.vmm, &error), HL_OK);
    assert_int_equal(kick_begin(&kick, MS(30), &error), HL_OK);
    assert_int_equal(kick_begin(&inner, MS(5), &error), HL_OK);
    while (!atomic_load(&inner_vm.stop))
        ;
    assert_false(atomic_load(&vm.stop));
    assert_int_equal(kick_check(&inner), HL_FAIL_TIMEOUT);
    kick_end(&inner);
    spin(BOUND_NS);
    assert_int_equal(kick_check(&kick), HL_FAIL_TIMEOUT);
    kick_end(&kick);
    kick_close(&inner);
}

/* NULL, or what went wrong. */
static void *call_once(void *unused)
{
    static char begin_failed[] = "begin failed";
    static char too_late[] = "too late";
    const uint64_t start = monotonic_ns();

    (void)unused;
    if (kick_begin(&kick, MS(10), NULL) != HL_OK)
        return begin_failed;
    spin(BOUND_NS);
    kick_end(&kick);
    return monotonic_ns() - start < BOUND_NS ? NULL : too_late;
}

static void B17_deadline_follows_the_sandbox_to_another_thread(void **state)
{
    pthread_t thread;
    void *result;

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_null(call_once(NULL));
        assert_int_equal(pthread_create(&thread, NULL, call_once, NULL), 0);
        pthread_join(thread, &result);
        assert_null(result);
    }
}

/* ---- 10,000 kills ------------------------------------------------------- */

static atomic_uint asked;    /* rounds in which a kill is wanted */
static atomic_uint answered; /* rounds whose kill has been sent */
static atomic_bool finished;

static void *killer(void *unused)
{
    unsigned seed = 12345;

    while (!atomic_load(&finished)) {
        const unsigned round = atomic_load(&asked);

        if (round == atomic_load(&answered)) {
            sched_yield();
            continue;
        }
        seed = seed * 1103515245 + 12345;
        for (volatile unsigned i = 0; i < (seed >> 16) % 500; i++)
            ;
        kick_interrupt(&kick);
        atomic_store(&answered, round);
    }
    return unused;
}

static void wait_for_killer(unsigned round)
{
    while (atomic_load(&answered) != round)
        sched_yield();
}

/* Kills hit before, in and after short calls; the next call is never hit. */
static void B17_ten_thousand_kills_hit_only_their_own_call(void **state)
{
    pthread_t thread;
    unsigned seed = 1;
    unsigned killed = 0;

    (void)state;
    atomic_store(&asked, 0);
    atomic_store(&answered, 0);
    atomic_store(&finished, false);
    assert_int_equal(pthread_create(&thread, NULL, killer, NULL), 0);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        seed = seed * 1103515245 + 12345;
        atomic_store(&asked, round);
        assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
        if (round % 2 == 0) /* long enough to be hit, and not longer */
            wait_for_killer(round);
        spin((seed >> 16) % 20000);
        killed += kick_check(&kick) == HL_FAIL_INTERRUPTED;
        kick_end(&kick);
        wait_for_killer(round);
        /* the killer has come back: whatever it sent is stale from now on */
        assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
        sched_yield();
        assert_int_equal(kick_check(&kick), HL_OK);
        assert_false(atomic_load(&vm.stop));
        kick_end(&kick);
    }
    atomic_store(&finished, true);
    pthread_join(thread, NULL);
    print_message("# %u of %d kills hit their call\n", killed, ROUNDS);
    assert_in_range(killed, ROUNDS / 2, ROUNDS);
}

/* Every kill that arrives in a looping call ends it. */
static void B17_no_kill_is_lost(void **state)
{
    pthread_t thread;

    (void)state;
    atomic_store(&asked, 0);
    atomic_store(&answered, 0);
    atomic_store(&finished, false);
    assert_int_equal(pthread_create(&thread, NULL, killer, NULL), 0);
    for (unsigned round = 1; round <= ROUNDS / 10; round++) {
        assert_int_equal(kick_begin(&kick, 0, &error), HL_OK);
        atomic_store(&asked, round);
        spin(BOUND_NS);
        assert_int_equal(kick_check(&kick), HL_FAIL_INTERRUPTED);
        assert_true(atomic_load(&vm.stop));
        kick_end(&kick);
        wait_for_killer(round);
    }
    atomic_store(&finished, true);
    pthread_join(thread, NULL);
}

static void B17_interrupt_of_a_thread_that_has_ended(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, call_once, NULL), 0);
    pthread_join(thread, NULL);
    kick_interrupt(&kick);
    assert_null(call_once(NULL));
}

static void B17_the_longest_limit_is_not_over_at_once(void **state)
{
    (void)state;
    assert_int_equal(kick_begin(&kick, UINT64_MAX, &error), HL_OK);
    assert_int_equal(kick_check(&kick), HL_OK);
    kick_end(&kick);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, kick_up, kick_down)
    const struct CMUnitTest tests[] = {
        TEST(B17_deadline_ends_a_loop),
        TEST(B17_deadline_of_one_call_is_not_the_next_ones),
        TEST(B17_interrupt_without_a_call_does_nothing),
        TEST(B17_interrupt_from_its_own_thread),
        TEST(B17_a_lost_stop_is_repeated),
        TEST(B17_stray_signals_stop_nothing),
        TEST(B17_inner_call_keeps_the_outer_deadline),
        TEST(B17_deadline_follows_the_sandbox_to_another_thread),
        TEST(B17_ten_thousand_kills_hit_only_their_own_call),
        TEST(B17_no_kill_is_lost),
        TEST(B17_interrupt_of_a_thread_that_has_ended),
        TEST(B17_the_longest_limit_is_not_over_at_once),
    };

    return cmocka_run_group_tests_name("host_kick", tests, NULL, NULL);
}
