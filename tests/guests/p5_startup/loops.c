/* SPDX-License-Identifier: MIT */
/* guarantees: B17 */
#include "raw.h"

void raw_start(void)
{
    for (;;)
        __asm__ volatile("");
}
