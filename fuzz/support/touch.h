/* SPDX-License-Identifier: MIT */
/*
 * What the code under test reads of a range, byte by byte: sources compiled
 * with -fsanitize-coverage=trace-loads report every load, and the linker leads
 * the sanitizer's memcpy through here. Double fetches (B2) and work that grows
 * faster than the message (B7) show up as counts.
 */
#ifndef FUZZ_TOUCH_H
#define FUZZ_TOUCH_H

#include "check.h"

#define TOUCH_MAX 8192

/* Watch [base, base + size); most: reads of one byte that are allowed. */
void touch_begin(const void *base, size_t size, unsigned most);
/* The same for loads alone: what is copied out may be copied again. */
void touch_begin_loads(const void *base, size_t size, unsigned most);
/* Loads of the range since touch_begin, which is ended. */
uint64_t touch_end(void);

#endif /* FUZZ_TOUCH_H */
