/* SPDX-License-Identifier: MIT */
/* This machine's floor: what bare KVM costs without any of our code. */
#ifndef CLI_BENCH_FLOOR_H
#define CLI_BENCH_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

struct bench_samples;

/* Create and destroy a VM with one vCPU and two memory slots. False: no KVM. */
bool floor_vm_create(struct bench_samples *samples, unsigned runs);
/* One KVM_RUN that leaves by an `out`. */
bool floor_run(struct bench_samples *samples, unsigned runs);

#endif
