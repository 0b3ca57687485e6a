/* SPDX-License-Identifier: MIT */
/* guarantees: B6 B9 P2.2 */
/*
 * The transports where memory is short, and sizes the other tests do not
 * have. Linked with --wrap=malloc,calloc.
 */
#include "virtq_fixture.h"
#include "failing_memory.h"

static void open_with_little(struct fixture *f,
                             const struct hl_transport_ops *ops,
                             int allocations)
{
    f->channel.ops->close(&f->channel);
    for (int i = 0; i <= allocations; i++) {
        const hl_status wanted = i < allocations ? HL_FAIL_NO_MEMORY : HL_OK;

        fail_in = i;
        assert_int_equal(
            ops->open(&f->channel, &f->layout, f->scratch, &f->error), wanted);
        fail_in = -1;
        if (wanted != HL_OK)
            assert_says(f, "out of host memory");
    }
}

static void stacks_may_have_no_memory(void **state)
{
    open_with_little(*state, &hl_transport_stack, 1);
}

/* copy, message, taken, buffers, and two a queue */
static void queues_may_have_no_memory(void **state)
{
    open_with_little(*state, &hl_transport_virtq, 8);
}

static void P2_2_a_snapshot_may_have_no_memory(void **state)
{
    struct fixture *f = *state;
    uint8_t *rings = malloc(f->channel.ops->state_size(&f->channel));

    fail_in = 0;
    assert_int_equal(f->channel.ops->state_save(&f->channel, rings, &f->error),
                     HL_FAIL_NO_MEMORY);
    fail_in = -1;
    assert_says(f, "out of host memory");
    free(rings);
}

/* As many buffers as the ring has places: nothing is left behind them. */
static void P2_2_a_full_ring_can_be_kept(void **state)
{
    struct hl_layout layout = {
        .input_size = 32 * HL_PAGE_SIZE,
        .output_size = OUTPUT_SIZE,
        .transport = &hl_transport_virtq,
    };
    struct fixture f = {0};
    uint8_t *rings;

    (void)state;
    hl_transport_virtq.plan(&layout);
    layout.scratch_size = layout.arena_size;
    layout.scratch_gva = HL_SCRATCH_GVA_END - layout.scratch_size;
    assert_int_equal(layout.virtq.slots, layout.virtq.h2g_size);
    f.layout = layout;
    f.scratch = calloc(1, layout.scratch_size);
    assert_ok(
        &f, hl_transport_virtq.open(&f.channel, &layout, f.scratch, &f.error));
    f.channel.ops->reset(&f.channel);
    for (uint32_t i = 0; i < layout.virtq.slots; i++) {
        *h2g_at(&f, i) = slot_desc(&f, i);
        h2g_at(&f, i)->addr = layout.scratch_gva + layout.virtq.h2g_pool +
                              i * layout.virtq.h2g_buffer;
    }
    rings = malloc(f.channel.ops->state_size(&f.channel));
    assert_ok(&f, f.channel.ops->state_save(&f.channel, rings, &f.error));
    free(rings);
    f.channel.ops->close(&f.channel);
    free(f.scratch);
}

static void B6_rings_grow_to_their_limit(void **state)
{
    static const struct {
        uint64_t pages;
        uint32_t ring, slots;
    } cases[] = {
        {16, 32, 16},       {32, 32, 32},          {33, 64, 33},
        {1000, 1024, 1000}, {32768, 32768, 32768}, {100000, 32768, 32768},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hl_virtq_layout layout;

        virtq_layout_compute(&layout, cases[i].pages * HL_PAGE_SIZE,
                             OUTPUT_SIZE);
        assert_int_equal(layout.h2g_size, cases[i].ring);
        assert_int_equal(layout.slots, cases[i].slots);
    }
}

static void a_call_without_a_wire_form_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct hl_wire_call call = {
        .name = {"\xFF", 1},
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_VOID,
    };
    size_t size;

    memory_keep(f);
    assert_int_equal(
        f->channel.ops->send_call(&f->channel, &call, &size, &f->error),
        HL_FAIL_ARGUMENT);
    assert_says(f, "message cannot be encoded: string is not valid UTF-8");
    assert_memory_kept(f);
}

static void B9_what_is_left_and_broken_is_told(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    publish(f, 0x1000, 8, 0); /* no address of the guest's */
    assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
    assert_int_equal(f->channel.ops->finish(&f->channel, &f->error),
                     HL_FAIL_PROTOCOL);
}

/* What a guest finds on its pages (abi §12.2). */
static void pages_say_where_everything_is(void **state)
{
    struct fixture *f = *state;
    struct hl_abi_vq_peb peb;
    static uint8_t page[HL_PAGE_SIZE];
    uint64_t word;

    f->layout.heap = 0x7000;
    f->layout.heap_size = 0x3000;
    f->layout.scratch_gpa = 0xABC000;
    hl_transport_virtq.peb_write(page, &f->layout);
    memcpy(&peb, page, sizeof(peb));
    assert_int_equal(peb.heap, 0x7000);
    assert_int_equal(peb.heap_size, 0x3000);
    assert_int_equal(peb.init_data, 0xA000);
    hl_transport_virtq.meta_write(page + sizeof(page), &f->layout);
    memcpy(&word, page + sizeof(page) - HL_VQ_META_ARENA, sizeof(word));
    assert_int_equal(word, 0xABC000);
    memcpy(&word, page + sizeof(page) - HL_VQ_META_H2G_PAGES, sizeof(word));
    assert_int_equal(word, INPUT_SIZE / HL_PAGE_SIZE);
    memcpy(&word, page + sizeof(page) - HL_VQ_META_G2H_PAGES, sizeof(word));
    assert_int_equal(word, OUTPUT_SIZE / HL_PAGE_SIZE);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(stacks_may_have_no_memory),
        TEST(queues_may_have_no_memory),
        TEST(P2_2_a_snapshot_may_have_no_memory),
        cmocka_unit_test(P2_2_a_full_ring_can_be_kept),
        cmocka_unit_test(B6_rings_grow_to_their_limit),
        TEST(a_call_without_a_wire_form_is_refused),
        TEST(B9_what_is_left_and_broken_is_told),
        TEST(pages_say_where_everything_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
