/* SPDX-License-Identifier: MIT */
/* picolibc's time.h, and which of its optional parts a guest has. */
#ifndef _POSIX_MONOTONIC_CLOCK
#define _POSIX_MONOTONIC_CLOCK 200112L
#endif
#include_next <time.h>

#if !defined(HL_LIBC_TIME_H) && defined(__HYPERLIGHT__)
#define HL_LIBC_TIME_H
#if __POSIX_VISIBLE
#ifndef CLOCK_PROCESS_CPUTIME_ID
#define CLOCK_PROCESS_CPUTIME_ID ((clockid_t)2)
#endif
int timer_create(clockid_t clock, struct sigevent *__restrict event,
                 timer_t *__restrict timer)
    __attribute__((unavailable("nothing interrupts a guest: no timers; the "
                               "host sets a deadline for the whole call")));
#endif
#endif
