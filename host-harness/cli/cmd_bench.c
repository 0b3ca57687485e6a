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

/* What a figure is to be: at most so much. 0: nothing. */
static const double emu_timing_goals[BENCH_TIMINGS] = {[BENCH_WARM] = 10};
static const double count_goals[BENCH_COUNTS] = {
    [BENCH_EXITS] = 1,       [BENCH_EXITS_HOST] = 2,
    [BENCH_PAGES_FIRST] = 6, [BENCH_INSTRUCTIONS] = 350,
    [BENCH_PAGES_LATER] = 2,
};
#define GOAL_RSS   2560 /* KiB, on KVM */
#define GOAL_FLOOR 1.5  /* a cold start without writable data, by the floor */

/* p99 < 0: a figure without. goal 0: none. */
struct figure {
    const char *scope, *name, *unit;
    double p50, p99, goal;
};

/* Every line of the output comes from here. */
static void figure(bool json, const struct figure *f)
{
    if (json) {
        printf("{\"scope\":\"%s\",\"name\":\"%s\",\"p50\":%.3f,\"p99\":%.3f,"
               "\"unit\":\"%s\"",
               f->scope, f->name, f->p50, f->p99, f->unit);
        if (f->goal > 0)
            printf(",\"goal\":%.3f,\"met\":%s", f->goal,
                   f->p50 <= f->goal ? "true" : "false");
        printf("}\n");
    } else {
        printf("%-6s %-34s %12.2f ", f->scope, f->name, f->p50);
        if (f->p99 >= 0)
            printf("%12.2f  %s", f->p99, f->unit);
        else
            printf("%12s  %s", "", f->unit);
        if (f->goal > 0)
            printf(", goal %.0f: %s", f->goal,
                   f->p50 <= f->goal ? "met" : "not met");
        printf("\n");
    }
    fflush(stdout);
}

static void timing(bool json, const char *scope, const char *name,
                   struct bench_samples *samples, double goal)
{
    figure(json,
           &(struct figure){scope, name, "us", samples_percentile(samples, 50),
                            samples_percentile(samples, 99), goal});
}

/* The bare machine. Returns what creating a VM takes, 0 without KVM. */
static double floor_print(bool json)
{
    static struct bench_samples samples;
    double create;

    samples.count = 0;
    if (!floor_vm_create(&samples, FLOOR_VMS))
        return 0;
    create = samples_percentile(&samples, 50);
    timing(json, "floor", "bare VM create", &samples, 0);
    samples.count = 0;
    if (floor_run(&samples, FLOOR_RUNS))
        timing(json, "floor", "bare KVM_RUN round trip", &samples, 0);
    return create;
}

static double timing_goal(enum bench_timing which, bool is_kvm, double create)
{
    if (is_kvm && which == BENCH_COLD_BARE)
        return GOAL_FLOOR * create;
    return is_kvm ? 0 : emu_timing_goals[which];
}

static void backend_print(bool json, const char *scope, double create,
                          const struct bench_figures *figures)
{
    const bool is_kvm = strcmp(scope, "kvm") == 0;

    for (enum bench_timing i = 0; i < BENCH_TIMINGS; i++) {
        static struct bench_samples copy;

        copy = figures->timings[i];
        if (copy.count != 0)
            timing(json, scope, bench_timing_names[i], &copy,
                   timing_goal(i, is_kvm, create));
    }
    for (enum bench_count i = 0; i < BENCH_COUNTS; i++)
        if (figures->counts[i] >= 0)
            figure(json,
                   &(struct figure){
                       scope, bench_count_names[i], bench_count_units[i],
                       (double)figures->counts[i], -1,
                       is_kvm && i == BENCH_RSS ? GOAL_RSS : count_goals[i]});
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
            figure(json,
                   &(struct figure){"size", guests[i], "KiB, not stripped",
                                    (double)file.st_size / 1024.0, -1, 0});
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
                         const char *variant, double create)
{
    static struct bench_figures of_kvm, of_emu; /* zero, and not touched yet */
    struct bench_figures *figures =
        backend == HL_BACKEND_KVM ? &of_kvm : &of_emu;
    char path[4200], bare[4200];
    hl_error error;

    if (hl_backend_probe(backend, NULL, &error) != HL_OK) {
        say("%s is left out: %s", scope, error.message);
        return HL_EXIT_OK;
    }
    snprintf(path, sizeof(path), "%s/%s/bench", directory, variant);
    snprintf(bare, sizeof(bare), "%s/soft/minimal", directory);
    if (bench_measure(path, bare, backend, figures, &error) != HL_OK) {
        say("cannot measure %s on %s: %s", path, scope, error.message);
        return exit_status_of(&error);
    }
    backend_print(options->json, scope, create, figures);
    return HL_EXIT_OK;
}

static int run(const struct options *options)
{
    char directory[4096];
    double create;
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
    create = floor_print(options->json);
    status = backend_bench(options, directory, HL_BACKEND_KVM, "kvm", "soft",
                           create);
    if (status == HL_EXIT_OK)
        status = backend_bench(options, directory, HL_BACKEND_EMU, "emu",
                               "sse2", create);
    sizes_print(options->json, directory);
    return status;
}

COMMAND(bench) = {
    .name = "bench",
    .arguments = "[DIR]",
    .summary = "measure this build beside the machine's floor",
    .details = "DIR holds the guests sse2/bench and soft/bench; by default "
               "those built or installed with hl.",
    .order = 80,
    .groups = OPTIONS_JSON,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
