/* SPDX-License-Identifier: MIT */
/* The rows of bench-interop, and the two hosts that fill them. */
#ifndef BENCH_INTEROP_ROWS_H
#define BENCH_INTEROP_ROWS_H

#include <hl_host.h>

#include "../../host-harness/cli/bench_samples.h"

/*
 * X(NAME, row, samples, text, minimal): row is its name for the programs,
 * samples how many in all, minimal whether the minimal guest has it. Samples
 * are nanoseconds, of MEMORY bytes.
 */
#define BENCH_ROWS(X)                                                          \
    X(CREATE, "create", 100, "create to first call", true)                     \
    X(NONE, "none", 2000, "call, no arguments -> int", true)                   \
    X(ADD, "add", 2000, "call (int, int) -> int", false)                       \
    X(HOST_CALL, "host_call", 2000, "call with one host call", false)          \
    X(BULK, "bulk", 300, "call, 24 KiB in, 8 KiB out", false)                  \
    X(RESTORE, "restore", 2000, "restore", true)                               \
    X(CALL_RESTORE, "call_restore", 2000, "call + restore", true)              \
    X(SNAPSHOT, "snapshot", 200, "snapshot", true)                             \
    X(INTERRUPT, "interrupt", 60, "interrupt latency", false)                  \
    X(FROM_SNAPSHOT, "from_snapshot", 60, "sandbox from a snapshot + call",    \
      true)                                                                    \
    X(PAIR_CALLS, "pair_calls", 20, "a call, 2 threads at once", true)         \
    X(PAIR_SANDBOXES, "pair_sandboxes", 20,                                    \
      "a sandbox made, called, closed, 2 threads", true)                       \
    X(MEMORY, "memory", 4, "memory a sandbox", true)

enum bench_row {
#define BENCH_ROW_ENUM(name, row, samples, text, minimal) BENCH_ROW_##name,
    BENCH_ROWS(BENCH_ROW_ENUM)
#undef BENCH_ROW_ENUM
        BENCH_ROW_COUNT
};

/* Our host. Functions return false and print why when something fails. */
struct ours;
bool ours_open(struct ours **ours, const char *guest, enum hl_abi abi);
bool ours_row(struct ours *ours, enum bench_row row, unsigned count,
              struct bench_samples *samples);
hl_config *ours_config(enum hl_abi abi, enum hl_backend backend, bool bulk);
void ours_close(struct ours *ours);

/* Instructions that the guest executes in one call of a row, 0: unknown; the
 * call as our host lays it out, and as upstream's does. */
struct row_count {
    uint64_t ours, theirs;
};
void rows_count(const char *guest, enum hl_abi abi,
                struct row_count counts[BENCH_ROW_COUNT]);

/* Upstream's host: the program `theirs.rs`, asked by a pipe. */
struct theirs;
bool theirs_open(struct theirs **theirs, const char *program,
                 const char *guest);
bool theirs_row(struct theirs *theirs, const char *row, unsigned count,
                struct bench_samples *samples);
void theirs_close(struct theirs *theirs);

#endif /* BENCH_INTEROP_ROWS_H */
