/* SPDX-License-Identifier: MIT */
/* hl bench: this build's figures beside the machine's floor. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_floor.h"
#include "bench_measure.h"
#include "command.h"
#include "exit_status.h"
#include "options.h"
#include "say.h"

#define FLOOR_VMS  50
#define FLOOR_RUNS 2000

/* Print one figure; every line of the output comes from here. */
static void figure(bool json, const char *scope, const char *name, double p50,
                   double p99, const char *unit)
{
    if (json)
        printf("{\"scope\":\"%s\",\"name\":\"%s\",\"p50\":%.3f,\"p99\":%.3f,"
               "\"unit\":\"%s\"}\n",
               scope, name, p50, p99, unit);
    else if (p99 >= 0)
        printf("%-6s %-34s %12.2f %12.2f  %s\n", scope, name, p50, p99, unit);
    else
        printf("%-6s %-34s %12.2f %12s  %s\n", scope, name, p50, "", unit);
    fflush(stdout);
}

static void timing(bool json, const char *scope, const char *name,
                   struct bench_samples *samples)
{
    figure(json, scope, name, samples_percentile(samples, 50),
           samples_percentile(samples, 99), "us");
}

static void floor_print(bool json)
{
    static struct bench_samples samples;

    samples.count = 0;
    if (!floor_vm_create(&samples, FLOOR_VMS))
        return;
    timing(json, "floor", "bare VM create", &samples);
    samples.count = 0;
    if (floor_run(&samples, FLOOR_RUNS))
        timing(json, "floor", "bare KVM_RUN round trip", &samples);
}

static void backend_print(bool json, const char *scope,
                          const struct bench_figures *figures)
{
    for (size_t i = 0; i < BENCH_TIMINGS; i++) {
        static struct bench_samples copy;

        copy = figures->timings[i];
        timing(json, scope, bench_timing_names[i], &copy);
    }
    for (size_t i = 0; i < BENCH_COUNTS; i++) {
        if (figures->counts[i] >= 0)
            figure(json, scope, bench_count_names[i],
                   (double)figures->counts[i], -1, bench_count_units[i]);
    }
}

static void sizes_print(bool json, const char *directory)
{
    static const char *const guests[] = {
        "soft/hello", "soft/echo-worker", "soft/data-processor",
        "sse2/hello", "sse2/echo-worker", "sse2/data-processor",
    };
    char path[4096 + 32];
    struct stat file;

    for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, guests[i]);
        if (stat(path, &file) == 0)
            figure(json, "size", guests[i], (double)file.st_size / 1024.0, -1,
                   "KiB, not stripped");
    }
}

/* The samples beside this executable: build tree or installed. */
static bool samples_find(char *path, size_t size)
{
    static const char *const places[] = {"../samples", "../lib/hlkit/samples"};
    char self[2048];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (len <= 0)
        return false;
    self[len] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, size, "%s/%s", self, places[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

static int backend_bench(const struct options *options, const char *directory,
                         enum hl_backend backend, const char *scope,
                         const char *variant)
{
    static struct bench_figures figures;
    char path[4200];
    hl_error error;

    if (hl_backend_probe(backend, NULL, &error) != HL_OK) {
        say("%s is left out: %s", scope, error.message);
        return HL_EXIT_OK;
    }
    snprintf(path, sizeof(path), "%s/%s/bench", directory, variant);
    if (bench_measure(path, backend, &figures, &error) != HL_OK) {
        say("cannot measure %s on %s: %s", path, scope, error.message);
        return exit_status_of(&error);
    }
    backend_print(options->json, scope, &figures);
    return HL_EXIT_OK;
}

static int run(const struct options *options)
{
    char directory[4096];
    int status;

    if (options->arg_count > 0) {
        snprintf(directory, sizeof(directory), "%s", options->args[0]);
    } else if (!samples_find(directory, sizeof(directory))) {
        say("the bench guests are not beside hl: name the folder that "
            "holds sse2/bench and soft/bench");
        return HL_EXIT_USAGE;
    }
    if (!options->json)
        printf("%-6s %-34s %12s %12s\n", "", "", "p50", "p99");
    floor_print(options->json);
    status = backend_bench(options, directory, HL_BACKEND_KVM, "kvm", "soft");
    if (status == HL_EXIT_OK)
        status =
            backend_bench(options, directory, HL_BACKEND_EMU, "emu", "sse2");
    sizes_print(options->json, directory);
    return status;
}

COMMAND(bench) = {
    .name = "bench",
    .arguments = "[DIR]",
    .summary = "measure this build beside the machine's floor",
    .details = "DIR holds the guests sse2/bench and soft/bench; by default "
               "those built or installed with hl.\n",
    .order = 80,
    .groups = OPTIONS_JSON,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
