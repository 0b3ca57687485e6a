/* SPDX-License-Identifier: MIT */
/* 1 MiB of .bss and 80 KiB of .data, of which only what is touched is paid. */
#include <hl.h>

#define PAGE 4096

static uint8_t bss[256 * PAGE];
static uint8_t data[20 * PAGE] = {[0] = 1, [19 * PAGE + 7] = 2};

HL_EXPORT(int32_t, touch, (int32_t, first), (int32_t, count))
{
    int32_t sum = 0;

    for (int32_t page = first; page < first + count; page++)
        bss[page * PAGE + page] += 1;
    for (size_t i = 0; i < sizeof(bss); i += PAGE / 4)
        sum += bss[i];
    for (int32_t page = 0; page < 256; page++)
        sum += bss[page * PAGE + page];
    return sum;
}

HL_EXPORT(int32_t, data_sum, (bool, write))
{
    if (write)
        for (size_t page = 0; page < 20; page++)
            data[page * PAGE + 7] += 1;
    return data[0] + data[7] + data[19 * PAGE + 7];
}

/* Every byte of .bss that was not written is zero. */
HL_EXPORT(bool, is_zero, (int32_t, page))
{
    for (int i = 0; i < PAGE; i++)
        if (bss[page * PAGE + i])
            return false;
    return true;
}
