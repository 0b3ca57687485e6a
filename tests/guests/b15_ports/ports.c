/* SPDX-License-Identifier: MIT */
/* guarantees: B13 B14 B15 P3.6 */
/* Guests that misuse the ports. */
#include "raw.h"

/* Argument 0: the port. */
RAW_FUNCTION(out32)
{
    raw_out((uint16_t)raw_int(call, 0), 0x12345678);
    raw_return_int(1);
}

RAW_FUNCTION(out16)
{
    __asm__ volatile("outw %w0, %w1" ::"a"(0x1234), "d"(raw_int(call, 0)));
    raw_return_int(1);
}

RAW_FUNCTION(out8)
{
    __asm__ volatile("outb %b0, %w1" ::"a"(0x12), "d"(raw_int(call, 0)));
    raw_return_int(1);
}

RAW_FUNCTION(in32)
{
    uint32_t value;

    __asm__ volatile("inl %w1, %0" : "=a"(value) : "d"(raw_int(call, 0)));
    raw_return_int((int32_t)value);
}

RAW_FUNCTION(in8)
{
    uint8_t value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(raw_int(call, 0)));
    raw_return_int(value);
}

/* String output and input of each width; argument 0: the port. */
#define STRING_OUT(name, instruction)                                          \
    RAW_FUNCTION(name)                                                         \
    {                                                                          \
        static const uint32_t data[8] = {1, 2, 3};                             \
        const uint32_t *from = data;                                           \
        uint64_t count = 8;                                                    \
                                                                               \
        __asm__ volatile("cld; rep " instruction                               \
                         : "+S"(from), "+c"(count)                             \
                         : "d"(raw_int(call, 0))                               \
                         : "memory");                                          \
        raw_return_int(1);                                                     \
    }
#define STRING_IN(name, instruction)                                           \
    RAW_FUNCTION(name)                                                         \
    {                                                                          \
        uint32_t data[8] = {0};                                                \
        uint32_t *to = data;                                                   \
        uint64_t count = 8;                                                    \
                                                                               \
        __asm__ volatile("cld; rep " instruction                               \
                         : "+D"(to), "+c"(count)                               \
                         : "d"(raw_int(call, 0))                               \
                         : "memory");                                          \
        raw_return_int((int32_t)data[0]);                                      \
    }
STRING_OUT(rep_outs, "outsl")
STRING_OUT(rep_outs16, "outsw")
STRING_OUT(rep_outs8, "outsb")
STRING_IN(rep_ins, "insl")
STRING_IN(rep_ins16, "insw")
STRING_IN(rep_ins8, "insb")

RAW_FUNCTION(in16)
{
    uint16_t value;

    __asm__ volatile("inw %w1, %0" : "=a"(value) : "d"(raw_int(call, 0)));
    raw_return_int(value);
}

/* Arguments: seed, number of words for the abort port. */
RAW_FUNCTION(abort_random)
{
    uint64_t seed = (uint32_t)raw_int(call, 0) | 1;

    for (int32_t left = raw_int(call, 1); left > 0; left--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        raw_out(HL_PORT_ABORT, (uint32_t)(seed >> 32));
    }
    raw_return_int(1);
}

RAW_FUNCTION(print_character)
{
    raw_out(HL_PORT_DEBUG, (uint32_t)raw_int(call, 0));
    raw_return_int(1);
}

/* Argument 0: level byte of a record that is else well formed. */
RAW_FUNCTION(log_level)
{
    uint8_t message[sizeof(raw_log_record)];

    for (unsigned i = 0; i < sizeof(message); i++)
        message[i] = raw_log_record[i];
    message[0x37] = (uint8_t)raw_int(call, 0);
    raw_put(HL_VQ_LOG, message, sizeof(message));
    raw_ring(HL_VQ_LOG);
    raw_return_int(1);
}

RAW_FUNCTION(loop_over_logs)
{
    for (;;) {
        raw_put(HL_VQ_LOG, raw_log_record, sizeof(raw_log_record));
        raw_ring(HL_VQ_LOG);
    }
}

RAW_FUNCTION(log_nothing)
{
    raw_ring(HL_VQ_LOG);
    raw_return_int(1);
}

RAW_FUNCTION(log_a_result)
{
    raw_return_int(7);
    raw_ring(HL_VQ_LOG);
    raw_return_int(1);
}

RAW_FUNCTION(log_zeros)
{
    static const uint8_t zeros[64] = {0};

    raw_put(HL_VQ_LOG, zeros, sizeof(zeros));
    raw_ring(HL_VQ_LOG);
    raw_return_int(1);
}

RAW_FUNCTION(abort_plain)
{
    raw_abort(9, "bye");
}

RAW_FUNCTION(abort_empty)
{
    raw_out(HL_PORT_ABORT, 1u | (uint32_t)HL_ABORT_END << 8);
}

RAW_FUNCTION(abort_exception)
{
    raw_out(HL_PORT_ABORT, 2u | 15u << 8 | (uint32_t)HL_VECTOR_PAGE << 16);
    raw_abort('p', "retend"); /* code and vector were sent: all is text */
}

RAW_FUNCTION(abort_too_long)
{
    for (int i = 0; i < 2000; i++)
        raw_out(HL_PORT_ABORT, 1u | 'x' << 8);
    raw_return_int(1);
}

RAW_FUNCTION(abort_with_long_length_byte)
{
    raw_out(HL_PORT_ABORT, 200u | 9u << 8 | 'h' << 16 | (uint32_t)'i' << 24);
    raw_out(HL_PORT_ABORT, 255u | (uint32_t)HL_ABORT_END << 8);
}

RAW_FUNCTION(abort_with_bytes_that_are_no_text)
{
    raw_out(HL_PORT_ABORT, 3u | 9u << 8 | 0xC3u << 16 | 0x1Bu << 24);
    raw_out(HL_PORT_ABORT, 2u | 0u << 8 | (uint32_t)HL_ABORT_END << 16);
}

/* Ends normally with half an abort sent: the next call must not see it. */
RAW_FUNCTION(abort_by_half)
{
    raw_out(HL_PORT_ABORT, 3u | 200u << 8 | 'o' << 16 | (uint32_t)'l' << 24);
    raw_return_int(42);
}
