/* SPDX-License-Identifier: MIT */
/* The scribbling guest's transport: I/O stacks (abi §5). */
#include "transport.h"

const uint32_t transport_words = 8;

uint64_t transport_heap_size(void)
{
    return raw_peb()->heap_size;
}

struct span transport_program(const struct raw_call *call)
{
    uint32_t len;
    uint8_t *bytes = (uint8_t *)(uint64_t)raw_text(call, 0, &len);

    return (struct span){bytes, len};
}

struct span transport_output(const struct fuzz_step *step)
{
    (void)step;
    return (struct span){raw_output(), raw_peb()->output_size};
}

void transport_message(const struct fuzz_step *step)
{
    raw_push_host_call((int32_t)step->value);
}

void transport_scribble(const struct fuzz_step *step)
{
    uint8_t *output = raw_output();
    const uint64_t sp = raw_load64(output);

    switch (step->a & 3) {
    case 0:
        raw_store64(output, step->value);
        break;
    case 1:
        raw_store64(raw_input(), step->value);
        break;
    case 2:
        if (sp >= 16 && sp <= raw_peb()->output_size)
            raw_store64(output + sp - 8, step->value);
        break;
    default:
        if (sp >= 16 && sp <= raw_peb()->output_size)
            raw_store32(output + HL_STACK_EMPTY, (uint32_t)step->value);
    }
}

void transport_claim(const struct fuzz_step *step)
{
    raw_store64(raw_output(),
                step->b & 1 ? raw_peb()->output_size : step->value);
}
