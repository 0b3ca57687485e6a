/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B8 P6.2 P6.3
 *
 * Any bytes as a FunctionCallResult. B1, P6.3: the quick way accepts only what
 * the rules accept, with the same values. B8: each string lies in the message,
 * is UTF-8 and ends with NUL. P6.2: what was decoded encodes again and decodes
 * to the same; an error code is one that exists.
 *
 * max_len: 160
 */
#include "wire_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buffer[2 * FUZZ_BUFFER];
    struct hl_wire_result result, other;
    const uint8_t *message = fuzz_message(data, &size);
    enum hl_wire_error error, rules;
    size_t written;

    if (message == NULL)
        return 0;
    error = hl_wire_decode_result(message, size, &result);
    rules = hl_wire_result_verify(message, size, false, &other);
    FUZZ_CHECK(error == rules);
    if (error != HL_WIRE_OK)
        return 0;
    FUZZ_CHECK(fuzz_results_equal(&result, &other));
    if (result.is_error) {
        FUZZ_CHECK(result.code <= HL_ERR_HOST);
        FUZZ_CHECK(fuzz_string_good(message, size, result.message));
    } else {
        FUZZ_CHECK(fuzz_value_good(message, size, &result.value));
    }
    FUZZ_CHECK(hl_wire_encode_result(&result, buffer, sizeof(buffer),
                                     &written) == HL_WIRE_OK);
    FUZZ_CHECK(hl_wire_decode_result(buffer, written, &other) == HL_WIRE_OK);
    FUZZ_CHECK(fuzz_results_equal(&result, &other));
    return 0;
}
