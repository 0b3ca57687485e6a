/* SPDX-License-Identifier: MIT */
/* expect: hlkit: parameter `x` of `f` has a type the wire cannot carry */
#include <hl.h>

HL_EXPORT(void, f, (long long, x))
{
    (void)x;
}
