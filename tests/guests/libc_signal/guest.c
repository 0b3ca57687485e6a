/* SPDX-License-Identifier: MIT */
/* Signals a guest sends to itself, and the one process it is. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../libc_check/check.h"

static volatile sig_atomic_t caught, times;

static void handler(int number)
{
    caught = number;
    times++;
}

static void threads(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    CHECK(pthread_mutex_lock(&lock) == 0 && pthread_mutex_unlock(&lock) == 0);
    CHECK(pthread_equal(pthread_self(), pthread_self()));
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler}, old;
    sigset_t set = 0;

    CHECK(signal(SIGUSR1, handler) == SIG_DFL);
    CHECK(raise(SIGUSR1) == 0 && caught == SIGUSR1);
    CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
    CHECK(kill(getpid(), SIGUSR2) == 0 && caught == SIGUSR2);
    CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR2) == 0 && times == 4);
    CHECK(sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK_ERRNO(kill(12345, SIGUSR1) == -1, ESRCH);
    CHECK(kill(getpid(), 0) == 0);
    CHECK(raise(0) == 0);
    CHECK_ERRNO(raise(-1) == -1, EINVAL);
    CHECK_ERRNO(raise(_NSIG) == -1, EINVAL);
    CHECK_ERRNO(signal(0, handler) == SIG_ERR, EINVAL);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(sysconf(_SC_PAGESIZE) == 4096);
    CHECK(getpid() == 1 && getppid() == 0);
    threads();
    check_done();
    if (failures == 0)
        raise(SIGTERM); /* no handler: ends the program with 128 + 15 */
    return failures;
}
