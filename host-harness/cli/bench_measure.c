/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench_measure.h"
#include "clock.h"

#define COLD_RUNS      60
#define CALL_RUNS      2000
#define SNAPSHOT_RUNS  50
#define INTERRUPT_RUNS 50
#define BULK_IN        (24 << 10)

const char *const bench_timing_names[BENCH_TIMINGS] = {
    [BENCH_COLD] = "cold start to first result",
    [BENCH_COLD_BARE] = "cold start, no writable data",
    [BENCH_WARM] = "warm call (int32, int32) -> int32",
    [BENCH_HOST_CALL] = "call with one host call",
    [BENCH_BULK] = "call, 24 KiB in, 8 KiB out",
    [BENCH_RESTORE] = "restore",
    [BENCH_CALL_RESTORE] = "call + restore",
    [BENCH_SNAPSHOT] = "snapshot",
    [BENCH_INTERRUPT] = "interrupt latency",
};

const char *const bench_count_names[BENCH_COUNTS] = {
    [BENCH_EXITS] = "VM exits, warm call",
    [BENCH_EXITS_HOST] = "VM exits, call with one host call",
    [BENCH_INSTRUCTIONS] = "guest instructions, warm call",
    [BENCH_PAGES_FIRST] = "pages written, first call",
    [BENCH_PAGES_LATER] = "pages written, second call",
    [BENCH_PAGES_RESTORED] = "pages copied, call after restore",
    [BENCH_RSS] = "harness RSS without guest memory",
};

const char *const bench_count_units[BENCH_COUNTS] = {
    [BENCH_EXITS] = "exits",
    [BENCH_EXITS_HOST] = "exits",
    [BENCH_INSTRUCTIONS] = "instructions",
    [BENCH_PAGES_FIRST] = "pages",
    [BENCH_PAGES_LATER] = "pages",
    [BENCH_PAGES_RESTORED] = "pages",
    [BENCH_RSS] = "KiB",
};

HL_PROVIDE(int32_t, bench_inc, (int32_t, value))
{
    return value + 1;
}

struct bench {
    hl_image *image;
    hl_config *config;
    hl_sandbox *sandbox;
    hl_snapshot *snapshot;
    struct bench_figures *figures;
    hl_error *error;
};

static hl_status call(struct bench *bench, const char *name,
                      const hl_value *args, size_t count, enum hl_type returns)
{
    hl_value result;

    return hl_sandbox_call(bench->sandbox, name, strlen(name), args, count,
                           returns, &result, bench->error);
}

static hl_status call_add(struct bench *bench)
{
    const hl_value args[] = {
        {.type = HL_TYPE_INT, .as.i32 = 40},
        {.type = HL_TYPE_INT, .as.i32 = 2},
    };

    return call(bench, "add", args, 2, HL_TYPE_INT);
}

static hl_status call_host(struct bench *bench)
{
    const hl_value arg = {.type = HL_TYPE_INT, .as.i32 = 41};

    return call(bench, "host_call", &arg, 1, HL_TYPE_INT);
}

static hl_status call_bulk(struct bench *bench)
{
    static const uint8_t bytes[BULK_IN] = {1};
    const hl_value arg = {.type = HL_TYPE_BYTES,
                          .as.bytes = {bytes, sizeof(bytes)}};

    return call(bench, "bulk", &arg, 1, HL_TYPE_BYTES);
}

static hl_status restore(struct bench *bench)
{
    return hl_sandbox_restore(bench->sandbox, bench->snapshot, bench->error);
}

static hl_status call_restore(struct bench *bench)
{
    hl_status status = call_add(bench);

    return status == HL_OK ? restore(bench) : status;
}

static hl_status snapshot(struct bench *bench)
{
    hl_snapshot *taken;
    hl_status status =
        hl_sandbox_snapshot(bench->sandbox, &taken, bench->error);

    if (status == HL_OK)
        hl_snapshot_free(taken);
    return status;
}

static hl_status repeat(struct bench *bench, enum bench_timing which,
                        unsigned runs, hl_status (*once)(struct bench *))
{
    hl_status status = once(bench); /* not counted: caches and pages */

    for (unsigned i = 0; i < runs && status == HL_OK; i++) {
        const uint64_t start = clock_now();

        status = once(bench);
        samples_add(&bench->figures->timings[which], clock_now() - start);
    }
    return status;
}

