/* SPDX-License-Identifier: MIT */
/* A buffer overflow on the stack ends the run before the function returns. */
#include <hl.h>

#include <string.h>

static __attribute__((noinline)) int32_t copy(hl_bytes from)
{
    char buffer[16];

    for (size_t i = 0; i < from.len; i++)
        ((volatile char *)buffer)[i] = (char)from.data[i];
    __asm__ volatile("" : : "r"(buffer) : "memory");
    return buffer[0];
}

HL_EXPORT(int32_t, attack, (hl_bytes, from))
{
    return copy(from);
}

/* The canary's value: differs between VMs, and its first byte is 0. */
extern uintptr_t __stack_chk_guard;
HL_EXPORT(uint64_t, canary)
{
    return __stack_chk_guard;
}
