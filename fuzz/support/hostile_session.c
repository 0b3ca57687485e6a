/* SPDX-License-Identifier: MIT */
/* Sessions from an input's bytes: fuzz/session_emu.c, session_emu_virtq.c. */
#include "support/hostile.h"

/* As bytes of the input: small, so that the mutator gets on. */
static struct fuzz_step step_take(struct fuzz_source *source)
{
    struct fuzz_step step = {.op = (uint8_t)fuzz_take(source, 1)};

    step.a = (uint8_t)fuzz_take(source, 1);
    step.b = (uint16_t)fuzz_take(source, 2);
    step.c = (uint32_t)fuzz_take(source, 2);
    step.value = fuzz_take_edge(source);
    if (step.op % FUZZ_OP_COUNT == FUZZ_OP_SPIN && step.a == 255)
        step.a = 0; /* for ever: vm.c does that */
    return step;
}

static void call(struct fuzz_source *source)
{
    struct fuzz_step steps[FUZZ_STEPS_MAX];
    const size_t count = 1 + fuzz_take(source, 1) % 4;

    for (size_t i = 0; i < count; i++)
        steps[i] = step_take(source);
    hostile_call(steps, count);
}

void hostile_session(enum hl_abi abi, const uint8_t *data, size_t size)
{
    static bool is_open;
    static unsigned runs;
    struct fuzz_source source = {data, size};

    if (!is_open) {
        is_open = hostile_open(HL_BACKEND_EMU, abi, getenv("FUZZ_GUEST"));
        FUZZ_CHECK(is_open);
    }
    while (source.left != 0) {
        switch (fuzz_take(&source, 1)) { /* the first two cost most */
        case 1:
            hostile_snapshot(true);
            break;
        case 2:
            hostile_restore(fuzz_take(&source, 1) & 1);
            break;
        case 3:
            hostile_interrupt();
            break;
        default:
            call(&source);
        }
    }
    if (++runs % 256 == 0) /* it reads all of both guests */
        hostile_compare();
    else
        hostile_restore(false);
}
