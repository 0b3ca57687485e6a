/* SPDX-License-Identifier: MIT */
/* The builder: what it maps, the walker finds. guarantees: P3.7 P3.1 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pagetable.h"

#define GPA   HL_U64(0xF00000000)
#define RW_NX (HL_PTE_NX | HL_U64(0x63))

/* The walker's view of the builder's buffer. */
static struct hl_phys phys_of(const struct hl_pagetable *table)
{
    struct hl_phys phys = {{{0}}};

    phys.slots[HL_VMM_SLOT_SCRATCH] = (struct hl_vmm_slot){
        table->gpa, table->count * HL_PAGE_SIZE, table->bytes};
    return phys;
}

static bool maps_to(const struct hl_pagetable *table, uint64_t gva,
                    uint64_t gpa, uint64_t flags)
{
    struct hl_phys phys = phys_of(table);
    struct hl_walk walk;

    return pagetable_walk(&phys, table->gpa, gva, HL_ACCESS_READ, false,
                          &walk) &&
           walk.gpa == gpa && walk.pte == (gpa | flags);
}

static bool is_absent(const struct hl_pagetable *table, uint64_t gva)
{
    struct hl_phys phys = phys_of(table);
    struct hl_walk walk;

    return !pagetable_walk(&phys, table->gpa, gva, HL_ACCESS_READ, false,
                           &walk) &&
           walk.error == 0 && !walk.bad_table;
}

static void maps_exactly_the_pages_asked_for(void **state)
{
    struct hl_pagetable table;

    (void)state;
    assert_int_equal(pagetable_init(&table, GPA, NULL), HL_OK);
    assert_int_equal(table.count, 1);
    assert_int_equal(pagetable_map(&table, 0x4000, 0x4000, 1000, 0x261, NULL),
                     HL_OK);
    assert_int_equal(pagetable_map(&table, HL_U64(0xFFFFFFFFFFFB7000),
                                   HL_U64(0xFFFFB8000), 0x48, RW_NX, NULL),
                     HL_OK);
    /* root + (PDPT, PD, 2 PT) + (PDPT, PD, PT) */
    assert_int_equal(table.count, 8);
    assert_true(is_absent(&table, 0x3000));
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(
            maps_to(&table, 0x4000 + i * 0x1000, 0x4000 + i * 0x1000, 0x261));
    assert_true(is_absent(&table, 0x4000 + 1000 * 0x1000));
    assert_true(maps_to(&table, HL_U64(0xFFFFFFFFFFFFE000), HL_U64(0xFFFFFF000),
                        RW_NX));
    assert_true(is_absent(&table, HL_U64(0xFFFFFFFFFFFFF000)));
    pagetable_free(&table);
}

static void relocation_moves_every_inner_pointer(void **state)
{
    struct hl_pagetable table;

    (void)state;
    assert_int_equal(pagetable_init(&table, 0, NULL), HL_OK);
    assert_int_equal(pagetable_map(&table, 0x4000, 0x4000, 600, 0x261, NULL),
                     HL_OK);
    assert_int_equal(pagetable_map(&table, HL_U64(0xFFFFFD0000000000), 0x8000,
                                   2, 0x261, NULL),
                     HL_OK);
    pagetable_relocate(&table, GPA);
    assert_int_equal(table.gpa, GPA);
    assert_true(maps_to(&table, 0x4000, 0x4000, 0x261));
    assert_true(maps_to(&table, 0x200000, 0x200000, 0x261));
    assert_true(maps_to(&table, HL_U64(0xFFFFFD0000001000), 0x9000, 0x261));
    /* and it can go on growing there */
    assert_int_equal(
        pagetable_map(&table, HL_U64(0x7000000000), 0xA000, 1, 0x61, NULL),
        HL_OK);
    assert_true(maps_to(&table, HL_U64(0x7000000000), 0xA000, 0x61));
    pagetable_relocate(&table, GPA - 0x1000);
    assert_true(maps_to(&table, HL_U64(0x7000000000), 0xA000, 0x61));
    pagetable_free(&table);
}

static void growth_stops_at_the_limit(void **state)
{
    struct hl_pagetable table;
    hl_error error;

    (void)state;
    assert_int_equal(pagetable_init(&table, GPA, NULL), HL_OK);
    table.max_pages = 4;
    assert_int_equal(pagetable_map(&table, 0, 0, 512, 3, &error), HL_OK);
    assert_int_equal(pagetable_map(&table, 0x200000, 0, 1, 3, &error),
                     HL_FAIL_LAYOUT);
    assert_non_null(strstr(error.message, "4 pages"));
    pagetable_free(&table);
}

static void impossible_ranges_are_refused(void **state)
{
    static const struct {
        uint64_t gva, gpa, pages;
    } bad[] = {
        {0x1001, 0, 1},
        {0x1000, 1, 1},
        {HL_U64(0x0000800000000000), 0, 1},
        {HL_U64(0x00007FFFFFFFF000), 0, 2},
        {HL_U64(0xFFFFFFFFFFFFF000), 0, 2},
        {HL_U64(0xFFFF7FFFFFFFF000), 0, 2},
        {0, HL_U64(0x1000000000), 1},
        {0, HL_U64(0xFFFFFF000), 2},
        {0, 0, UINT64_MAX},
        {0, 0, (HL_U64(1) << 24) + 1},
        {0, 0, UINT64_MAX / 4096 + 1},
    };
    struct hl_pagetable table;
    hl_error error;

    (void)state;
    assert_int_equal(pagetable_init(&table, GPA, NULL), HL_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(pagetable_map(&table, bad[i].gva, bad[i].gpa,
                                       bad[i].pages, 3, NULL),
                         HL_FAIL_LAYOUT);
    assert_int_equal(table.count, 1);
    assert_int_equal(pagetable_map(&table, HL_U64(0xFFFFFFFFFFFFF000),
                                   HL_U64(0xFFFFFF000), 1, 3, NULL),
                     HL_OK);
    assert_int_equal(
        pagetable_map(&table, HL_U64(0x00007FFFFFFFF000), 0, 1, 3, NULL),
        HL_OK);
    /* all that there is: not refused but where the tables grow too large */
    table.max_pages = 4;
    assert_int_equal(pagetable_map(&table, 0, 0, 1 << 24, 3, &error),
                     HL_FAIL_LAYOUT);
    assert_non_null(strstr(error.message, "4 pages"));
    pagetable_free(&table);
    pagetable_relocate(&table, 0x5000); /* nothing to relocate */
    assert_int_equal(table.gpa, 0x5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_exactly_the_pages_asked_for),
        cmocka_unit_test(relocation_moves_every_inner_pointer),
        cmocka_unit_test(growth_stops_at_the_limit),
        cmocka_unit_test(impossible_ranges_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
