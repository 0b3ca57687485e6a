/* SPDX-License-Identifier: MIT */
/* Programs for the scribbling guest: a host makes them, the guest obeys. */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdint.h>

enum fuzz_op {
    FUZZ_OP_RETURN,    /* send a good result and stop */
    FUZZ_OP_SCRATCH,   /* store value anywhere in scratch */
    FUZZ_OP_TRANSPORT, /* stack pointers, prefixes; descriptors, mailbox */
    FUZZ_OP_MESSAGE,   /* change a byte of the newest message */
    FUZZ_OP_ENTRY,     /* a page-table entry of some address */
    FUZZ_OP_ROOT,      /* an entry of the root table */
    FUZZ_OP_WRITE,     /* write to an address */
    FUZZ_OP_READ,      /* read from one */
    FUZZ_OP_JUMP,      /* call one */
    FUZZ_OP_OUT,       /* out, 32 bits */
    FUZZ_OP_OUT_OTHER, /* out of 8 or 16 bits, string out, in */
    FUZZ_OP_HOST_CALL, /* a good one, and its answer; or many */
    FUZZ_OP_HOST_BAD,  /* write a good one; the next steps may spoil it */
    FUZZ_OP_RESULT,    /* send a good result and go on */
    FUZZ_OP_META,      /* the bookkeeping words */
    FUZZ_OP_CPU,       /* CR3, CR4, MSRs, CPUID, hlt, ud2, int, lidt */
    FUZZ_OP_FLOOD,     /* fill the output with one byte */
    FUZZ_OP_SPIN,      /* a while, now and then for ever */
    FUZZ_OP_COUNT
};

struct fuzz_step {
    uint8_t op, a;
    uint16_t b;
    uint32_t c;
    uint64_t value;
};

#define FUZZ_STEPS_MAX 24

/* Where make puts the guest, for each transport. */
#define FUZZ_GUEST_STACK "build/tests/guests/raw/scribble"
#define FUZZ_GUEST_VIRTQ "build/tests/guests/raw/scribble_virtq"

#endif /* FUZZ_PROGRAM_H */
