/* SPDX-License-Identifier: MIT */
#include "image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hl/abi.h>

hl_status image_size_check(uint64_t size, hl_error *error)
{
    if (size > HL_IMAGE_SIZE_MAX)
        return hl_error_set(error, HL_FAIL_IMAGE_TOO_BIG,
                            "Binary too large: %llu bytes (max: %d bytes)",
                            (unsigned long long)size, HL_IMAGE_SIZE_MAX);
    return HL_OK;
}

static hl_status file_fail(const char *path, const char *action,
                           hl_error *error)
{
    char text[128];

    return hl_error_set(error, HL_FAIL_NO_FILE,
                        "%s: cannot %s the image: %s; check the path and its "
                        "permissions",
                        path, action, strerror_r(errno, text, sizeof text));
}

/* Only regular files: others may have no end, or block. */
static hl_status file_size(const char *path, int fd, size_t *size,
                           hl_error *error)
{
    struct stat st;
    hl_status status;

    if (fstat(fd, &st) != 0)
        return file_fail(path, "examine", error);
    if (!S_ISREG(st.st_mode))
        return hl_error_set(error, HL_FAIL_IMAGE,
                            "%s: is %s, not a file; give the ELF file that "
                            "hl-cc wrote",
                            path,
                            S_ISDIR(st.st_mode) ? "a directory"
                                                : "a device, pipe or socket");
    status = image_size_check((uint64_t)st.st_size, error);
    *size = (size_t)st.st_size;
    return status;
}

static hl_status file_read_all(const char *path, int fd, uint8_t *bytes,
                               size_t size, hl_error *error)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = read(fd, bytes + done, size - done);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return hl_error_set(error, HL_FAIL_IMAGE,
                                "%s: became shorter while it was read; wait "
                                "until it is written, then try again",
                                path);
        else if (errno != EINTR)
            return file_fail(path, "read", error);
    }
    return HL_OK;
}

hl_status image_file_read(const char *path, uint8_t **bytes, size_t *size,
                          hl_error *error)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    uint8_t *buffer = NULL;
    hl_status status;

    if (fd < 0)
        return file_fail(path, "open", error);
    status = file_size(path, fd, size, error);
    if (status != HL_OK)
        goto out;
    buffer = malloc(*size ? *size : 1);
    if (!buffer) {
        status = hl_error_set(error, HL_FAIL_NO_MEMORY,
                              "%s: no memory for its %zu bytes; free memory on "
                              "this machine",
                              path, *size);
        goto out;
    }
    status = file_read_all(path, fd, buffer, *size, error);
    if (status == HL_OK) {
        *bytes = buffer;
        buffer = NULL;
    }
out:
    free(buffer);
    close(fd);
    return status;
}
