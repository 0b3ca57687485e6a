/* SPDX-License-Identifier: MIT */
/* expect: hlkit: parameter `text` of `f` has a type the wire cannot carry */
#include <hl.h>

HL_EXPORT(void, f, (char *, text))
{
    (void)text;
}
