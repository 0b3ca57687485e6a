/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <poll.h>
#include <time.h>

uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t clock_limit(uint64_t ns)
{
    return ns ? ns : 1;
}

uint64_t clock_left(uint64_t deadline)
{
    if (!deadline)
        return UINT64_MAX;
    uint64_t now = clock_now();
    return now < deadline ? deadline - now : 0;
}

uint64_t clock_grace(uint64_t deadline)
{
    return clock_left(deadline) ? deadline : clock_now() + 500000000;
}

bool clock_wait_fd(int fd, bool to_write, uint64_t deadline)
{
    const uint64_t day = UINT64_C(86400000000000);
    struct pollfd ready = {.fd = fd, .events = to_write ? POLLOUT : POLLIN};

    for (;;) {
        uint64_t left = clock_left(deadline);
        if (!left)
            return false;
        int ms = (int)((left < day ? left : day) / 1000000 + 1);
        if (poll(&ready, 1, ms) > 0)
            return true;
    }
}
