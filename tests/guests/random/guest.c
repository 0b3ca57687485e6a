/* SPDX-License-Identifier: MIT */
/* Numbers that differ between VMs and after each restore. */
#include <hl.h>

uint64_t hl_random64(void);

HL_EXPORT(uint64_t, next)
{
    return hl_random64();
}
