/* SPDX-License-Identifier: MIT */
/* What the readers of FunctionCall share. */
#ifndef HL_WIRE_CALL_H
#define HL_WIRE_CALL_H

#include "view.h"

/* The enum hl_type for each ReturnType (abi §6.2). */
#define WIRE_RETURN_ROW(name, code, text, ptag, penum, rtag, renum)            \
    [(renum) < 0 ? 0 : (renum)] = code,
static const uint8_t wire_return_types[] = {HL_TYPE_TABLE(WIRE_RETURN_ROW)};
#undef WIRE_RETURN_ROW

#endif /* HL_WIRE_CALL_H */
