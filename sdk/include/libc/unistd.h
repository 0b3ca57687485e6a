/* SPDX-License-Identifier: MIT */
/*
 * picolibc's unistd.h; what can never work in a guest is a compile error that
 * says why, not a link error or a surprise at run time.
 */
#include_next <unistd.h>

#ifndef HL_LIBC_UNISTD_H
#define HL_LIBC_UNISTD_H

#define HL_LIBC_NO_PROCESS                                                     \
    __attribute__((unavailable("a guest is one process and starts no other; "  \
                               "let the host run a second sandbox")))
#define HL_LIBC_NO_SIGNAL                                                      \
    __attribute__((unavailable("nothing interrupts a guest: no signals from "  \
                               "outside; the host sets a deadline")))

pid_t fork(void) HL_LIBC_NO_PROCESS;
pid_t vfork(void) HL_LIBC_NO_PROCESS;
int execl(const char *path, const char *arg, ...) HL_LIBC_NO_PROCESS;
int execle(const char *path, const char *arg, ...) HL_LIBC_NO_PROCESS;
int execlp(const char *file, const char *arg, ...) HL_LIBC_NO_PROCESS;
int execv(const char *path, char *const argv[]) HL_LIBC_NO_PROCESS;
int execve(const char *path, char *const argv[],
           char *const envp[]) HL_LIBC_NO_PROCESS;
int execvp(const char *file, char *const argv[]) HL_LIBC_NO_PROCESS;
int pipe(int fds[2]) HL_LIBC_NO_PROCESS;
pid_t setsid(void) HL_LIBC_NO_PROCESS;
unsigned alarm(unsigned seconds) HL_LIBC_NO_SIGNAL;
int pause(void) HL_LIBC_NO_SIGNAL;

#endif /* HL_LIBC_UNISTD_H */
