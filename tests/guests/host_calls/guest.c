/* SPDX-License-Identifier: MIT */
/* Host calls: every type, failures as values, texts that outlive the next. */
#include <hl.h>

HL_IMPORT_OPTIONAL(int32_t, HostFail, (int32_t, x));
HL_IMPORT_OPTIONAL(hl_string, HostEcho, (hl_string, s));
HL_IMPORT_OPTIONAL(hl_bytes, HostBytes, (int32_t, size));
HL_IMPORT_OPTIONAL(const char *, HostText, (const char *, s));
HL_IMPORT_OPTIONAL(void, HostVoid);
HL_IMPORT_OPTIONAL(double, HostMix, (int32_t, a), (uint32_t, b), (int64_t, c),
                   (uint64_t, d), (float, e), (double, f), (bool, g),
                   (hl_string, h), (hl_bytes, i), (const char *, j),
                   (int32_t, k));

HL_EXPORT(hl_string, failing, (int32_t, x))
{
    int32_t result = 77;
    hl_status status = HostFail(&result, x);

    return hl_format("%d %d %s", status, result, hl_last_error());
}

HL_EXPORT(hl_string, echo_twice, (hl_string, s))
{
    hl_string first, second;

    if (HostEcho(&first, s) != HL_OK ||
        HostEcho(&second, (hl_string){"other", 5}) != HL_OK)
        return hl_fail_string(HL_ERR_HOST, "%s", hl_last_error());
    return hl_format("%.*s %.*s %.*s", (int)s.len, s.data, (int)first.len,
                     first.data, (int)second.len, second.data);
}

HL_EXPORT(uint32_t, count_bytes, (int32_t, size))
{
    hl_bytes bytes;
    uint32_t count = 0;
    hl_status status = HostBytes(&bytes, size);

    if (status != HL_OK)
        return hl_fail(status, "%s", hl_last_error());
    for (size_t i = 0; i < bytes.len; i++)
        count += bytes.data[i] == 'x';
    return count;
}

HL_EXPORT(hl_string, text, (hl_string, s))
{
    const char *result = "unchanged";
    hl_status status = HostText(&result, s.data);

    return hl_format("%d %s %s", status, result, hl_last_error());
}

HL_EXPORT(int32_t, no_result)
{
    return HostVoid();
}

HL_EXPORT(double, mix)
{
    double sum;

    if (HostMix(&sum, 1, 2, 3, 4, 0.5f, 0.25, true, (hl_string){"ab", 2},
                (hl_bytes){(const uint8_t *)"abc", 3}, "abcd", 5) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return sum;
}

/* A request that cannot be sent is an error too. */
HL_EXPORT(hl_string, too_big, (uint32_t, size))
{
    static char zeros[1];
    hl_string answer;
    char *text = hl_alloc(size);
    hl_status status;

    (void)zeros;
    if (!text)
        return hl_fail_string(HL_ERR_MALLOC, "no room");
    for (uint32_t i = 0; i < size; i++)
        text[i] = 'a';
    status = HostEcho(&answer, (hl_string){text, size});
    return hl_format("%d %s", status, hl_last_error());
}

HL_EXPORT(hl_string, bad_text)
{
    hl_string answer;
    hl_status status = HostEcho(&answer, (hl_string){"\xC0", 1});

    return hl_format("%d %s", status, hl_last_error());
}

HL_EXPORT(hl_string, null_text)
{
    const char *answer;
    hl_status status = HostText(&answer, NULL);

    return hl_format("%d %s", status, hl_last_error());
}
