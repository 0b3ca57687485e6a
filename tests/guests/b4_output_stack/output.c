/* SPDX-License-Identifier: MIT */
/* guarantees: B3 B4 B5 B9 B11 P6.4 */
/* Guests that corrupt the shared buffers. */
#include "raw.h"

/* Argument 0 selects a corrupt value; the tests walk through all of them. */
static uint64_t corrupt(const struct raw_call *call)
{
    static const uint64_t values[] = {
        0,          1,       7,          9,          15,
        0x10001,    0x20000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
        1ull << 63, ~15ull,  ~8ull,      ~7ull,      ~0ull};
    const uint32_t index = (uint32_t)raw_int(call, 0);

    return values[index % (sizeof(values) / sizeof(values[0]))];
}

RAW_FUNCTION(corrupt_stack_pointer)
{
    raw_return_int(1);
    raw_store64(raw_output(), corrupt(call));
}

RAW_FUNCTION(corrupt_back_pointer)
{
    uint8_t *output = raw_output();

    raw_return_int(1);
    raw_store64(output + raw_load64(output) - 8, corrupt(call));
}

RAW_FUNCTION(corrupt_input_stack_pointer)
{
    raw_push_host_call(1);
    raw_store64(raw_input(), corrupt(call));
    raw_out(HL_PORT_CALL, 0);
    raw_return_int(1);
}

/* Leaves the input corrupt but answers: the host sets it right itself. */
RAW_FUNCTION(leave_input_corrupt)
{
    raw_store64(raw_input(), corrupt(call));
    raw_return_int(42);
}

RAW_FUNCTION(two_results)
{
    raw_return_int(1);
    raw_return_int(2);
}

RAW_FUNCTION(many_results)
{
    for (int i = 0; i < 100; i++)
        raw_return_int(i);
}

RAW_FUNCTION(result_is_a_call)
{
    raw_push_host_call(1);
}

RAW_FUNCTION(echo_text)
{
    uint32_t len;
    const char *text = raw_text(call, 0, &len);

    raw_return_text(text, len);
}

RAW_FUNCTION(call_host)
{
    raw_return_int(raw_host_inc(raw_int(call, 0)));
}

RAW_FUNCTION(call_host_with_empty_stack)
{
    raw_out(HL_PORT_CALL, 0);
    raw_return_int(1);
}

RAW_FUNCTION(call_host_with_a_result)
{
    raw_return_int(7);
    raw_out(HL_PORT_CALL, 0);
    raw_return_int(1);
}

/* Fills the input buffer so that the reply finds no room. */
RAW_FUNCTION(call_host_without_room)
{
    raw_push_host_call(1);
    raw_store64(raw_input(), raw_peb()->input_size - 8);
    raw_out(HL_PORT_CALL, 0);
    raw_return_int(1);
}

/* The output buffer full of one byte, stack pointer at its end. */
RAW_FUNCTION(flood_output)
{
    uint8_t *output = raw_output();

    const uint64_t word = (uint8_t)raw_int(call, 0) * 0x0101010101010101ull;

    for (uint64_t i = 8; i < raw_peb()->output_size; i += 8)
        raw_store64(output + i, word);
    raw_store64(output, raw_peb()->output_size);
}
