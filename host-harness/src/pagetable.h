/* SPDX-License-Identifier: MIT */
/*
 * Guest page tables as the host sees them: one walker (used by snapshots and
 * by the emulator's TLB), one builder (used at creation and after snapshots).
 * Tables are guest memory: every entry is copied once and its address checked
 * against the slots before it is followed.
 */
#ifndef HL_PAGETABLE_H
#define HL_PAGETABLE_H

#include <hl/abi.h>
#include "vmm.h"

/* Guest-physical memory: the two slots of a sandbox. */
struct hl_phys {
    struct hl_vmm_slot slots[HL_VMM_SLOTS];
};

/*
 * Host pointer to len bytes at gpa, or NULL unless all of them lie in one
 * slot. The only way from a guest address to host memory.
 */
uint8_t *phys_at(const struct hl_phys *phys, uint64_t gpa, uint64_t len);

/* Access of a walk. */
enum hl_access { HL_ACCESS_READ = 1, HL_ACCESS_WRITE = 2, HL_ACCESS_FETCH = 4 };

struct hl_walk {
    uint64_t gpa;  /* of the byte asked for */
    uint64_t pte;  /* the leaf entry (0 when not found) */
    uint64_t size; /* bytes the leaf maps: 4096, 2 MiB, 1 GiB */
    bool readable, writable, executable; /* effective, CPL 0, CR0.WP=1 */
    uint32_t error;     /* page-fault error code if the access is refused */
    bool bad_table;     /* a table lies outside the slots */
    bool non_canonical; /* no page fault but #GP (#SS); error is 0 then */
};

/* Bits 48-63 repeat bit 47. */
static inline bool gva_is_canonical(uint64_t gva)
{
    uint64_t top = gva >> 47;

    return top == 0 || top == 0x1FFFF;
}

/*
 * Translate gva for access (enum hl_access) as the CPU would with 4-level
 * paging, EFER.NXE=1, CR0.WP=1, MAXPHYADDR 36, CPL 0. True if permitted;
 * otherwise walk->error is the architectural error code (present, write,
 * reserved, fetch bits). set_ad: set accessed/dirty bits as the CPU does.
 */
bool pagetable_walk(const struct hl_phys *phys, uint64_t cr3, uint64_t gva,
                    unsigned access, bool set_ad, struct hl_walk *walk);

/*
 * Visit every present 4 KiB leaf of the 48-bit space in address order (huge
 * pages are skipped: abi §2.6). visit returns false to stop. budget bounds the
 * entries looked at (tables may loop or alias); returns false when visit
 * stopped or the budget ran out.
 */
typedef bool pagetable_visit_fn(void *context, uint64_t gva, uint64_t pte);
bool pagetable_visit(const struct hl_phys *phys, uint64_t cr3, uint64_t budget,
                     pagetable_visit_fn *visit, void *context);

/* A builder of tables in a growing private buffer. */
struct hl_pagetable {
    uint8_t *bytes; /* count pages; page 0 is the root */
    size_t count, capacity;
    uint64_t gpa;     /* where page 0 will be in guest memory */
    size_t max_pages; /* growth stops here (HL_FAIL_LAYOUT) */
};

/* Tables for 128 GiB: far above any sandbox, far below harm. */
#define HL_PAGETABLE_PAGES_MAX 65536

/* Start with an empty root. The caller may lower max_pages afterwards. */
hl_status pagetable_init(struct hl_pagetable *table, uint64_t gpa,
                         hl_error *error);
/* Map pages of gva to gpa with leaf bits flags (HL_PTE_* without address). */
hl_status pagetable_map(struct hl_pagetable *table, uint64_t gva, uint64_t gpa,
                        uint64_t pages, uint64_t flags, hl_error *error);
/* Move the tables: all inner pointers are rewritten for a new gpa. */
void pagetable_relocate(struct hl_pagetable *table, uint64_t gpa);
void pagetable_free(struct hl_pagetable *table);

#endif /* HL_PAGETABLE_H */
