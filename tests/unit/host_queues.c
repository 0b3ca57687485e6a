/* SPDX-License-Identifier: MIT */
/* guarantees: B9 B15 B16 P6.2 */
/*
 * A sandbox that speaks through queues (abi §12) to a guest in C: what differs
 * from the stacks. Linked with --wrap=malloc, --wrap=calloc.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_sandbox.h"
#include "failing_memory.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static hl_error error;
static struct hl_virtq_layout layout;
static struct hl_wire_result response;
static uint32_t position; /* of the guest's next descriptor */

/* ---- The guest ----------------------------------------------------------- */

static void descriptor_put(const struct fake_vmm *vm, uint64_t ring,
                           uint32_t index, struct hl_abi_vq_desc desc)
{
    memcpy(fake_scratch(vm, ring + index * sizeof(desc)), &desc, sizeof(desc));
}

/* Rings as after start-up or a checkpoint, and the word that says so. */
static void prepares(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    const uint64_t done = HL_VQ_CHECKPOINT_DONE;

    position = 0;
    memset(fake_scratch(vm, 0), 0, layout.mailbox);
    memcpy(fake_scratch(vm, layout.mailbox), &done, sizeof(done));
    for (uint32_t i = 0; i < layout.slots; i++)
        descriptor_put(vm, layout.h2g_ring, i,
                       (struct hl_abi_vq_desc){
                           .addr = HL_SCRATCH_GVA_END -
                                   vm->slots[HL_VMM_SLOT_SCRATCH].size +
                                   layout.h2g_pool + i * layout.h2g_buffer,
                           .len = (uint32_t)layout.h2g_buffer,
                           .id = (uint16_t)i,
                           .flags = HL_VQ_AVAIL | HL_VQ_WRITE,
                       });
    fake_halts(vm, exit);
}

static void responds(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    uint8_t *to = fake_scratch(vm, layout.g2h_pool);
    struct hl_abi_vq_header header = {
        .kind = HL_VQ_RESPONSE,
        .id = sandbox->channel.virtq.call_id,
    };
    size_t size;

    assert_int_equal(hl_wire_encode_result_external(
                         &response, to + sizeof(header), 1024, &size),
                     HL_WIRE_OK);
    header.payload_len = (uint32_t)size;
    memcpy(to, &header, sizeof(header));
    descriptor_put(vm, 0, position++,
                   (struct hl_abi_vq_desc){
                       .addr = HL_SCRATCH_GVA_END -
                               vm->slots[HL_VMM_SLOT_SCRATCH].size +
                               layout.g2h_pool,
                       .len = (uint32_t)(sizeof(header) + size),
                       .flags = HL_VQ_AVAIL,
                   });
    fake_halts(vm, exit);
}

static void writes_port_0(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    fake_out(exit, 0, 0);
}

static fake_step_fn *const preparing[] = {prepares, NULL};
static fake_step_fn *const responding[] = {responds, NULL};
static fake_step_fn *const on_port_0[] = {writes_port_0, NULL};

static int queues_up(void **state)
{
    (void)state;
    fail_in = -1;
    fake_startup = fake_call = preparing;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_set_abi(config, HL_ABI_VIRTQ);
    virtq_layout_compute(&layout, config->sizes[HL_SIZE_INPUT],
                         config->sizes[HL_SIZE_OUTPUT]);
    sandbox = fake_sandbox_open(image, config, &error);
    if (sandbox == NULL)
        fail_msg("%s", error.message);
    return hl_sandbox_snapshot(sandbox, &fresh, &error);
}

static int queues_down(void **state)
{
    (void)state;
    fake_close(fresh, sandbox, config, image);
    return 0;
}

static hl_status call(enum hl_type returns, hl_value *value)
{
    fake_call = responding;
    return hl_sandbox_call(sandbox, "f", 1, NULL, 0, returns, value, &error);
}

/* ---- What differs -------------------------------------------------------- */

/* abi §12.5: chunks are bytes to whoever asked for bytes. */
static void P6_2_chunks_are_bytes_to_the_caller(void **state)
{
    static const enum hl_type types[] = {HL_TYPE_BYTES, HL_TYPE_CHUNKS};
    hl_value value;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        response.value = (hl_value){.type = types[i],
                                    .as.bytes = {(const uint8_t *)"bytes", 5}};
        assert_int_equal(call(HL_TYPE_BYTES, &value), HL_OK);
        assert_int_equal(value.type, HL_TYPE_BYTES);
        assert_int_equal(value.as.bytes.len, 5);
        assert_memory_equal(value.as.bytes.data, "bytes", 5);
    }
}

/* abi §12.7: what breaks the queues poisons; a wrong type breaks nothing. */
static void B9_B16_a_result_of_another_type_does_not_poison(void **state)
{
    hl_value value;

    (void)state;
    response.value = (hl_value){.type = HL_TYPE_INT, .as.i32 = 42};
    assert_int_equal(call(HL_TYPE_LONG, &value), HL_FAIL_RESULT_TYPE);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_int_equal(call(HL_TYPE_INT, &value), HL_OK);
    assert_int_equal(value.as.i32, 42);
}

/* The stacks' ports are none here, and 0 stands for none. */
static void B15_port_0_is_no_port_of_the_queues(void **state)
{
    (void)state;
    fake_call = on_port_0;
    error.port = 77;
    assert_int_equal(
        hl_sandbox_call(sandbox, "f", 1, NULL, 0, HL_TYPE_INT, NULL, &error),
        HL_FAIL_PORT);
    assert_int_equal(error.port, 0);
    assert_true(hl_sandbox_is_poisoned(sandbox));
}

/* Each allocation of a snapshot fails once, that of the rings included. */
static void B16_snapshots_of_queues_without_memory(void **state)
{
    hl_snapshot *snapshot = NULL;
    int failures = 0;

    (void)state;
    while (snapshot == NULL) {
        memset(&error, 0, sizeof(error));
        fail_in = failures;
        if (hl_sandbox_snapshot(sandbox, &snapshot, &error) != HL_OK) {
            assert_int_equal(error.status, HL_FAIL_NO_MEMORY);
            assert_false(hl_sandbox_is_poisoned(sandbox));
            failures++;
        }
        fail_in = -1;
        assert_true(failures < 100);
    }
    assert_in_range(failures, 4, 99);
    assert_non_null(snapshot->state);
    hl_snapshot_free(snapshot);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, queues_up, queues_down)
    const struct CMUnitTest tests[] = {
        TEST(P6_2_chunks_are_bytes_to_the_caller),
        TEST(B9_B16_a_result_of_another_type_does_not_poison),
        TEST(B15_port_0_is_no_port_of_the_queues),
        TEST(B16_snapshots_of_queues_without_memory),
    };

    return cmocka_run_group_tests_name("host_queues", tests, NULL, NULL);
}
