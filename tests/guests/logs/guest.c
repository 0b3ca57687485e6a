/* SPDX-License-Identifier: MIT */
/* Log records by level; the host's filter is obeyed by the guest. */
#include <hl.h>

HL_EXPORT(void, all_levels)
{
    hl_log(HL_LOG_ERROR, "error %d", 1);
    hl_log(HL_LOG_WARN, "warn %d", 2);
    hl_log(HL_LOG_INFO, "info %d", 3);
    hl_log(HL_LOG_DEBUG, "debug %d", 4);
    hl_log(HL_LOG_TRACE, "trace %d", 5);
    hl_log(0, "no such level");
    hl_log(6, "no such level");
}

/* More than the output buffer holds: left out, and the call goes on. */
HL_EXPORT(int32_t, too_big, (uint32_t, size))
{
    char *text = hl_alloc(size + 1);

    if (!text)
        return hl_fail(HL_ERR_MALLOC, "no room");
    for (uint32_t i = 0; i < size; i++)
        text[i] = 'l';
    text[size] = 0;
    hl_log(HL_LOG_ERROR, "%s", text);
    return 1;
}
