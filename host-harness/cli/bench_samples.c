/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "bench_samples.h"

void samples_add(struct bench_samples *samples, uint64_t ns)
{
    if (samples->count < BENCH_SAMPLES_MAX)
        samples->ns[samples->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

double samples_percentile(struct bench_samples *samples, unsigned percent)
{
    size_t at;

    if (samples->count == 0)
        return 0;
    at = (samples->count - 1) * percent / 100;
    qsort(samples->ns, samples->count, sizeof(samples->ns[0]), compare);
    return (double)samples->ns[at] / 1000.0;
}