static void close_all(struct bench *bench)
{
    hl_sandbox_close(bench->sandbox);
    hl_image_free(bench->image);
    bench->sandbox = NULL;
    bench->image = NULL;
}

/* One cold start: image file to first result. */
static hl_status cold_once(struct bench *bench, const char *path)
{
    hl_status status = hl_image_open(&bench->image, path, bench->error);

    if (status == HL_OK)
        status = hl_sandbox_open(&bench->sandbox, bench->image, bench->config,
                                 bench->error);
    return status == HL_OK ? call_add(bench) : status;
}

static hl_status cold(struct bench *bench, enum bench_timing which,
                      const char *path)
{
    hl_status status = cold_once(bench, path); /* not counted: caches */

    for (unsigned i = 0; i < COLD_RUNS && status == HL_OK; i++) {
        uint64_t start;

        close_all(bench);
        start = clock_now();
        status = cold_once(bench, path);
        samples_add(&bench->figures->timings[which], clock_now() - start);
    }
    return status;
}

/* Restores alone, each after a call. */
static hl_status restores(struct bench *bench)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < CALL_RUNS && status == HL_OK; i++) {
        uint64_t start;

        status = call_add(bench);
        start = clock_now();
        if (status == HL_OK)
            status = restore(bench);
        samples_add(&bench->figures->timings[BENCH_RESTORE],
                    clock_now() - start);
    }
    return status;
}

struct interrupter {
    hl_sandbox *sandbox;
    uint64_t fired;
    _Atomic bool ended;
};

/* An interrupt that comes before the call is ignored: repeat it. */
static void *interrupt_later(void *context)
{
    const struct timespec wait = {0, 3000000};
    struct interrupter *interrupter = context;

    nanosleep(&wait, NULL);
    while (!interrupter->ended) {
        interrupter->fired = clock_now();
        hl_sandbox_interrupt(interrupter->sandbox);
        nanosleep(&wait, NULL);
    }
    return NULL;
}

static hl_status interrupt_once(struct bench *bench)
{
    struct interrupter interrupter = {.sandbox = bench->sandbox};
    pthread_t thread;
    hl_status status;
    uint64_t ended;

    if (pthread_create(&thread, NULL, interrupt_later, &interrupter) != 0)
        return hl_error_set(bench->error, HL_FAIL_SYSTEM,
                            "cannot create a thread");
    status = call(bench, "spin", NULL, 0, HL_TYPE_VOID);
    ended = clock_now();
    interrupter.ended = true;
    pthread_join(thread, NULL);
    if (status != HL_FAIL_INTERRUPTED)
        return status;
    samples_add(&bench->figures->timings[BENCH_INTERRUPT],
                ended - interrupter.fired);
    return restore(bench);
}

static hl_status interrupt(struct bench *bench)
{
    hl_status status = HL_OK;

    for (unsigned i = 0; i < INTERRUPT_RUNS && status == HL_OK; i++)
        status = interrupt_once(bench);
    return status;
}

/* VM exits of one call. */
static int64_t exits_of(struct bench *bench, hl_status (*once)(struct bench *))
{
    hl_stats before;
    hl_stats after;

    hl_sandbox_get_stats(bench->sandbox, &before);
    if (once(bench) != HL_OK)
        return -1;
    hl_sandbox_get_stats(bench->sandbox, &after);
    return (int64_t)(after.exits - before.exits);
}

/* Pages that one more call writes; -1 where they cannot be counted. */
static int64_t pages_of(struct bench *bench)
{
    hl_stats stats;

    if (hl_sandbox_count_instructions(bench->sandbox, true) != HL_OK ||
        call_add(bench) != HL_OK)
        return -1;
    hl_sandbox_get_stats(bench->sandbox, &stats);
    hl_sandbox_count_instructions(bench->sandbox, false);
    return (int64_t)stats.pages_written;
}

static int64_t instructions_of(struct bench *bench)
{
    hl_stats stats;

    if (hl_sandbox_count_instructions(bench->sandbox, true) != HL_OK)
        return -1;
    if (call_add(bench) != HL_OK)
        return -1;
    hl_sandbox_get_stats(bench->sandbox, &stats);
    hl_sandbox_count_instructions(bench->sandbox, false);
    return (int64_t)stats.instructions;
}

