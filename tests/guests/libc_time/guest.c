/* SPDX-License-Identifier: MIT */
/*
 * Time. Argument `synthetic`: without the host's clock, each reading is one
 * second after the one before; else the clock is the host's.
 */
#include <stdlib.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "../libc_check/check.h"

static void clocks(int synthetic)
{
    struct timespec now, later;
    struct timeval day;
    time_t seconds = time(NULL);

    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    CHECK(gettimeofday(&day, NULL) == 0);
    if (synthetic) {
        CHECK(now.tv_sec == seconds + 1 && day.tv_sec == seconds + 2);
        CHECK(seconds < 1000);
    } else {
        CHECK(seconds > 1700000000 && now.tv_sec >= seconds);
        CHECK(now.tv_sec - seconds < 60);
    }
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    for (int i = 0; i < 10; i++) {
        CHECK(clock_gettime(CLOCK_MONOTONIC, &later) == 0);
        CHECK(later.tv_sec >= now.tv_sec);
        now = later;
    }
    CHECK(timespec_get(&now, TIME_UTC) == TIME_UTC);
    CHECK(clock_getres(CLOCK_MONOTONIC, &now) == 0 && now.tv_sec == 1);
    CHECK_ERRNO(clock_gettime((clockid_t)77, &now) == -1, EINVAL);
    CHECK(clock() != (clock_t)-1);
}

static void sleeping(void)
{
    struct timespec second = {1, 0}, rest = {0, 0};

    CHECK_ERRNO(nanosleep(&second, &rest) == -1, ENOSYS);
    CHECK(rest.tv_sec == 1);
    CHECK_ERRNO(usleep(10) == -1, ENOSYS);
    CHECK(sleep(3) == 3);
}

static void calendar(void)
{
    time_t when = 951782400; /* 2000-02-29 00:00:00 UTC */
    struct tm fields, *tm = gmtime_r(&when, &fields);
    char text[64];

    CHECK(tm && tm->tm_mon == 1 && tm->tm_mday == 29 && tm->tm_wday == 2);
    CHECK(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a", tm) > 0);
    CHECK_TEXT(text, "2000-02-29 00:00:00 Tue");
    CHECK(mktime(tm) == when);
    CHECK(localtime(&when)->tm_hour == 0);
    CHECK_TEXT(asctime(tm), "Tue Feb 29 00:00:00 2000\n");
    CHECK(difftime(when, when - 60) == 60.0);
}

int main(int argc, char **argv)
{
    clocks(argc > 1 && strcmp(argv[1], "synthetic") == 0);
    sleeping();
    calendar();
    return check_done();
}
