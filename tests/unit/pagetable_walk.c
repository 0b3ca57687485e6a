/* SPDX-License-Identifier: MIT */
/* The walker and the visitor on hostile tables.
 * guarantees: P3.7 P3.2 P3.3 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pagetable.h"

#define SNAP_GPA   HL_U64(0x4000)
#define SNAP_PAGES 4
#define SCR_PAGES  16
#define SCR_GPA    (HL_SCRATCH_GPA_END - SCR_PAGES * HL_PAGE_SIZE)
#define PAGE(n)    (SCR_GPA + (n) * HL_U64(0x1000))
#define VA         HL_U64(0x500000000000)
#define PS         HL_U64(0x80)

struct world {
    struct hl_phys phys;
    struct hl_walk walk;
};

static int world_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    w->phys.slots[0] = (struct hl_vmm_slot){
        SNAP_GPA, SNAP_PAGES * HL_PAGE_SIZE,
        aligned_alloc(HL_PAGE_SIZE, SNAP_PAGES * HL_PAGE_SIZE)};
    w->phys.slots[1] = (struct hl_vmm_slot){
        SCR_GPA, SCR_PAGES * HL_PAGE_SIZE,
        aligned_alloc(HL_PAGE_SIZE, SCR_PAGES * HL_PAGE_SIZE)};
    for (int i = 0; i < 2; i++)
        memset(w->phys.slots[i].host, 0, w->phys.slots[i].size);
    *state = w;
    return 0;
}

static int world_down(void **state)
{
    struct world *w = *state;

    free(w->phys.slots[0].host);
    free(w->phys.slots[1].host);
    free(w);
    return 0;
}

static uint64_t *entry(struct world *w, unsigned page, unsigned index)
{
    return (uint64_t *)(void *)(phys_at(&w->phys, PAGE(page), HL_PAGE_SIZE) +
                                index * 8);
}

/* Root in page 0, then 1, 2, 3; leaf for VA as given. */
static void map_va(struct world *w, uint64_t leaf)
{
    *entry(w, 0, VA >> 39 & 511) = PAGE(1) | HL_PTE_TABLE;
    *entry(w, 1, 0) = PAGE(2) | HL_PTE_TABLE;
    *entry(w, 2, 0) = PAGE(3) | HL_PTE_TABLE;
    *entry(w, 3, 0) = leaf;
}

static bool walk(struct world *w, uint64_t gva, unsigned access)
{
    return pagetable_walk(&w->phys, PAGE(0), gva, access, false, &w->walk);
}

static void P3_7_phys_at_gives_only_what_lies_in_one_slot(void **state)
{
    struct world *w = *state;
    uint64_t size = SNAP_PAGES * HL_PAGE_SIZE;

    assert_ptr_equal(phys_at(&w->phys, SNAP_GPA, size), w->phys.slots[0].host);
    assert_null(phys_at(&w->phys, SNAP_GPA, size + 1));
    assert_null(phys_at(&w->phys, SNAP_GPA - 1, 1));
    assert_null(phys_at(&w->phys, SNAP_GPA + size, 0));
    assert_non_null(phys_at(&w->phys, SNAP_GPA + size - 1, 1));
    assert_null(phys_at(&w->phys, SNAP_GPA + size - 1, 2));
    assert_null(phys_at(&w->phys, SNAP_GPA + 8, UINT64_MAX - 8));
    assert_null(phys_at(&w->phys, SNAP_GPA + 8, UINT64_MAX));
    assert_null(phys_at(&w->phys, 0, 1));
    assert_null(phys_at(&w->phys, HL_SCRATCH_GPA_END, 1));
    assert_null(phys_at(&w->phys, UINT64_MAX, 1));
    w->phys.slots[0].size = 0;
    assert_null(phys_at(&w->phys, SNAP_GPA, 0));
    free(w->phys.slots[0].host);
    w->phys.slots[0] = (struct hl_vmm_slot){SNAP_GPA, size, NULL};
    assert_null(phys_at(&w->phys, SNAP_GPA + 8, 1));
}

