/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine whose guest is a C function of the test: for what cannot
 * be provoked at will with a real one (races, failing operations, every
 * malformed message). Both backends' tables are this one. The same promises
 * are proved with real guests in tests/host.
 */
#ifndef HL_FAKE_VMM_H
#define HL_FAKE_VMM_H

#include <stdatomic.h>

#include "vmm.h"

struct fake_vmm {
    struct hl_vmm vmm;
    struct hl_vmm_regs regs;
    struct hl_vmm_slot slots[HL_VMM_SLOTS];
    atomic_bool stop;
    atomic_uint stops;
    unsigned runs, resets, fpu_resets, maps;
    hl_status fail_run; /* what the next run fails with, HL_OK: it does not */
};

/* Plays the guest from its entry or last exit to its next exit. */
typedef void fake_guest_fn(struct fake_vmm *vm, struct hl_vmm_exit *exit);
extern fake_guest_fn *fake_guest;

/* The VM that was opened last. */
extern struct fake_vmm *fake_last;

void fake_vmm_init(struct fake_vmm *vm);

/* Host memory behind a guest address in scratch. */
uint8_t *fake_scratch(const struct fake_vmm *vm, uint64_t offset);

/* Exits. */
void fake_out(struct hl_vmm_exit *exit, uint16_t port, uint32_t value);

#endif /* HL_FAKE_VMM_H */
