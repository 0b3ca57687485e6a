/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine without hardware: its guest is a C function of the fuzz
 * target, its memory that of a real sandbox. Both backends' tables are this
 * one, so that everything around the VM runs as it is.
 */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <stdatomic.h>

#include "vmm.h"

struct fuzz_vmm {
    struct hl_vmm vmm;
    struct hl_vmm_regs regs;
    struct hl_vmm_sregs sregs;
    struct hl_vmm_slot slots[HL_VMM_SLOTS];
    atomic_bool stop;
    bool is_open;
    unsigned runs; /* since it was opened */
};

/* Plays the guest from its entry or last exit to the next exit. */
typedef void fuzz_guest_fn(struct fuzz_vmm *vm, struct hl_vmm_exit *exit);
extern fuzz_guest_fn *fuzz_guest;

/* The one machine; a second one cannot be open. */
extern struct fuzz_vmm fuzz_machine;

void fuzz_exit_out(struct hl_vmm_exit *exit, uint16_t port, uint32_t value);

#endif /* FUZZ_MACHINE_H */
