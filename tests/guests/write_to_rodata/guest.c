/* SPDX-License-Identifier: MIT */
/* Constants, relocated ones too, and the table of exports are read-only. */
#include <hl.h>

static const volatile int32_t constant = 7;
static const char *const volatile pointers[] = {"a", "b"};
extern const struct hl_export hl_export_plain;

HL_EXPORT(int32_t, plain)
{
    return constant;
}
HL_EXPORT(int32_t, attack)
{
    *(volatile int32_t *)(uintptr_t)&constant = 8;
    return constant;
}
HL_EXPORT(int32_t, attack_pointers)
{
    *(const char *volatile *)(uintptr_t)&pointers[0] = "c";
    return 0;
}
HL_EXPORT(int32_t, attack_exports)
{
    *(volatile uint64_t *)(uintptr_t)&hl_export_plain = 0;
    return 0;
}
