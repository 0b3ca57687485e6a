/* SPDX-License-Identifier: MIT */
/* guarantees: P3.2 */
#include "raw.h"

void raw_start(void)
{
    *(volatile int *)8 = 1;
}
