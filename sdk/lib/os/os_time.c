/* SPDX-License-Identifier: MIT */
/*
 * Time: seconds from the host function hl_get_time when it is granted, else
 * synthetic: each reading is one second after the one before. Never earlier
 * than what was read before, whatever the host's clock does.
 */
#include "os.h"

#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "../guest.h"

HL_IMPORT_OPTIONAL(uint64_t, hl_get_time);

#define NANOSECONDS 1000000000

/* What was read last, and first (clock() counts from there). */
static uint64_t last_seconds, first_seconds;

/* No clock of the host before the first call, and 0 says that it failed. */
uint64_t os_host_time(void)
{
    uint64_t now;

    return hl_call_active() && hl_get_time(&now) == HL_OK ? now : 0;
}

static uint64_t time_read(void)
{
    uint64_t now = os_host_time();

    if (now == 0)
        now = last_seconds + 1;
    if (now > last_seconds)
        last_seconds = now;
    if (first_seconds == 0)
        first_seconds = last_seconds;
    return last_seconds;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    (void)zone;
    time->tv_sec = (time_t)time_read();
    time->tv_usec = 0;
    return 0;
}

int clock_gettime(clockid_t id, struct timespec *time)
{
    if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC &&
        id != CLOCK_PROCESS_CPUTIME_ID)
        return os_fail(EINVAL);
    time->tv_sec = (time_t)time_read();
    if (id == CLOCK_PROCESS_CPUTIME_ID)
        time->tv_sec -= (time_t)first_seconds;
    time->tv_nsec = 0;
    return 0;
}

int clock_getres(clockid_t id, struct timespec *resolution)
{
    if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC &&
        id != CLOCK_PROCESS_CPUTIME_ID)
        return os_fail(EINVAL);
    if (resolution) {
        resolution->tv_sec = 1;
        resolution->tv_nsec = 0;
    }
    return 0;
}

/* C11's way to ask. */
int timespec_get(struct timespec *time, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, time) == 0 ? base
                                                                        : 0;
}

/* A guest has no CPU clock: the seconds since it first asked for a time. */
clock_t times(struct tms *times)
{
    clock_t elapsed = (clock_t)(time_read() - first_seconds) * CLOCKS_PER_SEC;

    times->tms_utime = elapsed;
    times->tms_stime = 0;
    times->tms_cutime = 0;
    times->tms_cstime = 0;
    return elapsed;
}

int settimeofday(const struct timeval *time, const struct timezone *zone)
{
    (void)time;
    (void)zone;
    return os_fail(EPERM);
}

int clock_settime(clockid_t id, const struct timespec *time)
{
    (void)id;
    (void)time;
    return os_fail(EPERM);
}

/* Nothing wakes a guest: waiting would only burn the host's time. */
int nanosleep(const struct timespec *time, struct timespec *rest)
{
    if (time->tv_nsec < 0 || time->tv_nsec >= NANOSECONDS || time->tv_sec < 0)
        return os_fail(EINVAL);
    if (rest)
        *rest = *time;
    return os_fail(ENOSYS);
}

int usleep(useconds_t microseconds)
{
    (void)microseconds;
    return os_fail(ENOSYS);
}

unsigned sleep(unsigned seconds)
{
    os_fail(ENOSYS);
    return seconds;
}
