/* SPDX-License-Identifier: MIT */
/* Response files (@file), split as clang splits them. */
#ifndef RESPONSE_H
#define RESPONSE_H

#include "tool.h"

/*
 * Appends to *words the words of the file at path: blanks separate them, '…'
 * and "…" group, a backslash takes the next character as it is. False, with
 * nothing appended, if the file cannot be read.
 */
bool response_read(struct words *words, const char *path);

#endif /* RESPONSE_H */
