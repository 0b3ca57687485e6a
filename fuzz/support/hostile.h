/* SPDX-License-Identifier: MIT */
/*
 * A sandbox with the scribbling guest (fuzz/guest/scribble.c) on a real
 * backend, and what must hold after each of its calls. Used by the libFuzzer
 * targets session_emu and by the seeded programs vm-emu and vm-kvm; all of them
 * over I/O stacks and, as NAME_virtq or NAME-virtq, over virtqueues.
 */
#ifndef FUZZ_HOSTILE_H
#define FUZZ_HOSTILE_H

#include <hl_host.h>

#include "guest/program.h"
#include "support/check.h"

/* Enough for any program but one that is to spin for ever. */
#define HOSTILE_TIMEOUT_NS 100000000ull

/* Open the sandboxes; false with a text on stderr if there is no such
 * backend here. image: of the scribbling guest, NULL for make's. */
bool hostile_open(enum hl_backend backend, enum hl_abi abi, const char *image);
void hostile_close(void);

/* One call with a program, judged; the sandbox is healthy again after it. */
hl_status hostile_call(const struct fuzz_step *steps, size_t count);
/* A snapshot of what the last call left; restored at once, or kept for
 * hostile_restore. */
void hostile_snapshot(bool restore);
void hostile_restore(bool kept);
/* An interrupt while no call runs, which must not reach the next one. */
void hostile_interrupt(void);
/* Restored, the guest is as it was when fresh; its neighbour too. */
void hostile_compare(void);

/* An input of session_emu, hostile_session.c. */
void hostile_session(enum hl_abi abi, const uint8_t *data, size_t size);

struct hostile_counts {
    uint64_t calls, well, poisoned, host_calls, snapshots, timeouts;
};
extern struct hostile_counts hostile_counts;

#endif /* FUZZ_HOSTILE_H */
