/* SPDX-License-Identifier: MIT */
/* A picolibc stream that can only write. Not installed. */
#ifndef HL_OS_STREAM_H
#define HL_OS_STREAM_H

#include "os.h"

#include <stdio.h>
#include <stdio-bufio.h>
#include <unistd.h>

/* setvbuf() reaches it without the pointer here (os_setvbuf.c). */
#define OS_STREAM_OUT(fd, bytes, len, flags)                                   \
    {                                                                          \
        .xfile = FDEV_SETUP_EXT(__bufio_put, NULL, __bufio_flush,              \
                                __bufio_flush, NULL, NULL, __SWR | __SBUF),    \
        .ptr = (void *)(intptr_t)(fd),                                         \
        .bflags = (flags),                                                     \
        .buf = (bytes),                                                        \
        .size = (len),                                                         \
        .write_int = write,                                                    \
    }

#endif /* HL_OS_STREAM_H */
