/* SPDX-License-Identifier: MIT */
/* picolibc's sys/wait.h: its macros; there is no child to wait for. */
#include_next <sys/wait.h>

#ifndef HL_LIBC_SYS_WAIT_H
#define HL_LIBC_SYS_WAIT_H

pid_t wait(int *status)
    __attribute__((unavailable("a guest is one process and has no children")));
pid_t waitpid(pid_t process, int *status, int options)
    __attribute__((unavailable("a guest is one process and has no children")));

#endif /* HL_LIBC_SYS_WAIT_H */
