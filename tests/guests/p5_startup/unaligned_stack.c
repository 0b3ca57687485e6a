/* SPDX-License-Identifier: MIT */
/* guarantees: B19 */
#include "raw.h"

/* Never returns: halts by itself with a stack pointer that is none. */
void raw_start(void)
{
    __asm__ volatile("leaq -3(%%rsp), %%rsp; outl %%eax, %%dx; cli; hlt" ::"d"(
        HL_PORT_HALT));
    __builtin_unreachable();
}
