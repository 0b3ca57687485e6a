/* SPDX-License-Identifier: MIT */
/* Stopping a running guest by a signal to its own thread; see kick.h. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kick.h"

#define RUNNING   1ull
#define KILLED    2ull
#define SEQUENCE  4ull
#define SECOND_NS 1000000000ull
#define RETRY_NS  1000000 /* a stop that came too early is repeated */

/* The call that runs in this thread; the handler's only input. */
static _Thread_local struct hl_kick *volatile current;

uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

hl_status kick_check(const struct hl_kick *kick)
{
    if (atomic_load(&kick->state) & KILLED)
        return HL_FAIL_INTERRUPTED;
    if (kick->deadline != 0 && monotonic_ns() >= kick->deadline)
        return HL_FAIL_TIMEOUT;
    return HL_OK;
}

/* ns from now; 0 disarms. False with errno. */
static bool timer_arm(struct hl_kick *kick, uint64_t ns)
{
    struct itimerspec when = {
        .it_value = {(time_t)(ns / SECOND_NS), (long)(ns % SECOND_NS)},
    };

    return timer_settime(atomic_load(&kick->timer), 0, &when, NULL) == 0;
}

/* At least 1, which 0 would disarm. */
static uint64_t deadline_left(const struct hl_kick *kick)
{
    const uint64_t now = monotonic_ns();

    return kick->deadline > now ? kick->deadline - now : 1;
}

static void kick_handler(int signal_number)
{
    struct hl_kick *kick = current;
    int saved = errno;

    (void)signal_number;
    if (kick != NULL && kick_check(kick) != HL_OK) {
        kick->vmm->ops->stop(kick->vmm);
        if (!kick->vmm->ops->stop_is_kept)
            timer_arm(kick, RETRY_NS);
    } else if (kick != NULL && kick->deadline != 0) {
        /* a late kick_interrupt may have moved the timer */
        timer_arm(kick, deadline_left(kick));
    }
    errno = saved;
}

/* Once a process; a failure is not kept. 0 or errno. */
static int handler_install(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool is_installed;
    struct sigaction action;
    int failed = 0;

    memset(&action, 0, sizeof(action));
    action.sa_handler = kick_handler;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    pthread_mutex_lock(&lock);
    if (!is_installed && sigaction(HL_KICK_SIGNAL, &action, NULL) != 0)
        failed = errno;
    is_installed = failed == 0;
    pthread_mutex_unlock(&lock);
    return failed;
}

hl_status kick_open(struct hl_kick *kick, struct hl_vmm *vmm, hl_error *error)
{
    const int failed = handler_install();

    if (failed != 0)
        return hl_error_set(error, HL_FAIL_SYSTEM,
                            "cannot install the handler of signal %d: %s",
                            HL_KICK_SIGNAL, strerror(failed));
    kick->vmm = vmm;
    atomic_init(&kick->state, 0);
    atomic_init(&kick->thread, 0);
    kick->deadline = 0;
    kick->timer_thread = 0;
    return HL_OK;
}

static void timer_drop(struct hl_kick *kick)
{
    if (kick->timer_thread != 0)
        timer_delete(atomic_load(&kick->timer));
    kick->timer_thread = 0;
}

void kick_close(struct hl_kick *kick)
{
    timer_drop(kick);
}

/* Of this thread, and of no other before or after it: the kernel gives the
 * number of a thread that has ended to another, and not its timers. */
static uint64_t thread_serial(void)
{
    static _Atomic uint64_t last;
    static _Thread_local uint64_t own;

    if (own == 0)
        own = atomic_fetch_add(&last, 1) + 1;
    return own;
}

/* A timer aims at one thread: make a new one when the sandbox has moved, or the
 * process is a fork, which has none. */
static hl_status timer_aim(struct hl_kick *kick, int thread, hl_error *error)
{
    const uint64_t serial = thread_serial();
    struct sigevent event;
    timer_t timer;

    if (kick->timer_thread == thread && kick->timer_serial == serial)
        return HL_OK;
    timer_drop(kick);
    memset(&event, 0, sizeof(event));
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = HL_KICK_SIGNAL;
    event._sigev_un._tid = thread;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return hl_error_set(error, HL_FAIL_SYSTEM, "cannot create a timer: %s",
                            strerror(errno));
    atomic_store(&kick->timer, timer);
    kick->timer_thread = thread;
    kick->timer_serial = serial;
    return HL_OK;
}

bool kick_is_running(struct hl_kick *kick)
{
    return (atomic_load(&kick->state) & RUNNING) != 0;
}

static uint64_t deadline_at(uint64_t limit)
{
    const uint64_t now = monotonic_ns();

    if (limit == 0)
        return 0;
    return limit < UINT64_MAX - now ? now + limit : UINT64_MAX;
}

hl_status kick_begin(struct hl_kick *kick, uint64_t limit, hl_error *error)
{
    const int thread = (int)syscall(SYS_gettid);
    hl_status status = timer_aim(kick, thread, error);

    if (status != HL_OK)
        return status;
    kick->vmm->ops->clear_stop(kick->vmm);
    kick->deadline = deadline_at(limit);
    atomic_store(&kick->thread, thread);
    kick->outer = current;
    current = kick;
    atomic_store(&kick->state, (atomic_load(&kick->state) | RUNNING));
    if (limit != 0 && !timer_arm(kick, limit)) {
        status = hl_error_set(error, HL_FAIL_SYSTEM,
                              "cannot set the timer of the call's deadline: %s",
                              strerror(errno));
        kick_end(kick);
    }
    return status;
}

void kick_end(struct hl_kick *kick)
{
    uint64_t before;

    current = kick->outer;
    before = atomic_load(&kick->state);
    if (kick->deadline != 0 ||
        ((before & KILLED) && !kick->vmm->ops->stop_is_kept))
        timer_arm(kick, 0);
    kick->deadline = 0;
    /* KILLED may still be set by a thread that saw this call running: the new
     * sequence number makes its compare-and-swap fail or be forgotten here. */
    atomic_store(&kick->state, (before & ~(SEQUENCE - 1)) + SEQUENCE);
}

void kick_interrupt(struct hl_kick *kick)
{
    uint64_t seen = atomic_load(&kick->state);
    int saved = errno;

    do {
        if (!(seen & RUNNING))
            return;
    } while (!atomic_compare_exchange_weak(&kick->state, &seen, seen | KILLED));
    /* No room in the user's queue of signals (RLIMIT_SIGPENDING): the timer
     * has its place there since it was made. */
    if (syscall(SYS_tgkill, getpid(), atomic_load(&kick->thread),
                HL_KICK_SIGNAL) != 0)
        timer_arm(kick, 1);
    errno = saved;
}
