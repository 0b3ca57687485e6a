/* SPDX-License-Identifier: MIT */
/* Every wire type as parameter and result, and eleven parameters at once. */
#include <hl.h>

#include <string.h>

HL_EXPORT(int32_t, echo_int, (int32_t, x))
{
    return x;
}
HL_EXPORT(uint32_t, echo_uint, (uint32_t, x))
{
    return x;
}
HL_EXPORT(int64_t, echo_long, (int64_t, x))
{
    return x;
}
HL_EXPORT(uint64_t, echo_ulong, (uint64_t, x))
{
    return x;
}
HL_EXPORT(float, echo_float, (float, x))
{
    return x;
}
HL_EXPORT(double, echo_double, (double, x))
{
    return x;
}
HL_EXPORT(bool, echo_bool, (bool, x))
{
    return x;
}
HL_EXPORT(hl_string, echo_string, (hl_string, x))
{
    return x;
}
HL_EXPORT(hl_bytes, echo_bytes, (hl_bytes, x))
{
    return x;
}
HL_EXPORT(const char *, echo_cstr, (const char *, x))
{
    return x;
}
HL_EXPORT(void, nothing)
{
}

/* All nine, in an order that moves each by one from the table's. */
HL_EXPORT(hl_string, mix, (hl_bytes, bytes), (int32_t, i), (uint32_t, u),
          (int64_t, l), (uint64_t, ul), (float, f), (double, d), (bool, b),
          (hl_string, s), (const char *, c), (int32_t, last))
{
    unsigned sum = 0;

    for (size_t at = 0; at < bytes.len; at++)
        sum += bytes.data[at];
    return hl_format("%u %d %u %ld %lu %g %g %s %.*s %s %d", sum, i, u, l, ul,
                     (double)f, d, b ? "true" : "false", (int)s.len, s.data, c,
                     last);
}

/* Texts and bytes of a length, to reach the output buffer's end. */
HL_EXPORT(hl_bytes, make_bytes, (uint32_t, size))
{
    uint8_t *bytes = hl_alloc(size);

    if (!bytes)
        return hl_fail_bytes(HL_ERR_MALLOC, "no room for %u bytes", size);
    memset(bytes, 0x5A, size);
    return (hl_bytes){bytes, size};
}

HL_EXPORT(hl_string, bad_utf8)
{
    return (hl_string){"a\xFF", 2};
}

HL_EXPORT(const char *, null_text)
{
    return NULL;
}

HL_EXPORT(hl_string, empty)
{
    return (hl_string){0};
}

/* NUL-terminated, never NULL: what hl_string promises of arguments. */
HL_EXPORT(bool, terminated, (hl_string, s), (hl_bytes, b))
{
    return s.data && s.data[s.len] == 0 && b.data;
}
