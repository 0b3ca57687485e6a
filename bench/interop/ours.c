/* SPDX-License-Identifier: MIT */
/* Our side: the same rows as theirs.rs, by libhlhost's public API. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../host-harness/cli/clock.h"
#include "rows.h"

#define BULK_IN      (24 << 10)
#define BULK_BUFFER  (64 << 10)
#define BULK_SCRATCH (512 << 10)
#define SANDBOXES    50
#define THREADS      2
#define PAIR_CALLS   200
#define PAIR_MADE    10

HL_PROVIDE(int32_t, bench_inc, (int32_t, x))
{
    return x + 1;
}

struct ours {
    char *guest;
    hl_image *image;
    hl_config *config, *bulk_config;
    hl_sandbox *sandbox, *bulk;
    hl_snapshot *fresh;
    hl_error error;
};

/* hlkit's preset with upstream's default sizes, as theirs.rs has them. */
hl_config *ours_config(enum hl_abi abi, enum hl_backend backend, bool bulk)
{
    hl_config *config = hl_config_new(HL_PRESET_HLKIT);
    hl_config *upstream = hl_config_new(HL_PRESET_HYPERLIGHT);
    bool ok = config && upstream;

    ok = ok && hl_config_set_abi(config, abi) == HL_OK &&
         hl_config_set_abi(upstream, abi) == HL_OK &&
         hl_config_set_backend(config, backend) == HL_OK &&
         hl_config_grant(config, &hl_provided_bench_inc, NULL) == HL_OK;
    for (enum hl_size i = HL_SIZE_HEAP; ok && i <= HL_SIZE_OUTPUT; i++)
        hl_config_set_size(config, i, hl_config_get_size(upstream, i));
    if (ok && bulk) {
        hl_config_set_size(config, HL_SIZE_SCRATCH, BULK_SCRATCH);
        hl_config_set_size(config, HL_SIZE_INPUT, BULK_BUFFER);
        hl_config_set_size(config, HL_SIZE_OUTPUT, BULK_BUFFER);
    }
    hl_config_free(upstream);
    if (ok)
        return config;
    hl_config_free(config);
    return NULL;
}

static hl_status call(hl_sandbox *sandbox, const char *name,
                      const hl_value *args, size_t count, enum hl_type returns,
                      hl_error *error)
{
    hl_value result;

    return hl_sandbox_call(sandbox, name, strlen(name), args, count, returns,
                           &result, error);
}

static hl_status none(hl_sandbox *sandbox, hl_error *error)
{
    return call(sandbox, "none", NULL, 0, HL_TYPE_INT, error);
}

static hl_status row_none(struct ours *ours)
{
    return none(ours->sandbox, &ours->error);
}

static hl_status row_add(struct ours *ours)
{
    const hl_value args[] = {
        {.type = HL_TYPE_INT, .as.i32 = 40},
        {.type = HL_TYPE_INT, .as.i32 = 2},
    };

    return call(ours->sandbox, "add", args, 2, HL_TYPE_INT, &ours->error);
}

static hl_status row_host_call(struct ours *ours)
{
    const hl_value arg = {.type = HL_TYPE_INT, .as.i32 = 41};

    return call(ours->sandbox, "host_call", &arg, 1, HL_TYPE_INT, &ours->error);
}

static hl_status row_bulk(struct ours *ours)
{
    static const uint8_t bytes[BULK_IN] = {1};
    const hl_value arg = {.type = HL_TYPE_BYTES,
                          .as.bytes = {bytes, sizeof(bytes)}};

    return call(ours->bulk, "bulk", &arg, 1, HL_TYPE_BYTES, &ours->error);
}

static hl_status row_restore(struct ours *ours)
{
    return hl_sandbox_restore(ours->sandbox, ours->fresh, &ours->error);
}

/* Restores alone, each after a call. */
static hl_status row_restores(struct ours *ours, unsigned count,
                              struct bench_samples *samples)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        uint64_t start;

        status = row_none(ours);
        start = clock_now();
        if (status == HL_OK)
            status = row_restore(ours);
        samples_add(samples, clock_now() - start);
    }
    return status;
}

static hl_status row_call_restore(struct ours *ours)
{
    hl_status status = row_none(ours);

    return status == HL_OK ? row_restore(ours) : status;
}

static hl_status repeat(struct ours *ours, unsigned count,
                        hl_status (*once)(struct ours *),
                        struct bench_samples *samples)
{
    hl_status status = once(ours); /* not counted: caches and pages */

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        const uint64_t start = clock_now();

        status = once(ours);
        samples_add(samples, clock_now() - start);
    }
    return status;
}

