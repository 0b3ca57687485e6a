/* SPDX-License-Identifier: MIT */
/*
 * Files: a guest has three streams and no file system. Reading what is not
 * there is ENOENT, changing anything is EROFS (docs/libc.md).
 */
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int os_fail(int error)
{
    errno = error;
    return -1;
}

static bool is_stream(int fd)
{
    return fd >= 0 && fd < OS_STREAMS;
}

int open(const char *path, int flags, ...)
{
    (void)path;
    return os_fail(flags & (O_CREAT | O_TRUNC) ? EROFS : ENOENT);
}

int close(int fd)
{
    return is_stream(fd) ? 0 : os_fail(EBADF);
}

off_t lseek(int fd, off_t offset, int whence)
{
    (void)offset;
    (void)whence;
    return os_fail(is_stream(fd) ? ESPIPE : EBADF);
}

int fstat(int fd, struct stat *status)
{
    if (!is_stream(fd))
        return os_fail(EBADF);
    memset(status, 0, sizeof(*status));
    status->st_mode = S_IFIFO | (fd == OS_STDIN ? S_IRUSR : S_IWUSR);
    return 0;
}

int stat(const char *restrict path, struct stat *restrict status)
{
    (void)path;
    (void)status;
    return os_fail(ENOENT);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
    return stat(path, status);
}

int isatty(int fd)
{
    os_fail(is_stream(fd) ? ENOTTY : EBADF);
    return 0;
}

int access(const char *path, int mode)
{
    (void)path;
    (void)mode;
    return os_fail(ENOENT);
}

int unlink(const char *path)
{
    (void)path;
    return os_fail(ENOENT);
}

int rmdir(const char *path)
{
    (void)path;
    return os_fail(ENOENT);
}

int mkdir(const char *path, mode_t mode)
{
    (void)path;
    (void)mode;
    return os_fail(EROFS);
}

int rename(const char *from, const char *to)
{
    (void)from;
    (void)to;
    return os_fail(ENOENT);
}

int fsync(int fd)
{
    return is_stream(fd) ? 0 : os_fail(EBADF);
}

int ftruncate(int fd, off_t size)
{
    (void)size;
    return os_fail(is_stream(fd) ? EINVAL : EBADF);
}

int dup(int fd)
{
    return os_fail(is_stream(fd) ? EMFILE : EBADF);
}

int dup2(int fd, int to)
{
    if (is_stream(fd) && fd == to)
        return fd;
    return os_fail(is_stream(fd) ? EMFILE : EBADF);
}

int fcntl(int fd, int command, ...)
{
    if (!is_stream(fd))
        return os_fail(EBADF);
    if (command == F_GETFL)
        return fd == OS_STDIN ? O_RDONLY : O_WRONLY;
    if (command == F_GETFD || command == F_SETFD)
        return 0;
    return os_fail(EINVAL);
}

char *getcwd(char *path, size_t size)
{
    if (!path || size < 2) {
        os_fail(path ? ERANGE : EINVAL);
        return NULL;
    }
    memcpy(path, "/", 2);
    return path;
}

int chdir(const char *path)
{
    return strcmp(path, "/") == 0 ? 0 : os_fail(ENOENT);
}
