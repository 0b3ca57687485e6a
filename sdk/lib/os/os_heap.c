/* SPDX-License-Identifier: MIT */
/* sbrk(), for picolibc's malloc. */
#include "os.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "../guest.h"

void *sbrk(ptrdiff_t increment)
{
    void *old = hl_sbrk(increment);

    if (old)
        return old;
    errno = ENOMEM;
    return (void *)-1;
}