static void non_canonical_addresses_are_no_page_fault(void **state)
{
    struct world *w = *state;

    assert_false(walk(w, HL_U64(0x0000800000000000), HL_ACCESS_READ));
    assert_true(w->walk.non_canonical);
    assert_false(walk(w, HL_U64(0xFFFF7FFFFFFFFFFF), HL_ACCESS_READ));
    assert_true(w->walk.non_canonical);
    assert_false(walk(w, HL_U64(0x8000000000001000), HL_ACCESS_WRITE));
    assert_int_equal(w->walk.error, 0);
    assert_false(walk(w, HL_U64(0xFFFF800000000000), HL_ACCESS_READ));
    assert_false(w->walk.non_canonical);
    assert_false(walk(w, HL_U64(0x00007FFFFFFFFFFF), HL_ACCESS_READ));
    assert_false(w->walk.non_canonical);
}

static void P3_3_permissions_are_the_minimum_of_all_levels(void **state)
{
    struct world *w = *state;

    map_va(w, PAGE(5) | 3);
    assert_true(walk(w, VA + 0x123, HL_ACCESS_WRITE));
    assert_int_equal(w->walk.gpa, PAGE(5) + 0x123);
    assert_int_equal(w->walk.size, 0x1000);
    assert_true(walk(w, VA, HL_ACCESS_FETCH));
    assert_true(w->walk.writable && w->walk.executable);

    *entry(w, 1, 0) &= ~HL_PTE_WRITE;
    assert_true(walk(w, VA, HL_ACCESS_READ));
    assert_false(w->walk.writable);
    assert_false(walk(w, VA, HL_ACCESS_WRITE));
    assert_int_equal(w->walk.error, 3);

    *entry(w, 2, 0) |= HL_PTE_NX;
    assert_false(walk(w, VA, HL_ACCESS_FETCH));
    assert_int_equal(w->walk.error, 0x11);
}

static void P3_2_missing_entries_fault_with_present_clear(void **state)
{
    struct world *w = *state;

    map_va(w, 0);
    assert_false(walk(w, VA, HL_ACCESS_READ));
    assert_int_equal(w->walk.error, 0);
    assert_false(walk(w, VA, HL_ACCESS_WRITE));
    assert_int_equal(w->walk.error, 2);
    assert_false(walk(w, VA, HL_ACCESS_FETCH));
    assert_int_equal(w->walk.error, 0x10);
    /* reserved bits of an absent entry do not count */
    *entry(w, 3, 0) = ~HL_U64(1);
    assert_false(walk(w, VA, HL_ACCESS_READ));
    assert_int_equal(w->walk.error, 0);
}

static void P3_7_address_bits_above_36_are_reserved(void **state)
{
    struct world *w = *state;

    for (unsigned bit = 12; bit < 52; bit++) {
        map_va(w, (HL_U64(1) << bit) | 3);
        bool ok = walk(w, VA, HL_ACCESS_READ);
        assert_int_equal(ok, bit < 36);
        assert_int_equal(w->walk.error, bit < 36 ? 0 : 9);
    }
    /* in every level, and with the access's own bits */
    for (unsigned level = 0; level < 3; level++) {
        map_va(w, PAGE(5) | 3);
        uint64_t *e = entry(w, level, level ? 0 : (VA >> 39 & 511));
        *e |= HL_U64(1) << 51;
        assert_false(walk(w, VA, HL_ACCESS_WRITE));
        assert_int_equal(w->walk.error, 0xB);
        assert_false(walk(w, VA, HL_ACCESS_FETCH));
        assert_int_equal(w->walk.error, 0x19);
    }
    /* bits 52-62 are the guest's */
    map_va(w, PAGE(5) | 3 | HL_U64(0x7FF0000000000000));
    assert_true(walk(w, VA, HL_ACCESS_READ));
    assert_int_equal(w->walk.gpa, PAGE(5));
}

static void huge_pages_are_walked(void **state)
{
    struct world *w = *state;

    map_va(w, 0);
    *entry(w, 2, 0) = HL_U64(0x200000) | PS | 3;
    assert_true(walk(w, VA + 0x12345, HL_ACCESS_WRITE));
    assert_int_equal(w->walk.gpa, 0x212345);
    assert_int_equal(w->walk.size, 0x200000);
    *entry(w, 2, 0) = HL_U64(0x202000) | PS | 3;
    assert_false(walk(w, VA, HL_ACCESS_READ));
    assert_int_equal(w->walk.error, 9);
    /* bit 12 is PAT in a huge leaf */
    *entry(w, 2, 0) = HL_U64(0x201000) | PS | 3;
    assert_true(walk(w, VA + 0x1000, HL_ACCESS_READ));
    assert_int_equal(w->walk.gpa, 0x201000);

    *entry(w, 1, 0) = HL_U64(0x40000000) | PS | 3;
    assert_true(walk(w, VA + 0x1234567, HL_ACCESS_READ));
    assert_int_equal(w->walk.gpa, 0x41234567);
    assert_int_equal(w->walk.size, 0x40000000);
    /* no such thing as a 512 GiB page */
    *entry(w, 0, VA >> 39 & 511) |= PS;
    assert_false(walk(w, VA, HL_ACCESS_READ));
    assert_int_equal(w->walk.error, 9);
}

