/* SPDX-License-Identifier: MIT */
/* expect: hlkit: parameter `b` of `add` has a type the wire cannot carry; */
#include <hl.h>

HL_EXPORT(int32_t, add, (int32_t, a), (short, b))
{
    return a + b;
}
