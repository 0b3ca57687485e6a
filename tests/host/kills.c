/* SPDX-License-Identifier: MIT */
/* guarantees: B17 P2.3 */
/*
 * Interrupts at random moments (HL_KILLS of them; fewer by default where a
 * call is slow): each ends the call it is meant for, and no other one. Three
 * sandboxes: the victim loops for ever; a neighbour in the victim's thread is
 * called behind each kill, when a late one would hit; a bystander in a thread
 * of its own is called all the time.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *victim;
static hl_snapshot *fresh;
/* loops of the victim that run, and that are over; second kills made */
static atomic_uint entered, ended, late;
static atomic_bool over;
static unsigned kills;

HL_PROVIDE(void, HostEntered)
{
    (void)call;
    atomic_fetch_add(&entered, 1);
}

static int kills_up(void **state)
{
    const char *wanted = getenv("HL_KILLS");

    (void)state;
    kills = wanted        ? (unsigned)strtoul(wanted, NULL, 10)
            : test_is_kvm ? 500
                          : 5000;
    entered = ended = late = 0;
    over = false;
    image = image_open("endless");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostEntered, NULL);
    victim = sandbox_open(image, config);
    fresh = snapshot_take(victim);
    return 0;
}

static int kills_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(victim);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

/* xorshift: the same moments each run, as far as time lets them be */
static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void spin(uint64_t ns)
{
    const uint64_t end = now_ns() + ns;

    while (now_ns() < end)
        ;
}

/* For each loop one interrupt, up to 100 us after its beginning, and a second
 * one that comes while the victim idles and the neighbour runs. */
static void *killer_run(void *unused)
{
    uint64_t seed = 88172645463325252ull;

    for (unsigned i = 1; i <= kills; i++) {
        while (entered < i)
            sched_yield();
        spin(random_next(&seed) % 100000);
        hl_sandbox_interrupt(victim);
        while (ended < i)
            sched_yield();
        spin(random_next(&seed) % 20000);
        hl_sandbox_interrupt(victim);
        late = i;
    }
    return unused;
}

struct bystander {
    hl_sandbox *sandbox;
    hl_error error;
    int32_t calls;
    bool failed;
};

static hl_status count_call(hl_sandbox *sandbox, int32_t *result,
                            hl_error *error)
{
    hl_value value = {0};
    const hl_status status = hl_sandbox_call(sandbox, "next", 4, NULL, 0,
                                             HL_TYPE_INT, &value, error);

    *result = value.as.i32;
    return status;
}

static void *bystander_run(void *context)
{
    struct bystander *bystander = context;
    int32_t result;

    while (!over && !bystander->failed) {
        bystander->failed = count_call(bystander->sandbox, &result,
                                       &bystander->error) != HL_OK ||
                            result != ++bystander->calls;
        usleep(200);
    }
    return NULL;
}

static void round_run(hl_sandbox *neighbour, unsigned round)
{
    int32_t result;

    assert_status(call_int(victim, "loop", &result), HL_FAIL_INTERRUPTED);
    ended = round;
    assert_status(count_call(neighbour, &result, &test_error), HL_OK);
    assert_int_equal(result, round);
    while (late < round)
        sched_yield();
    snapshot_apply(victim, fresh);
    assert_status(call_int(victim, "next", &result), HL_OK);
    assert_int_equal(result, 1);
}

static void B17_no_kill_is_lost_or_hits_another_call(void **state)
{
    hl_sandbox *neighbour = sandbox_open(image, config);
    struct bystander bystander = {.sandbox = sandbox_open(image, config)};
    pthread_t killer, watcher;

    (void)state;
    assert_int_equal(pthread_create(&killer, NULL, killer_run, NULL), 0);
    assert_int_equal(pthread_create(&watcher, NULL, bystander_run, &bystander),
                     0);
    for (unsigned i = 1; i <= kills; i++)
        round_run(neighbour, i);
    over = true;
    pthread_join(killer, NULL);
    pthread_join(watcher, NULL);
    if (bystander.failed)
        fail_msg("bystander's call %d: %s", bystander.calls,
                 bystander.error.message);
    print_message("# %u kills, %d calls beside them\n", kills, bystander.calls);
    assert_true(bystander.calls > 0);
    hl_sandbox_close(neighbour);
    hl_sandbox_close(bystander.sandbox);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            B17_no_kill_is_lost_or_hits_another_call, kills_up, kills_down),
    };

    return RUN_TESTS(argc, argv, tests);
}
