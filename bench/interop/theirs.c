/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

struct theirs {
    pid_t pid;
    FILE *ask;
    FILE *answer;
};

extern char **environ;

/* Start the program with our ends of two pipes on its stdin and stdout. */
static bool start(struct theirs *theirs, const char *program, const char *guest)
{
    char *argv[] = {strdup(program), strdup(guest), NULL};
    posix_spawn_file_actions_t actions;
    int to[2], from[2], status = -1;

    if (pipe(to) != 0 || pipe(from) != 0)
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, to[1]);
    posix_spawn_file_actions_addclose(&actions, from[0]);
    if (argv[0] && argv[1])
        status =
            posix_spawn(&theirs->pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(argv[0]);
    free(argv[1]);
    close(to[0]);
    close(from[1]);
    theirs->ask = fdopen(to[1], "w");
    theirs->answer = fdopen(from[0], "r");
    return status == 0 && theirs->ask && theirs->answer;
}

bool theirs_open(struct theirs **theirs, const char *program, const char *guest)
{
    struct theirs *made = calloc(1, sizeof(*made));

    signal(SIGPIPE, SIG_IGN);
    *theirs = made;
    if (made && start(made, program, guest))
        return true;
    fprintf(stderr, "cannot start %s: %s\n", program, strerror(errno));
    return false;
}

bool theirs_row(struct theirs *theirs, const char *row, unsigned count,
                struct bench_samples *samples)
{
    char *line = NULL, *at, *end;
    size_t size = 0;
    bool ok;

    fprintf(theirs->ask, "%s %u\n", row, count);
    fflush(theirs->ask);
    ok = getline(&line, &size, theirs->answer) > 0;
    for (at = line; ok; at = end) {
        unsigned long long ns = strtoull(at, &end, 10);

        if (end == at)
            break;
        samples_add(samples, ns);
    }
    free(line);
    if (!ok)
        fprintf(stderr, "upstream's host gave no answer for %s\n", row);
    return ok;
}

void theirs_close(struct theirs *theirs)
{
    if (!theirs)
        return;
    if (theirs->ask)
        fclose(theirs->ask);
    if (theirs->answer)
        fclose(theirs->answer);
    if (theirs->pid > 0)
        waitpid(theirs->pid, NULL, 0);
    free(theirs);
}
