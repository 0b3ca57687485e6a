/* SPDX-License-Identifier: MIT */
/* Ends that are no results: the run is over, and the host is told why. */
#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <hl.h>

HL_EXPORT(void, aborts)
{
    printf("before the abort");
    fprintf(stderr, "on stderr");
    abort();
}

HL_EXPORT(void, asserts, (int32_t, n))
{
    assert(n > 5);
}

HL_EXPORT(void, exits, (int32_t, status))
{
    exit(status);
}

static jmp_buf place;

static void handler(int number)
{
    longjmp(place, number);
}

HL_EXPORT(int32_t, catches)
{
    int number = setjmp(place);

    if (number == 0) {
        signal(SIGABRT, handler);
        abort();
    }
    return number;
}

HL_EXPORT(void, faults)
{
    static volatile uintptr_t nowhere;

    printf("before the fault");
    *(volatile int *)nowhere = 1;
}
