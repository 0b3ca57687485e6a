/* SPDX-License-Identifier: MIT */
/* guarantees: P2.3 */
/* Many sandboxes in one process, some of which crash (feature M1). */
#include <pthread.h>
#include <unistd.h>

#include "support.h"

#define THREADS    8
#define PER_THREAD 8
#define ROUNDS     6

static hl_image *image;
static hl_config *config;
static pthread_barrier_t all_open;

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    return a + b;
}

static int threads_up(void **state)
{
    (void)state;
    image = image_open("core");
    config = config_new();
    return hl_config_grant(config, &hl_provided_HostAdd, NULL);
}

static int threads_down(void **state)
{
    (void)state;
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

struct worker {
    pthread_t thread;
    int number;
    hl_error error;
    const char *failed; /* what went wrong, NULL: nothing */
};

static hl_status call_in(struct worker *worker, hl_sandbox *sandbox,
                         const char *name, int32_t *result)
{
    hl_value value = {0};
    const hl_status status =
        hl_sandbox_call(sandbox, name, strlen(name), NULL, 0, HL_TYPE_INT,
                        &value, &worker->error);

    *result = value.as.i32;
    return status;
}

/* The odd sandboxes crash in each round, the even ones count on. */
static const char *round_of(struct worker *worker, hl_sandbox **sandboxes,
                            hl_snapshot **fresh, int32_t round)
{
    int32_t result;

    for (int i = 0; i < PER_THREAD; i++) {
        if (i % 2 == 1) {
            if (call_in(worker, sandboxes[i], "crash", &result) !=
                HL_FAIL_EXCEPTION)
                return "a crash was none";
            if (hl_sandbox_restore(sandboxes[i], fresh[i], &worker->error) !=
                HL_OK)
                return "restore failed";
        }
        if (call_in(worker, sandboxes[i], "next", &result) != HL_OK)
            return "a call failed";
        if (result != (i % 2 == 1 ? 1 : round))
            return "a sandbox lost its state";
    }
    return NULL;
}

static const char *run(struct worker *worker, hl_sandbox **sandboxes,
                       hl_snapshot **fresh)
{
    const char *failed = NULL;

    for (int i = 0; i < PER_THREAD && failed == NULL; i++) {
        if (hl_sandbox_open(&sandboxes[i], image, config, &worker->error) !=
                HL_OK ||
            hl_sandbox_snapshot(sandboxes[i], &fresh[i], &worker->error) !=
                HL_OK)
            failed = "open or snapshot failed";
    }
    pthread_barrier_wait(&all_open);
    for (int32_t round = 1; round <= ROUNDS && failed == NULL; round++)
        failed = round_of(worker, sandboxes, fresh, round);
    return failed;
}

static void *work(void *context)
{
    struct worker *worker = context;
    hl_sandbox *sandboxes[PER_THREAD] = {NULL};
    hl_snapshot *fresh[PER_THREAD] = {NULL};

    worker->failed = run(worker, sandboxes, fresh);
    for (int i = 0; i < PER_THREAD; i++) {
        hl_snapshot_free(fresh[i]);
        hl_sandbox_close(sandboxes[i]);
    }
    return NULL;
}

static long resident_kib(void)
{
    long pages = 0;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &pages, &resident), 2);
    fclose(file);
    return resident * 4;
}

static void P2_3_M1_64_sandboxes_in_8_threads(void **state)
{
    static struct worker workers[THREADS];
    const uint64_t start = now_ns();

    (void)state;
    assert_int_equal(pthread_barrier_init(&all_open, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        if (workers[i].failed != NULL)
            fail_msg("thread %d: %s: %s", i, workers[i].failed,
                     workers[i].error.message);
    }
    pthread_barrier_destroy(&all_open);
    print_message("# %d sandboxes, %d calls: %.1f s\n", THREADS * PER_THREAD,
                  THREADS * PER_THREAD * ROUNDS * 3 / 2,
                  (double)(now_ns() - start) / 1e9);
}

/* A sandbox of the default sizes may not cost more than 4 MiB (the emulator's
 * own state included; KVM's lies in the kernel). */
static void M1_memory_of_a_sandbox(void **state)
{
    enum { COUNT = 32 };
    hl_sandbox *sandboxes[COUNT];
    int32_t result;
    long before;
    long each;

    (void)state;
    hl_sandbox_close(sandbox_open(image, config));
    before = resident_kib();
    for (int i = 0; i < COUNT; i++) {
        sandboxes[i] = sandbox_open(image, config);
        assert_status(call_int(sandboxes[i], "next", &result), HL_OK);
    }
    each = (resident_kib() - before) / COUNT;
    print_message("# %ld KiB a sandbox\n", each);
    assert_in_range(each, 1, 4096);
    for (int i = 0; i < COUNT; i++)
        hl_sandbox_close(sandboxes[i]);
}

int main(int argc, char **argv)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, threads_up, threads_down)
    const struct CMUnitTest tests[] = {
        TEST(M1_memory_of_a_sandbox),
        TEST(P2_3_M1_64_sandboxes_in_8_threads),
    };

    return RUN_TESTS(argc, argv, tests);
}
