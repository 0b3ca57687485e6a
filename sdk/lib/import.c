/* SPDX-License-Identifier: MIT */
/* Host calls (abi §7): what fails is a value, with its text in
 * hl_last_error(). */
#include "runtime.h"
#include "transport.h"

static inline void copy(char *to, const void *bytes, size_t size)
{
    __builtin_memcpy(to, bytes, size);
}

/* Bytes of the answer into the arena, with a NUL behind them. */
static const char *keep(const void *bytes, size_t size)
{
    char *kept = hl_alloc(size + 1);

    if (!kept)
        return NULL;
    copy(kept, bytes, size);
    kept[size] = 0;
    return kept;
}

static hl_status no_room(hl_string name)
{
    hl_error_set("the answer of ", name.data,
                 " does not fit the call's arena: raise --scratch", NULL);
    return HL_ERR_MALLOC;
}

static hl_status answer_error(const struct hl_wire_result *answer,
                              hl_string name)
{
    const char *text = keep(answer->message.data, answer->message.len);

    if (!text)
        return no_room(name);
    hl_runtime.call->last_error = text;
    if (answer->code == HL_OK || answer->code > HL_ERR_HOST)
        return HL_ERR_UNKNOWN;
    return (hl_status)answer->code;
}

static hl_status answer_value(const struct hl_wire_call *call,
                              const hl_value *from, hl_value *to)
{
    if (from->type != call->returns) {
        hl_error_set("host function ", call->name.data,
                     " returned another type than was declared", NULL);
        return HL_ERR_PARAMETER_UNSUPPORTED;
    }
    *to = *from;
    if (from->type == HL_TYPE_STRING || from->type == HL_TYPE_BYTES ||
        from->type == HL_TYPE_CHUNKS) {
        to->as.string.data = keep(from->as.string.data, from->as.string.len);
        if (!to->as.string.data)
            return no_room(call->name);
    }
    return HL_OK;
}

hl_status hl_host_call(const struct hl_wire_call *call, hl_value *answer)
{
    struct hl_call_state *state = hl_runtime.call;
    struct hl_wire_result reply;
    enum hl_wire_error error;
    hl_status status;
    bool refused;

    state->in_host_call = true;
    error = hl_transport_call(call, &reply, &refused);
    state->in_host_call = false;
    if (error != HL_WIRE_OK) {
        hl_error_set(refused ? "the answer of " : "the arguments of ",
                     call->name.data, ": ",
                     error == HL_WIRE_CAPACITY
                         ? "they do not fit the output buffer: raise "
                           "--output-size"
                         : hl_wire_error_text(error),
                     NULL);
        return refused ? HL_ERR_OUTB : HL_ERR_PARAMETER_UNSUPPORTED;
    }
    status = reply.is_error ? answer_error(&reply, call->name)
                            : answer_value(call, &reply.value, answer);
    hl_transport_answered();
    return status;
}

static bool holds_nul(hl_string text)
{
    return __builtin_memchr(text.data, 0, text.len) != NULL;
}

hl_status hl_import_call(const char *name, size_t name_len,
                         hl_signature signature, bool cstr,
                         const hl_value *args, hl_value *answer)
{
    struct hl_wire_call call;
    hl_status status;

    call.name.data = name;
    call.name.len = name_len;
    call.kind = HL_WIRE_CALL_HOST;
    call.returns = signature & 15;
    call.count = 0;
    while (signature >>= 4) {
        call.args[call.count] = args[call.count];
        if (args[call.count].type != (signature & 15)) {
            hl_error_set("an argument of ", name, " is NULL", NULL);
            return HL_ERR_PARAMETER_UNSUPPORTED;
        }
        call.count++;
    }
    status = hl_host_call(&call, answer);
    if (status == HL_OK && cstr && holds_nul(answer->as.string)) {
        hl_error_set("the text that ", name,
                     " returned has a NUL byte inside, which a C string "
                     "cannot carry",
                     NULL);
        return HL_ERR_PARAMETER_TYPE;
    }
    return status;
}

/* What surrounds the payload of a message with one argument, generously. */
#define ENVELOPE 256

size_t hl_output_room(void)
{
    size_t room = hl_transport_output_room();

    return room > ENVELOPE ? room - ENVELOPE : 0;
}

size_t hl_input_room(void)
{
    size_t room = hl_transport_input_room();

    return room > ENVELOPE ? room - ENVELOPE : 0;
}
