/* SPDX-License-Identifier: MIT */
/* hl.h and hyperlight_guest.h do not go together: one of them in each file. */
#ifndef HOST_CALLS_H
#define HOST_CALLS_H

void fail_at_the_host(void);
void stash(char *text);
const char *stash_take(void);

#endif
