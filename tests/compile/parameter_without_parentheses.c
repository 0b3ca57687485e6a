/* SPDX-License-Identifier: MIT */
/* expect: hlkit: write each parameter of `twice` as (type, name), in */
#include <hl.h>

HL_EXPORT(int32_t, twice, int32_t a)
{
    return 2 * a;
}
