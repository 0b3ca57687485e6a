/* SPDX-License-Identifier: MIT */
/*
 * Stopping a running guest: deadlines and hl_sandbox_interrupt.
 *
 * One signal does both. Its handler runs in the thread that runs the VM (the
 * timer and the interrupting thread aim at that thread), looks at the call
 * that is current there, and stops it if it is really due: a late or stray
 * signal does nothing, and a stop that comes between the check and the VM
 * entry is not lost, because the backend's stop is set by the same thread.
 */
#ifndef HL_KICK_H
#define HL_KICK_H

#include <stdatomic.h>
#include <time.h>

#include "vmm.h"

struct hl_kick {
    /* call sequence number << 2 | RUNNING | KILLED */
    _Atomic uint64_t state;
    _Atomic int thread; /* kernel id of the thread in the call */
    uint64_t deadline;  /* CLOCK_MONOTONIC ns, 0 = none */
    _Atomic(timer_t) timer;
    int timer_thread;      /* thread the timer aims at, 0 = no timer yet */
    uint64_t timer_serial; /* the same, in kick.c's own count */
    struct hl_vmm *vmm;
    struct hl_kick *outer; /* call in this thread whose host function made
                              this one */
};

uint64_t monotonic_ns(void);

/* Once a sandbox. HL_FAIL_SYSTEM. */
hl_status kick_open(struct hl_kick *kick, struct hl_vmm *vmm, hl_error *error);
void kick_close(struct hl_kick *kick);

/* Is a call running now? */
bool kick_is_running(struct hl_kick *kick);
/* Around each call; limit in ns, 0 = none. */
hl_status kick_begin(struct hl_kick *kick, uint64_t limit, hl_error *error);
void kick_end(struct hl_kick *kick);

/* HL_OK, HL_FAIL_TIMEOUT or HL_FAIL_INTERRUPTED for the current call. */
hl_status kick_check(const struct hl_kick *kick);

/* From any thread, async-signal-safe. */
void kick_interrupt(struct hl_kick *kick);

#endif /* HL_KICK_H */
