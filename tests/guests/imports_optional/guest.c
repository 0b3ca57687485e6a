/* SPDX-License-Identifier: MIT */
/* An optional host function that is not granted is an error, not a refusal. */
#include <hl.h>

HL_IMPORT_OPTIONAL(int32_t, not_there, (int32_t, x));
HL_IMPORT_OPTIONAL(int32_t, not_there, (int32_t, x));

HL_EXPORT(hl_string, try)
{
    int32_t result = 77;
    hl_status status = not_there(&result, 1);

    return hl_format("%d %d %s", status, result, hl_last_error());
}
HL_EXPORT(const char *, no_error_yet)
{
    return hl_last_error();
}
