/* SPDX-License-Identifier: MIT */
/* Monotonic time and the one deadline of this process. */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

uint64_t clock_now(void); /* ns */

/* A limit somebody asked for, in ns: what rounds to 0, which means none, is
 * the least there is. */
uint64_t clock_limit(uint64_t ns);

/* Nanoseconds to a deadline (0 = none: UINT64_MAX); 0 when it is over. */
uint64_t clock_left(uint64_t deadline);

/*
 * The deadline, or half a second from now if it is over: what failed because
 * of that is still to be told, before the emulator's process would be killed
 * (child.h).
 */
uint64_t clock_grace(uint64_t deadline);

/*
 * Wait until fd can be read (or written) or the deadline is over. False when
 * it is over. Signals only make it look at the clock again.
 */
bool clock_wait_fd(int fd, bool to_write, uint64_t deadline);

#endif
