/* SPDX-License-Identifier: MIT */
/* What the tests of the host's core (tests/host) let a guest do. */
#include <hl.h>

#include <string.h>

HL_IMPORT_OPTIONAL(int32_t, HostAdd, (int32_t, a), (int32_t, b));
HL_IMPORT_OPTIONAL(int32_t, HostWait, (int32_t, ms));
HL_IMPORT_OPTIONAL(int32_t, HostReenter);

#define PAGES 24

static int32_t count;
static uint8_t pages[PAGES][4096];
static _Alignas(16) uint8_t canary[256];

HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
{
    return a + b;
}

HL_EXPORT(int32_t, next)
{
    return ++count;
}

/* Write to so many pages; how many are written to altogether? */
HL_EXPORT(int32_t, dirty, (int32_t, wanted))
{
    int32_t written = 0;

    for (int32_t i = 0; i < wanted && i < PAGES; i++)
        pages[i][0] = 1;
    for (int32_t i = 0; i < PAGES; i++)
        written += pages[i][0];
    return written;
}

HL_EXPORT(void, set_canary, (hl_bytes, value))
{
    memcpy(canary, value.data,
           value.len < sizeof(canary) ? value.len : sizeof(canary));
}

/* Does value occur anywhere in the memory this guest can read: its own data,
 * and the top of scratch? Its argument, in the input buffer, does not count.
 * Copies are 4-aligned, as messages and buffers are. */
static bool occurs(const uint8_t *from, const uint8_t *end, hl_bytes value)
{
    for (; from + value.len <= end; from += 4) {
        if (*from == value.data[0] && from != value.data &&
            memcmp(from, value.data, value.len) == 0)
            return true;
    }
    return false;
}

HL_EXPORT(bool, sees, (hl_bytes, value))
{
    const uint8_t *top = (const uint8_t *)HL_SCRATCH_GVA_END;

    if (value.len == 0)
        return false;
    return occurs(&pages[0][0], &pages[PAGES][0], value) ||
           occurs(canary, canary + sizeof(canary), value) ||
           occurs(top - 0x3000, top, value);
}

HL_EXPORT(int32_t, call_host, (int32_t, a), (int32_t, b))
{
    int32_t sum;

    if (HostAdd(&sum, a, b) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return sum;
}

/* The host is entered between the call's arrival and the host call. */
HL_EXPORT(int32_t, log_and_call_host, (int32_t, a), (int32_t, b))
{
    int32_t sum;

    hl_log(1, "about to call");
    if (HostAdd(&sum, a, b) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return sum;
}

/* So many host calls; their sum. */
HL_EXPORT(int64_t, call_host_often, (int32_t, times))
{
    int64_t total = 0;

    for (int32_t i = 0; i < times; i++) {
        int32_t sum;

        if (HostAdd(&sum, i, 1) != HL_OK)
            return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
        total += sum;
    }
    return total;
}

HL_EXPORT(int32_t, wait, (int32_t, ms))
{
    int32_t result;

    if (HostWait(&result, ms) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return result;
}

HL_EXPORT(int32_t, reenter)
{
    int32_t result;

    if (HostReenter(&result) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return result;
}

HL_EXPORT(int32_t, loop)
{
    for (;;)
        __asm__ volatile("");
}

HL_EXPORT(void, log_often, (int32_t, times))
{
    for (int32_t i = 0; i < times; i++)
        hl_log(1, "record %d", i);
}

HL_EXPORT(int32_t, crash)
{
    *(volatile int *)(uintptr_t)0x600000000000 = 1;
    return 0;
}
