/* SPDX-License-Identifier: MIT */
/* The measurements of one backend with the bench guest (bench/guest.c). */
#ifndef CLI_BENCH_MEASURE_H
#define CLI_BENCH_MEASURE_H

#include <hl_host.h>

#include "bench_samples.h"

enum bench_timing {
    BENCH_COLD,      /* image file to first result */
    BENCH_COLD_BARE, /* the same of an image without writable data */
    BENCH_WARM,      /* add(int, int) */
    BENCH_HOST_CALL, /* a call that makes one host call */
    BENCH_BULK,      /* 24 KiB in, 8 KiB out */
    BENCH_RESTORE,   /* restore alone */
    BENCH_CALL_RESTORE,
    BENCH_SNAPSHOT,
    BENCH_INTERRUPT, /* from hl_sandbox_interrupt to the call's return */
    BENCH_TIMINGS
};

enum bench_count {
    BENCH_EXITS,          /* VM exits of a warm call */
    BENCH_EXITS_HOST,     /* of a call with one host call */
    BENCH_INSTRUCTIONS,   /* guest instructions of a warm call */
    BENCH_PAGES_FIRST,    /* scratch pages the first call dirtied */
    BENCH_PAGES_LATER,    /* and the second */
    BENCH_PAGES_RESTORED, /* and the first after a restore */
    BENCH_RSS,            /* KiB of this process without guest memory */
    BENCH_COUNTS
};

extern const char *const bench_timing_names[BENCH_TIMINGS];
extern const char *const bench_count_names[BENCH_COUNTS];
extern const char *const bench_count_units[BENCH_COUNTS];

struct bench_figures {
    struct bench_samples timings[BENCH_TIMINGS];
    int64_t counts[BENCH_COUNTS]; /* -1: cannot be counted here */
};

/* *figures is all zero. bare: path of the image without writable data. */
hl_status bench_measure(const char *path, const char *bare,
                        enum hl_backend backend, struct bench_figures *figures,
                        hl_error *error);

#endif
