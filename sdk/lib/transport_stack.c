/* SPDX-License-Identifier: MIT */
/*
 * Generation B: two buffers used as stacks (abi §5). The call's element stays
 * on the input stack until the result is sent, and an answer of the host lands
 * above it. Elements have any alignment.
 */
#include "runtime.h"
#include "transport.h"

/* Words in the buffers may be unaligned. */
struct word {
    uint64_t value;
} __attribute__((packed, may_alias));

static inline uint64_t word_get(uint64_t address)
{
    return ((const struct word *)(uintptr_t)address)->value;
}

static inline void word_set(uint64_t address, uint64_t value)
{
    ((struct word *)(uintptr_t)address)->value = value;
}

/* Before exceptions can be taken. */
void hl_stack_start(const struct hl_abi_peb *peb)
{
    if (peb->input_size < HL_STACK_POP_MIN ||
        peb->output_size < HL_STACK_POP_MIN ||
        !hl_transport_area(peb->input, peb->input_size) ||
        !hl_transport_area(peb->output, peb->output_size))
        hl_abort_text(HL_ERR_UNKNOWN, "the host's buffers have no valid size",
                      NULL);
    hl_runtime.input = peb->input;
    hl_runtime.input_size = peb->input_size;
    hl_runtime.output = peb->output;
    hl_runtime.output_size = peb->output_size;
}

/*
 * The input's top element, checked as the host checks ours: its offset, or 0;
 * *size gets its bytes without the back-pointer.
 */
static uint64_t input_top(size_t *size)
{
    uint64_t input = hl_runtime.input;
    uint64_t end = word_get(input), start;

    if (end < HL_STACK_POP_MIN || end > hl_runtime.input_size)
        return 0;
    start = word_get(input + end - HL_STACK_OVERHEAD);
    if (start < HL_STACK_EMPTY || start > end - HL_STACK_POP_MIN)
        return 0;
    *size = end - start - HL_STACK_OVERHEAD;
    return start;
}

/* Where the next message to the host goes, and its room; aborts when the
 * stack's pointer is not one, for then nothing can be said any more. */
static uint64_t output_next(size_t *room)
{
    uint64_t next = word_get(hl_runtime.output);

    if (next < HL_STACK_EMPTY ||
        next > hl_runtime.output_size - HL_STACK_OVERHEAD)
        hl_abort_text(HL_ERR_OUTB, "the output stack is corrupt", NULL);
    *room = hl_runtime.output_size - HL_STACK_OVERHEAD - next;
    return next;
}

static inline void output_push(uint64_t start, size_t size)
{
    uint64_t output = hl_runtime.output;

    word_set(output + start + size, start);
    word_set(output, start + size + HL_STACK_OVERHEAD);
}

enum hl_received hl_stack_receive(struct hl_wire_call *call, const char **why)
{
    enum hl_wire_error error;
    size_t size;
    uint64_t start = input_top(&size);

    if (start == 0) {
        hl_runtime.call->element = HL_STACK_EMPTY;
        *why = "the input stack is corrupt";
        return HL_RECEIVED_MALFORMED;
    }
    hl_runtime.call->element = start;
    error = hl_wire_decode_call((const void *)(hl_runtime.input + start), size,
                                call);
    if (error == HL_WIRE_OK)
        return HL_RECEIVED_CALL;
    *why = hl_wire_error_text(error);
    return HL_RECEIVED_MALFORMED;
}

enum hl_wire_error hl_stack_result(const struct hl_wire_result *result)
{
    size_t room, size;
    uint64_t start = output_next(&room);
    enum hl_wire_error error = hl_wire_encode_result(
        result, (void *)(hl_runtime.output + start), room, &size);

    if (error != HL_WIRE_OK)
        return error;
    word_set(hl_runtime.input, hl_runtime.call->element);
    output_push(start, size);
    return HL_WIRE_OK;
}

enum hl_wire_error hl_stack_call(const struct hl_wire_call *call,
                                 struct hl_wire_result *answer, bool *refused)
{
    uint64_t top = word_get(hl_runtime.input);
    size_t room, size;
    uint64_t start = output_next(&room);
    enum hl_wire_error error = hl_wire_encode_call(
        call, (void *)(hl_runtime.output + start), room, &size);

    *refused = false;
    if (error != HL_WIRE_OK)
        return error;
    output_push(start, size);
    hl_out(HL_PORT_CALL, 0);

    *refused = true;
    if (top == 0 || input_top(&size) != top) /* 0 is what no element has */
        return HL_WIRE_TRUNCATED;
    error = hl_wire_decode_result((const void *)(hl_runtime.input + top), size,
                                  answer);
    if (error != HL_WIRE_OK)
        hl_stack_answered();
    return error;
}

void hl_stack_answered(void)
{
    size_t size;
    uint64_t start = input_top(&size);

    if (start)
        word_set(hl_runtime.input, start);
}

void hl_stack_log(const struct hl_wire_log *record)
{
    size_t room, size;
    uint64_t start = output_next(&room);

    if (hl_wire_encode_log(record, (void *)(hl_runtime.output + start), room,
                           &size) != HL_WIRE_OK)
        return;
    output_push(start, size);
    hl_out(HL_PORT_LOG, 0);
}

size_t hl_stack_output_room(void)
{
    size_t room;

    output_next(&room);
    return room;
}

size_t hl_stack_input_room(void)
{
    uint64_t next = word_get(hl_runtime.input) + HL_STACK_OVERHEAD;

    return next < hl_runtime.input_size ? hl_runtime.input_size - next : 0;
}
