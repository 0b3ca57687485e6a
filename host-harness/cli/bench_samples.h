/* SPDX-License-Identifier: MIT */
/* A set of timings and their percentiles. */
#ifndef CLI_BENCH_SAMPLES_H
#define CLI_BENCH_SAMPLES_H

#include <stdint.h>

#define BENCH_SAMPLES_MAX 4096

struct bench_samples {
    unsigned count;
    uint64_t ns[BENCH_SAMPLES_MAX];
};

/* Beyond the maximum, samples are dropped. */
void samples_add(struct bench_samples *samples, uint64_t ns);
/* The sample at percent of the sorted set, in µs; 0 when empty. */
double samples_percentile(struct bench_samples *samples, unsigned percent);

#endif
