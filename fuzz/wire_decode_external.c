/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B8 P6.2 P6.3
 *
 * Any bytes as generation C's form of calls and results. B1: byte values lie in
 * what is behind the FlatBuffer, one after the other, and use it up. B8: each
 * string lies in the message. P6.2: what was decoded encodes again and decodes
 * to the same.
 *
 * max_len: 160
 */
#include "wire_fuzz.h"

static uint8_t buffer[HL_WIRE_ARGS_MAX * FUZZ_BUFFER];

/* The bytes of values, taken together, are what ends the message. */
static void bytes_check(const uint8_t *message, size_t size,
                        const hl_value *values, uint32_t count)
{
    const uint8_t *next = NULL;

    for (uint32_t i = 0; i < count; i++) {
        FUZZ_CHECK(fuzz_value_good(message, size, &values[i]));
        if (values[i].type != HL_TYPE_BYTES && values[i].type != HL_TYPE_CHUNKS)
            continue;
        FUZZ_CHECK(next == NULL || next == values[i].as.bytes.data);
        next = values[i].as.bytes.data + values[i].as.bytes.len;
    }
    FUZZ_CHECK(next == NULL || next == message + size);
}

static void call_check(const uint8_t *message, size_t size)
{
    static struct hl_wire_call call, other;
    size_t written;

    if (hl_wire_decode_call_external(message, size, &call) != HL_WIRE_OK)
        return;
    FUZZ_CHECK(fuzz_string_good(message, size, call.name));
    bytes_check(message, size, call.args, call.count);
    FUZZ_CHECK(hl_wire_encode_call_external(&call, buffer, sizeof(buffer),
                                            &written) == HL_WIRE_OK);
    FUZZ_CHECK(hl_wire_decode_call_external(buffer, written, &other) ==
               HL_WIRE_OK);
    FUZZ_CHECK(fuzz_calls_equal(&call, &other));
}

static void result_check(const uint8_t *message, size_t size)
{
    struct hl_wire_result result, other;
    size_t written;

    if (hl_wire_decode_result_external(message, size, &result) != HL_WIRE_OK)
        return;
    if (result.is_error)
        FUZZ_CHECK(fuzz_string_good(message, size, result.message));
    else
        bytes_check(message, size, &result.value, 1);
    FUZZ_CHECK(hl_wire_encode_result_external(&result, buffer, sizeof(buffer),
                                              &written) == HL_WIRE_OK);
    FUZZ_CHECK(hl_wire_decode_result_external(buffer, written, &other) ==
               HL_WIRE_OK);
    FUZZ_CHECK(fuzz_results_equal(&result, &other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *message = fuzz_message(data, &size);

    if (message == NULL)
        return 0;
    call_check(message, size);
    result_check(message, size);
    return 0;
}
