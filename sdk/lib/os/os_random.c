/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: all from hl_random64, which starts anew after each restore,
 * so none of them keeps a state of its own that a snapshot would repeat.
 */
#include "os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../guest.h"

void arc4random_buf(void *data, size_t len)
{
    uint8_t *bytes = data;

    while (len > 0) {
        uint64_t word = hl_random64();
        size_t part = len < sizeof(word) ? len : sizeof(word);

        memcpy(bytes, &word, part);
        bytes += part;
        len -= part;
    }
}

uint32_t arc4random(void)
{
    return (uint32_t)hl_random64();
}

/* Every result below bound equally likely: what lies past the last whole
 * multiple of bound is drawn again. */
uint32_t arc4random_uniform(uint32_t bound)
{
    uint32_t number, skip;

    if (bound < 2)
        return 0;
    skip = -bound % bound;
    do
        number = arc4random();
    while (number < skip);
    return number % bound;
}

int getentropy(void *data, size_t len)
{
    if (len > 256)
        return os_fail(EIO);
    arc4random_buf(data, len);
    return 0;
}

ssize_t getrandom(void *data, size_t len, unsigned flags)
{
    if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM))
        return os_fail(EINVAL);
    arc4random_buf(data, len);
    return (ssize_t)len;
}
