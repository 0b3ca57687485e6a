/* SPDX-License-Identifier: MIT */
/*
 * A guest that follows the specification and is not like ours in anything it
 * leaves open: its own start-up, GDT, IDT and TSS in pages of its own below the
 * image's half of the address space, code behind data and TSS in the GDT, only
 * the gates it wants, the stack somewhere else and mapped as it is used, .data
 * and .bss copied on write. No note of hlkit's; with -DVERSION Hyperlight's
 * version note (abi §1.4). By I/O stacks (other_stack.c) or virtqueues
 * (other_virtq.c).
 */
#ifndef HL_OTHER_H
#define HL_OTHER_H

#include "raw.h"

#define OTHER_TABLES    HL_U64(0x600000000000) /* GDT and TSS, then the IDT */
#define OTHER_STACK     HL_U64(0x500000000000)
#define OTHER_STACK_TOP (OTHER_STACK + HL_U64(0x100000))

#define OTHER_CODE      0x20
#define OTHER_DATA      0x08
#define OTHER_TSS       0x10

/* The CPU's frame, above what the stubs push. */
struct other_frame {
    uint64_t saved[15];
    uint64_t vector, error, rip, cs, flags, rsp, ss;
};

/* From other_entry.S. */
extern const char other_stub_8[], other_stub_13[], other_stub_14[];
void other_segments_load(const void *gdtr, const void *idtr);

/* Before anything else; top: of the stack that faults are handled on. */
void other_start(uint64_t top);
void other_handle(const struct other_frame *frame);
/* On the stack: what else is done at start-up. */
void other_main(void);

/* The transport's. */
void other_transport_start(void);
void other_transport_started(void);
void other_return(int32_t value);
int32_t other_host_inc(int32_t value);
void other_dispatch(void);

#endif /* HL_OTHER_H */
