/* SPDX-License-Identifier: MIT */
/* What hl exits with: the one home of these numbers. */
#ifndef CLI_EXIT_STATUS_H
#define CLI_EXIT_STATUS_H

#include <hl_host.h>

enum exit_status {
    HL_EXIT_OK = 0,
    HL_EXIT_GUEST_ERROR = 1, /* the guest function returned an error */
    HL_EXIT_TIMEOUT = 124,
    HL_EXIT_USAGE = 125,        /* usage, arguments, grants, hl's own failure */
    HL_EXIT_NOT_RUNNABLE = 126, /* no image, start-up failed, no main */
    HL_EXIT_NO_FILE = 127,
    HL_EXIT_OPCODE = 132, /* invalid opcode */
    HL_EXIT_ABORT = 134,  /* abort and every other ended VM */
    HL_EXIT_DIVIDE = 136, /* divide error */
    HL_EXIT_PIPE = 141,   /* the reader of hl's output went away */
    HL_EXIT_MEMORY = 139  /* memory fault */
};

/* The exit status for a failure of the library. */
int exit_status_of(const hl_error *error);

/* The same for the image at path, which may be there and not to be opened. */
int exit_status_of_image(const hl_error *error, const char *path);

/* For a file that file.h could not read: number is its errno value. */
int exit_status_of_file(int number);

#endif
