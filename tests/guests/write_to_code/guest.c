/* SPDX-License-Identifier: MIT */
/* Code is read-only. */
#include <hl.h>

HL_EXPORT(int32_t, plain)
{
    return 1;
}
HL_EXPORT(int32_t, attack)
{
    volatile uint8_t *code = (volatile uint8_t *)(uintptr_t)&plain;

    code[0] = 0xC3;
    return code[0];
}