/* One start from the file, to the first call's result. */
static hl_status create(const char *guest, const hl_config *config,
                        hl_image **image, hl_sandbox **sandbox, hl_error *error)
{
    hl_status status = hl_image_open(image, guest, error);

    if (status == HL_OK)
        status = hl_sandbox_open(sandbox, *image, config, error);
    return status == HL_OK ? none(*sandbox, error) : status;
}

static hl_status row_create(struct ours *ours, unsigned count,
                            struct bench_samples *samples)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        hl_image *image = NULL;
        hl_sandbox *sandbox = NULL;
        const uint64_t start = clock_now();

        status =
            create(ours->guest, ours->config, &image, &sandbox, &ours->error);
        samples_add(samples, clock_now() - start);
        hl_sandbox_close(sandbox);
        hl_image_free(image);
    }
    return status;
}

static hl_status row_snapshot(struct ours *ours, unsigned count,
                              struct bench_samples *samples)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        hl_snapshot *taken = NULL;
        uint64_t start;

        status = row_none(ours);
        start = clock_now();
        if (status == HL_OK)
            status = hl_sandbox_snapshot(ours->sandbox, &taken, &ours->error);
        samples_add(samples, clock_now() - start);
        hl_snapshot_free(taken);
        if (status == HL_OK)
            status = row_restore(ours);
    }
    return status;
}

/* Interrupts until the call has ended: the first time may come too early. */
struct killer {
    hl_sandbox *sandbox;
    uint64_t start;
    atomic_bool ended;
};

static void *kill_later(void *context)
{
    const struct timespec wait = {0, 3000000}, again = {0, 1000000};
    struct killer *killer = context;

    nanosleep(&wait, NULL);
    while (!atomic_load(&killer->ended)) {
        killer->start = clock_now();
        hl_sandbox_interrupt(killer->sandbox);
        for (int i = 0; i < 100 && !atomic_load(&killer->ended); i++)
            nanosleep(&again, NULL);
    }
    return NULL;
}

static hl_status row_interrupt(struct ours *ours, unsigned count,
                               struct bench_samples *samples)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        struct killer killer = {.sandbox = ours->sandbox};
        pthread_t thread;
        uint64_t end;

        if (pthread_create(&thread, NULL, kill_later, &killer) != 0)
            return HL_FAIL_SYSTEM;
        status =
            call(ours->sandbox, "spin", NULL, 0, HL_TYPE_VOID, &ours->error);
        end = clock_now();
        atomic_store(&killer.ended, true);
        pthread_join(thread, NULL);
        if (status != HL_FAIL_INTERRUPTED)
            return status;
        samples_add(samples, end - killer.start);
        status = row_restore(ours);
    }
    return status;
}

static hl_status row_from_snapshot(struct ours *ours, unsigned count,
                                   struct bench_samples *samples)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        hl_sandbox *sandbox = NULL;
        const uint64_t start = clock_now();

        status = hl_sandbox_open_snapshot(&sandbox, ours->fresh, ours->config,
                                          &ours->error);
        if (status == HL_OK)
            status = none(sandbox, &ours->error);
        samples_add(samples, clock_now() - start);
        hl_sandbox_close(sandbox);
    }
    return status;
}

static uint64_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long size, pages = 0;

    if (!file)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &pages) != 2)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static hl_status row_memory(struct ours *ours, struct bench_samples *samples)
{
    hl_sandbox *all[SANDBOXES] = {NULL};
    const uint64_t before = resident();
    hl_status status = HL_OK;

    for (unsigned i = 0; i < SANDBOXES && status == HL_OK; i++) {
        status =
            hl_sandbox_open(&all[i], ours->image, ours->config, &ours->error);
        if (status == HL_OK)
            status = none(all[i], &ours->error);
    }
    samples_add(samples, (resident() - before) / SANDBOXES);
    for (unsigned i = 0; i < SANDBOXES; i++)
        hl_sandbox_close(all[i]);
    return status;
}

struct worker {
    struct ours *ours;
    pthread_barrier_t *barrier;
    bool make; /* sandboxes, not calls */
    hl_status status;
    hl_error error;
};

static hl_status work_calls(hl_sandbox *sandbox, hl_error *error)
{
    hl_status status = HL_OK;

    for (int i = 0; i < PAIR_CALLS && status == HL_OK; i++)
        status = none(sandbox, error);
    return status;
}

static hl_status work_make(struct ours *ours, hl_error *error)
{
    hl_status status = HL_OK;

    for (int i = 0; i < PAIR_MADE && status == HL_OK; i++) {
        hl_image *image = NULL;
        hl_sandbox *sandbox = NULL;

        status = create(ours->guest, ours->config, &image, &sandbox, error);
        hl_sandbox_close(sandbox);
        hl_image_free(image);
    }
    return status;
}

