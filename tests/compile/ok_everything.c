/* SPDX-License-Identifier: MIT */
/* What must compile without a warning, also with -Wpedantic. */
#include <hl.h>

HL_IMPORT(uint64_t, hl_get_time);
HL_IMPORT(uint64_t, hl_get_time);
HL_IMPORT(void, hl_println, (hl_string, text));
HL_IMPORT_OPTIONAL(const char *, host_text, (const char *, text), (long, n));

HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
{
    return a + b;
}
HL_EXPORT(void, nothing)
{
    hl_println((hl_string){"x", 1});
}
HL_EXPORT(const char *, text, (const char *, a))
{
    const char *result;

    return host_text(&result, a, 1) == HL_OK ? result
                                             : hl_fail_cstr(HL_ERR_HOST, "no");
}
HL_EXPORT(unsigned, eleven, (int, a), (unsigned, b), (long, c),
          (unsigned long, d), (float, e), (double, f), (bool, g),
          (hl_string, h), (hl_bytes, i), (const char *, j), (int64_t, k))
{
    return hl_fail(HL_ERR_GUEST, "%d %u %ld %lu %g %g %d %zu %zu %s %ld", a, b,
                   c, d, (double)e, f, g, h.len, i.len, j, (long)k),
           0;
}
HL_EXPORT(hl_string, greet, (hl_string, who))
{
    uint64_t now;

    if (hl_get_time(&now) != HL_OK)
        return hl_fail_string(HL_ERR_HOST, "no clock: %s", hl_last_error());
    return hl_format("hello %.*s at %llu", (int)who.len, who.data,
                     (unsigned long long)now);
}
