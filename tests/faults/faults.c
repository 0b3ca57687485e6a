/* SPDX-License-Identifier: MIT */
/*
 * usage: faults kvm|emu stack|virtq GUEST
 *
 * Lets the n-th call to the system fail, for n = 0, 1, … until there is none,
 * each in a process of its own: first in a fresh one, then in one where all
 * went well once. A named error, or no consequence where that is promised; no
 * leak, no crash, no hang; and the next sandbox works.
 */
#include "faults.h"

#include <errno.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 60
#define CALLS_MAX   5000

enum verdict { GOOD, BAD, NO_SUCH_CALL };

static struct scenario scenario;
static unsigned long counts[FAULT_CALL_COUNT];

struct trial {
    unsigned number;
    bool warm, eintr;
};

/* What the child found. */
struct finding {
    enum verdict verdict;
    enum fault_call call;
    char text[3000];
};

static void found_bad(struct finding *finding, const char *what,
                      const struct outcome *outcome)
{
    finding->verdict = BAD;
    snprintf(finding->text, sizeof(finding->text), "%s (step %s, %s: %s)", what,
             outcome->step ? outcome->step : "none",
             hl_status_text(outcome->status), outcome->error.message);
}

/* A code of the table, and a text that says more than nothing. */
static bool is_named(const struct outcome *outcome)
{
    return strcmp(hl_status_text(outcome->status), "unknown status") != 0 &&
           outcome->error.status == outcome->status &&
           outcome->error.message[0] != '\0';
}

static void outcome_check(struct finding *finding, const struct trial *trial,
                          const struct outcome *outcome)
{
    if (outcome->wrong)
        found_bad(finding, outcome->wrong, outcome);
    else if (outcome->status == HL_OK && !trial->eintr &&
             !fault_unnoticed[finding->call])
        found_bad(finding, "nobody noticed", outcome);
    else if (outcome->status != HL_OK && trial->eintr)
        found_bad(finding, "interrupted and not repeated", outcome);
    else if (outcome->status != HL_OK && !is_named(outcome))
        found_bad(finding, "no named error", outcome);
}

static void leak_check(struct finding *finding, const struct outcome *outcome,
                       const struct fault_balance *before)
{
    const struct fault_balance now = fault_balance_now();

    if (now.mapped - before->mapped > fault_unmapped())
        found_bad(finding, "mapped memory leaked", outcome);
    else if (now.timers != before->timers)
        found_bad(finding, "a timer leaked", outcome);
    else if (now.files != before->files)
        found_bad(finding, "a file leaked", outcome);
    else if (__lsan_do_recoverable_leak_check() != 0)
        found_bad(finding, "memory leaked", outcome);
}

static void trial_run(const struct trial *trial, struct finding *finding)
{
    struct outcome *outcome = calloc(2, sizeof(*outcome));
    struct fault_balance before;

    if (trial->warm)
        scenario_run(&scenario, &outcome[1]);
    before = fault_balance_now();
    fault_arm(trial->number, trial->eintr);
    scenario_run(&scenario, outcome);
    finding->call = fault_disarm();
    if (finding->call == FAULT_CALL_COUNT) {
        finding->verdict = NO_SUCH_CALL;
        if (outcome->status != HL_OK || outcome->wrong)
            found_bad(finding, "failed though nothing did", outcome);
    } else {
        outcome_check(finding, trial, outcome);
    }
    if (finding->verdict != BAD)
        leak_check(finding, outcome, &before);
    if (finding->verdict == GOOD) {
        scenario_run(&scenario, &outcome[1]);
        if (outcome[1].status != HL_OK || outcome[1].wrong)
            found_bad(finding, "the next sandbox fails", &outcome[1]);
    }
    free(outcome);
}

static struct finding child_finding;
static int child_pipe;

static void child_end(void)
{
    if (write(child_pipe, &child_finding, sizeof(child_finding)) !=
        sizeof(child_finding))
        _exit(3);
    _exit(0);
}

static void child_hangs(int number)
{
    (void)number;
    child_finding = (struct finding){BAD, fault_disarm(), "hangs"};
    child_end();
}

