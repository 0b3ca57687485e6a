/* SPDX-License-Identifier: MIT */
/*
 * Text of unknown origin: UTF-8 steps, escaping for terminals (guarantee B21)
 * and for one-line messages, and the spelling of suggestions.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "buffer.h"

#include <stdint.h>

enum text_step { TEXT_VALID, TEXT_INVALID, TEXT_CUT };

/*
 * Look at the next character of the len > 0 bytes at p. *size gets its bytes:
 * one whole character (TEXT_VALID), the maximal part of an ill-formed one
 * (TEXT_INVALID, as Unicode recommends for replacement), or all that is left
 * of one that the end cut short (TEXT_CUT). *code is set with TEXT_VALID.
 */
enum text_step text_next(const uint8_t *p, size_t len, size_t *size,
                         uint32_t *code);

/*
 * TEXT_TERMINAL keeps new lines and tabs, TEXT_LINE escapes them too: what
 * comes out is one line. Control characters, ill-formed bytes and the
 * characters that reorder a line come out as \xNN of their bytes.
 */
enum text_mode { TEXT_TERMINAL, TEXT_LINE };
void text_escape(struct buffer *out, const void *bytes, size_t len,
                 enum text_mode mode);

/* May the character be shown as it is? */
bool text_is_plain(uint32_t code, enum text_mode mode);

/* Add the bytes, each ill-formed part replaced by U+FFFD. */
void text_lossy(struct buffer *out, const void *bytes, size_t len);

/* Edits (insert, delete, change, swap neighbours) between two short words. */
unsigned text_distance(const char *a, const char *b);

#endif
