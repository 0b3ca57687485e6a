/* SPDX-License-Identifier: MIT */
#include "file.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * O_NONBLOCK: a FIFO opens at once, whether it has a writer or not. It stays
 * on, which poll makes up for (file_next): a FIFO that no writer has had since
 * is not ready. Standard input belongs to others as well and stays as it is.
 */
int file_open(const char *path)
{
    if (!strcmp(path, "-"))
        return STDIN_FILENO;
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int file_next(int fd, void *bytes, size_t size, size_t *got, uint64_t deadline)
{
    for (;;) {
        if (!clock_wait_fd(fd, false, deadline))
            return ETIMEDOUT;
        ssize_t done = read(fd, bytes, size);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return errno;
        *got = done > 0 ? (size_t)done : 0;
        if (done >= 0)
            return 0;
    }
}

static int descriptor_read(struct buffer *content, int fd, size_t max,
                           uint64_t deadline)
{
    char piece[16384];
    size_t got = 0;

    for (;;) {
        int error = file_next(fd, piece, sizeof piece, &got, deadline);
        if (error || !got)
            return error;
        if (got > max - content->len)
            return EFBIG;
        buffer_add(content, piece, got);
        if (content->failed)
            return ENOMEM;
    }
}

int file_read(struct buffer *content, const char *path, size_t max,
              uint64_t deadline)
{
    int fd = file_open(path);

    if (fd < 0)
        return errno;
    int error = descriptor_read(content, fd, max, deadline);
    if (fd != STDIN_FILENO)
        close(fd);
    return error;
}
