/* SPDX-License-Identifier: MIT */
/* What the scribbling guest does to its transport: stack.c, virtq.c; what is
 * right is in raw.h. */
#ifndef FUZZ_TRANSPORT_H
#define FUZZ_TRANSPORT_H

#include "program.h"
#include "raw.h"

/* Bookkeeping words at the end of scratch. */
extern const uint32_t transport_words;

struct span {
    uint8_t *at;
    uint64_t size;
};

uint64_t transport_heap_size(void);
/* The call's program. */
struct span transport_program(const struct raw_call *call);
/* Where the guest's messages lie. */
struct span transport_output(const struct fuzz_step *step);

/* A message that the host is not told of yet. */
void transport_message(const struct fuzz_step *step);
/* Change what is around the messages: stack pointers, descriptors. */
void transport_scribble(const struct fuzz_step *step);
/* Say that the output holds something, after a flood. */
void transport_claim(const struct fuzz_step *step);

#endif /* FUZZ_TRANSPORT_H */