static void child_run(const struct trial *trial, int to)
{
    child_pipe = to;
    signal(SIGALRM, child_hangs);
    alarm(SECONDS_MAX);
    trial_run(trial, &child_finding);
    child_end();
}

/* One trial in a child; false when it could not tell. */
static bool trial_fork(const struct trial *trial, struct finding *finding)
{
    int pipes[2], status = 0;
    ssize_t got;
    pid_t child;

    memset(finding, 0, sizeof(*finding));
    if (pipe(pipes) != 0)
        return false;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        close(pipes[0]);
        child_run(trial, pipes[1]);
    }
    close(pipes[1]);
    got = read(pipes[0], finding, sizeof(*finding));
    close(pipes[0]);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    if (got == sizeof(*finding) && WIFEXITED(status) &&
        WEXITSTATUS(status) == 0)
        return true;
    finding->verdict = BAD;
    finding->call = FAULT_CALL_COUNT;
    snprintf(finding->text, sizeof(finding->text), "%s %d",
             WIFSIGNALED(status) ? "died of signal" : "exit status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return true;
}

/* All calls of one kind of run; the number of bad ones. */
static unsigned series_run(bool warm, bool eintr)
{
    unsigned bad = 0, number = 0;
    struct finding finding;

    for (; number < CALLS_MAX && bad < 10; number++) {
        const struct trial trial = {number, warm, eintr};

        if (!trial_fork(&trial, &finding)) {
            printf("# cannot run: %s\n", strerror(errno));
            return 1;
        }
        if (finding.verdict == NO_SUCH_CALL)
            break;
        if (finding.call < FAULT_CALL_COUNT)
            counts[finding.call]++;
        if (finding.verdict == BAD) {
            printf("# call %u (%s): %s\n", number,
                   finding.call < FAULT_CALL_COUNT ? fault_names[finding.call]
                                                   : "?",
                   finding.text);
            bad++;
        }
    }
    printf("# %u calls failed%s\n", number, eintr ? " with EINTR" : "");
    return number == 0 ? 1 : bad;
}

static void counts_print(void)
{
    printf("#");
    for (int i = 0; i < FAULT_CALL_COUNT; i++)
        if (counts[i] != 0)
            printf(" %s %lu", fault_names[i], counts[i]);
    printf("\n");
}

static void B16_each_call_fails_once_in_a_fresh_process(unsigned *bad)
{
    *bad = series_run(false, false);
}

static void B16_each_call_fails_once_after_a_good_run(unsigned *bad)
{
    *bad = series_run(true, false);
}

static void B17_each_interrupted_call_is_repeated(unsigned *bad)
{
    *bad = series_run(true, true);
}

#define TEST(name) {#name, name}
static const struct {
    const char *name;
    void (*run)(unsigned *bad);
} tests[] = {
    TEST(B16_each_call_fails_once_in_a_fresh_process),
    TEST(B16_each_call_fails_once_after_a_good_run),
    TEST(B17_each_interrupted_call_is_repeated),
};
enum { TEST_COUNT = sizeof(tests) / sizeof(tests[0]) };

static bool test_run(int i)
{
    unsigned bad = 1;

    tests[i].run(&bad);
    printf("%sok %d - %s\n", bad == 0 ? "" : "not ", i + 1, tests[i].name);
    return bad == 0;
}

int main(int argc, char **argv)
{
    bool good = true;

    if (argc != 4) {
        fprintf(stderr, "usage: %s kvm|emu stack|virtq GUEST\n", argv[0]);
        return 2;
    }
    scenario = (struct scenario){
        strcmp(argv[1], "kvm") == 0 ? HL_BACKEND_KVM : HL_BACKEND_EMU,
        strcmp(argv[2], "virtq") == 0 ? HL_ABI_VIRTQ : HL_ABI_STACK, argv[3]};
    printf("1..%d\n", TEST_COUNT);
    if (scenario.backend == HL_BACKEND_KVM && access("/dev/kvm", R_OK | W_OK)) {
        for (int i = 0; i < TEST_COUNT; i++)
            printf("ok %d - %s # SKIP no /dev/kvm\n", i + 1, tests[i].name);
        return 0;
    }
    for (int i = 0; i < TEST_COUNT; i++)
        good = test_run(i) && good;
    counts_print();
    return good ? 0 : 1;
}
