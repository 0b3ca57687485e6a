/* SPDX-License-Identifier: MIT */
#include "file.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int descriptor_read(struct buffer *content, int fd, size_t max,
                           uint64_t deadline)
{
    char piece[16384];

    for (;;) {
        if (!clock_wait_fd(fd, false, deadline))
            return ETIMEDOUT;
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return errno;
        if (!got)
            return 0;
        if ((size_t)got > max - content->len)
            return EFBIG;
        buffer_add(content, piece, (size_t)got);
        if (content->failed)
            return ENOMEM;
    }
}

int file_read(struct buffer *content, const char *path, size_t max,
              uint64_t deadline)
{
    if (!strcmp(path, "-"))
        return descriptor_read(content, STDIN_FILENO, max, deadline);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = descriptor_read(content, fd, max, deadline);
    close(fd);
    return error;
}
