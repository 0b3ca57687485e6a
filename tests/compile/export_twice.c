/* SPDX-License-Identifier: MIT */
/* expect: redefinition of */
#include <hl.h>

HL_EXPORT(int32_t, f)
{
    return 1;
}
HL_EXPORT(int32_t, f)
{
    return 2;
}
