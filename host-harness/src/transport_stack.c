/* SPDX-License-Identifier: MIT */
/* Generation B's transport: two stacks of size-prefixed messages (abi §5). */
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "layout.h"

static uint64_t load64(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint32_t load32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static void store64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void stack_reset(struct hl_channel *channel)
{
    store64(channel->input, HL_STACK_EMPTY);
    store64(channel->output, HL_STACK_EMPTY);
    channel->input_written = HL_STACK_EMPTY;
}

static void input_clear(struct hl_channel *channel)
{
    memset(channel->input + HL_STACK_EMPTY, 0,
           channel->input_written - HL_STACK_EMPTY);
    store64(channel->input, HL_STACK_EMPTY);
    channel->input_written = HL_STACK_EMPTY;
}

/* What an encoder made of it: a status for the caller, or HL_OK. */
static hl_status encode_status(enum hl_wire_error wire, uint64_t room,
                               hl_error *error)
{
    switch (wire) {
    case HL_WIRE_OK:
        return HL_OK;
    case HL_WIRE_CAPACITY:
        return hl_error_set(error, HL_FAIL_TOO_BIG,
                            "message does not fit the %llu bytes left of the "
                            "guest's input buffer: raise --input-size",
                            (unsigned long long)room);
    default:
        return hl_error_set(error, HL_FAIL_ARGUMENT,
                            "message cannot be encoded: %s",
                            hl_wire_error_text(wire));
    }
}

/* Finish a push of size bytes encoded at sp, or take a failed one back. */
static void push_end(struct hl_channel *channel, uint64_t sp, uint64_t room,
                     size_t size, bool ok)
{
    if (!ok) {
        memset(channel->input + sp, 0, room);
        return;
    }
    store64(channel->input + sp + size, sp);
    sp += size + HL_STACK_OVERHEAD;
    store64(channel->input, sp);
    if (sp > channel->input_written)
        channel->input_written = sp;
}

static hl_status stack_send_call(struct hl_channel *channel,
                                 const struct hl_wire_call *call, size_t *size,
                                 hl_error *error)
{
    const uint64_t sp = HL_STACK_EMPTY;
    const uint64_t room = channel->input_size - sp - HL_STACK_OVERHEAD;
    enum hl_wire_error wire =
        hl_wire_encode_call(call, channel->input + sp, room, size);

    push_end(channel, sp, room, *size, wire == HL_WIRE_OK);
    return encode_status(wire, room, error);
}

static hl_status stack_send_reply(struct hl_channel *channel,
                                  const struct hl_wire_result *reply,
                                  size_t *size, hl_error *error)
{
    /* The guest's own cursor (its call may still lie below): read once. */
    const uint64_t sp = load64(channel->input);
    enum hl_wire_error wire;
    uint64_t room;

    if (sp < HL_STACK_EMPTY || sp > channel->input_size)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "guest set the input stack pointer to 0x%llx",
                            (unsigned long long)sp);
    if (channel->input_size - sp < HL_STACK_OVERHEAD)
        return encode_status(HL_WIRE_CAPACITY, 0, error);
    room = channel->input_size - sp - HL_STACK_OVERHEAD;
    wire = hl_wire_encode_result(reply, channel->input + sp, room, size);
    push_end(channel, sp, room, *size, wire == HL_WIRE_OK);
    return encode_status(wire, room, error);
}

static hl_status bad_output(const char *what, uint64_t value, hl_error *error)
{
    return hl_error_set(error, HL_FAIL_PROTOCOL,
                        "guest's output stack is corrupt: %s 0x%llx", what,
                        (unsigned long long)value);
}

static hl_status stack_receive(struct hl_channel *channel,
                               struct hl_message *message, bool *empty,
                               hl_error *error)
{
    uint8_t *output = channel->output;
    const uint64_t sp = load64(output);
    uint64_t start;
    uint64_t slot;
    uint64_t length;
    uint32_t prefix;

    *empty = sp == HL_STACK_EMPTY;
    if (*empty)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "guest's output stack is empty");
    if (sp < HL_STACK_POP_MIN || sp > channel->output_size)
        return bad_output("stack pointer", sp, error);
    start = load64(output + sp - HL_STACK_OVERHEAD);
    if (start < HL_STACK_EMPTY || start > sp - HL_STACK_POP_MIN)
        return bad_output("back-pointer", start, error);
    slot = sp - HL_STACK_OVERHEAD - start;
    prefix = load32(output + start);
    length = (uint64_t)prefix + sizeof(prefix);
    if (length > slot)
        return bad_output("size prefix", prefix, error);
    /* The prefix that was checked, not what may stand there by now (B2). */
    memcpy(channel->copy, &prefix, sizeof(prefix));
    memcpy(channel->copy + sizeof(prefix), output + start + sizeof(prefix),
           length - sizeof(prefix));
    memset(output + start, 0, sp - start);
    store64(output, start);
    message->data = channel->copy;
    message->size = length;
    return HL_OK;
}

static hl_status stack_finish(struct hl_channel *channel, hl_error *error)
{
    const uint64_t sp = load64(channel->output);

    input_clear(channel);
    if (sp == HL_STACK_EMPTY)
        return HL_OK;
    memset(channel->output, 0, channel->output_size);
    store64(channel->output, HL_STACK_EMPTY);
    return bad_output("unread bytes up to", sp, error);
}

/* ---- Memory (abi §2.1, §2.2) ------------------------------------------- */

static void stack_plan(struct hl_layout *layout)
{
    layout->arena_size = layout->input_size + layout->output_size;
}

static void stack_peb_write(uint8_t *page, const struct hl_layout *layout)
{
    const struct hl_abi_peb peb = {
        .input_size = layout->input_size,
        .input = layout->scratch_gva,
        .output_size = layout->output_size,
        .output = layout->scratch_gva + layout->input_size,
        .init_data = layout->heap + layout->heap_size,
        .heap_size = layout->heap_size,
        .heap = layout->heap,
    };

    memcpy(page, &peb, sizeof(peb));
}

static hl_status stack_open(struct hl_channel *channel,
                            const struct hl_layout *layout, uint8_t *scratch,
                            hl_error *error)
{
    *channel = (struct hl_channel){
        .ops = &hl_transport_stack,
        .input = scratch,
        .input_size = layout->input_size,
        .output = scratch + layout->input_size,
        .output_size = layout->output_size,
        .copy = malloc(layout->output_size),
        .input_written = HL_STACK_EMPTY,
    };
    if (channel->copy == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    return HL_OK;
}

static void stack_close(struct hl_channel *channel)
{
    free(channel->copy);
    channel->copy = NULL;
}

const struct hl_transport_ops hl_transport_stack = {
    .name = "stack",
    .codec = {hl_wire_decode_call, hl_wire_decode_result},
    .meta_end = HL_META_END,
    .min_pages = 12,
    .min_buffer = HL_STACK_SIZE_MIN,
    .plan = stack_plan,
    .peb_write = stack_peb_write,
    .open = stack_open,
    .close = stack_close,
    .call_port = HL_PORT_CALL,
    .log_port = HL_PORT_LOG,
    .reset = stack_reset,
    .send_call = stack_send_call,
    .send_reply = stack_send_reply,
    .receive = stack_receive,
    .finish = stack_finish,
};
