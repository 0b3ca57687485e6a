/* SPDX-License-Identifier: MIT */
/* expect: hlkit: `sum` has more than 11 parameters, the most a function may */
#include <hl.h>

HL_EXPORT(int32_t, sum, (int, a), (int, b), (int, c), (int, d), (int, e),
          (int, f), (int, g), (int, h), (int, i), (int, j), (int, k), (int, l))
{
    return a;
}
