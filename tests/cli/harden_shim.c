/* SPDX-License-Identifier: MIT */
/*
 * For tests/cli/hl-harden.bats: preloaded into hl, between it and libseccomp.
 * hl itself has no switch for any of this.
 *
 *   HARDEN_LIST=FILE  append the entries of the list: NAME or ioctl:REQUEST
 *   HARDEN_OMIT=NAME  leave this entry out
 *   HARDEN_KILL=NAME  let this entry's use kill
 *   HARDEN_PROBE=FILE once the filter is there, try every system call number
 *                     and ioctl that is not on the list; append those that
 *                     were not refused with EPERM
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX  1024
#define IOCTLS_MAX 64

static bool is_listed[CALLS_MAX];
static unsigned long ioctls[IOCTLS_MAX];
static unsigned ioctl_count;

static void name_make(char *name, size_t size, int call,
                      const struct scmp_arg_cmp *request)
{
    char *text = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);

    if (request)
        snprintf(name, size, "ioctl:%#llx",
                 (unsigned long long)request->datum_a);
    else
        snprintf(name, size, "%s", text ? text : "?");
    free(text);
}

static void line_append(const char *variable, const char *line)
{
    const char *path = getenv(variable);
    FILE *file = path ? fopen(path, "a") : NULL;

    if (!file)
        return;
    fprintf(file, "%s\n", line);
    fclose(file);
}

static bool is_named(const char *variable, const char *name)
{
    const char *value = getenv(variable);

    return value && strcmp(value, name) == 0;
}

int seccomp_rule_add_array(scmp_filter_ctx filter, uint32_t action, int call,
                           unsigned count, const struct scmp_arg_cmp *args)
{
    int (*real)(scmp_filter_ctx, uint32_t, int, unsigned,
                const struct scmp_arg_cmp *);
    char name[64];

    *(void **)&real = dlsym(RTLD_NEXT, "seccomp_rule_add_array");
    name_make(name, sizeof(name), call, count ? args : NULL);
    line_append("HARDEN_LIST", name);
    if (action == SCMP_ACT_ALLOW && call >= 0 && call < CALLS_MAX) {
        is_listed[call] = true;
        if (count && ioctl_count < IOCTLS_MAX)
            ioctls[ioctl_count++] = args->datum_a;
    }
    if (is_named("HARDEN_OMIT", name))
        return 0;
    if (is_named("HARDEN_KILL", name))
        action = SCMP_ACT_KILL_PROCESS;
    return real(filter, action, call, count, args);
}

int seccomp_rule_add(scmp_filter_ctx filter, uint32_t action, int call,
                     unsigned count, ...)
{
    (void)count; /* hl gives arguments in arrays only */
    return seccomp_rule_add_array(filter, action, call, 0, NULL);
}

static char found[4096];
static size_t found_size;

static void probe_one(long call, unsigned long request, const char *what)
{
    const long result = syscall(call, -1L, request, -1L, -1L, -1L, -1L);

    if ((result == -1 && errno == EPERM) || found_size > sizeof(found) - 64)
        return;
    found_size +=
        (size_t)snprintf(found + found_size, 64, "%s %#lx\n", what,
                         what[0] == 'i' ? request : (unsigned long)call);
}

static bool ioctl_is_listed(unsigned long request)
{
    for (unsigned i = 0; i < ioctl_count; i++)
        if (ioctls[i] == request)
            return true;
    return false;
}

static void probe(int to)
{
    /* Linux lets no filter see 335 and 336, with which its own uprobes return
     * to it: from anywhere else they end the process. */
    for (long call = 0; call < CALLS_MAX; call++)
        if (!is_listed[call] && call != 335 && call != 336)
            probe_one(call, (unsigned long)-1, "call");
    for (unsigned long low = 0; low < 0x10000; low++) {
        if (!ioctl_is_listed(low))
            probe_one(SYS_ioctl, low, "ioctl");
    }
    found_size += (size_t)snprintf(found + found_size, 64, "probed\n");
    if (write(to, found, found_size) < 0)
        _exit(99);
}

int seccomp_load(const scmp_filter_ctx filter)
{
    int (*real)(scmp_filter_ctx);
    const char *path = getenv("HARDEN_PROBE");
    int to = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    int result;

    *(void **)&real = dlsym(RTLD_NEXT, "seccomp_load");
    result = real(filter);
    if (result == 0 && to >= 0)
        probe(to);
    return result;
}

/* As on a machine whose clock the kernel cannot read for the process: there
 * it is a system call. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    return (int)syscall(SYS_clock_gettime, clock, now);
}
