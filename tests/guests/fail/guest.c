/* SPDX-License-Identifier: MIT */
/* hl_fail: the first one wins, for every type of result. */
#include <hl.h>

HL_EXPORT(int32_t, fail_int, (int32_t, code))
{
    return hl_fail(code, "code %d", code);
}
HL_EXPORT(bool, fail_bool)
{
    return hl_fail(HL_ERR_GUEST, "no");
}
HL_EXPORT(double, fail_double)
{
    return hl_fail(HL_ERR_GUEST, "no"), 0;
}
HL_EXPORT(hl_string, fail_string)
{
    return hl_fail_string(HL_ERR_GUEST, "no %s", "text");
}
HL_EXPORT(hl_bytes, fail_bytes)
{
    return hl_fail_bytes(HL_ERR_GUEST, "no bytes");
}
HL_EXPORT(const char *, fail_cstr)
{
    return hl_fail_cstr(HL_ERR_GUEST, "no cstr");
}
HL_EXPORT(void, fail_void)
{
    hl_fail(HL_ERR_GUEST, "no void");
    return;
}
HL_EXPORT(int32_t, first_wins)
{
    hl_fail(HL_ERR_MALLOC, "first");
    hl_fail(HL_ERR_GUEST, "second");
    return 5;
}
HL_EXPORT(int32_t, fine)
{
    return 5;
}
/* Longer than what is formatted on the stack. */
HL_EXPORT(int32_t, long_text, (uint32_t, size))
{
    char *text = hl_alloc(size + 1);

    if (!text)
        return hl_fail(HL_ERR_MALLOC, "no room");
    for (uint32_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 26);
    text[size] = 0;
    return hl_fail(HL_ERR_GUEST, "%s", text);
}
