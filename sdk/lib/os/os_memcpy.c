/* SPDX-License-Identifier: MIT */
/*
 * memcpy, in place of picolibc's: where instructions are emulated, a step of
 * rep movs costs the same whatever its width, and less than half of a load and
 * a store. (picolibc's loop has non-temporal stores, from 256 bytes on.)
 */
#include <stdint.h>

#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    void *at = to;
    uint64_t last;

    if (len < sizeof(last)) {
        __asm__ volatile("rep movsb"
                         : "+D"(at), "+S"(from), "+c"(len)
                         :
                         : "memory");
        return to;
    }
    /* The last word overlaps those before it: no bytes are left over. */
    __builtin_memcpy(&last, (const char *)from + len - sizeof(last),
                     sizeof(last));
    __builtin_memcpy((char *)to + len - sizeof(last), &last, sizeof(last));
    len /= sizeof(last);
    __asm__ volatile("rep movsq"
                     : "+D"(at), "+S"(from), "+c"(len)
                     :
                     : "memory");
    return to;
}
