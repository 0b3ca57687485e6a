/* SPDX-License-Identifier: MIT */
/* The one process of a guest, number 1, and signals it sends to itself. */
#include "os.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

pid_t getpid(void)
{
    return 1;
}

pid_t getppid(void)
{
    return 0;
}

uid_t getuid(void)
{
    return 0;
}

uid_t geteuid(void)
{
    return 0;
}

gid_t getgid(void)
{
    return 0;
}

gid_t getegid(void)
{
    return 0;
}

int kill(pid_t process, int signal_number)
{
    if (process != getpid() && process != 0)
        return os_fail(ESRCH);
    return raise(signal_number);
}

/* Nothing comes from outside, so blocking and not blocking are the same. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    static sigset_t mask;

    if (old)
        *old = mask;
    if (!set)
        return 0;
    if (how == SIG_BLOCK)
        mask |= *set;
    else if (how == SIG_UNBLOCK)
        mask &= ~*set;
    else if (how == SIG_SETMASK)
        mask = *set;
    else
        return os_fail(EINVAL);
    return 0;
}

int sigaction(int number, const struct sigaction *restrict action,
              struct sigaction *restrict old)
{
    _sig_func_ptr before = signal(number, SIG_DFL);

    if (before == SIG_ERR)
        return -1;
    if (old)
        *old = (struct sigaction){.sa_handler = before};
    signal(number, action ? action->sa_handler : before);
    return 0;
}

mode_t umask(mode_t mask)
{
    static mode_t current = 022;
    mode_t before = current;

    current = mask & 0777;
    return before;
}

long sysconf(int name)
{
    if (name == _SC_PAGESIZE)
        return 4096;
    if (name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF)
        return 1;
    if (name == _SC_OPEN_MAX)
        return OS_STREAMS;
    if (name == _SC_CLK_TCK)
        return 1000000;
    return os_fail(EINVAL);
}
