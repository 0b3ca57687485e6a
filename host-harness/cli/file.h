/* SPDX-License-Identifier: MIT */
/* Reading files and standard input, bounded in size and time. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "buffer.h"

#include <stdint.h>

/* Open a file ("-": standard input) without waiting; -1 with errno. */
int file_open(const char *path);

/*
 * The next bytes, as read gives them, once there are some. 0 with their number
 * (0 at the end) in *got, an errno value, or ETIMEDOUT when the deadline
 * (clock.h) is over.
 */
int file_next(int fd, void *bytes, size_t size, size_t *got, uint64_t deadline);

/*
 * Add the whole file ("-": standard input) to *content. 0, ENOENT and the
 * like, EFBIG when it holds more than max bytes, or ETIMEDOUT.
 */
int file_read(struct buffer *content, const char *path, size_t max,
              uint64_t deadline);

#endif
