/* SPDX-License-Identifier: MIT */
/* Options of hl: one table (options.c) parses them and makes --help. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum trace_mode { TRACE_OFF, TRACE_TEXT, TRACE_JSON };
enum harden_mode { HARDEN_ON, HARDEN_OFF, HARDEN_AUTO };

/* Values of one option that may be repeated, in order. */
struct option_list {
    const char **items;
    size_t count;
};

struct options {
    const struct command *command;
    char **args; /* what is no option */
    int arg_count;

    int preset;                                      /* enum hl_preset */
    int abi;                                         /* enum hl_abi */
    int backend;                                     /* enum hl_backend */
    int trace;                                       /* enum trace_mode */
    int harden;                                      /* enum harden_mode */
    uint64_t timeout;                                /* ns; 0 = none */
    uint64_t heap, scratch, input_size, output_size; /* 0: the preset's */
    uint64_t repeat;
    /* --grant and --deny in the order given: "+NAME" or "-NAME". */
    struct option_list grants;
    struct option_list env;
    const char *stdin_path, *input_path, *job_path;
    bool show_grants, json, raw, require_hypervisor, strict_note, verbose;
    bool help;
    bool new_job, new_main, new_host;
    bool timeout_given;
    uint64_t started; /* clock_now time that the timeout counts from */
};

/* Bytes enough for any message of options_parse. */
#define OPTIONS_ERROR_MAX 256

/*
 * Parse the count words behind the subcommand's name. Words are borrowed.
 * False with a text in error (which quotes no argument) if they do not fit;
 * free with options_free either way.
 */
bool options_parse(struct options *options, const struct command *command,
                   char **words, int count, char error[OPTIONS_ERROR_MAX]);
void options_free(struct options *options);

/* Print the options a command takes, as its --help shows them. */
void options_help(const struct command *command, FILE *to);

/* "64k" and the like, in bytes; "1.5" and the like, in nanoseconds. */
bool options_size(const char *text, uint64_t *bytes);
bool options_time(const char *text, uint64_t *ns);

#endif