/* Resident KiB of anonymous and file pages of this process. */
static int64_t rss_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long size;
    long resident;
    int fields;

    if (file == NULL)
        return -1;
    fields = fscanf(file, "%ld %ld", &size, &resident);
    fclose(file);
    return fields == 2 ? resident * (sysconf(_SC_PAGESIZE) / 1024) : -1;
}

static void counts(struct bench *bench)
{
    int64_t *count = bench->figures->counts;
    hl_stats stats;

    hl_sandbox_get_stats(bench->sandbox, &stats);
    count[BENCH_RSS] =
        rss_kib() -
        (int64_t)(stats.snapshot_size + stats.dirty_pages * 4096) / 1024;
    count[BENCH_EXITS] = exits_of(bench, call_add);
    count[BENCH_EXITS_HOST] = exits_of(bench, call_host);
    count[BENCH_INSTRUCTIONS] = instructions_of(bench);
}

/* On a sandbox that has made no call yet. */
static hl_status pages(struct bench *bench)
{
    int64_t *count = bench->figures->counts;
    hl_status status;

    count[BENCH_PAGES_FIRST] = pages_of(bench);
    count[BENCH_PAGES_LATER] = pages_of(bench);
    status =
        hl_sandbox_snapshot(bench->sandbox, &bench->snapshot, bench->error);
    if (status == HL_OK)
        status = restore(bench);
    if (status == HL_OK) {
        hl_stats before;
        hl_stats after;

        hl_sandbox_get_stats(bench->sandbox, &before);
        status = call_add(bench);
        hl_sandbox_get_stats(bench->sandbox, &after);
        count[BENCH_PAGES_RESTORED] =
            (int64_t)(after.scratch_used - before.scratch_used) / 4096;
    }
    return status;
}

static hl_status reopen(struct bench *bench)
{
    hl_sandbox_close(bench->sandbox);
    bench->sandbox = NULL;
    return hl_sandbox_open(&bench->sandbox, bench->image, bench->config,
                           bench->error);
}

/* An installed tree may be without that image. */
static hl_status cold_bare(struct bench *bench, const char *path)
{
    hl_status status = HL_OK;

    if (access(path, R_OK) == 0)
        status = cold(bench, BENCH_COLD_BARE, path);
    close_all(bench);
    return status;
}

static hl_status measure(struct bench *bench, const char *path,
                         const char *bare)
{
    hl_status status = cold_bare(bench, bare);

    if (status == HL_OK)
        status = cold(bench, BENCH_COLD, path);
    if (status == HL_OK)
        status = reopen(bench);
    if (status == HL_OK)
        status = pages(bench);
    if (status == HL_OK)
        counts(bench);
    if (status == HL_OK)
        status = repeat(bench, BENCH_WARM, CALL_RUNS, call_add);
    if (status == HL_OK)
        status = repeat(bench, BENCH_HOST_CALL, CALL_RUNS, call_host);
    if (status == HL_OK)
        status = repeat(bench, BENCH_BULK, CALL_RUNS / 10, call_bulk);
    if (status == HL_OK)
        status = repeat(bench, BENCH_SNAPSHOT, SNAPSHOT_RUNS, snapshot);
    if (status == HL_OK)
        status = restores(bench);
    if (status == HL_OK)
        status = repeat(bench, BENCH_CALL_RESTORE, CALL_RUNS, call_restore);
    return status == HL_OK ? interrupt(bench) : status;
}

hl_status bench_measure(const char *path, const char *bare,
                        enum hl_backend backend, struct bench_figures *figures,
                        hl_error *error)
{
    struct bench bench = {.figures = figures, .error = error};
    hl_status status;

    bench.config = hl_config_new(HL_PRESET_HLKIT);
    if (bench.config == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    hl_config_set_backend(bench.config, backend);
    status = hl_config_grant(bench.config, &hl_provided_bench_inc, NULL);
    if (status == HL_OK)
        status = measure(&bench, path, bare);
    hl_snapshot_free(bench.snapshot);
    close_all(&bench);
    hl_config_free(bench.config);
    return status;
}
