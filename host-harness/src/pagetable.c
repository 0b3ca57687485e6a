/* SPDX-License-Identifier: MIT */
/*
 * The page-table walker: gva to gpa as the CPU does it, over tables that the
 * guest may have filled with anything (P3.7). Four levels always end, every
 * entry is read once, and no address is followed that phys_at refuses.
 */
#include <string.h>

#include "pagetable.h"

#define LEVELS   4
#define ENTRY_PS HL_U64(0x80)

/* Error-code bits of a page fault (SDM vol. 3, 4.7). */
#define PF_PRESENT  1u
#define PF_WRITE    2u
#define PF_RESERVED 8u
#define PF_FETCH    16u

uint8_t *phys_at(const struct hl_phys *phys, uint64_t gpa, uint64_t len)
{
    for (unsigned i = 0; i < HL_VMM_SLOTS; i++) {
        const struct hl_vmm_slot *slot = &phys->slots[i];
        uint64_t offset = gpa - slot->gpa;

        if (slot->host && gpa >= slot->gpa && offset < slot->size &&
            len <= slot->size - offset)
            return slot->host + offset;
    }
    return NULL;
}

/* Bits that must be zero in an entry: above MAXPHYADDR 36, and in huge leaves
 * the address bits below their size (bit 12 is PAT there). */
static uint64_t reserved_bits(unsigned level, bool is_leaf)
{
    uint64_t high = HL_PTE_ADDR & ~((HL_U64(1) << HL_PHYS_ADDR_BITS) - 1);

    if (level == 4)
        return high | ENTRY_PS;
    if (!is_leaf || level == 1)
        return high;
    uint64_t below = (HL_U64(1) << (HL_PAGE_SHIFT + 9 * (level - 1))) - 1;
    return high | (below & ~HL_U64(0x1FFF));
}

/* Tables in the snapshot slot are read-only for the CPU too: no A/D there. */
static bool is_scratch(const struct hl_phys *phys, const uint8_t *entry)
{
    const struct hl_vmm_slot *slot = &phys->slots[HL_VMM_SLOT_SCRATCH];

    return slot->host && entry >= slot->host &&
           (size_t)(entry - slot->host) < slot->size;
}

struct walk_path {
    uint8_t *entry[LEVELS];
    uint64_t value[LEVELS];
    unsigned depth;
};

static uint64_t path_set_bits(const struct hl_phys *phys,
                              const struct walk_path *path, unsigned access)
{
    uint64_t leaf = path->value[path->depth - 1];

    for (unsigned i = 0; i < path->depth; i++) {
        uint64_t set = HL_PTE_ACCESSED;
        if (i == path->depth - 1 && (access & HL_ACCESS_WRITE))
            set |= HL_PTE_DIRTY;
        uint64_t value = path->value[i] | set;
        if (value == path->value[i] || !is_scratch(phys, path->entry[i]))
            continue;
        memcpy(path->entry[i], &value, sizeof(value));
        if (i == path->depth - 1)
            leaf = value;
    }
    return leaf;
}

static uint32_t access_bits(unsigned access)
{
    return (access & HL_ACCESS_WRITE ? PF_WRITE : 0) |
           (access & HL_ACCESS_FETCH ? PF_FETCH : 0);
}

static bool refuse(struct hl_walk *walk, unsigned access, uint32_t why)
{
    walk->error = access_bits(access) | why;
    return false;
}

bool pagetable_walk(const struct hl_phys *phys, uint64_t cr3, uint64_t gva,
                    unsigned access, bool set_ad, struct hl_walk *walk)
{
    struct walk_path path = {.depth = 0};
    uint64_t table = cr3 & HL_PTE_ADDR;
    bool writable = true;
    bool executable = true;

    memset(walk, 0, sizeof(*walk));
    if (!gva_is_canonical(gva)) {
        walk->non_canonical = true;
        return false;
    }
    for (unsigned level = LEVELS;; level--) {
        unsigned shift = HL_PAGE_SHIFT + 9 * (level - 1);
        uint8_t *entry = phys_at(phys, table + ((gva >> shift) & 511) * 8, 8);
        uint64_t value;

        if (!entry) {
            walk->bad_table = true;
            return refuse(walk, access, 0);
        }
        memcpy(&value, entry, sizeof(value));
        if (!(value & HL_PTE_PRESENT))
            return refuse(walk, access, 0);
        bool is_leaf = level == 1 || (level < 4 && (value & ENTRY_PS));
        if (value & reserved_bits(level, is_leaf))
            return refuse(walk, access, PF_PRESENT | PF_RESERVED);
        writable = writable && (value & HL_PTE_WRITE);
        executable = executable && !(value & HL_PTE_NX);
        path.entry[path.depth] = entry;
        path.value[path.depth++] = value;
        if (!is_leaf) {
            table = value & HL_PTE_ADDR;
            continue;
        }
        walk->pte = value;
        walk->size = HL_U64(1) << shift;
        walk->gpa = (value & HL_PTE_ADDR & ~(walk->size - 1)) |
                    (gva & (walk->size - 1));
        break;
    }
    walk->readable = true;
    walk->writable = writable;
    walk->executable = executable;
    if (((access & HL_ACCESS_WRITE) && !writable) ||
        ((access & HL_ACCESS_FETCH) && !executable))
        return refuse(walk, access, PF_PRESENT);
    if (set_ad)
        walk->pte = path_set_bits(phys, &path, access);
    return true;
}

struct visit_state {
    const struct hl_phys *phys;
    uint64_t budget;
    pagetable_visit_fn *visit;
    void *context;
};

/* Sign-extend bit 47. */
static uint64_t gva_extend(uint64_t gva)
{
    return gva >> 47 & 1 ? gva | HL_U64(0xFFFF000000000000) : gva;
}

/* Depth is the level, so at most four frames. */
static bool visit_table(struct visit_state *state, uint64_t table,
                        unsigned level, uint64_t gva)
{
    const uint8_t *entries = phys_at(state->phys, table, HL_PAGE_SIZE);
    unsigned shift = HL_PAGE_SHIFT + 9 * (level - 1);

    if (!entries)
        return true; /* as the CPU: nothing is mapped through it */
    for (uint64_t i = 0; i < 512; i++) {
        uint64_t value;
        uint64_t at = gva_extend(gva | i << shift);

        if (state->budget == 0)
            return false;
        state->budget--;
        memcpy(&value, entries + 8 * i, sizeof(value));
        bool is_leaf = level == 1 || (level < 4 && (value & ENTRY_PS));
        if (!(value & HL_PTE_PRESENT) ||
            (value & reserved_bits(level, is_leaf)) || (is_leaf && level != 1))
            continue;
        if (level == 1) {
            if (!state->visit(state->context, at, value))
                return false;
        } else if (!visit_table(state, value & HL_PTE_ADDR, level - 1, at)) {
            return false;
        }
    }
    return true;
}

bool pagetable_visit(const struct hl_phys *phys, uint64_t cr3, uint64_t budget,
                     pagetable_visit_fn *visit, void *context)
{
    struct visit_state state = {phys, budget, visit, context};

    return visit_table(&state, cr3 & HL_PTE_ADDR, LEVELS, 0);
}
