/* SPDX-License-Identifier: MIT */
/* Exceptions other than page faults. */
#include <hl.h>

HL_EXPORT(int32_t, divide, (int32_t, a), (int32_t, b))
{
    int32_t result;

    __asm__ volatile("cltd\n\tidivl %2"
                     : "=a"(result)
                     : "0"(a), "r"(b)
                     : "edx");
    return result;
}
HL_EXPORT(void, invalid)
{
    __asm__ volatile("ud2");
}
HL_EXPORT(uint64_t, not_canonical)
{
    return *(volatile uint64_t *)0x8000000000001000;
}
HL_EXPORT(uint64_t, unmapped, (uint64_t, address), (bool, write))
{
    volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)address;

    if (write)
        *at = 1;
    return *at;
}
