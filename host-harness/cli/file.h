/* SPDX-License-Identifier: MIT */
/* Reading whole files and standard input, bounded. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "buffer.h"

#include <stdint.h>

/*
 * Add the whole file ("-": standard input) to *content. 0, ENOENT and the
 * like, or EFBIG when it holds more than max bytes. Waits for a pipe until
 * the deadline (clock.h), then ETIMEDOUT.
 */
int file_read(struct buffer *content, const char *path, size_t max,
              uint64_t deadline);

#endif
