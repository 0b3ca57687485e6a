/* SPDX-License-Identifier: MIT */
/* A sandbox whose guest is a list of C functions; see fake_sandbox.h. */
#include <string.h>

#include "bare_image.h"
#include "fake_sandbox.h"

fake_step_fn *const *fake_startup;
fake_step_fn *const *fake_call;

static bool is_started;
static unsigned step;

hl_image *fake_image_open(void)
{
    uint8_t bytes[HL_PAGE_SIZE];
    hl_image *image = NULL;
    hl_error error;

    bare_image_make(bytes);
    if (hl_image_from_memory(&image, "fake", bytes, sizeof(bytes), &error) !=
        HL_OK)
        fail_msg("%s", error.message);
    return image;
}

/* Entered at the entry, then at the dispatch address once a call. */
static void guest(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_step_fn *const *steps;

    if (vm->regs.rip != 0) { /* set anew for each entry */
        is_started = vm->regs.rip == FAKE_DISPATCH;
        vm->regs.rip = 0;
        step = 0;
    }
    steps = is_started ? fake_call : fake_startup;
    if (steps == NULL || steps[step] == NULL)
        fake_halts(vm, exit);
    else
        steps[step++](vm, exit);
    vm->regs.rax = FAKE_DISPATCH;
    vm->regs.rsp = FAKE_STACK;
}

hl_sandbox *fake_sandbox_open(const hl_image *image, hl_config *config,
                              hl_error *error)
{
    hl_sandbox *sandbox = NULL;

    fake_guest = guest;
    hl_config_set_backend(config, HL_BACKEND_KVM);
    if (hl_sandbox_open(&sandbox, image, config, error) != HL_OK)
        return NULL;
    return sandbox;
}

void fake_close(hl_snapshot *snapshot, hl_sandbox *sandbox, hl_config *config,
                hl_image *image)
{
    hl_snapshot_free(snapshot);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
}

static uint8_t *output_of(const struct fake_vmm *vm)
{
    return fake_scratch(vm, 64 << 10); /* of HL_PRESET_HLKIT */
}

static uint64_t word_at(const uint8_t *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

void fake_push(const struct fake_vmm *vm, const void *data, size_t size)
{
    uint8_t *output = output_of(vm);
    uint64_t sp = word_at(output);

    memcpy(output + sp, data, size);
    memcpy(output + sp + size, &sp, sizeof(sp));
    sp += size + sizeof(sp);
    memcpy(output, &sp, sizeof(sp));
}

void fake_push_call(const struct fake_vmm *vm, const struct hl_wire_call *call)
{
    static uint8_t buffer[64 << 10];
    size_t size;

    assert_int_equal(hl_wire_encode_call(call, buffer, sizeof(buffer), &size),
                     HL_WIRE_OK);
    fake_push(vm, buffer, size);
}

void fake_push_result(const struct fake_vmm *vm,
                      const struct hl_wire_result *result)
{
    uint8_t buffer[4096];
    size_t size;

    assert_int_equal(
        hl_wire_encode_result(result, buffer, sizeof(buffer), &size),
        HL_WIRE_OK);
    fake_push(vm, buffer, size);
}

void fake_push_int(const struct fake_vmm *vm, int32_t value)
{
    const struct hl_wire_result result = {
        .value = {.type = HL_TYPE_INT, .as.i32 = value},
    };

    fake_push_result(vm, &result);
}

void fake_pop_reply(const struct fake_vmm *vm, struct hl_wire_result *reply)
{
    static uint8_t copy[64 << 10];
    uint8_t *input = fake_scratch(vm, 0);
    const uint64_t sp = word_at(input);
    const uint64_t start = word_at(input + sp - 8);

    memcpy(copy, input + start, sp - 8 - start);
    assert_int_equal(hl_wire_decode_result(copy, sp - 8 - start, reply),
                     HL_WIRE_OK);
    memcpy(input, &start, sizeof(start));
}

void fake_halts(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    fake_out(exit, HL_PORT_HALT, 0);
}

void fake_answers_42(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_push_int(vm, 42);
    fake_out(exit, HL_PORT_HALT, 0);
}

hl_status fake_sandbox_call(hl_sandbox *sandbox, int32_t *result,
                            hl_error *error)
{
    hl_value value = {0};
    const hl_status status =
        hl_sandbox_call(sandbox, "f", 1, NULL, 0, HL_TYPE_INT, &value, error);

    if (status == HL_OK)
        *result = value.as.i32;
    return status;
}
