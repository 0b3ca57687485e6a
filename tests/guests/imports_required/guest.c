/* SPDX-License-Identifier: MIT */
/* Refused when it is loaded, unless HostRequired is granted. */
#include <hl.h>

HL_IMPORT(int32_t, HostRequired, (int32_t, x));

HL_EXPORT(int32_t, call, (int32_t, x))
{
    int32_t result;

    if (HostRequired(&result, x) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return result;
}
