/* SPDX-License-Identifier: MIT */
/* hlkit's guest of bench-interop: each export is a row of the table. */
#include <hl.h>

#define BULK_OUT 8192

HL_IMPORT(int32_t, bench_inc, (int32_t, x));

HL_EXPORT(int32_t, none)
{
    return 7;
}

HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
{
    return a + b;
}

HL_EXPORT(int32_t, host_call, (int32_t, x))
{
    int32_t result;

    if (bench_inc(&result, x) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return result;
}

HL_EXPORT(hl_bytes, bulk, (hl_bytes, in))
{
    return (hl_bytes){in.data, in.len < BULK_OUT ? in.len : BULK_OUT};
}

HL_EXPORT(void, spin)
{
    for (;;)
        __asm__ volatile("" ::: "memory");
}
