/* SPDX-License-Identifier: MIT */
/*
 * One run of hl with a guest: the image, what the options make of it, the
 * sandbox, and where everything it prints goes.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "options.h"
#include "output.h"

#include <hl_host.h>

struct session;

/*
 * How a command reports a failure: text goes to people, in the form the
 * command promises (JSON, job result, a line). Returns the exit status.
 */
typedef int session_report_fn(struct session *session, const hl_error *error,
                              const char *message, int status);

struct session {
    const struct options *options;
    const char *function; /* guest function in the call, for messages */
    uint64_t started;     /* clock_now times */
    uint64_t deadline;
    hl_image *image;
    hl_config *config;
    hl_sandbox *sandbox;
    enum hl_backend backend;               /* of the sandbox that is opened */
    struct output out, err;                /* the guest's stdout and stderr */
    struct output result;                  /* hl's own stdout */
    bool entered;                          /* guest code has run */
    char kvm_failed[HL_ERROR_MESSAGE_MAX]; /* why auto took the emulator */
    int harden_status;                     /* of harden_process */
    int stdin_fd;                          /* -1: empty */
    size_t read_max;                       /* most bytes of one hl_read */
    session_report_fn *report;
    hl_error error;  /* of the last failing library call */
    int fail_status; /* exit status of session_fail; 0: the error's own */
};

/* Only what reports need: for failures before session_init. */
void session_begin(struct session *session, const struct options *options,
                   session_report_fn *report);

/*
 * Read the image and make the configuration; no guest code runs. HL_EXIT_OK,
 * or the failure was reported and this is the exit status. Either way
 * session_close follows.
 */
int session_init(struct session *session, const struct options *options,
                 session_report_fn *report);

/*
 * Open the sandbox. On the emulator this forks (child.h): only the child
 * returns, the parent waits for it and exits with its status.
 */
int session_start(struct session *session);

/* Call a guest function under what is left of the time limit. */
hl_status session_call(struct session *session, const char *name,
                       const hl_value *args, size_t count, enum hl_type returns,
                       hl_value *result);

/* Report session->error, or a message of hl's own; give the exit status. */
int session_fail(struct session *session);
int session_fail_text(struct session *session, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Flush all output; HL_EXIT_OK or the status of what went wrong. */
int session_flush(struct session *session);

/* Write to hl's stdout, then session_flush. */
int session_result(struct session *session, const void *bytes, size_t len);

/* -v: one line about time and backend. */
void session_times(struct session *session, const char *what, uint64_t since);

void session_close(struct session *session);

/* The report that most commands use: one line on stderr. */
session_report_fn session_report_line;

#endif
