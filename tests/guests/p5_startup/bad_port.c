/* SPDX-License-Identifier: MIT */
/* guarantees: B15 */
#include "raw.h"

void raw_start(void)
{
    raw_out(77, 1);
}
