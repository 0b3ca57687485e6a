/* SPDX-License-Identifier: MIT */
/*
 * bench-interop: the same guest file under upstream's host and under ours, in
 * turns, as a table in Markdown.
 *
 *     bench-interop --floor
 *     bench-interop THEIRS VERSION stack|virtq GUEST [MINIMAL]
 *
 * THEIRS is the program made of theirs.rs. Each row is measured in ROUNDS
 * parts, first one host, then the other. MINIMAL, a guest that does next to
 * nothing, gives the hosts' own cost, and with GUEST what an instruction of a
 * guest costs on this machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host-harness/cli/bench_floor.h"
#include "rows.h"

#define ROUNDS    10
#define FLOOR_RUN 2000
#define FLOOR_VM  50

struct row {
    const char *name;
    unsigned samples;
    const char *text;
    bool minimal;
};

static const struct row rows[] = {
#define ROW(name, row, samples, text, minimal) {row, samples, text, minimal},
    BENCH_ROWS(ROW)
#undef ROW
};

struct pair {
    struct bench_samples theirs, ours;
    struct row_count instructions;
};

struct bench {
    struct theirs *theirs;
    struct ours *ours;
    bool minimal;
    struct pair pairs[BENCH_ROW_COUNT];
};

/* Goals: ours by theirs, as measured, without the guest's time, and of the
 * minimal guest. */
#define GOAL_RAW     1.0
#define GOAL_OWN     0.8
#define GOAL_MINIMAL 0.5

static unsigned goals, goals_met;

static const char *goal(bool met)
{
    goals++;
    goals_met += met;
    return met ? "met" : "**not met**";
}

static bool row_measure(struct bench *bench, enum bench_row row)
{
    struct pair *pair = &bench->pairs[row];
    const unsigned all = rows[row].samples;
    const unsigned rounds = all < ROUNDS ? all : ROUNDS;

    for (unsigned i = 0; i < rounds; i++)
        if (!theirs_row(bench->theirs, rows[row].name, all / rounds,
                        &pair->theirs) ||
            !ours_row(bench->ours, row, all / rounds, &pair->ours))
            return false;
    return true;
}

static bool has_row(const struct bench *bench, enum bench_row row)
{
    return rows[row].minimal || !bench->minimal;
}

static bool measure(struct bench *bench)
{
    for (enum bench_row row = 0; row < BENCH_ROW_COUNT; row++) {
        if (!has_row(bench, row))
            continue;
        fprintf(stderr, "  %s\n", rows[row].text);
        if (!row_measure(bench, row))
            return false;
    }
    return true;
}

static double p50(struct bench_samples *samples)
{
    return samples_percentile(samples, 50);
}

/* Microseconds an instruction: the difference of the two guests' calls by that
 * of their instructions, of both hosts together; 0: unknown. */
static double instruction_cost(struct bench *guest, struct bench *minimal)
{
    struct pair *more = &guest->pairs[BENCH_ROW_NONE];
    struct pair *less = &minimal->pairs[BENCH_ROW_NONE];
    const double time = p50(&more->ours) + p50(&more->theirs) -
                        p50(&less->ours) - p50(&less->theirs);
    const double instructions =
        (double)(more->instructions.ours + more->instructions.theirs) -
        (double)(less->instructions.ours + less->instructions.theirs);

    return less->instructions.ours != 0 && instructions > 0 && time > 0
               ? time / instructions
               : 0;
}

/* The hosts' own time: what is left without the guest's. Where that is less
 * than a tenth, it is noise. */
static void own_print(struct pair *pair, double cost)
{
    const double theirs = p50(&pair->theirs);
    const double ours = p50(&pair->ours);
    const double theirs_own = theirs - cost * (double)pair->instructions.theirs;
    const double ours_own = ours - cost * (double)pair->instructions.ours;

    printf(" %llu / %llu |", (unsigned long long)pair->instructions.theirs,
           (unsigned long long)pair->instructions.ours);
    if (cost > 0 && theirs_own > theirs / 10 && ours_own > ours / 10)
        printf(" %.1f / %.1f | %.2f, %s |", theirs_own, ours_own,
               ours_own / theirs_own, goal(ours_own <= GOAL_OWN * theirs_own));
    else
        printf(" mostly the guest's | |");
}

/* Instructions of a guest with which ours would be half of theirs. */
static double halved_at(struct pair *pair, double cost)
{
    const double theirs_own =
        p50(&pair->theirs) - cost * (double)pair->instructions.theirs;
    const double ours_own =
        p50(&pair->ours) - cost * (double)pair->instructions.ours;

    return (theirs_own - 2 * ours_own) / cost;
}

static bool is_halved(const struct bench *bench, enum bench_row row)
{
    return bench->minimal &&
           (row == BENCH_ROW_NONE || row == BENCH_ROW_RESTORE ||
            row == BENCH_ROW_CALL_RESTORE);
}

