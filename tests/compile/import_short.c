/* SPDX-License-Identifier: MIT */
/* expect: hlkit: parameter `x` of `host_call` has a type the wire cannot */
#include <hl.h>

HL_IMPORT(int32_t, host_call, (unsigned short, x));
