/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P3.7 B5 B6 B7
 *
 * Any bytes as page tables. P3.7: a walk ends where the architecture's rules,
 * written down a second time here, say it does, and never outside the two
 * slots; of guest memory it changes nothing but accessed and dirty bits in
 * scratch. A visit shows only leaves that a walk finds too, in ascending
 * order, B7: and looks at no more entries than its budget allows. B5 B6: no
 * byte around the slots is touched (poisoned).
 *
 * max_len: 96
 */
#include <sanitizer/asan_interface.h>

#include "pagetable.h"
#include "support/check.h"

enum { PAGES = 6, SIZE = PAGES * HL_PAGE_SIZE, SNAPSHOT = 2 * HL_PAGE_SIZE };

#define SCRATCH_GPA (HL_SCRATCH_GPA_END - SIZE)
#define PATCHES_MAX 24

static uint8_t room[SIZE + SNAPSHOT + 3 * HL_PAGE_SIZE]
    __attribute__((aligned(4096)));
static uint8_t *const scratch = room + HL_PAGE_SIZE;
static uint8_t *const low = room + 2 * HL_PAGE_SIZE + SIZE;
static struct hl_phys phys;

/* Where the input wrote: cleared again, and compared with. */
static struct {
    uint8_t *at;
    uint64_t value;
} patches[PATCHES_MAX];
static size_t patch_count;

static void set_up(void)
{
    ASAN_POISON_MEMORY_REGION(room, HL_PAGE_SIZE);
    ASAN_POISON_MEMORY_REGION(scratch + SIZE, HL_PAGE_SIZE);
    ASAN_POISON_MEMORY_REGION(low + SNAPSHOT, HL_PAGE_SIZE);
    phys.slots[HL_VMM_SLOT_SNAPSHOT] =
        (struct hl_vmm_slot){HL_BASE_ADDRESS, SNAPSHOT, low};
    phys.slots[HL_VMM_SLOT_SCRATCH] =
        (struct hl_vmm_slot){SCRATCH_GPA, SIZE, scratch};
}

/* An entry that mostly leads on, to one of the few pages there are. */
static uint64_t entry_make(struct fuzz_source *source)
{
    const uint64_t how = fuzz_take(source, 1);
    const uint64_t page = how >> 4 & 7;
    uint64_t entry =
        (page < PAGES ? SCRATCH_GPA + page * HL_PAGE_SIZE
                      : HL_BASE_ADDRESS + (page & 1) * HL_PAGE_SIZE) |
        HL_PTE_PRESENT;

    if (how & 1)
        entry |= HL_PTE_WRITE;
    if (how & 2)
        entry ^= fuzz_take(source, 2) & 0xFFF;
    if (how & 4)
        entry ^= fuzz_take(source, 1) << 56;
    if (how & 8)
        entry ^= fuzz_take(source, 6) << 4;
    return entry;
}

/* Entry index of page: where walks of the gvas used here pass. */
static void patch(struct fuzz_source *source, uint64_t gva)
{
    const uint64_t how = fuzz_take(source, 1);
    const uint64_t level = how & 3;
    const uint64_t page = how >> 2 & 7;
    uint64_t index = gva >> (12 + 9 * level) & 511;
    uint8_t *at;

    if (how & 128)
        index = fuzz_take(source, 2) & 511;
    at = page < PAGES ? scratch + page * HL_PAGE_SIZE
                      : low + (page & 1) * HL_PAGE_SIZE;
    at += index * 8;
    patches[patch_count].at = at;
    patches[patch_count].value = entry_make(source);
    memcpy(at, &patches[patch_count].value, 8);
    patch_count++;
}

/* ---- The model: top down, one level a call ------------------------------ */

struct outcome {
    bool found, bad_table;
    uint32_t error;
    uint64_t pte, gpa, size;
    bool writable, executable;
};

static bool entry_read(uint64_t gpa, uint64_t *entry)
{
    if (gpa >= SCRATCH_GPA && gpa <= HL_SCRATCH_GPA_END - 8)
        memcpy(entry, scratch + (gpa - SCRATCH_GPA), 8);
    else if (gpa >= HL_BASE_ADDRESS && gpa <= HL_BASE_ADDRESS + SNAPSHOT - 8)
        memcpy(entry, low + (gpa - HL_BASE_ADDRESS), 8);
    else
        return false;
    return true;
}

static bool is_reserved(uint64_t entry, int level, bool leaf)
{
    if (entry & 0x000FFFF000000000) /* above 36 bits */
        return true;
    if (level == 3)
        return (entry & 0x80) != 0;
    if (leaf && level == 2)
        return (entry & 0x3FFFE000) != 0;
    return leaf && level == 1 && (entry & 0x1FE000) != 0;
}

