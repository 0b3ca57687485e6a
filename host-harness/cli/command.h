/* SPDX-License-Identifier: MIT */
/*
 * A subcommand is one file, cmd_NAME.c, with one COMMAND in it; main.c finds
 * it in the linker section hl_commands.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

struct options;

/* Groups of options a subcommand takes (options.c says what is in each). */
enum option_group {
    OPTIONS_VM = 1,    /* everything about the sandbox: run, call, job */
    OPTIONS_RUN = 2,   /* program input and environment */
    OPTIONS_CALL = 4,  /* form of the result */
    OPTIONS_JOB = 8,   /* job input */
    OPTIONS_JSON = 16, /* --json alone */
    OPTIONS_NEW = 32,  /* kind of project */
    OPTIONS_BENCH = 64 /* what hl bench measures */
};

struct command {
    const char *name;
    const char *arguments; /* "GUEST FN [ARG…]" */
    const char *summary;   /* one line of hl help */
    const char *details;   /* paragraphs of hl NAME --help; may be "" */
    unsigned order;        /* place in hl help */
    unsigned groups;       /* enum option_group, ORed */
    int min_args;
    int max_args;      /* -1: any number */
    int options_first; /* options end at the first argument */
    int (*run)(const struct options *options); /* gives the exit status */
};

#define COMMAND(id)                                                            \
    static const struct command command_##id;                                  \
    __attribute__((section("hl_commands"),                                     \
                   used)) static const struct command *const command_entry =   \
        &command_##id;                                                         \
    static const struct command command_##id

#endif
