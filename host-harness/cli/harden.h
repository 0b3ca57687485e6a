/* SPDX-License-Identifier: MIT */
/* --harden: what hl's process may still do once guest code runs. */
#ifndef CLI_HARDEN_H
#define CLI_HARDEN_H

#include "session.h"

/*
 * Lock this process down, for good: no new files, no new programs, no
 * network. Call it when the sandbox is open and before the guest is called.
 * HL_EXIT_OK also where --harden was not asked for and does not work.
 */
int harden_process(struct session *session);

#endif
