/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P2.1 P2.2 P2.3 P3.6 P3.7 B1 B3 B4 B5 B16 B17 B18
 *
 * Sessions on the emulator: the input is calls of the scribbling guest
 * (fuzz/guest), snapshots, restores and interrupts between them.
 * support/hostile.c says what must hold after each; in the end, P2.1 P2.2, a
 * restored guest and its neighbour are as they were when fresh.
 *
 * max_len: 96
 */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_open;
    static unsigned runs;
    struct fuzz_source source = {data, size};

    if (!is_open) {
        const char *image = getenv("FUZZ_GUEST");

        is_open = hostile_open(HL_BACKEND_EMU,
                               image != NULL ? image : FUZZ_GUEST_DEFAULT);
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
    return 0;
}
