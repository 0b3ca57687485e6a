/* SPDX-License-Identifier: MIT */
/* guarantees: P5.1 */
/* Calls the host where no call of the host's is on: from a constructor, and
 * from hyperlight_main. */
#include <hl.h>

HL_IMPORT(void, HostVoid);

static hl_status in_constructor, in_main;
static char text[100];

__attribute__((constructor)) static void constructor(void)
{
    in_constructor = HostVoid();
}

void hyperlight_main(void)
{
    const char *error;

    in_main = HostVoid();
    error = hl_last_error();
    for (size_t i = 0; i + 1 < sizeof(text) && error[i] != '\0'; i++)
        text[i] = error[i];
}

HL_EXPORT(hl_string, seen)
{
    return hl_format("%d %d %s", in_constructor, in_main, text);
}
HL_EXPORT(int32_t, now)
{
    return HostVoid();
}
