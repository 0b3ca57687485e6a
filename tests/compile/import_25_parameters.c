/* SPDX-License-Identifier: MIT */
/* expect: hlkit: `sum` has more than 11 parameters, the most a function may */
#include <hl.h>

HL_IMPORT(int32_t, sum, (int, a0), (int, a1), (int, a2), (int, a3), (int, a4),
          (int, a5), (int, a6), (int, a7), (int, a8), (int, a9), (int, a10),
          (int, a11), (int, a12), (int, a13), (int, a14), (int, a15),
          (int, a16), (int, a17), (int, a18), (int, a19), (int, a20),
          (int, a21), (int, a22), (int, a23), (int, a24));
