/* SPDX-License-Identifier: MIT */
/* Random bytes: never blocks, differs between VMs and after each restore. */
#ifndef HL_LIBC_SYS_RANDOM_H
#define HL_LIBC_SYS_RANDOM_H

#include <sys/types.h>

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2

/* len bytes, always all of them; -1 with EINVAL for unknown flags. */
ssize_t getrandom(void *data, size_t len, unsigned flags);
/* As in unistd.h: -1 with EIO for more than 256 bytes. */
int getentropy(void *data, size_t len);

#endif /* HL_LIBC_SYS_RANDOM_H */
