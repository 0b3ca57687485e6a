/* SPDX-License-Identifier: MIT */
#include "harden.h"

#include "exit_status.h"
#include "say.h"
#include "symbols.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

/* Everything that calls, host functions and the report of a result need. */
static const int allowed[] = {
    /* the guest runs (ioctl: KVM_RUN and its kin) and is stopped in time */
    SCMP_SYS(ioctl),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_settime),
    SCMP_SYS(timer_delete),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    /* memory: allocation, snapshots, the emulator's translated code */
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    /* files that are open already */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(poll),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    /* the end */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* The process that reads debug information after a fault (symbols.c). */
static const int allowed_for_symbols[] = {
    SCMP_SYS(clone),           SCMP_SYS(pipe),  SCMP_SYS(pipe2), SCMP_SYS(kill),
    SCMP_SYS(set_robust_list), SCMP_SYS(wait4),
};

static int rules_add(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int error = 0;
    for (size_t i = 0; i < count && !error; i++)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return error;
}

#define RULES_ADD(filter, calls)                                               \
    rules_add(filter, calls, sizeof(calls) / sizeof(calls)[0])

/* 0 or a negative errno. What is not allowed fails with EPERM. */
static int filter_load(bool with_symbols)
{
    const struct scmp_arg_cmp types = {1, SCMP_CMP_EQ, TIOCSTI, 0};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return -ENOMEM;
    int error = RULES_ADD(filter, allowed);
    if (!error && with_symbols)
        error = RULES_ADD(filter, allowed_for_symbols);
    /* No typing into the terminal that hl was started from. */
    if (!error)
        error = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS,
                                       SCMP_SYS(ioctl), 1, &types);
    if (!error)
        error = seccomp_load(filter);
    seccomp_release(filter);
    return error;
}

static int limits_set(void)
{
    const struct rlimit no_core = {0, 0}, few_files = {64, 64};

    if (setrlimit(RLIMIT_CORE, &no_core) ||
        setrlimit(RLIMIT_NOFILE, &few_files))
        return -errno;
    return 0;
}

int harden_process(struct session *session)
{
    const struct options *options = session->options;

    if (options->harden == HARDEN_OFF)
        return HL_EXIT_OK;
    bool with_symbols = symbols_prepare(session->image);
    int error = limits_set();
    if (!error)
        error = filter_load(with_symbols);
    if (error && options->harden == HARDEN_ON)
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "cannot lock this process down: %s; run "
                                 "without --harden=on",
                                 strerror(-error));
    if (options->verbose)
        say("process %s", error ? "could not be locked down" : "locked down");
    return HL_EXIT_OK;
}
