/* SPDX-License-Identifier: MIT */
/* Needs host functions that hl does not always grant. */
#include <hl.h>

HL_IMPORT(int32_t, HostPrint, (hl_string, text));

HL_EXPORT(int32_t, print, (hl_string, text))
{
    int32_t result;

    if (HostPrint(&result, text) != HL_OK)
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    return result;
}
