/* SPDX-License-Identifier: MIT */
/* What stands between the library and the system; see faults.h. */
#include "faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FAULT_NAME(name, error, unnoticed)      [FAULT_##name] = #name,
#define FAULT_ERRNO(name, error, unnoticed)     [FAULT_##name] = (error),
#define FAULT_UNNOTICED(name, error, unnoticed) [FAULT_##name] = (unnoticed),
const char *const fault_names[] = {FAULT_CALLS(FAULT_NAME)};
const bool fault_unnoticed[] = {FAULT_CALLS(FAULT_UNNOTICED)};
static const int fault_errno[] = {FAULT_CALLS(FAULT_ERRNO)};

/* Signal handlers come by here, too. */
static atomic_long countdown = -1;
static _Atomic enum fault_call failed = FAULT_CALL_COUNT;
static bool use_eintr;
static long mapped, timers, unmapped;
/* by file, of the vCPUs */
#define FILES_MAX 256
static struct kvm_run *runs[FILES_MAX];

void fault_arm(unsigned number, bool eintr)
{
    failed = FAULT_CALL_COUNT;
    use_eintr = eintr;
    unmapped = 0;
    countdown = number;
}

enum fault_call fault_disarm(void)
{
    countdown = -1;
    return failed;
}

long fault_unmapped(void)
{
    return unmapped;
}

static long files_count(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long count = 0;

    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

struct fault_balance fault_balance_now(void)
{
    return (struct fault_balance){mapped, timers, files_count()};
}

static bool is_interruptible(enum fault_call call)
{
    return call == FAULT_read || call == FAULT_ioctl;
}

static bool fails(enum fault_call call)
{
    if (countdown < 0 || (use_eintr && !is_interruptible(call)))
        return false;
    if (countdown-- != 0)
        return false;
    failed = call;
    errno = use_eintr ? EINTR : fault_errno[call];
    return true;
}

/* The failure, or what the system says. WRAP declares and defines
 * fault_at_NAME, which is what the library calls. */
#define WRAP(result, name, failure, parameters, arguments)                     \
    result fault_at_##name parameters;                                         \
    result fault_at_##name parameters                                          \
    {                                                                          \
        return fails(FAULT_##name) ? failure : name arguments;                 \
    }

WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *old, size_t size), (old, size))
WRAP(char *, strdup, NULL, (const char *text), (text))
WRAP(int, open, -1, (const char *path, int flags), (path, flags))
WRAP(ssize_t, read, -1, (int fd, void *to, size_t size), (fd, to, size))
WRAP(int, fstat, -1, (int fd, struct stat *st), (fd, st))
WRAP(ssize_t, getrandom, -1, (void *to, size_t size, unsigned flags),
     (to, size, flags))
WRAP(int, sigaction, -1,
     (int number, const struct sigaction *now, struct sigaction *before),
     (number, now, before))
WRAP(int, timer_settime, -1,
     (timer_t timer, int flags, const struct itimerspec *when,
      struct itimerspec *before),
     (timer, flags, when, before))
WRAP(ssize_t, readlink, -1, (const char *path, char *to, size_t size),
     (path, to, size))
WRAP(int, access, -1, (const char *path, int mode), (path, mode))
/* with a name that is not there, so that dlerror has something to say */
WRAP(void *, dlopen, dlopen("/made/to/fail", mode),
     (const char *path, int mode), (path, mode))

/* These keep count of what is held. */
static void *map_done(void *at, size_t size)
{
    if (at != MAP_FAILED)
        mapped += (long)size;
    return at;
}

void *fault_at_mmap(void *at, size_t size, int access, int flags, int fd,
                    off_t from);
void *fault_at_mmap(void *at, size_t size, int access, int flags, int fd,
                    off_t from)
{
    void *got = fails(FAULT_mmap)
                    ? MAP_FAILED
                    : map_done(mmap(at, size, access, flags, fd, from), size);

    if (got != MAP_FAILED && fd >= 0 && fd < FILES_MAX)
        runs[fd] = got;
    return got;
}

/* A KVM_RUN that a signal ends has taken the registers before: let KVM do it
 * itself. */
static int run_interrupted(int fd)
{
    struct kvm_run *run = fd < FILES_MAX ? runs[fd] : NULL;
    int result;

    if (!run)
        return -1;
    run->immediate_exit = 1;
    result = ioctl(fd, KVM_RUN, NULL);
    run->immediate_exit = 0;
    return result;
}

/* Extensions that are used where they are there; what only tells more of an
 * instruction that KVM could not run; and a KVM_RUN that does not enter the
 * guest, which is tried again, at last with a new vCPU. */
