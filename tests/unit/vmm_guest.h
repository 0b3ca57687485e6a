/* SPDX-License-Identifier: MIT */
/*
 * A sandbox without a sandbox: two slots, page tables, descriptor tables and
 * hand-assembled code (vmm_guests.S), driven through struct hl_vmm_ops alone.
 */
#ifndef VMM_GUEST_H
#define VMM_GUEST_H

#include "pagetable.h"

#define SNAPSHOT_GPA   HL_U64(0x4000)
#define SNAPSHOT_PAGES 8
#define SCRATCH_PAGES  64
#define SCRATCH_GPA    (HL_SCRATCH_GPA_END - SCRATCH_PAGES * HL_U64(0x1000))
#define SCRATCH_GVA    (SCRATCH_GPA + HL_SCRATCH_GPA_TO_GVA)

/* Scratch pages: 0-15 tables, 16 GDT and TSS, 17 IDT, 18 fault stack,
 * 20-23 main stack, 24-31 free data. */
#define TABLES_PAGE      16
#define IDT_PAGE         17
#define FAULT_PAGE       18
#define STACK_PAGE       20
#define DATA_PAGE        24
#define SCRATCH_AT(page) (SCRATCH_GVA + (page) * HL_U64(0x1000))
#define PHYS_AT(page)    (SCRATCH_GPA + (page) * HL_U64(0x1000))

/* Virtual addresses: the snapshot is identity-mapped, first page code (read
 * and execute), the rest read-only data, the last one writable by its PTE. */
#define CODE_GVA     SNAPSHOT_GPA
#define RO_GVA       (SNAPSHOT_GPA + HL_U64(0x1000))
#define RW_ROM_GVA   (SNAPSHOT_GPA + (SNAPSHOT_PAGES - 1) * HL_U64(0x1000))
#define RWX_GVA      HL_U64(0x400000) /* scratch page DATA_PAGE + 2, RWX */
#define RWX_PAGE     (DATA_PAGE + 2)
#define HOLE_GVA     HL_U64(0x500000000000) /* not mapped */
#define UNBACKED_GVA HL_U64(0x600000)       /* GPA 0x300000000, RWX */
#define UNBACKED_GPA HL_U64(0x300000000)

struct guest {
    const struct hl_vmm_ops *ops;
    struct hl_vmm *vmm;
    struct hl_phys phys;
    struct hl_vmm_sregs sregs;
    struct hl_vmm_exit exit;
    hl_error error;
};

/* Code between two labels of vmm_guests.S. */
#define GUEST_CODE(name) extern const uint8_t code_##name[], code_##name##_end[]
#define guest_load(g, name)                                                    \
    guest_load_code(g, code_##name, (size_t)(code_##name##_end - code_##name))

/* True, or false with g->error set. */
bool guest_open(struct guest *g, const struct hl_vmm_ops *ops);
void guest_close(struct guest *g);
/* Put code at CODE_GVA, reset, and point RIP and RSP at it and the stack. */
bool guest_load_code(struct guest *g, const uint8_t *code, size_t size);
/* Reset; general registers as guest_load leaves them. */
bool guest_reset(struct guest *g);
/* One run; the kind of its exit, or -1 with g->error set. */
int guest_run(struct guest *g);
struct hl_vmm_regs *guest_regs(struct guest *g);
/* Vector's gate leads to CODE_GVA + offset of label on IST ist. */
void guest_gate(struct guest *g, unsigned vector, uint64_t handler,
                unsigned ist);
uint8_t *guest_at(struct guest *g, uint64_t gpa);
/* The leaf entry of gva, which is mapped 4 KiB-wise. */
uint64_t *guest_pte(struct guest *g, uint64_t gva);

#endif /* VMM_GUEST_H */
