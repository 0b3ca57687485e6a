/* SPDX-License-Identifier: MIT */
/* guarantees: B16 B17 P2.2 */
/*
 * A backend that fails where it seldom does, that counts or cannot; and random
 * numbers that are not there. Linked with --wrap=getrandom,
 * --wrap=timer_create, --wrap=syscall.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>

#include "fake_sandbox.h"

static bool random_fails, timers_fail;
static unsigned timers_made;
static long thread_number; /* of every thread, or 0: its own */
static const uint64_t random_word = 0x1122334455667788;

ssize_t __wrap_getrandom(void *to, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned flags)
{
    (void)flags;
    errno = EAGAIN;
    if (random_fails || size > sizeof(random_word))
        return -1;
    memcpy(to, &random_word, size);
    return (ssize_t)size;
}

int __real_timer_create(clockid_t clock, struct sigevent *event,
                        timer_t *timer);
int __wrap_timer_create(clockid_t clock, struct sigevent *event,
                        timer_t *timer);
int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    timers_made++;
    errno = EAGAIN;
    return timers_fail ? -1 : __real_timer_create(clock, event, timer);
}

/* As the library calls it: gettid and tgkill. */
long __real_syscall(long number, long a, long b, long c);
long __wrap_syscall(long number, long a, long b, long c);
long __wrap_syscall(long number, long a, long b, long c)
{
    if (number == SYS_gettid && thread_number != 0)
        return thread_number;
    return __real_syscall(number, a, b, c);
}

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static hl_error error;
static int32_t result;
static struct hl_vmm_ops own; /* the sandbox's, to be changed by a test */
static uint64_t seed_seen;

static void guest_starts(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    seed_seen = vm->regs.rsi;
    fake_halts(vm, exit);
}

static fake_step_fn *const starting[] = {guest_starts, NULL};
static fake_step_fn *const answering[] = {fake_answers_42, NULL};

static int backend_up(void **state)
{
    (void)state;
    random_fails = timers_fail = false;
    fake_startup = starting;
    fake_call = answering;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    sandbox = fake_sandbox_open(image, config, &error);
    own = *sandbox->vmm->ops;
    sandbox->vmm->ops = &own;
    return hl_sandbox_snapshot(sandbox, &fresh, &error);
}

static int backend_down(void **state)
{
    (void)state;
    fake_close(fresh, sandbox, config, image);
    return 0;
}

static hl_status call(void)
{
    return fake_sandbox_call(sandbox, &result, &error);
}

static hl_status map_fails(struct hl_vmm *vmm, unsigned slot,
                           const struct hl_vmm_slot *memory, hl_error *why)
{
    (void)vmm;
    (void)slot;
    (void)memory;
    return hl_error_set(why, HL_FAIL_SYSTEM, "no map");
}

static hl_status reset_fails(struct hl_vmm *vmm,
                             const struct hl_vmm_sregs *sregs, hl_error *why)
{
    (void)vmm;
    (void)sregs;
    return hl_error_set(why, HL_FAIL_SYSTEM, "no reset");
}

static hl_status fpu_fails(struct hl_vmm *vmm, hl_error *why)
{
    (void)vmm;
    return hl_error_set(why, HL_FAIL_SYSTEM, "no FPU");
}

/* A restore that fails half-way leaves a sandbox that can only be restored. */
static void B16_failing_restores_poison(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            own.map = map_fails; /* the first restore maps its memory */
        else
            own.reset = reset_fails;
        assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error),
                         HL_FAIL_SYSTEM);
        assert_string_equal(error.message, i == 0 ? "no map" : "no reset");
        assert_true(hl_sandbox_is_poisoned(sandbox));
        assert_int_equal(call(), HL_FAIL_POISONED);
        own.map = hl_vmm_kvm.map;
        own.reset = hl_vmm_kvm.reset;
        assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
        assert_int_equal(call(), HL_OK);
        assert_int_equal(result, 42);
    }
}

/* The slot may be empty once a new mapping of it has failed: the snapshot that
 * was mapped before is not taken for mapped. */
static void B16_a_restore_after_a_failed_one_maps_again(void **state)
{
    hl_snapshot *other = NULL;

    (void)state;
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    assert_int_equal(hl_sandbox_snapshot(sandbox, &other, &error), HL_OK);
    own.map = map_fails;
    assert_int_equal(hl_sandbox_restore(sandbox, other, &error),
                     HL_FAIL_SYSTEM);
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error),
                     HL_FAIL_SYSTEM);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    own.map = hl_vmm_kvm.map;
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    assert_int_equal(call(), HL_OK);
    hl_snapshot_free(other);
}

static void B16_failing_fpu_reset_poisons(void **state)
{
    const unsigned runs = fake_last->runs;

    (void)state;
    own.reset_fpu = fpu_fails;
    sandbox->config->fpu_each_call = true;
    assert_int_equal(call(), HL_FAIL_SYSTEM);
    assert_int_equal(fake_last->runs, runs);
    assert_true(hl_sandbox_is_poisoned(sandbox));
}

static void B16_success_leaves_the_error_alone(void **state)
{
    hl_error before;

    (void)state;
    memset(&error, 0xA5, sizeof(error));
    before = error;
    assert_int_equal(call(), HL_OK);
    assert_memory_equal(&error, &before, sizeof(error));
}

static void guest_is_stopped(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    atomic_store(&vm->stop, true);
    fake_out(exit, HL_PORT_DEBUG, 'x');
}