static void *work(void *context)
{
    struct worker *worker = context;
    hl_sandbox *sandbox = NULL;

    worker->status = hl_sandbox_open(&sandbox, worker->ours->image,
                                     worker->ours->config, &worker->error);
    pthread_barrier_wait(worker->barrier);
    if (worker->status == HL_OK)
        worker->status = worker->make ? work_make(worker->ours, &worker->error)
                                      : work_calls(sandbox, &worker->error);
    hl_sandbox_close(sandbox);
    return NULL;
}

static hl_status in_threads(struct ours *ours, bool make, uint64_t *ns)
{
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t barrier;
    hl_status status = HL_OK;
    uint64_t start;
    unsigned each = make ? PAIR_MADE : PAIR_CALLS;

    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        workers[i] =
            (struct worker){.ours = ours, .barrier = &barrier, .make = make};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            return HL_FAIL_SYSTEM;
    }
    pthread_barrier_wait(&barrier);
    start = clock_now();
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].status != HL_OK) {
            status = workers[i].status;
            ours->error = workers[i].error;
        }
    }
    *ns = (clock_now() - start) / (THREADS * each);
    pthread_barrier_destroy(&barrier);
    return status;
}

static hl_status row_pair(struct ours *ours, bool make, unsigned count,
                          struct bench_samples *samples)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < count && status == HL_OK; i++) {
        uint64_t ns = 0;

        status = in_threads(ours, make, &ns);
        samples_add(samples, ns);
    }
    return status;
}

/* The sandbox of the row bulk is made when it is wanted. */
static hl_status bulk_open(struct ours *ours)
{
    if (ours->bulk)
        return HL_OK;
    return hl_sandbox_open(&ours->bulk, ours->image, ours->bulk_config,
                           &ours->error);
}

static hl_status row_run(struct ours *ours, enum bench_row row, unsigned count,
                         struct bench_samples *samples)
{
    switch (row) {
    case BENCH_ROW_CREATE:
        return row_create(ours, count, samples);
    case BENCH_ROW_NONE:
        return repeat(ours, count, row_none, samples);
    case BENCH_ROW_ADD:
        return repeat(ours, count, row_add, samples);
    case BENCH_ROW_HOST_CALL:
        return repeat(ours, count, row_host_call, samples);
    case BENCH_ROW_BULK:
        return bulk_open(ours) == HL_OK ? repeat(ours, count, row_bulk, samples)
                                        : HL_FAIL_START;
    case BENCH_ROW_RESTORE:
        return row_restores(ours, count, samples);
    case BENCH_ROW_CALL_RESTORE:
        return repeat(ours, count, row_call_restore, samples);
    case BENCH_ROW_SNAPSHOT:
        return row_snapshot(ours, count, samples);
    case BENCH_ROW_INTERRUPT:
        return row_interrupt(ours, count, samples);
    case BENCH_ROW_FROM_SNAPSHOT:
        return row_from_snapshot(ours, count, samples);
    case BENCH_ROW_PAIR_CALLS:
    case BENCH_ROW_PAIR_SANDBOXES:
        return row_pair(ours, row == BENCH_ROW_PAIR_SANDBOXES, count, samples);
    default:
        return row_memory(ours, samples);
    }
}

bool ours_row(struct ours *ours, enum bench_row row, unsigned count,
              struct bench_samples *samples)
{
    if (row_run(ours, row, count, samples) == HL_OK)
        return true;
    fprintf(stderr, "our host: %s\n", ours->error.message);
    return false;
}

bool ours_open(struct ours **ours, const char *guest, enum hl_abi abi)
{
    struct ours *made = calloc(1, sizeof(*made));

    *ours = made;
    if (!made)
        return false;
    made->guest = strdup(guest);
    made->config = ours_config(abi, HL_BACKEND_KVM, false);
    made->bulk_config = ours_config(abi, HL_BACKEND_KVM, true);
    if (made->guest && made->config && made->bulk_config &&
        hl_image_open(&made->image, guest, &made->error) == HL_OK &&
        hl_sandbox_open(&made->sandbox, made->image, made->config,
                        &made->error) == HL_OK &&
        hl_sandbox_snapshot(made->sandbox, &made->fresh, &made->error) == HL_OK)
        return true;
    fprintf(stderr, "our host: %s\n", made->error.message);
    return false;
}

void ours_close(struct ours *ours)
{
    if (!ours)
        return;
    hl_snapshot_free(ours->fresh);
    hl_sandbox_close(ours->bulk);
    hl_sandbox_close(ours->sandbox);
    hl_image_free(ours->image);
    hl_config_free(ours->bulk_config);
    hl_config_free(ours->config);
    free(ours->guest);
    free(ours);
}
