/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B7 B8 P6.2 P6.3
 *
 * Any bytes as a FunctionCall. B1, P6.3: the quick way accepts only what the
 * rules accept, with the same values. B8: each string lies in the message, is
 * UTF-8 and ends with NUL. B7: at most HL_WIRE_ARGS_MAX arguments. P6.2: what
 * was decoded encodes again and decodes to the same.
 *
 * max_len: 160
 */
#include "wire_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buffer[HL_WIRE_ARGS_MAX * FUZZ_BUFFER];
    static struct hl_wire_call call, other;
    const uint8_t *message = fuzz_message(data, &size);
    enum hl_wire_error error, rules;
    size_t written;

    if (message == NULL)
        return 0;
    error = hl_wire_decode_call(message, size, &call);
    rules = hl_wire_call_verify(message, size, false, &other);
    FUZZ_CHECK(error == rules);
    if (error != HL_WIRE_OK)
        return 0;
    FUZZ_CHECK(fuzz_calls_equal(&call, &other));
    FUZZ_CHECK(call.count <= HL_WIRE_ARGS_MAX);
    FUZZ_CHECK(call.kind == HL_WIRE_CALL_GUEST ||
               call.kind == HL_WIRE_CALL_HOST);
    FUZZ_CHECK(call.returns >= HL_TYPE_INT && call.returns <= HL_TYPE_VOID);
    FUZZ_CHECK(fuzz_string_good(message, size, call.name));
    for (uint32_t i = 0; i < call.count; i++) {
        FUZZ_CHECK(call.args[i].type != HL_TYPE_VOID);
        FUZZ_CHECK(fuzz_value_good(message, size, &call.args[i]));
    }
    FUZZ_CHECK(hl_wire_encode_call(&call, buffer, sizeof(buffer), &written) ==
               HL_WIRE_OK);
    FUZZ_CHECK(hl_wire_decode_call(buffer, written, &other) == HL_WIRE_OK);
    FUZZ_CHECK(fuzz_calls_equal(&call, &other));
    return 0;
}