static void P3_7_tables_outside_the_slots_map_nothing(void **state)
{
    struct world *w = *state;

    assert_false(
        pagetable_walk(&w->phys, 0, VA, HL_ACCESS_WRITE, true, &w->walk));
    assert_true(w->walk.bad_table);
    assert_int_equal(w->walk.error, 2);
    map_va(w, PAGE(5) | 3);
    *entry(w, 2, 0) = HL_SCRATCH_GPA_END - 0x100000000 + HL_PTE_TABLE;
    assert_false(walk(w, VA, HL_ACCESS_READ));
    assert_true(w->walk.bad_table);
    *entry(w, 2, 0) = (SNAP_GPA + SNAP_PAGES * 0x1000) | HL_PTE_TABLE;
    assert_false(walk(w, VA, HL_ACCESS_READ));
    assert_true(w->walk.bad_table);
}

static void P3_7_a_leaf_outside_the_slots_reaches_nothing(void **state)
{
    struct world *w = *state;

    map_va(w, HL_U64(0x300000000) | 3);
    assert_true(walk(w, VA, HL_ACCESS_READ));
    assert_null(phys_at(&w->phys, w->walk.gpa, 1));
}

static void accessed_and_dirty_bits_follow_the_access(void **state)
{
    struct world *w = *state;

    map_va(w, PAGE(5) | 3);
    *entry(w, 1, 0) &= ~HL_PTE_ACCESSED;
    assert_true(walk(w, VA, HL_ACCESS_WRITE));
    assert_int_equal(*entry(w, 3, 0), PAGE(5) | 3);
    assert_true(
        pagetable_walk(&w->phys, PAGE(0), VA, HL_ACCESS_READ, true, &w->walk));
    assert_int_equal(*entry(w, 3, 0), PAGE(5) | 0x23);
    assert_int_equal(*entry(w, 1, 0), PAGE(2) | 0x23);
    assert_int_equal(w->walk.pte, PAGE(5) | 0x23);
    assert_true(
        pagetable_walk(&w->phys, PAGE(0), VA, HL_ACCESS_WRITE, true, &w->walk));
    assert_int_equal(*entry(w, 3, 0), PAGE(5) | 0x63);
    assert_int_equal(*entry(w, 1, 0), PAGE(2) | 0x23);
    /* a refused access sets nothing */
    map_va(w, PAGE(5) | 1);
    assert_false(
        pagetable_walk(&w->phys, PAGE(0), VA, HL_ACCESS_WRITE, true, &w->walk));
    assert_int_equal(*entry(w, 3, 0), PAGE(5) | 1);
}

static void P3_3_tables_in_the_snapshot_are_never_written(void **state)
{
    struct world *w = *state;
    uint64_t leaf = PAGE(5) | 3;

    map_va(w, 0);
    *entry(w, 2, 0) = SNAP_GPA | HL_PTE_TABLE;
    memcpy(w->phys.slots[0].host, &leaf, 8);
    assert_true(
        pagetable_walk(&w->phys, PAGE(0), VA, HL_ACCESS_WRITE, true, &w->walk));
    assert_memory_equal(w->phys.slots[0].host, &leaf, 8);
}

struct seen {
    size_t count, stop_at;
    uint64_t gva[8], pte[8];
};

static bool see(void *context, uint64_t gva, uint64_t pte)
{
    struct seen *seen = context;

    if (seen->count < 8) {
        seen->gva[seen->count] = gva;
        seen->pte[seen->count] = pte;
    }
    seen->count++;
    return seen->count != seen->stop_at;
}

