/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "clock.h"
#include "exit_status.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
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

/*
 * The child's wait status; *killed if it had to be ended. False if somebody
 * else has taken the status: its number may be another process's by now.
 */
static bool child_wait(pid_t child, const sigset_t *signals, uint64_t deadline,
                       int *status, int *killed)
{
    for (;;) {
        pid_t done = waitpid(child, status, WNOHANG);
        if (done == child)
            return true;
        if (done < 0 && errno == ECHILD)
            return false;
        if (!clock_left(deadline)) {
            *killed = 1;
            kill(child, SIGKILL);
            while ((done = waitpid(child, status, 0)) < 0 && errno == EINTR)
                ;
            return done == child;
        }
        event_wait(signals, deadline);
    }
}

static struct child_end end_describe(bool known, int status, int killed)
{
    if (killed)
        return (struct child_end){
            HL_EXIT_TIMEOUT, "Command timed out; the emulator did not stop by "
                             "itself and was killed"};
    if (!known)
        return (struct child_end){
            HL_EXIT_USAGE, "the emulator's process ended, and its status was "
                           "taken by other code in hl; run it again without "
                           "what is preloaded into hl"};
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
    int status = 0, killed = 0;

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
    bool known = child_wait(child, &signals, deadline ? deadline + SECOND : 0,
                            &status, &killed);
    sigprocmask(SIG_SETMASK, &before, NULL);
    *end = end_describe(known, status, killed);
    return CHILD_ENDED;
}
