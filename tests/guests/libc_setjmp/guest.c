/* SPDX-License-Identifier: MIT */
/* longjmp: from deep inside, several times, with the values it must carry. */
#include <setjmp.h>

#include "../libc_check/check.h"

static jmp_buf place;

static __attribute__((noinline)) void dive(int depth, int value)
{
    volatile char frame[256];

    frame[0] = (char)depth;
    if (depth == 0)
        longjmp(place, value);
    dive(depth - 1, value);
    frame[1] = frame[0];
}

int main(void)
{
    volatile int passes = 0;
    int got = setjmp(place);

    passes++;
    if (passes == 1)
        dive(50, 7);
    if (passes == 2) {
        CHECK(got == 7);
        dive(1, 0);
    }
    if (passes == 3) {
        CHECK(got == 1); /* 0 becomes 1 */
        dive(20, -5);
    }
    CHECK(passes == 4 && got == -5);
    return check_done();
}