static void visit_gives_4k_leaves_in_order(void **state)
{
    struct world *w = *state;
    struct seen seen = {0};

    map_va(w, PAGE(5) | 3);
    *entry(w, 3, 7) = PAGE(6) | 0x201;
    *entry(w, 2, 1) = HL_U64(0x200000) | PS | 3; /* huge: skipped */
    *entry(w, 0, 511) = PAGE(1) | HL_PTE_TABLE;
    *entry(w, 3, 8) = PAGE(6) | 3 | HL_U64(1) << 40; /* reserved bit: skipped */
    assert_true(pagetable_visit(&w->phys, PAGE(0), 1 << 20, see, &seen));
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.gva[0], VA);
    assert_int_equal(seen.pte[1], PAGE(6) | 0x201);
    assert_int_equal(seen.gva[1], VA + 0x7000);
    assert_int_equal(seen.gva[2], HL_U64(0xFFFFFF8000000000));
    assert_int_equal(seen.gva[3], HL_U64(0xFFFFFF8000007000));

    memset(&seen, 0, sizeof(seen));
    seen.stop_at = 2;
    assert_false(pagetable_visit(&w->phys, PAGE(0), 1 << 20, see, &seen));
    assert_int_equal(seen.count, 2);
}

/* What a huge page shows is no table, even where it looks like one. */
static void P3_7_visit_does_not_take_huge_pages_for_tables(void **state)
{
    struct world *w = *state;
    struct seen seen = {0};
    const uint64_t leaf = PAGE(5) | 3;

    map_va(w, PAGE(5) | 3);
    w->phys.slots[0].gpa = HL_U64(0x40000000);
    memcpy(w->phys.slots[0].host, &leaf, 8);
    *entry(w, 2, 1) = HL_U64(0x40000000) | PS | 3; /* 2 MiB */
    *entry(w, 1, 1) = HL_U64(0x40000000) | PS | 3; /* 1 GiB */
    assert_true(pagetable_visit(&w->phys, PAGE(0), 1 << 20, see, &seen));
    assert_int_equal(seen.count, 1);
}

/* The very first entry of scratch is marked like any other. */
static void accessed_bit_of_the_first_entry(void **state)
{
    struct world *w = *state;

    map_va(w, PAGE(5) | 3);
    *entry(w, 0, 0) = PAGE(1) | 3;
    assert_true(
        pagetable_walk(&w->phys, PAGE(0), 0, HL_ACCESS_READ, true, &w->walk));
    assert_int_equal(*entry(w, 0, 0), PAGE(1) | 0x23);
}

static void P3_7_visit_of_looping_tables_ends_with_the_budget(void **state)
{
    struct world *w = *state;
    struct seen seen = {0};

    for (unsigned i = 0; i < 512; i++)
        *entry(w, 0, i) = PAGE(0) | HL_PTE_TABLE;
    assert_false(pagetable_visit(&w->phys, PAGE(0), 100000, see, &seen));
    assert_in_range(seen.count, 1, 100000);
    /* the walker follows the loop four levels deep, as the CPU does */
    assert_true(walk(w, VA, HL_ACCESS_WRITE));
    assert_int_equal(w->walk.gpa, PAGE(0));
}

static void visit_budget_is_exact(void **state)
{
    struct world *w = *state;
    struct seen seen = {0};

    map_va(w, PAGE(5) | 3);
    assert_true(pagetable_visit(&w->phys, PAGE(0), 4 * 512, see, &seen));
    assert_false(pagetable_visit(&w->phys, PAGE(0), 4 * 512 - 1, see, &seen));
    assert_false(pagetable_visit(&w->phys, PAGE(0), 0, see, &seen));
    assert_true(pagetable_visit(&w->phys, 0, 0, see, &seen)); /* no root */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_up, world_down)
    const struct CMUnitTest tests[] = {
        T(P3_7_phys_at_gives_only_what_lies_in_one_slot),
        T(non_canonical_addresses_are_no_page_fault),
        T(P3_3_permissions_are_the_minimum_of_all_levels),
        T(P3_2_missing_entries_fault_with_present_clear),
        T(P3_7_address_bits_above_36_are_reserved),
        T(huge_pages_are_walked),
        T(P3_7_tables_outside_the_slots_map_nothing),
        T(P3_7_a_leaf_outside_the_slots_reaches_nothing),
        T(accessed_and_dirty_bits_follow_the_access),
        T(P3_3_tables_in_the_snapshot_are_never_written),
        T(visit_gives_4k_leaves_in_order),
        T(P3_7_visit_does_not_take_huge_pages_for_tables),
        T(accessed_bit_of_the_first_entry),
        T(P3_7_visit_of_looping_tables_ends_with_the_budget),
        T(visit_budget_is_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
