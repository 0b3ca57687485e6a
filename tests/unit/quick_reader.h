/* SPDX-License-Identifier: MIT */
/*
 * The guest's quick reader (sdk/lib/read_quick.c) beside the codec that it is
 * held to: its functions are quick_call and quick_result here, and what it
 * calls the rules are rules_call and rules_result, which the includer defines.
 */
#ifndef QUICK_READER_H
#define QUICK_READER_H

#include "wire/call.h"

enum hl_wire_error quick_call(const void *message, size_t size, bool external,
                              struct hl_wire_call *out);
enum hl_wire_error quick_result(const void *message, size_t size, bool external,
                                struct hl_wire_result *out);

#define hl_wire_call_verify    quick_call
#define hl_wire_result_verify  quick_result
#define hl_rules_call_verify   rules_call
#define hl_rules_result_verify rules_result
#include "../../sdk/lib/read_quick.c"
#undef hl_wire_call_verify
#undef hl_wire_result_verify
#undef hl_rules_call_verify
#undef hl_rules_result_verify

#endif /* QUICK_READER_H */
