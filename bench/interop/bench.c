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
    uint64_t instructions;
};

struct bench {
    struct theirs *theirs;
    struct ours *ours;
    bool minimal;
    struct pair pairs[BENCH_ROW_COUNT];
};

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
    for (enum bench_row row = 0; row < BENCH_ROW_COUNT; row++)
        if (has_row(bench, row))
            bench->pairs[row].instructions =
                ours_instructions(bench->ours, row);
    return true;
}

static double p50(struct bench_samples *samples)
{
    return samples_percentile(samples, 50);
}

/* Microseconds an instruction, of the calls that both guests have; 0: unknown.
 * The guests' time alone, for all else is the same. */
static double instruction_cost(struct bench *guest, struct bench *minimal)
{
    struct pair *more = &guest->pairs[BENCH_ROW_NONE];
    struct pair *less = &minimal->pairs[BENCH_ROW_NONE];

    if (more->instructions <= less->instructions || !less->instructions)
        return 0;
    return (p50(&more->ours) - p50(&less->ours)) /
           (double)(more->instructions - less->instructions);
}

static void row_print(const struct row *row, struct pair *pair, double unit,
                      double cost)
{
    const double theirs = p50(&pair->theirs) / unit;
    const double ours = p50(&pair->ours) / unit;
    const double guest = (double)pair->instructions * cost;

    printf("| %s | %.1f | %.1f | %.1f | %.1f | %.2f |", row->text, theirs,
           samples_percentile(&pair->theirs, 99) / unit, ours,
           samples_percentile(&pair->ours, 99) / unit,
           theirs > 0 ? ours / theirs : 0);
    if (guest > 0 && guest < ours)
        printf(" %llu | %.1f | %.2f |\n",
               (unsigned long long)pair->instructions, guest,
               (ours - guest) / (theirs - guest));
    else if (pair->instructions)
        printf(" %llu | | |\n", (unsigned long long)pair->instructions);
    else
        printf(" | | |\n");
}

static void print(struct bench *bench, const char *version, double cost)
{
    printf("| µs | %s p50 | p99 | hlkit p50 | p99 | ratio | guest "
           "instructions | their time | ratio without |\n"
           "|---|---|---|---|---|---|---|---|---|\n",
           version);
    for (enum bench_row row = 0; row < BENCH_ROW_COUNT; row++)
        if (has_row(bench, row) && row != BENCH_ROW_MEMORY)
            row_print(&rows[row], &bench->pairs[row], 1, cost);
    if (has_row(bench, BENCH_ROW_MEMORY)) {
        struct row memory = rows[BENCH_ROW_MEMORY];

        memory.text = "memory a sandbox, KiB";
        /* percentiles are of thousandths */
        row_print(&memory, &bench->pairs[BENCH_ROW_MEMORY], 1.024, 0);
    }
    printf("\n");
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
    bool ok = theirs_open(&bench->theirs, program, guest) &&
              ours_open(&bench->ours, guest, abi) && measure(bench);

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
            printf("A guest of some 30 instructions, that is the hosts' own "
                   "cost (bench/interop/minimal.S):\n\n");
            print(&bench[1], argv[2], 0);
        }
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
