/* SPDX-License-Identifier: MIT */
/* guarantees: B7 B16 B23 P3.7 */
/* Snapshots of guests whose page tables are not what a guest of ours has. */
#include <string.h>

#include "fake_sandbox.h"

/* The guest's tables, by page of scratch behind those the host made. */
enum { ROOT, POINTERS, DIRECTORY, TABLE, TABLES_END };

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_error error;
static struct hl_vmm_ops own;

static uint64_t offset_of(unsigned table)
{
    return sandbox->layout.scratch_size / 2 + table * HL_PAGE_SIZE;
}

static uint64_t gpa_of(unsigned table)
{
    return sandbox->layout.scratch_gpa + offset_of(table);
}

static void entry_put(unsigned table, unsigned index, uint64_t value)
{
    memcpy(fake_scratch(fake_last, offset_of(table) + 8 * index), &value,
           sizeof(value));
}

static hl_status root_save(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                           hl_error *why)
{
    (void)vmm;
    (void)why;
    memset(sregs, 0, sizeof(*sregs));
    sregs->cr3 = gpa_of(ROOT);
    return HL_OK;
}

static int snapshot_up(void **state)
{
    (void)state;
    fake_startup = fake_call = NULL;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    sandbox = fake_sandbox_open(image, config, &error);
    own = *sandbox->vmm->ops;
    own.save = root_save;
    sandbox->vmm->ops = &own;
    for (unsigned table = ROOT; table < TABLES_END - 1; table++)
        entry_put(table, 0, gpa_of(table + 1) | HL_PTE_TABLE);
    return 0;
}

static int snapshot_down(void **state)
{
    (void)state;
    fake_close(NULL, sandbox, config, image);
    return 0;
}

static uint64_t leaf(uint64_t gpa)
{
    return gpa | HL_PTE_PRESENT | HL_PTE_NX;
}

static hl_snapshot *take(void)
{
    hl_snapshot *snapshot = NULL;

    if (hl_sandbox_snapshot(sandbox, &snapshot, &error) != HL_OK)
        fail_msg("%s", error.message);
    return snapshot;
}

/* One page, shown many times, is one page of the snapshot. */
static void B7_aliases_cost_one_page(void **state)
{
    hl_snapshot *snapshot;

    (void)state;
    for (unsigned i = 0; i < 512; i++)
        entry_put(TABLE, i, leaf(HL_BASE_ADDRESS));
    snapshot = take();
    assert_int_equal(hl_snapshot_size(snapshot), HL_PAGE_SIZE);
    hl_snapshot_free(snapshot);
}

/* Nothing mapped is still a snapshot, of a page that nothing shows. */
static void B16_no_page_at_all_is_a_snapshot(void **state)
{
    hl_snapshot *snapshot = take();

    (void)state;
    assert_int_equal(hl_snapshot_size(snapshot), HL_PAGE_SIZE);
    assert_int_equal(hl_sandbox_restore(sandbox, snapshot, &error), HL_OK);
    hl_snapshot_free(snapshot);
}

/*
 * A few tables that show one page a thousand times over a wide range: those of
 * the snapshot would not fit. It fails by name and changes nothing.
 */
static void B7_B16_tables_that_would_not_fit_are_refused(void **state)
{
    hl_snapshot *snapshot = NULL;

    (void)state;
    entry_put(TABLE, 0, leaf(HL_BASE_ADDRESS));
    for (unsigned i = 1; i < 512; i++)
        entry_put(DIRECTORY, i, gpa_of(TABLE) | HL_PTE_TABLE);
    memset(&error, 0, sizeof(error));
    assert_int_equal(hl_sandbox_snapshot(sandbox, &snapshot, &error),
                     HL_FAIL_LAYOUT);
    assert_non_null(strstr(error.message, "--scratch"));
    assert_null(snapshot);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    for (unsigned i = 4; i < 512; i++)
        entry_put(DIRECTORY, i, 0);
    hl_snapshot_free(take());
}

/* An image that has no room in its layout is not half loaded. */
static void B16_no_room_for_the_image_is_no_boot_state(void **state)
{
    struct hl_layout layout = sandbox->layout;
    hl_snapshot *boot = NULL;

    (void)state;
    layout.image_size -= HL_PAGE_SIZE;
    memset(&error, 0, sizeof(error));
    assert_int_not_equal(snapshot_boot(&boot, image, &layout, &error), HL_OK);
    assert_int_not_equal(error.status, HL_OK);
    assert_null(boot);
}

/* The image's first byte, if the page at gva is part of a snapshot. */
static uint8_t seen_at(uint64_t gva)
{
    hl_snapshot *snapshot;
    uint8_t byte;

    for (unsigned table = ROOT; table < TABLES_END; table++) {
        memset(fake_scratch(fake_last, offset_of(table)), 0, HL_PAGE_SIZE);
        entry_put(table, gva >> (39 - 9 * table) & 511,
                  table == TABLE ? leaf(HL_BASE_ADDRESS)
                                 : gpa_of(table + 1) | HL_PTE_TABLE);
    }
    snapshot = take();
    byte = snapshot->memory[0];
    hl_snapshot_free(snapshot);
    return byte;
}

/* The windows of scratch and of the tables are made anew at each start. */
static void P3_7_windows_are_no_part_of_a_snapshot(void **state)
{
    const uint64_t scratch = sandbox->layout.scratch_gva;

    (void)state;
    assert_int_equal(seen_at(0x7FFFFFFFF000), 0x7F);
    assert_int_equal(seen_at(HL_TABLES_GVA_FIRST), 0);
    assert_int_equal(seen_at(HL_TABLES_GVA_LAST & ~0xFFFull), 0);
    assert_int_equal(seen_at(HL_TABLES_GVA_LAST + 1), 0x7F);
    assert_int_equal(seen_at(scratch - HL_PAGE_SIZE), 0x7F);
    assert_int_equal(seen_at(scratch), 0);
    assert_int_equal(seen_at(HL_SCRATCH_GVA_END - HL_PAGE_SIZE), 0);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, snapshot_up, snapshot_down)
    const struct CMUnitTest tests[] = {
        TEST(B7_aliases_cost_one_page),
        TEST(B16_no_page_at_all_is_a_snapshot),
        TEST(B7_B16_tables_that_would_not_fit_are_refused),
        TEST(B16_no_room_for_the_image_is_no_boot_state),
        TEST(P3_7_windows_are_no_part_of_a_snapshot),
    };

    return cmocka_run_group_tests_name("host_snapshot", tests, NULL, NULL);
}
