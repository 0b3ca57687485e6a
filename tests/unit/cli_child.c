/* SPDX-License-Identifier: MIT */
/*
 * child_enter when somebody else has waited for the child: no signal goes to a
 * number that may be another process's by then, and no status is made up.
 * waitpid and kill are wrapped.
 */
#include "../../host-harness/cli/child.h"

#include "../../host-harness/cli/clock.h"
#include "../../host-harness/cli/exit_status.h"
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);

#define AMPLE UINT64_C(10000000000)

static enum { ALWAYS, WHEN_KILLED, NEVER } stolen;
static int kills;

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    int none;

    if (stolen == NEVER || (stolen == WHEN_KILLED && !kills))
        return __real_waitpid(pid, status, options);
    __real_waitpid(pid, &none, 0);
    errno = ECHILD;
    return -1;
}

int __wrap_kill(pid_t pid, int number)
{
    kills++;
    return __real_kill(pid, number);
}

/* What child_enter says of a child that ends by itself, or does not. */
static struct child_end end_of(bool ends)
{
    struct child_end end = {-1, NULL};

    kills = 0;
    switch (child_enter(clock_now() + (ends ? AMPLE : 1), &end)) {
    case CHILD_INSIDE:
        if (!ends)
            pause();
        _exit(7);
    case CHILD_ENDED:
        break;
    default:
        fail_msg("there is no child");
    }
    return end;
}

static void B17_a_child_that_ends_tells_its_status(void **state)
{
    (void)state;
    stolen = NEVER;
    assert_int_equal(end_of(true).status, 7);
    assert_int_equal(kills, 0);
}

static void B17_a_child_somebody_else_waited_for_is_left_alone(void **state)
{
    (void)state;
    stolen = ALWAYS;
    const struct child_end end = end_of(true);
    assert_int_equal(kills, 0);
    assert_int_equal(end.status, HL_EXIT_USAGE);
    assert_non_null(end.text);
}

static void B17_a_late_child_is_killed_whoever_waits_for_it(void **state)
{
    (void)state;
    for (stolen = WHEN_KILLED; stolen <= NEVER; stolen++) {
        const struct child_end end = end_of(false);
        assert_int_equal(kills, 1);
        assert_int_equal(end.status, HL_EXIT_TIMEOUT);
        assert_non_null(end.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B17_a_child_that_ends_tells_its_status),
        cmocka_unit_test(B17_a_child_somebody_else_waited_for_is_left_alone),
        cmocka_unit_test(B17_a_late_child_is_killed_whoever_waits_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
