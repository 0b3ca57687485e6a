/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the OS layer (the functions picolibc wants from an
 * operating system, docs/libc.md) share. Not installed.
 */
#ifndef HL_OS_H
#define HL_OS_H

/* Before any header of libc: all that it declares. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The three streams every guest has; there is no other file descriptor. */
enum { OS_STDIN, OS_STDOUT, OS_STDERR, OS_STREAMS };

/* Set errno; -1, for `return os_fail(EBADF);`. */
int os_fail(int error);

/*
 * Keep what constructors print, in order, until a call is there to send it
 * (4 KiB with 4 bytes a record). The bytes kept: fewer than len when the room
 * ends, 0 when nothing fits.
 */
size_t os_kept_add(int fd, const void *data, size_t len);

/* Hand what is kept to send, once; what send refuses is lost. */
void os_kept_deliver(void (*send)(int fd, const void *data, size_t len));

/*
 * HostPrint takes UTF-8 only: send data as text, with U+FFFD for what is not
 * UTF-8. A character that is cut at the end waits for its rest, until
 * os_text_end. The bytes of data taken; 0 when print failed.
 */
size_t os_text_send(int fd, const char *data, size_t len,
                    bool (*print)(const char *text, size_t len));
void os_text_end(bool (*print)(const char *text, size_t len));

/* Seconds since 1970 by the host, or 0 without a clock. */
uint64_t os_host_time(void);

/* number as text, in buffer; for messages that must do without printf. */
#define OS_DECIMAL 12
const char *os_decimal(char buffer[OS_DECIMAL], int number);

#endif /* HL_OS_H */