static enum fault_call ioctl_kind(int fd, unsigned long request,
                                  const void *argument)
{
    const struct kvm_run *run = fd < FILES_MAX ? runs[fd] : NULL;

    if (request == KVM_CHECK_EXTENSION)
        return (uintptr_t)argument == KVM_CAP_EXIT_ON_EMULATION_FAILURE ||
                       (uintptr_t)argument == KVM_CAP_X86_TRIPLE_FAULT_EVENT
                   ? FAULT_ioctl_optional
                   : FAULT_ioctl;
    if (request == KVM_RUN)
        return run && run->immediate_exit ? FAULT_ioctl_optional : FAULT_ioctl;
    return request == KVM_GET_SREGS && run &&
                   run->exit_reason == KVM_EXIT_INTERNAL_ERROR
               ? FAULT_ioctl_optional
               : FAULT_ioctl;
}

int fault_at_ioctl(int fd, unsigned long request, void *argument);
int fault_at_ioctl(int fd, unsigned long request, void *argument)
{
    if (!fails(ioctl_kind(fd, request, argument)))
        return ioctl(fd, request, argument);
    return request == KVM_RUN && use_eintr ? run_interrupted(fd) : -1;
}

static int unmap_done(size_t size, int result)
{
    if (result == 0)
        mapped -= (long)size;
    else
        unmapped = (long)size;
    return result;
}

static int timer_done(int result, int change)
{
    if (result == 0)
        timers += change;
    return result;
}

int fault_at_munmap(void *at, size_t size);
int fault_at_munmap(void *at, size_t size)
{
    return unmap_done(size, fails(FAULT_munmap) ? -1 : munmap(at, size));
}

int fault_at_timer_create(clockid_t clock, struct sigevent *event,
                          timer_t *timer);
int fault_at_timer_create(clockid_t clock, struct sigevent *event,
                          timer_t *timer)
{
    return timer_done(
        fails(FAULT_timer_create) ? -1 : timer_create(clock, event, timer), 1);
}

/* It is gone, whatever is said: a leak would be the system's. */
int fault_at_timer_delete(timer_t timer);
int fault_at_timer_delete(timer_t timer)
{
    const int result = timer_done(timer_delete(timer), -1);

    return fails(FAULT_timer_delete) ? -1 : result;
}

/* Linux closes the file whatever close says. */
int fault_at_close(int fd);
int fault_at_close(int fd)
{
    const int result = close(fd);

    return fails(FAULT_close) ? -1 : result;
}

/* gettid has no way to fail. */
long fault_at_syscall(long number, long a, long b, long c);
long fault_at_syscall(long number, long a, long b, long c)
{
    if (number != SYS_gettid && fails(FAULT_syscall))
        return -1;
    return syscall(number, a, b, c);
}

/* ---- The emulator's own functions ---------------------------------------- */

typedef int uc_any(void *a, void *b, void *c, void *d, void *e, void *f,
                   void *g, void *h);

/* All eight registers and stack words are handed on as they are: the real
 * function takes as many as it has parameters. */
#define UC_WRAPS(X)                                                            \
    X(uc_open)                                                                 \
    X(uc_ctl)                                                                  \
    X(uc_context_alloc)                                                        \
    X(uc_context_save)                                                         \
    X(uc_context_restore)                                                      \
    X(uc_hook_add)                                                             \
    X(uc_mem_map_ptr)

#define UC_WRAP(name)                                                          \
    static uc_any *real_##name;                                                \
    __attribute__((no_sanitize("function"))) static int wrap_##name(           \
        void *a, void *b, void *c, void *d, void *e, void *f, void *g,         \
        void *h)                                                               \
    {                                                                          \
        return fails(FAULT_##name) ? fault_errno[FAULT_##name]                 \
                                   : real_##name(a, b, c, d, e, f, g, h);      \
    }
UC_WRAPS(UC_WRAP)

void *fault_at_dlsym(void *library, const char *name);
void *fault_at_dlsym(void *library, const char *name)
{
    void *found = fails(FAULT_dlsym) ? NULL : dlsym(library, name);

#define UC_STAND_IN(function)                                                  \
    if (found && strcmp(name, #function) == 0) {                               \
        uc_any *stand_in = wrap_##function;                                    \
        memcpy(&real_##function, &found, sizeof(found));                       \
        memcpy(&found, &stand_in, sizeof(found));                              \
        return found;                                                          \
    }
    UC_WRAPS(UC_STAND_IN)
    return found;
}
