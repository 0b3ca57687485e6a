/* SPDX-License-Identifier: MIT */
/* guarantees: P3.1 B6 B23 */
/* Memory layout: what the ABI fixes, and every size that is refused. */
#include <string.h>

#include "test.h"
#include "layout.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define GIB(n) ((uint64_t)(n) << 30)

static hl_error error;

static hl_status compute(struct hl_layout *layout, uint64_t heap,
                         uint64_t scratch, uint64_t input, uint64_t output,
                         uint64_t image)
{
    struct hl_config config = {0};

    config.sizes[HL_SIZE_HEAP] = heap;
    config.sizes[HL_SIZE_SCRATCH] = scratch;
    config.sizes[HL_SIZE_INPUT] = input;
    config.sizes[HL_SIZE_OUTPUT] = output;
    memset(&error, 0, sizeof(error));
    return layout_compute(layout, &config, image, &error);
}

/* The numbers that abi §2.1 gives for upstream's defaults. */
static void upstream_defaults_lie_where_the_abi_says(void **state)
{
    struct hl_layout layout;

    (void)state;
    assert_int_equal(
        compute(&layout, KIB(128), KIB(288), KIB(16), KIB(16), 0x5000), HL_OK);
    assert_int_equal(layout.scratch_gpa, 0xFFFFB8000);
    assert_int_equal(layout.scratch_gva, 0xFFFFFFFFFFFB7000);
    assert_int_equal(layout.peb, 0x9000);
    assert_int_equal(layout.heap, 0xA000);
    assert_int_equal(layout.boot_size, 0x5000 + 0x1000 + KIB(128));
    assert_int_equal(layout.tables, KIB(32));
    assert_int_equal(layout.scratch_gpa + HL_SCRATCH_GPA_TO_GVA,
                     layout.scratch_gva);
}

static void queues_have_a_layout_of_their_own(void **state)
{
    struct hl_config config = {.abi = HL_ABI_VIRTQ};
    struct hl_layout layout;

    (void)state;
    config.sizes[HL_SIZE_HEAP] = KIB(128);
    config.sizes[HL_SIZE_SCRATCH] = KIB(768);
    config.sizes[HL_SIZE_INPUT] = config.sizes[HL_SIZE_OUTPUT] = KIB(64);
    assert_int_equal(layout_compute(&layout, &config, 0x5000, &error), HL_OK);
    assert_ptr_equal(layout.transport, &hl_transport_virtq);
    assert_int_equal(layout.arena_size, layout.virtq.arena_size);
}

static void P3_1_regions_never_overlap(void **state)
{
    static const uint64_t heaps[] = {0, 0x1000, GIB(1), GIB(15)};
    static const uint64_t images[] = {0, 0x1000, KIB(512), GIB(15)};
    static const uint64_t scratches[] = {KIB(128), GIB(1), GIB(15)};
    struct hl_layout l;

    (void)state;
    for (size_t h = 0; h < COUNT_OF(heaps); h++) {
        for (size_t i = 0; i < COUNT_OF(images); i++) {
            for (size_t s = 0; s < COUNT_OF(scratches); s++) {
                if (compute(&l, heaps[h], scratches[s], KIB(8), KIB(8),
                            images[i]) != HL_OK)
                    continue;
                assert_true(l.peb >= HL_BASE_ADDRESS + l.image_size);
                assert_true(l.heap >= l.peb + HL_PAGE_SIZE);
                assert_true(HL_BASE_ADDRESS + l.boot_size >=
                            l.heap + l.heap_size);
                assert_true(HL_BASE_ADDRESS + l.boot_size <= l.scratch_gpa);
                assert_int_equal(l.scratch_gpa + l.scratch_size,
                                 HL_SCRATCH_GPA_END);
            }
        }
    }
}

static void refused(hl_status status, const char *option)
{
    assert_int_equal(status, HL_FAIL_LAYOUT);
    assert_non_null(strstr(error.message, option));
}

static void B6_sizes_too_small_name_their_option(void **state)
{
    struct hl_layout l;

    (void)state;
    refused(compute(&l, 0, KIB(288), 0x1000, KIB(16), 0), "--input-size");
    refused(compute(&l, 0, KIB(288), 0, KIB(16), 0), "--input-size");
    refused(compute(&l, 0, KIB(288), KIB(16), 0x1000, 0), "--output-size");
    refused(compute(&l, 0, KIB(32 + 44), KIB(16), KIB(16), 0), "--scratch");
    refused(compute(&l, 0, 0, KIB(16), KIB(16), 0), "--scratch");
    assert_int_equal(compute(&l, 0, KIB(32 + 48), KIB(16), KIB(16), 0), HL_OK);
    assert_int_equal(compute(&l, 0, KIB(288), 0x2000, 0x2000, 0), HL_OK);
}