/* A stop that nobody asked for is forgotten, and the guest goes on. */
static void B17_stray_stops_stop_nothing(void **state)
{
    static fake_step_fn *const stopped[] = {guest_is_stopped, fake_answers_42,
                                            NULL};
    const unsigned runs = fake_last->runs;

    (void)state;
    fake_call = stopped;
    assert_int_equal(call(), HL_OK);
    assert_int_equal(result, 42);
    assert_int_equal(fake_last->runs, runs + 3);
    assert_false(atomic_load(&fake_last->stop));
}

static void B17_no_timer_no_run(void **state)
{
    hl_sandbox *none;

    (void)state;
    timers_fail = true;
    seed_seen = 0;
    none = fake_sandbox_open(image, config, &error);
    assert_null(none);
    assert_int_equal(error.status, HL_FAIL_START);
    assert_non_null(strstr(error.message, "cannot create a timer"));
    assert_int_equal(seed_seen, 0);
}

static void *call_in_thread(void *status)
{
    *(hl_status *)status = call();
    return NULL;
}

/* The kernel gives the number of a thread that has ended to a new one, whose
 * deadline the timer of the old one would not keep. */
static void B17_a_thread_with_an_old_number_gets_its_own_timer(void **state)
{
    hl_status status = HL_FAIL_BUSY;
    pthread_t thread;

    (void)state;
    thread_number = __real_syscall(SYS_gettid, 0, 0, 0);
    assert_int_equal(call(), HL_OK);
    timers_made = 0;
    assert_int_equal(call(), HL_OK);
    assert_int_equal(timers_made, 0);
    assert_int_equal(pthread_create(&thread, NULL, call_in_thread, &status), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    thread_number = 0;
    assert_int_equal(status, HL_OK);
    assert_int_equal(timers_made, 1);
}

static uint64_t seven(struct hl_vmm *vmm)
{
    (void)vmm;
    return 7;
}

static bool counts, counting;

static bool count(struct hl_vmm *vmm, bool on)
{
    (void)vmm;
    counting = on;
    return counts;
}

static void backends_that_count_are_asked(void **state)
{
    hl_stats stats;

    (void)state;
    assert_int_equal(hl_sandbox_count_instructions(sandbox, true),
                     HL_FAIL_BACKEND);
    assert_int_equal(call(), HL_OK);
    hl_sandbox_get_stats(sandbox, &stats);
    assert_int_equal(stats.instructions, 0);
    assert_int_equal(stats.pages_written, 0);
    own.count_instructions = count;
    own.instructions = own.pages_written = seven;
    counts = false;
    assert_int_equal(hl_sandbox_count_instructions(sandbox, true),
                     HL_FAIL_NO_MEMORY);
    counts = true;
    assert_int_equal(hl_sandbox_count_instructions(sandbox, true), HL_OK);
    assert_true(counting);
    assert_int_equal(call(), HL_OK);
    hl_sandbox_get_stats(sandbox, &stats);
    assert_int_equal(stats.instructions, 7);
    assert_int_equal(stats.pages_written, 7);
}

static void dirty_pages_are_counted(void **state)
{
    const struct hl_layout *layout = &sandbox->layout;
    hl_stats before, after;

    (void)state;
    hl_sandbox_get_stats(sandbox, &before);
    assert_in_range(before.dirty_pages, 1,
                    layout->scratch_size / HL_PAGE_SIZE - 2);
    *fake_scratch(fake_last, layout->scratch_size / 2 & ~0xFFFull) = 1;
    hl_sandbox_get_stats(sandbox, &after);
    assert_int_equal(after.dirty_pages, before.dirty_pages + 1);
}

static uint64_t reseed(void)
{
    uint64_t word;

    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    memcpy(
        &word,
        fake_scratch(fake_last, sandbox->layout.scratch_size - HL_META_RESEED),
        sizeof(word));
    return word;
}

/* The kernel's random numbers where it has some, else the clock's. */
static void P2_2_seeds_are_random_and_new(void **state)
{
    uint64_t first;

    (void)state;
    assert_true(seed_seen == random_word);
    assert_true(reseed() == (1ull << 32 | (uint32_t)random_word));
    random_fails = true;
    first = reseed();
    assert_int_equal(first >> 32, 1);
    assert_true((uint32_t)first != 0);
    assert_true(reseed() != first);
    hl_sandbox_close(sandbox);
    sandbox = fake_sandbox_open(image, config, &error);
    first = seed_seen;
    assert_true(first != 0);
    hl_sandbox_close(sandbox);
    sandbox = fake_sandbox_open(image, config, &error);
    assert_true(seed_seen != first);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, backend_up, backend_down)
    const struct CMUnitTest tests[] = {
        TEST(B16_failing_restores_poison),
        TEST(B16_a_restore_after_a_failed_one_maps_again),
        TEST(B16_failing_fpu_reset_poisons),
        TEST(B16_success_leaves_the_error_alone),
        TEST(B17_a_thread_with_an_old_number_gets_its_own_timer),
        TEST(B17_stray_stops_stop_nothing),
        TEST(B17_no_timer_no_run),
        TEST(backends_that_count_are_asked),
        TEST(dirty_pages_are_counted),
        TEST(P2_2_seeds_are_random_and_new),
    };

    return cmocka_run_group_tests_name("host_backend", tests, NULL, NULL);
}
