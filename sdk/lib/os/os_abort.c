/* SPDX-License-Identifier: MIT */
/* abort() and assert(): the run ends, and the host learns where and why. */
#include "os.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

#include "../guest.h"

/* Linked only into guests that use signals. */
extern _sig_func_ptr signal(int number, _sig_func_ptr handler)
    __attribute__((weak));

_Noreturn void abort(void)
{
    _sig_func_ptr handler = signal ? signal(SIGABRT, SIG_DFL) : SIG_DFL;

    /* a handler may leave by longjmp; when it returns, that's the end */
    if (handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR)
        handler(SIGABRT);
    hl_abort_text(HL_ERR_UNKNOWN, "abort() called", NULL);
}

_Noreturn void __assert_func(const char *file, int line, const char *function,
                             const char *expression)
{
    char buffer[OS_DECIMAL];

    hl_abort_text(HL_ERR_UNKNOWN, file, ":", os_decimal(buffer, line), ": ",
                  function ? function : "", function ? ": " : "",
                  "assertion failed: ", expression, NULL);
}

_Noreturn void __assert(const char *expression, const char *file, int line)
{
    __assert_func(file, line, NULL, expression);
}

_Noreturn void __assert_no_args(void)
{
    hl_abort_text(HL_ERR_UNKNOWN, "assertion failed", NULL);
}