/* unit: microseconds in one of what is printed */
static void row_print(struct bench *bench, enum bench_row row, const char *text,
                      double unit, double cost)
{
    struct pair *pair = &bench->pairs[row];
    const double theirs = p50(&pair->theirs), ours = p50(&pair->ours);
    const double limit = is_halved(bench, row) ? GOAL_MINIMAL : GOAL_RAW;

    printf("| %s | %.1f | %.1f | %.1f | %.1f | %.2f | ≤ %.1f %s |", text,
           theirs / unit, samples_percentile(&pair->theirs, 99) / unit,
           ours / unit, samples_percentile(&pair->ours, 99) / unit,
           theirs > 0 ? ours / theirs : 0, limit, goal(ours <= limit * theirs));
    if (pair->instructions.ours != 0)
        own_print(pair, cost);
    else
        printf(" | | |");
    printf("\n");
}

static void print(struct bench *bench, const char *version, double cost)
{
    struct pair *made = &bench->pairs[BENCH_ROW_PAIR_SANDBOXES];

    printf("| µs | %s p50 | p99 | hlkit p50 | p99 | ratio | goal | guest "
           "instructions | hosts' own | ratio, ≤ %.1f |\n"
           "|---|---|---|---|---|---|---|---|---|---|\n",
           version, GOAL_OWN);
    for (enum bench_row row = 0; row < BENCH_ROW_MEMORY; row++)
        if (has_row(bench, row))
            row_print(bench, row, rows[row].text, 1, cost);
    /* percentiles are of thousandths */
    row_print(bench, BENCH_ROW_MEMORY, "memory a sandbox, KiB", 1.024, 0);
    printf("\nSandboxes a second, %s: %.0f and %.0f.\n\n",
           "2 threads making, calling and closing them",
           1e6 / p50(&made->theirs), 1e6 / p50(&made->ours));
}

static int floor_print(void)
{
    struct bench_samples *samples = calloc(2, sizeof(*samples));
    int status = EXIT_FAILURE;

    if (samples && floor_vm_create(&samples[0], FLOOR_VM) &&
        floor_run(&samples[1], FLOOR_RUN)) {
        printf("| bare KVM, µs | p50 | p99 |\n|---|---|---|\n");
        printf("| create a VM with one vCPU | %.1f | %.1f |\n",
               p50(&samples[0]), samples_percentile(&samples[0], 99));
        printf("| KVM_RUN round trip | %.1f | %.1f |\n\n", p50(&samples[1]),
               samples_percentile(&samples[1], 99));
        status = EXIT_SUCCESS;
    }
    free(samples);
    return status;
}

/* Measure everything with that guest. */
static bool bench_run(struct bench *bench, const char *program,
                      const char *guest, enum hl_abi abi)
{
    struct row_count counts[BENCH_ROW_COUNT] = {{0}};
    bool ok = theirs_open(&bench->theirs, program, guest) &&
              ours_open(&bench->ours, guest, abi) && measure(bench);

    rows_count(guest, abi, counts);
    for (enum bench_row row = 0; row < BENCH_ROW_COUNT; row++)
        bench->pairs[row].instructions = counts[row];
    theirs_close(bench->theirs);
    ours_close(bench->ours);
    return ok;
}

static int compare(char **argv, const char *minimal)
{
    enum hl_abi abi =
        strcmp(argv[3], "virtq") == 0 ? HL_ABI_VIRTQ : HL_ABI_STACK;
    struct bench *bench = calloc(2, sizeof(*bench));
    int status = EXIT_FAILURE;
    double cost = 0;

    if (!bench)
        return status;
    bench[1].minimal = true;
    if (bench_run(&bench[0], argv[1], argv[4], abi) &&
        (!minimal || bench_run(&bench[1], argv[1], minimal, abi))) {
        if (minimal)
            cost = instruction_cost(&bench[0], &bench[1]);
        printf("hlkit's guest (bench/interop/guest.c):\n\n");
        print(&bench[0], argv[2], cost);
        if (minimal) {
            printf("A guest of eight instructions, that is the hosts' own "
                   "cost (bench/interop/minimal.S):\n\n");
            print(&bench[1], argv[2], cost);
            printf("An instruction of a guest: %.2f µs. ", cost);
            if (cost > 0)
                printf("The call would take half of theirs with a guest of "
                       "%.1f instructions.",
                       halved_at(&bench[1].pairs[BENCH_ROW_NONE], cost));
            printf("\n");
        }
        printf("Goals: %u of %u met.\n\n", goals_met, goals);
        status = EXIT_SUCCESS;
    }
    free(bench);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--floor") == 0)
        return floor_print();
    if (argc == 5 || argc == 6)
        return compare(argv, argc == 6 ? argv[5] : NULL);
    fprintf(stderr, "usage: bench-interop --floor | THEIRS VERSION stack|virtq "
                    "GUEST [MINIMAL]\n");
    return 2;
}
