/* SPDX-License-Identifier: MIT */
/* Random numbers: another sequence in every VM, unless srand was called. */
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "../libc_check/check.h"

static int is_zero(const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return 0;
    return 1;
}

static void sequences(void)
{
    int first, second;

    srand(7);
    first = rand();
    second = rand();
    CHECK(first != second && first >= 0 && first <= RAND_MAX);
    srand(7);
    CHECK(rand() == first && rand() == second);
    for (int i = 0; i < 100; i++)
        CHECK(arc4random_uniform(10) < 10);
    CHECK(arc4random() != arc4random() || arc4random() != arc4random());
}

int main(void)
{
    unsigned char bytes[256] = {0}, more[256] = {0};
    int unseeded = rand();

    CHECK(getentropy(bytes, sizeof(bytes)) == 0 && !is_zero(bytes, 16));
    CHECK(getentropy(more, sizeof(more)) == 0);
    CHECK(memcmp(bytes, more, sizeof(more)) != 0);
    CHECK(!is_zero(bytes + 240, 16));
    CHECK_ERRNO(getentropy(bytes, 257) == -1, EIO);
    CHECK(getrandom(bytes, 100, GRND_NONBLOCK) == 100);
    CHECK_ERRNO(getrandom(bytes, 1, 64) == -1, EINVAL);
    sequences();
    printf("draw %d %02x%02x%02x%02x\n", unseeded, more[0], more[1], more[2],
           more[3]);
    return check_done();
}
