/* SPDX-License-Identifier: MIT */
/* The bytes of an image file, read once into memory of our own. */
#ifndef HL_IMAGE_FILE_H
#define HL_IMAGE_FILE_H

#include <hl_host.h>

/*
 * Read the regular file at path, at most HL_IMAGE_SIZE_MAX bytes of it; free
 * *bytes. Statuses as hl_image_open's.
 */
hl_status image_file_read(const char *path, uint8_t **bytes, size_t *size,
                          hl_error *error);

/* Refuse more bytes than an image may have: HL_FAIL_IMAGE_TOO_BIG. */
hl_status image_size_check(uint64_t size, hl_error *error);

#endif /* HL_IMAGE_FILE_H */
