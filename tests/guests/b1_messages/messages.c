/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B4 B9 P6.4 */
/* Guests whose messages are wrong, by whatever transport they travel. */
#include "raw.h"

/* 61 is one more than the slot of a 64-byte element holds; the last four end
 * the message before it begins. */
RAW_FUNCTION(corrupt_size_prefix)
{
    static const uint32_t values[] = {
        61,         64,         0x10000,    0x7FFFFFFF, 0x80000000,
        0xFFFFFFFB, 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF,
        0,          1,          2,          3};

    raw_return_int(1);
    raw_store32(raw_newest(), values[(uint32_t)raw_int(call, 0) % 14]);
}

RAW_FUNCTION(corrupt_message)
{
    raw_return_int(1);
    raw_newest()[raw_int(call, 0)] ^= 0x55;
}

RAW_FUNCTION(result_of_wrong_type)
{
    raw_return_text("text", 4);
}

/* Argument 0: the kind byte of a host call (2 is right). */
RAW_FUNCTION(call_host_with_kind)
{
    raw_push_host_call(1);
    raw_newest()[0x1b] = (uint8_t)raw_int(call, 0);
    raw_ring(HL_VQ_REQUEST);
    raw_return_int(1);
}
