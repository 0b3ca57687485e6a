/* SPDX-License-Identifier: MIT */
/* guarantees: P3.2 */
#include "raw.h"

/* Halts with a dispatch address that is not mapped. */
void raw_start(void)
{
    __asm__ volatile("andq $-16, %%rsp; outl %%eax, %%dx; cli; hlt" ::"a"(0),
                     "d"(HL_PORT_HALT));
    __builtin_unreachable();
}
