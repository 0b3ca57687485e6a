/* SPDX-License-Identifier: MIT */
/* expect: hlkit: parameter `p` of `f` has a type the wire cannot carry */
#include <hl.h>

struct point {
    int x, y;
};

HL_EXPORT(void, f, (struct point, p))
{
    (void)p;
}
