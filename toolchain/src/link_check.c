/* SPDX-License-Identifier: MIT */
/* The rules of a Hyperlight host (hl_image_check), as errors of the link. */
#include "link.h"

#include <errno.h>
#include <string.h>

#include <hl_image.h>

static void report_print(void *context, const char *rule, const char *problem,
                         const char *fix)
{
    const char *path = context;

    (void)rule;
    tool_error("%s: %s", path, problem);
    tool_note("%s", fix);
}

bool image_check(const char *path)
{
    size_t size;
    char *bytes = file_read(path, &size);
    char *context = text_format("%s", path);

    if (!bytes)
        tool_fail("cannot read back %s: %s", path, strerror(errno));
    return hl_image_check(bytes, size, report_print, context) == HL_OK &&
           imports_check(path, bytes, size);
}
