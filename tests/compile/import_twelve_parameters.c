/* SPDX-License-Identifier: MIT */
/* expect: hlkit: `host_call` has more than 11 parameters */
#include <hl.h>

HL_IMPORT(void, host_call, (int, a), (int, b), (int, c), (int, d), (int, e),
          (int, f), (int, g), (int, h), (int, i), (int, j), (int, k), (int, l));
