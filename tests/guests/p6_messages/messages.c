/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 P4.1 P4.2 P6.1 P6.3 P6.5 */
/* A guest that sends what it is given: any bytes as any message. */
#include "raw.h"

/* 1: a value, else the error's code, negated; of the reply on the input. */
static int32_t reply_code(void)
{
    uint8_t *input = raw_input();
    const uint64_t start = raw_load64(input + raw_load64(input) - 8);
    const uint8_t *result = input + start + 4;
    const uint8_t *tag;
    const uint8_t *code;

    result += raw_load32(result);
    tag = raw_field(result, 4);
    raw_store64(input, start);
    if (tag == NULL || *tag != 2)
        return 1;
    code = raw_field(result, 6);
    code = raw_field(code + raw_load32(code), 4);
    return code == NULL ? 0 : -(int32_t)raw_load32(code);
}

/* Arguments: the message, and the port to ring (0: none, it is the result). */
RAW_FUNCTION(send)
{
    uint32_t len;
    const char *message = raw_text(call, 0, &len);
    const int32_t port = raw_int(call, 1);

    raw_push(message, len);
    if (port == 0)
        return;
    raw_out((uint16_t)port, 0);
    raw_return_int(port == HL_PORT_CALL ? reply_code() : 1);
}