static void B6_sizes_too_big_are_refused_without_wrapping(void **state)
{
    const uint64_t most = GIB(16) - HL_BASE_ADDRESS;
    struct hl_layout l;

    (void)state;
    assert_int_equal(compute(&l, 0, most, KIB(16), KIB(16), 0), HL_OK);
    refused(compute(&l, 0, most + 0x1000, KIB(16), KIB(16), 0), "16 GiB");
    refused(compute(&l, 0, GIB(16), KIB(16), KIB(16), 0), "16 GiB");
    assert_int_equal(compute(&l, most - 0x1000, KIB(288), KIB(16), KIB(16), 0),
                     HL_OK);
    refused(compute(&l, most, KIB(288), KIB(16), KIB(16), 0), "16 GiB");
    refused(compute(&l, GIB(16), KIB(288), KIB(16), KIB(16), GIB(16)),
            "16 GiB");
    refused(compute(&l, GIB(16), KIB(288), KIB(16), KIB(16), UINT64_MAX),
            "16 GiB");
    refused(compute(&l, 0, KIB(288), KIB(16), KIB(16),
                    UINT64_MAX - HL_PAGE_SIZE + 1),
            "16 GiB");
    refused(compute(&l, 0, KIB(288), GIB(16), GIB(16), 0), "--scratch");
}

static void P3_1_tables_must_leave_the_reserved_pages(void **state)
{
    struct hl_layout l;

    (void)state;
    assert_int_equal(compute(&l, 0, KIB(32 + 80), KIB(16), KIB(16), 0), HL_OK);
    assert_int_equal(layout_check_tables(&l, 8, &error), HL_OK);
    refused(layout_check_tables(&l, 9, &error), "--scratch");
    refused(layout_check_tables(&l, (uint64_t)1 << 40, &error), "--scratch");
}

/* Each of the members that fix a guest's addresses counts. */
static void B23_any_other_layout_is_another(void **state)
{
    const struct hl_layout one = {.transport = &hl_transport_stack,
                                  .image_size = 1,
                                  .heap_size = 2,
                                  .scratch_size = 3,
                                  .input_size = 4,
                                  .output_size = 5};
    struct hl_layout other[6] = {one, one, one, one, one, one};

    (void)state;
    other[0].transport = &hl_transport_virtq;
    other[1].image_size++;
    other[2].heap_size++;
    other[3].scratch_size++;
    other[4].input_size++;
    other[5].output_size++;
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        assert_false(layout_is_same(&one, &other[i]));
        assert_true(layout_is_same(&other[i], &other[i]));
    }
}

static void transport_is_the_one_asked_for(void **state)
{
    struct hl_config config = {.abi = HL_ABI_VIRTQ,
                               .sizes = {0, KIB(512), KIB(32), KIB(48)}};
    struct hl_layout l;

    (void)state;
    assert_int_equal(layout_compute(&l, &config, 0, &error), HL_OK);
    assert_ptr_equal(l.transport, &hl_transport_virtq);
    config.abi = HL_ABI_STACK;
    assert_int_equal(layout_compute(&l, &config, 0, &error), HL_OK);
    assert_ptr_equal(l.transport, &hl_transport_stack);
}

/* A ring has a descriptor for each input buffer: at least 32 and at most
 * 32,768 (abi §12.2). */
static void rings_follow_the_input(void **state)
{
    static const struct {
        uint64_t pages;
        uint32_t ring, slots;
    } cases[] = {{1, 32, 1},
                 {32, 32, 32},
                 {33, 64, 33},
                 {64, 64, 64},
                 {65, 128, 65},
                 {32768, 32768, 32768},
                 {32769, 32768, 32768},
                 {65536, 32768, 32768}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hl_virtq_layout l;

        virtq_layout_compute(&l, cases[i].pages * HL_PAGE_SIZE, 0x2000);
        assert_int_equal(l.h2g_size, cases[i].ring);
        assert_int_equal(l.slots, cases[i].slots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upstream_defaults_lie_where_the_abi_says),
        cmocka_unit_test(queues_have_a_layout_of_their_own),
        cmocka_unit_test(P3_1_regions_never_overlap),
        cmocka_unit_test(B6_sizes_too_small_name_their_option),
        cmocka_unit_test(B6_sizes_too_big_are_refused_without_wrapping),
        cmocka_unit_test(B23_any_other_layout_is_another),
        cmocka_unit_test(transport_is_the_one_asked_for),
        cmocka_unit_test(rings_follow_the_input),
        cmocka_unit_test(P3_1_tables_must_leave_the_reserved_pages),
    };

    return cmocka_run_group_tests_name("host_layout", tests, NULL, NULL);
}
