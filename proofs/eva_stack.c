/* SPDX-License-Identifier: MIT */
/*
 * The stack transport on any bytes in both of the guest's buffers, and a reply
 * of any number: everything the host does with them between two entries.
 */
#include "channel.h"

#include "__fc_builtin.h"

#define SIZE 4096

static uint8_t input[SIZE], output[SIZE], copy[SIZE];

hl_status hl_error_set(hl_error *error, hl_status status, const char *fmt, ...)
{
    (void)error;
    (void)fmt;
    return status;
}

int main(void)
{
    struct hl_channel channel = {
        .ops = &hl_transport_stack,
        .input = input,
        .input_size = SIZE,
        .output = output,
        .output_size = SIZE,
        .copy = copy,
        .input_written = HL_STACK_EMPTY,
    };
    struct hl_wire_result reply = {.value = {.type = HL_TYPE_LONG}};
    struct hl_message message;
    hl_error error;
    size_t size = 0;
    bool empty;

    channel.ops->reset(&channel);
    reply.value.as.i64 = Frama_C_interval(-100, 100);
    for (int round = 0; round < 2; round++) {
        Frama_C_make_unknown((char *)input, SIZE);
        Frama_C_make_unknown((char *)output, SIZE);
        channel.ops->receive(&channel, &message, &empty, &error);
        channel.ops->send_reply(&channel, &reply, &size, &error);
    }
    return channel.ops->finish(&channel, &error);
}
