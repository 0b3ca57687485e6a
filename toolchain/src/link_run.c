/* SPDX-License-Identifier: MIT */
/* Running lld, and advice for what it complains of. */
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What lld says, and what to do about it. */
static const struct {
    const char *said;
    const char *advice;
} advices[] = {
    {"undefined symbol:",
     "add the object or library (-l) that defines it, or define it yourself: "
     "the guest library and libc, which are always linked, do not have it"},
    {"recompile with -fPIC",
     "every object of a guest is position independent: compile it with hl-cc, "
     "without -fno-pic, -fno-pie and -mcmodel=large"},
    {"attempted static link of dynamic object",
     "a guest has no shared libraries: give the static library (.a)"},
    {"unable to find library",
     "give its folder with -L; the build machine's own libraries are not for "
     "guests"},
    {"STT_TLS symbol",
     "a guest has one thread and no thread-local storage: leave _Thread_local "
     "and __thread out"},
    {"is incompatible with elf",
     "compile every object with hl-cc; the build machine's objects are not "
     "for guests"},
};
#define ADVICES (sizeof(advices) / sizeof(advices[0]))

static void line_note(const char *line, bool *said)
{
    for (size_t i = 0; i < ADVICES; i++)
        said[i] = said[i] || strstr(line, advices[i].said);
}

/* Pass lld's words on as they come and remember which are known. */
static void words_forward(FILE *from, bool *said)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, from) >= 0) {
        fputs(line, stderr);
        line_note(line, said);
    }
    free(line);
}

static _Noreturn void lld_become(const struct words *command, int error_fd)
{
    union { /* execvp does not change what it is given */
        const char *const *in;
        char *const *out;
    } argv = {.in = command->at};

    dup2(error_fd, STDERR_FILENO);
    execvp(argv.out[0], argv.out);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv.out[0], strerror(errno));
    _exit(127);
}

int lld_run(const struct words *command)
{
    bool said[ADVICES] = {false};
    int ends[2], status;
    pid_t child;
    FILE *from;

    if (pipe(ends) != 0 || !(from = fdopen(ends[0], "r")))
        tool_fail("cannot make a pipe: %s", strerror(errno));
    child = fork();
    if (child < 0)
        tool_fail("cannot start %s: %s", command->at[0], strerror(errno));
    if (child == 0)
        lld_become(command, ends[1]);
    close(ends[1]);
    words_forward(from, said);
    fclose(from);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            tool_fail("waiting for %s: %s", command->at[0], strerror(errno));

    if (WIFSIGNALED(status))
        tool_fail("%s was ended by signal %d (%s)", command->at[0],
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) == 127)
        tool_note("install the linker: apt-get install lld-19");
    for (size_t i = 0; i < ADVICES; i++)
        if (said[i])
            tool_note("%s", advices[i].advice);
    return WEXITSTATUS(status);
}
