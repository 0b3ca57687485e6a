/* SPDX-License-Identifier: MIT */
/* The two files of the guest for upstream's tests. */
#ifndef UPSTREAM_GUEST_H
#define UPSTREAM_GUEST_H

#include "hyperlight_guest.h"

/* upstream_guest.c; the header leaves its declaration to the guest */
hl_Vec *c_guest_dispatch_function(const hl_FunctionCall *call);

/* upstream_guest_018.c */
void register_018(void);
hl_Vec *fallback_018(const hl_FunctionCall *call);

#endif /* UPSTREAM_GUEST_H */
