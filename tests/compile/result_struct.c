/* SPDX-License-Identifier: MIT */
/* expect: hlkit: `f` returns a type the wire cannot carry; use int32_t, */
#include <hl.h>

struct point {
    int x, y;
};

HL_EXPORT(struct point, f)
{
    return (struct point){0, 0};
}
