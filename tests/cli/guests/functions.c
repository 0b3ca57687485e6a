/* SPDX-License-Identifier: MIT */
/* Every type, every way a call can end. */
#include <hl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

HL_IMPORT_OPTIONAL(void, hl_println, (hl_string, line));
HL_IMPORT_OPTIONAL(uint64_t, hl_get_time);
HL_IMPORT_OPTIONAL(hl_bytes, hl_read, (int32_t, max));
HL_IMPORT_OPTIONAL(int32_t, hl_write, (int32_t, fd), (hl_bytes, bytes));

HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
{
    return a + b;
}
HL_EXPORT(int32_t, echo_int, (int32_t, v))
{
    return v;
}
HL_EXPORT(uint32_t, echo_uint, (uint32_t, v))
{
    return v;
}
HL_EXPORT(int64_t, echo_long, (int64_t, v))
{
    return v;
}
HL_EXPORT(uint64_t, echo_ulong, (uint64_t, v))
{
    return v;
}
HL_EXPORT(float, echo_float, (float, v))
{
    return v;
}
HL_EXPORT(double, echo_double, (double, v))
{
    return v;
}
HL_EXPORT(bool, echo_bool, (bool, v))
{
    return v;
}
HL_EXPORT(hl_string, echo_string, (hl_string, v))
{
    return v;
}
HL_EXPORT(hl_bytes, echo_bytes, (hl_bytes, v))
{
    return v;
}
HL_EXPORT(void, nothing)
{
}

HL_EXPORT(int32_t, refuse, (hl_string, why))
{
    return hl_fail(HL_ERR_GUEST, "%s", why.data);
}
HL_EXPORT(int32_t, refuse_as_unknown)
{
    return hl_fail(HL_ERR_NOT_FOUND, "no such row");
}
HL_EXPORT(int32_t, refuse_with, (int32_t, code), (hl_string, why))
{
    return hl_fail(code, "%s", why.data);
}

/* ---- Ends that are no return ------------------------------------------- */

static __attribute__((noinline)) int read_nowhere(volatile int *at)
{
    return *at + 1;
}
HL_EXPORT(int32_t, touch_nowhere)
{
    volatile int *volatile at = NULL;
    return read_nowhere(at) + 1;
}
HL_EXPORT(int32_t, divide, (int32_t, a), (int32_t, b))
{
    return a / b;
}
HL_EXPORT(void, illegal)
{
    __asm__ volatile("ud2");
}
HL_EXPORT(void, bad_port)
{
    __asm__ volatile("outl %%eax, %%dx" ::"a"(1), "d"(0x1234));
}
HL_EXPORT(void, give_up, (hl_string, why))
{
    hl_abort(HL_ERR_GUEST, "%s", why.data);
}
HL_EXPORT(void, spin)
{
    for (;;)
        __asm__ volatile("pause");
}
static __attribute__((noinline)) uint64_t deep(uint64_t n)
{
    volatile char frame[512];

    memset((char *)frame, (int)n, sizeof(frame));
    return n == UINT64_MAX ? n : deep(n + 1) + (uint64_t)frame[7];
}
HL_EXPORT(uint64_t, overflow_stack)
{
    return deep(0);
}

/* ---- Host functions ---------------------------------------------------- */

HL_EXPORT(void, print_line, (hl_string, line))
{
    if (hl_println(line) != HL_OK)
        hl_fail(HL_ERR_HOST, "%s", hl_last_error());
}
HL_EXPORT(uint64_t, now)
{
    uint64_t seconds = 0;

    if (hl_get_time(&seconds) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return seconds;
}
HL_EXPORT(hl_bytes, read_some, (int32_t, max))
{
    hl_bytes bytes = {0};

    if (hl_read(&bytes, max) != HL_OK)
        return hl_fail_bytes(HL_ERR_HOST, "%s", hl_last_error());
    return bytes;
}
HL_EXPORT(int32_t, write_to, (int32_t, fd), (hl_bytes, bytes))
{
    int32_t written = 0;

    if (hl_write(&written, fd, bytes) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return written;
}
HL_EXPORT(void, log_at, (int32_t, level), (hl_string, text))
{
    hl_log(level, "%s", text.data);
}
HL_EXPORT(void, debug_char, (uint32_t, c))
{
    __asm__ volatile("outl %%eax, %%dx" ::"a"(c), "d"(103));
}

static int32_t counter;
HL_EXPORT(int32_t, count)
{
    return ++counter;
}

/* Dies with a known value in every general register. */
HL_EXPORT(void, known_registers)
{
    __asm__ volatile("mov $0xa0, %eax\n\tmov $0xb0, %ebx\n\t"
                     "mov $0xc0, %ecx\n\tmov $0xd0, %edx\n\t"
                     "mov $0x51, %esi\n\tmov $0xd1, %edi\n\t"
                     "mov $0xb9, %ebp\n\t"
                     "mov $0x108, %r8d\n\tmov $0x109, %r9d\n\t"
                     "mov $0x110, %r10d\n\tmov $0x111, %r11d\n\t"
                     "mov $0x112, %r12d\n\tmov $0x113, %r13d\n\t"
                     "mov $0x114, %r14d\n\tmov $0x115, %r15d\n\t"
                     "ud2");
}
