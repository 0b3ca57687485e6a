/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B8 B14
 *
 * Any bytes as GuestLogData. B1, B14: what is accepted has a known level and
 * all four strings. B8: each lies in the message, is UTF-8 and ends with NUL;
 * what was decoded encodes again and decodes to the same.
 *
 * max_len: 160
 */
#include "wire_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buffer[5 * FUZZ_BUFFER];
    struct hl_wire_log log, other;
    const uint8_t *message = fuzz_message(data, &size);
    size_t written;

    if (message == NULL ||
        hl_wire_decode_log(message, size, &log) != HL_WIRE_OK)
        return 0;
    FUZZ_CHECK(log.level <= WIRE_LOG_LEVEL_MAX);
    FUZZ_CHECK(fuzz_string_good(message, size, log.message));
    FUZZ_CHECK(fuzz_string_good(message, size, log.source));
    FUZZ_CHECK(fuzz_string_good(message, size, log.caller));
    FUZZ_CHECK(fuzz_string_good(message, size, log.file));
    FUZZ_CHECK(hl_wire_encode_log(&log, buffer, sizeof(buffer), &written) ==
               HL_WIRE_OK);
    FUZZ_CHECK(hl_wire_decode_log(buffer, written, &other) == HL_WIRE_OK);
    FUZZ_CHECK(other.level == log.level && other.line == log.line &&
               fuzz_strings_equal(other.message, log.message) &&
               fuzz_strings_equal(other.source, log.source) &&
               fuzz_strings_equal(other.caller, log.caller) &&
               fuzz_strings_equal(other.file, log.file));
    return 0;
}
