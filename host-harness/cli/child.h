/* SPDX-License-Identifier: MIT */
/*
 * The emulator runs in a child process of hl: a crash or hang of it must not
 * be hl's own.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdint.h>

/* How the child ended, for its parent. */
struct child_end {
    int status;       /* exit status for hl */
    const char *text; /* what to report, NULL if the child has done so */
};

enum child_side { CHILD_FAILED, CHILD_INSIDE, CHILD_ENDED };

/*
 * Fork. CHILD_INSIDE: this is the child, go on. CHILD_ENDED: this is the
 * parent, the child has ended as *end says: by itself, by a signal ("emulator
 * crashed"), or killed because it still ran a second after the deadline (0 =
 * none). CHILD_FAILED: there is no child, errno says why.
 */
enum child_side child_enter(uint64_t deadline, struct child_end *end);

#endif
