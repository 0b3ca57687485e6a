/* SPDX-License-Identifier: MIT */
/* guarantees: P5.1 B16 */
#include "raw.h"

void raw_start(void)
{
    raw_abort(8, "no wish to start");
}
