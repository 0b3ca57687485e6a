/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "clock.h"
#include "exit_status.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

/* Wait for SIGCHLD or the deadline; both are looked at again afterwards. */
static void event_wait(const sigset_t *signals, uint64_t deadline)
{
    uint64_t left = clock_left(deadline);
    struct timespec limit = {.tv_sec = (time_t)(left / SECOND),
                             .tv_nsec = (long)(left % SECOND)};
    if (deadline)
        sigtimedwait(signals, NULL, &limit);
    else
        sigwaitinfo(signals, NULL);
}

/* The child's wait status; *killed if it had to be ended. */
static int child_wait(pid_t child, const sigset_t *signals, uint64_t deadline,
                      int *killed)
{
    int status;

    for (;;) {
        pid_t done = waitpid(child, &status, WNOHANG);
        if (done == child)
            return status;
        if (!clock_left(deadline)) {
            *killed = 1;
            kill(child, SIGKILL);
            while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
            return status;
        }
        event_wait(signals, deadline);
    }
}

static struct child_end end_describe(int status, int killed)
{
    if (killed)
        return (struct child_end){
            HL_EXIT_TIMEOUT, "Command timed out; the emulator did not stop by "
                             "itself and was killed"};
    if (WIFEXITED(status))
        return (struct child_end){WEXITSTATUS(status), NULL};
    /* A reader that went away ends hl, it does not crash the emulator. */
    if (WTERMSIG(status) == SIGPIPE)
        return (struct child_end){HL_EXIT_PIPE, NULL};
    return (struct child_end){
        HL_EXIT_USAGE, "emulator crashed; run the guest with --backend kvm, "
                       "and report it as a bug of the emulator backend"};
}

enum child_side child_enter(uint64_t deadline, struct child_end *end)
{
    sigset_t signals, before;
    pid_t parent = getpid();
    int killed = 0;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &before);
    pid_t child = fork();
    if (child < 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        return CHILD_FAILED;
    }
    if (!child) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        /* Nobody would end it if its parent were killed. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(HL_EXIT_USAGE);
        return CHILD_INSIDE;
    }
    int status =
        child_wait(child, &signals, deadline ? deadline + SECOND : 0, &killed);
    sigprocmask(SIG_SETMASK, &before, NULL);
    *end = end_describe(status, killed);
    return CHILD_ENDED;
}