static struct outcome walk_model(uint64_t table, int level, uint64_t gva,
                                 bool writable, bool executable)
{
    struct outcome none = {0};
    const uint64_t size = 4096ull << (9 * level);
    uint64_t entry;
    bool leaf;

    table &= 0x000FFFFFFFFFF000;
    if (!entry_read(table + gva / size % 512 * 8, &entry)) {
        none.bad_table = true;
        return none;
    }
    if (!(entry & 1))
        return none;
    leaf = level == 0 || (level < 3 && (entry & 0x80));
    if (is_reserved(entry, level, leaf)) {
        none.error = 9;
        return none;
    }
    writable = writable && (entry & 2);
    executable = executable && !(entry >> 63);
    if (!leaf)
        return walk_model(entry, level - 1, gva, writable, executable);
    return (struct outcome){.found = true,
                            .pte = entry,
                            .gpa = (entry & 0x000FFFFFFFFFF000 & ~(size - 1)) |
                                   (gva & (size - 1)),
                            .size = size,
                            .writable = writable,
                            .executable = executable};
}

static void walk(uint64_t cr3, uint64_t gva, unsigned access, bool set_ad)
{
    const uint32_t bits = (access & HL_ACCESS_WRITE ? 2 : 0) |
                          (access & HL_ACCESS_FETCH ? 16 : 0);
    struct outcome m = {0};
    struct hl_walk got;
    const bool canonical = (uint64_t)((int64_t)(gva << 16) >> 16) == gva;
    bool permitted;

    if (canonical)
        m = walk_model(cr3, 3, gva, true, true);
    permitted = m.found && !((access & HL_ACCESS_WRITE) && !m.writable) &&
                !((access & HL_ACCESS_FETCH) && !m.executable);
    FUZZ_CHECK(pagetable_walk(&phys, cr3, gva, access, set_ad, &got) ==
               permitted);
    FUZZ_CHECK(got.non_canonical == !canonical);
    FUZZ_CHECK(got.bad_table == m.bad_table);
    if (!permitted && canonical)
        FUZZ_CHECK(got.error == (bits | (m.found ? 1 : m.error)));
    if (!m.found)
        return;
    FUZZ_CHECK(got.gpa == m.gpa && got.size == m.size);
    FUZZ_CHECK(got.writable == m.writable && got.executable == m.executable);
    FUZZ_CHECK(((got.pte ^ m.pte) & ~(HL_PTE_ACCESSED | HL_PTE_DIRTY)) == 0);
}

/* ---- Visits ------------------------------------------------------------- */

struct visit {
    uint64_t cr3, last, count, most;
};

static bool visited(void *context, uint64_t gva, uint64_t pte)
{
    struct visit *visit = context;
    const struct outcome m = walk_model(visit->cr3, 3, gva, true, true);

    FUZZ_CHECK(visit->count == 0 || gva > visit->last);
    FUZZ_CHECK(m.found && m.size == HL_PAGE_SIZE && m.pte == pte);
    visit->last = gva;
    return ++visit->count < visit->most;
}

static void visit(uint64_t cr3, uint64_t budget, uint64_t most)
{
    struct visit state = {.cr3 = cr3, .most = most};
    const bool all = pagetable_visit(&phys, cr3, budget, visited, &state);

    FUZZ_CHECK(state.count <= budget && state.count <= most);
    if (budget < 512 && phys_at(&phys, cr3 & HL_PTE_ADDR, HL_PAGE_SIZE))
        FUZZ_CHECK(!all);
}

/* Nothing has changed but accessed and dirty bits, and those in scratch. */
static void patches_check(void)
{
    while (patch_count > 0) {
        uint8_t *at = patches[--patch_count].at;
        const uint64_t allowed = at < low ? HL_PTE_ACCESSED | HL_PTE_DIRTY : 0;
        uint64_t now;

        memcpy(&now, at, 8);
        /* The newest patch of a place comes first; then it is zero. */
        FUZZ_CHECK(now == 0 ||
                   ((now ^ patches[patch_count].value) & ~allowed) == 0);
        memset(at, 0, 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_source source = {data, size};
    uint64_t gva, cr3, how;

    if (phys.slots[0].host == NULL)
        set_up();
    gva = fuzz_take(&source, 6);
    how = fuzz_take(&source, 1);
    if (gva >> 47 & 1 && how & 1)
        gva |= 0xFFFF000000000000;
    cr3 = how & 2 ? SCRATCH_GPA + (how >> 2 & 7) * HL_PAGE_SIZE
                  : SCRATCH_GPA | fuzz_take(&source, 2);
    while (source.left != 0 && patch_count < PATCHES_MAX)
        patch(&source, gva);
    walk(cr3, gva, how >> 5 & 7, false);
    walk(cr3, gva, how >> 5 & 7, (how & 16) != 0);
    walk(cr3, gva ^ 0x1000, HL_ACCESS_READ, false);
    if ((how & 0x63) == 0x63) /* rarely: it looks at whole tables */
        visit(cr3, how & 4 ? 100 : 4000, how & 8 ? 3 : 100000);
    patches_check();
    return 0;
}
