/* SPDX-License-Identifier: MIT */
/* The three decoders, in both forms, on any bytes of any size up to N. */
#include <hl/wire.h>

#include "__fc_builtin.h"

#ifndef N
#define N 64
#endif

static uint8_t message[N];

int main(void)
{
    const size_t size = (size_t)Frama_C_interval(0, N);
    struct hl_wire_call call;
    struct hl_wire_result result;
    struct hl_wire_log log;

    Frama_C_make_unknown((char *)message, N);
    switch (Frama_C_interval(0, 4)) {
    case 0:
        return hl_wire_decode_call(message, size, &call);
    case 1:
        return hl_wire_decode_result(message, size, &result);
    case 2:
        return hl_wire_decode_call_external(message, size, &call);
    case 3:
        return hl_wire_decode_result_external(message, size, &result);
    default:
        return hl_wire_decode_log(message, size, &log);
    }
}
