/* SPDX-License-Identifier: MIT */
/* expect: format */
#include <hl.h>

HL_EXPORT(int32_t, f)
{
    return hl_fail(HL_ERR_GUEST, "%s", 5);
}
