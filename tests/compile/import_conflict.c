/* SPDX-License-Identifier: MIT */
/* expect: conflicting types for */
#include <hl.h>

HL_IMPORT(int32_t, host_call, (int32_t, x));
HL_IMPORT(int32_t, host_call, (int64_t, x));
