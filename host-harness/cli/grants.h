/* SPDX-License-Identifier: MIT */
/* The host functions that hl offers, and which of them a guest may call. */
#ifndef CLI_GRANTS_H
#define CLI_GRANTS_H

#include "session.h"

/* Grant the defaults, then what --grant and --deny say, in their order. */
int grants_apply(struct session *session);

/* Guest log and debug port go to the guest's stderr. */
hl_status grants_debug(struct session *session);

/* Print what is granted, one signature a line. */
int grants_show(const struct options *options);

/* Name --grant when the message is about a function that hl has. */
void grants_advise(struct buffer *text, const char *message);

#endif
