/* SPDX-License-Identifier: MIT */
/* --trace: every crossing of the boundary, one line each. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <hl_host.h>

/* context is not used. */
hl_trace_fn trace_text;
hl_trace_fn trace_json;

#endif
