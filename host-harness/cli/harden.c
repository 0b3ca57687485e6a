/* SPDX-License-Identifier: MIT */
#include "harden.h"

#include "exit_status.h"
#include "say.h"
#include "symbols.h"

#include <errno.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <string.h>
#include <sys/resource.h>

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/*
 * Everything that calls, host functions and the report of a result need, and
 * nothing else: tests/cli/hl-harden.bats takes each entry out in turn, and
 * something no longer works. What is not here fails with EPERM; so do calls of
 * the C library that has another way then (mremap, set_robust_list).
 */
static const int allowed[] = {
    SCMP_SYS(timer_create), /* the guest is stopped in time */
    SCMP_SYS(timer_settime),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(gettid),
    SCMP_SYS(clock_gettime), /* where the vDSO cannot read the clock */
    SCMP_SYS(brk), /* refused, it counts as done: glibc sees no error */
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(getrandom), /* a restored guest's seed */
    SCMP_SYS(read),      /* files that are open already */
    SCMP_SYS(write),
    SCMP_SYS(poll),
    SCMP_SYS(close),
    SCMP_SYS(exit_group),
};

/* The process that reads debug information after a fault (symbols.c). */
static const int allowed_for_symbols[] = {
    SCMP_SYS(pipe2),
    SCMP_SYS(clone),
    SCMP_SYS(kill),
};

/* What the KVM backend asks for once a sandbox is open (vmm_kvm.c). */
static const unsigned long allowed_ioctls[] = {
    KVM_RUN,       KVM_GET_SREGS,     KVM_SET_USER_MEMORY_REGION,
    KVM_SET_XSAVE, KVM_SET_DEBUGREGS, KVM_SET_XCRS,
    KVM_SET_MSRS,
};

static int calls_add(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int error = 0;

    for (size_t i = 0; i < count && !error; i++)
        error =
            seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
    return error;
}

static int ioctls_add(scmp_filter_ctx filter)
{
    int error = 0;

    for (size_t i = 0; i < COUNT_OF(allowed_ioctls) && !error; i++) {
        const struct scmp_arg_cmp request = {1, SCMP_CMP_EQ, allowed_ioctls[i],
                                             0};

        error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
                                       1, &request);
    }
    return error;
}

/* 0 or a negative errno. */
static int filter_load(bool with_ioctls, bool with_symbols)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return -ENOMEM;
    int error = calls_add(filter, allowed, COUNT_OF(allowed));
    if (!error && with_ioctls)
        error = ioctls_add(filter);
    if (!error && with_symbols)
        error = calls_add(filter, allowed_for_symbols,
                          COUNT_OF(allowed_for_symbols));
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
    if (with_symbols)
        with_symbols = symbols_limit_memory();
    int error = limits_set();
    if (!error)
        error = filter_load(session->backend == HL_BACKEND_KVM, with_symbols);
    if (error && options->harden == HARDEN_ON)
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "cannot lock this process down: %s; run "
                                 "without --harden=on",
                                 strerror(-error));
    if (options->verbose)
        say("process %s", error ? "could not be locked down" : "locked down");
    return HL_EXIT_OK;
}
