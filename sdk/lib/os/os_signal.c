/* SPDX-License-Identifier: MIT */
/*
 * signal and raise in place of picolibc's, for which 0 is a signal like the
 * others, and a handler is gone once it has run. POSIX says that 0 does nothing
 * but check, for raise as for kill, and that sigaction's handlers stay; so do
 * those of signal everywhere but on System V.
 */
#include "os.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static _sig_func_ptr handlers[_NSIG]; /* SIG_DFL is NULL */

_sig_func_ptr signal(int number, _sig_func_ptr handler)
{
    _sig_func_ptr before;

    if (number <= 0 || number >= _NSIG) {
        errno = EINVAL;
        return SIG_ERR;
    }
    before = handlers[number];
    handlers[number] = handler;
    return before;
}

int raise(int number)
{
    _sig_func_ptr handler;

    if (number < 0 || number >= _NSIG)
        return os_fail(EINVAL);
    if (number == 0)
        return 0;
    handler = handlers[number];
    if (handler == SIG_IGN)
        return 0;
    if (handler == SIG_DFL)
        _exit(128 + number);
    handler(number);
    return 0;
}
