/* SPDX-License-Identifier: MIT */
/* read(): of stdin, from the host function hl_read; none granted: the end. */
#include "os.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../guest.h"

HL_IMPORT_OPTIONAL(hl_bytes, hl_read, (int32_t, max));

ssize_t read(int fd, void *data, size_t len)
{
    size_t room = hl_input_room(), max = len < room ? len : room;
    size_t mark = hl_arena_mark();
    hl_bytes got = {0};

    if (fd != OS_STDIN)
        return os_fail(EBADF);
    if (len == 0 || !hl_call_active())
        return 0;
    /* the answer is copied to the arena: half of it at most, and give it back,
     * or a long input uses it up */
    if (max > hl_arena_room() / 2)
        max = hl_arena_room() / 2;
    if (max == 0)
        return os_fail(ENOMEM);
    if (hl_read(&got, (int32_t)max) == HL_OK && got.len <= max)
        memcpy(data, got.data, got.len);
    hl_arena_release(mark);
    return got.len <= max ? (ssize_t)got.len : os_fail(EIO);
}
