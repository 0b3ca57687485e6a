/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B7
 *
 * How much a decoder reads of any message: every load of the codec is counted
 * (support/touch.h). B7: each byte at most as often as wire.h says, so that all
 * offsets may lead to one string and the work is still bounded by a constant
 * times the length; beside it only a constant for what is looked at by offset.
 *
 * max_len: 400
 */
#include "support/touch.h"
#include "wire_fuzz.h"

/* wire.h: "reads every byte a bounded number of times". */
#define READS_MAX (4 * (HL_WIRE_ARGS_MAX + 4))
/* Tables, vtables and offsets of one message, if all are apart. */
#define LOOKS_MAX (64 * (HL_WIRE_ARGS_MAX + 4))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static union {
        struct hl_wire_call call;
        struct hl_wire_result result;
        struct hl_wire_log log;
    } out;
    const uint8_t which = size == 0 ? 0 : data[0] >> 5;
    const uint8_t *message;
    uint64_t loads;

    if (size < 2)
        return 0;
    size--;
    message = fuzz_message(data + 1, &size);
    if (message == NULL || size > TOUCH_MAX)
        return 0;
    touch_begin(message, size, READS_MAX);
    if (which == 0)
        (void)hl_wire_decode_result(message, size, &out.result);
    else if (which == 1)
        (void)hl_wire_decode_log(message, size, &out.log);
    else if (which == 2)
        (void)hl_wire_decode_call_external(message, size, &out.call);
    else if (which == 3)
        (void)hl_wire_decode_result_external(message, size, &out.result);
    else
        (void)hl_wire_decode_call(message, size, &out.call);
    loads = touch_end();
    FUZZ_CHECK(loads <= READS_MAX * size + LOOKS_MAX);
    return 0;
}
