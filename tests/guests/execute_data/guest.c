/* SPDX-License-Identifier: MIT */
/* Heap, stack, .data, .bss, constants and the arena do not execute. */
#include <hl.h>

#include <stdlib.h>
#include <string.h>

/* mov $42,%eax; ret */
#define CODE {0xB8, 42, 0, 0, 0, 0xC3}
static const uint8_t code[] = CODE;
static uint8_t in_data[] = CODE;
static uint8_t in_bss[sizeof(code)];

static int32_t run(const void *memory)
{
    int32_t (*function)(void);

    memcpy(&function, &memory, sizeof(function));
    return function();
}

HL_EXPORT(int32_t, heap)
{
    void *memory = malloc(4096);

    if (!memory)
        return hl_fail(HL_ERR_MALLOC, "no heap");
    memcpy(memory, code, sizeof(code));
    return run(memory);
}
HL_EXPORT(int32_t, stack)
{
    uint8_t memory[64];

    memcpy(memory, code, sizeof(code));
    __asm__ volatile("" : : "r"(memory) : "memory");
    return run(memory);
}
HL_EXPORT(int32_t, data)
{
    in_data[1] = 43;
    return run(in_data);
}
HL_EXPORT(int32_t, bss)
{
    memcpy(in_bss, code, sizeof(code));
    return run(in_bss);
}
HL_EXPORT(int32_t, rodata)
{
    return run(code);
}
HL_EXPORT(int32_t, arena)
{
    void *memory = hl_alloc(64);

    memcpy(memory, code, sizeof(code));
    return run(memory);
}
