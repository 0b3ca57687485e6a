/* SPDX-License-Identifier: MIT */
/* hl: finds the subcommand, parses its options, makes the help texts. */
#include "clock.h"
#include "exit_status.h"
#include "grants.h"
#include "options.h"
#include "say.h"
#include "text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Every COMMAND of every file; the linker makes the two names. */
extern const struct command *const __start_hl_commands[];
extern const struct command *const __stop_hl_commands[];

static size_t command_count(void)
{
    return ((uintptr_t)__stop_hl_commands - (uintptr_t)__start_hl_commands) /
           sizeof __start_hl_commands[0];
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count(); i++)
        if (!strcmp(__start_hl_commands[i]->name, name))
            return __start_hl_commands[i];
    return NULL;
}

/* The next command of the help behind the place order, or NULL. */
static const struct command *command_after(unsigned order)
{
    const struct command *next = NULL;

    for (size_t i = 0; i < command_count(); i++) {
        const struct command *command = __start_hl_commands[i];
        if (command->order > order && (!next || command->order < next->order))
            next = command;
    }
    return next;
}

static int help_all(void)
{
    const struct command *command = NULL;
    char head[64];

    puts("hl runs guests in micro-VMs: programs and functions made with "
         "hl-cc.\n");
    while ((command = command_after(command ? command->order : 0))) {
        snprintf(head, sizeof head, "hl %s %s", command->name,
                 command->arguments);
        /* Some heads hold characters of several bytes: count columns. */
        int columns = 0;
        for (const char *p = head; *p; p++)
            columns += ((unsigned char)*p & 0xC0) != 0x80;
        printf("  %s%*s %s\n", head, columns < 28 ? 28 - columns : 0, "",
               command->summary);
    }
    puts("\nhl COMMAND --help shows its options; hl --version the version.\n"
         "\nExit status: 0 ok (run: main's own), 1 the guest function returned "
         "an error,\n124 timed out, 125 usage or hl's own failure, 126 not "
         "runnable, 127 no such\nfile, 132 invalid opcode, 134 abort, 136 "
         "divide error, 139 memory fault.");
    return HL_EXIT_OK;
}

static int help_command(const struct command *command)
{
    printf("hl %s%s%s\n\n%s\n", command->name, *command->arguments ? " " : "",
           command->arguments, command->summary);
    if (*command->details)
        printf("\n%s\n", command->details);
    puts("\nOptions (--name VALUE or --name=VALUE):");
    options_help(command, stdout);
    if (command->groups & OPTIONS_VM)
        puts("\nSIZE: bytes, or with k, m or g. The emulator (--backend emu) "
             "is for development\nand tests: it is no security boundary.");
    return HL_EXIT_OK;
}

static int command_unknown(const char *name)
{
    const struct command *best = NULL;
    unsigned least = 3;

    for (size_t i = 0; i < command_count(); i++) {
        unsigned distance = text_distance(name, __start_hl_commands[i]->name);
        if (distance < least) {
            least = distance;
            best = __start_hl_commands[i];
        }
    }
    if (best)
        say("there is no command %s; did you mean hl %s?", name, best->name);
    else
        say("there is no command %s; hl help lists them", name);
    return HL_EXIT_USAGE;
}

static int command_run(const struct command *command, char **words, int count)
{
    struct options options = {0};
    char error[OPTIONS_ERROR_MAX];
    int status;

    const uint64_t started = clock_now();
    bool fits = options_parse(&options, command, words, count, error);
    options.started = started;
    if (!fits)
        status = say_usage(command->name, "%s", error);
    else if (options.help)
        status = help_command(command);
    else if (options.show_grants)
        status = grants_show(&options);
    else
        status = command->run(&options);
    options_free(&options);
    return status;
}

/* What stdio holds is hl's own; a full disk or closed pipe is a failure. */
static int output_finish(int status)
{
    if (!fflush(stdout) && !ferror(stdout))
        return status;
    say("cannot write to standard output");
    return status ? status : HL_EXIT_USAGE;
}

static int words_run(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        help_all();
        return HL_EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("hl " HL_HOST_VERSION);
        return HL_EXIT_OK;
    }
    if (!strcmp(argv[1], "--help") || (!strcmp(argv[1], "help") && argc == 2))
        return help_all();
    bool wants_help = !strcmp(argv[1], "help");
    const char *name = argv[wants_help ? 2 : 1];
    command = command_find(name);
    if (!command)
        return command_unknown(name);
    if (wants_help)
        return help_command(command);
    return command_run(command, argv + 2, argc - 2);
}

/*
 * Blocked and ignored signals are inherited. The library needs its own one
 * unblocked (hl_host.h), or no time limit ends a guest; without SIGCHLD the
 * emulator's process would end unseen, and without SIGPIPE a guest would go on
 * when the reader of its output is gone. One kick that is pending from before
 * is nobody's: ignored, it is dropped.
 */
static void signals_reset(void)
{
    sigset_t needed;

    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(HL_KICK_SIGNAL, SIG_IGN);
    sigemptyset(&needed);
    sigaddset(&needed, HL_KICK_SIGNAL);
    sigaddset(&needed, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &needed, NULL);
    signal(HL_KICK_SIGNAL, SIG_DFL);
}

int main(int argc, char **argv)
{
    signals_reset();
    return output_finish(words_run(argc, argv));
}
