/* SPDX-License-Identifier: MIT */
/*
 * The guest calls a host function (abi §7). The handler is entered only if
 * the name is granted, a guest call is running, and the argument count, all
 * argument types and the expected return type are those of the declaration.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"

#define MESSAGE_MAX 512

/* One allocation of hl_call_alloc; freed when the handler's reply is sent. */
struct allocation {
    struct allocation *next;
    max_align_t data[];
};

struct hl_host_call {
    void *context;
    struct allocation *allocations;
    bool failed;
    uint32_t code;
    char message[MESSAGE_MAX];
};

void *hl_call_context(hl_host_call *call)
{
    return call->context;
}

void *hl_call_alloc(hl_host_call *call, size_t size)
{
    struct allocation *chunk;

    if (size > SIZE_MAX - sizeof(*chunk))
        return NULL;
    chunk = calloc(1, sizeof(*chunk) + size);
    if (chunk == NULL)
        return NULL;
    chunk->next = call->allocations;
    call->allocations = chunk;
    return chunk->data;
}

static bool is_wire_code(int code)
{
    switch (code) {
#define CASE(name, number, text) case number:
        HL_ERR_TABLE(CASE)
#undef CASE
        return code != HL_ERR_NONE;
    default:
        return false;
    }
}

/* Drop the bytes of a cut UTF-8 sequence at the end of text. */
static void text_trim(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && !hl_wire_utf8_valid(text, len))
        text[--len] = '\0';
}

static void call_vfail(hl_host_call *call, int code, const char *fmt,
                       va_list args) __attribute__((format(printf, 3, 0)));

static void call_vfail(hl_host_call *call, int code, const char *fmt,
                       va_list args)
{
    if (call->failed)
        return;
    call->failed = true;
    call->code = (uint32_t)(is_wire_code(code) ? code : HL_ERR_HOST);
    vsnprintf(call->message, sizeof(call->message), fmt, args);
    text_trim(call->message);
}

bool hl_call_fail(hl_host_call *call, int code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    call_vfail(call, code, fmt, args);
    va_end(args);
    return false;
}

static void call_free(hl_host_call *call)
{
    while (call->allocations != NULL) {
        struct allocation *next = call->allocations->next;

        free(call->allocations);
        call->allocations = next;
    }
}

/* Does every argument have the declared type? */
static bool check_args(hl_host_call *call, const struct hl_wire_call *wire,
                       const hl_provided *provided)
{
    const unsigned expected = hl_signature_count(provided->signature);

    if (wire->count != expected)
        return hl_call_fail(call, HL_ERR_HOST,
                            "The number of arguments to the function is "
                            "wrong: got %u expected %u",
                            wire->count, expected);
    for (unsigned i = 0; i < expected; i++) {
        const enum hl_type type = hl_signature_param(provided->signature, i);
        const hl_value *arg = &wire->args[i];

        if (arg->type != type)
            return hl_call_fail(
                call, HL_ERR_HOST, "Failed To Convert Parameter Value %s to %s",
                hl_type_name((enum hl_type)arg->type), hl_type_name(type));
        if ((provided->cstrs >> i & 1) != 0 &&
            memchr(arg->as.string.data, '\0', arg->as.string.len) != NULL)
            return hl_call_fail(call, HL_ERR_HOST,
                                "string argument %u holds a NUL byte", i);
    }
    return true;
}

/* The grant this call may enter, or NULL with the call failed. */
static const struct hl_grant *check_call(const struct hl_sandbox *sandbox,
                                         hl_host_call *call,
                                         const struct hl_wire_call *wire)
{
    const struct hl_grant *grant =
        config_find_grant(sandbox->config, wire->name);

    if (sandbox->phase != HL_PHASE_CALL &&
        !sandbox->config->allow_startup_calls) {
        hl_call_fail(call, HL_ERR_HOST,
                     "host functions cannot be called during start-up");
        return NULL;
    }
    if (grant == NULL) {
        hl_call_fail(call, HL_ERR_HOST, "HostFunction %.*s was not found",
                     (int)(wire->name.len < 256 ? wire->name.len : 256),
                     wire->name.data);
        return NULL;
    }
    if (!check_args(call, wire, grant->provided))
        return NULL;
    if (wire->returns != hl_signature_return(grant->provided->signature)) {
        hl_call_fail(
            call, HL_ERR_HOST, "host function %s returns %s, not %s",
            grant->provided->name,
            hl_type_name(hl_signature_return(grant->provided->signature)),
            hl_type_name((enum hl_type)wire->returns));
        return NULL;
    }
    return grant;
}

static void serve(struct hl_sandbox *sandbox, hl_host_call *call,
                  const struct hl_wire_call *wire, struct hl_wire_result *reply)
{
    const struct hl_grant *grant = check_call(sandbox, call, wire);

    if (grant != NULL) {
        sandbox->stats.host_calls++;
        call->context = grant->context;
        grant->provided->thunk(call, wire->args, &reply->value);
    }
    if (call->failed) {
        reply->is_error = true;
        reply->code = call->code;
        reply->message = (hl_string){call->message, strlen(call->message)};
    }
}

static hl_status decode_call(struct hl_sandbox *sandbox,
                             const struct hl_message *message,
                             struct hl_wire_call *wire, hl_error *error)
{
    const enum hl_wire_error decoded = sandbox->channel.ops->codec.decode_call(
        message->data, message->size, wire);

    if (decoded != HL_WIRE_OK)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "malformed host call from the guest: %s",
                            hl_wire_error_text(decoded));
    if (wire->kind != HL_WIRE_CALL_HOST)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "guest sent a call that is not marked as a host "
                            "call");
    return HL_OK;
}

/*
 * Chunks, which generation C alone has (abi §12.5), are bytes to the host's
 * functions, so that one serves both. True: the answer is to be chunks again.
 */
static bool chunks_flatten(struct hl_wire_call *wire)
{
    const bool chunks = wire->returns == HL_TYPE_CHUNKS;

    if (chunks)
        wire->returns = HL_TYPE_BYTES;
    for (uint32_t i = 0; i < wire->count; i++)
        if (wire->args[i].type == HL_TYPE_CHUNKS)
            wire->args[i].type = HL_TYPE_BYTES;
    return chunks;
}

static hl_status send_reply(struct hl_sandbox *sandbox,
                            const struct hl_wire_result *reply, bool chunks,
                            size_t *size, hl_error *error)
{
    struct hl_wire_result as_asked = *reply;

    if (chunks && !reply->is_error)
        as_asked.value.type = HL_TYPE_CHUNKS;
    return sandbox->channel.ops->send_reply(&sandbox->channel, &as_asked, size,
                                            error);
}

hl_status sandbox_host_call(struct hl_sandbox *sandbox,
                            const struct hl_message *message, hl_error *error)
{
    hl_host_call call = {0};
    struct hl_wire_call wire;
    struct hl_wire_result reply = {0};
    hl_status status;
    size_t size;
    bool chunks;

    if (sandbox->phase == HL_PHASE_CHECKPOINT)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "guest called a host function during a snapshot "
                            "checkpoint");
    status = decode_call(sandbox, message, &wire, error);
    if (status != HL_OK)
        return status;
    status = sandbox_charge(sandbox, HL_LIMIT_HOST_CALLS, 1, error);
    if (status != HL_OK)
        return status;
    chunks = chunks_flatten(&wire);
    sandbox_trace(sandbox,
                  (hl_trace_event){.kind = HL_TRACE_HOST_CALL,
                                   .name = wire.name,
                                   .args = wire.args,
                                   .arg_count = wire.count,
                                   .returns = (enum hl_type)wire.returns,
                                   .size = message->size});
    serve(sandbox, &call, &wire, &reply);
    status = send_reply(sandbox, &reply, chunks, &size, error);
    if (status == HL_FAIL_ARGUMENT) {
        /* The handler returned what the wire cannot carry: its error. */
        hl_call_fail(&call, HL_ERR_HOST,
                     "host function %.*s returned an invalid value",
                     (int)wire.name.len, wire.name.data);
        reply = (struct hl_wire_result){
            .is_error = true,
            .code = call.code,
            .message = {call.message, strlen(call.message)},
        };
        status = send_reply(sandbox, &reply, false, &size, error);
    }
    if (status == HL_OK)
        sandbox_trace(
            sandbox,
            (hl_trace_event){.kind = HL_TRACE_HOST_RESULT,
                             .name = wire.name,
                             .value = reply.is_error ? NULL : &reply.value,
                             .is_error = reply.is_error,
                             .code = reply.code,
                             .message = reply.message,
                             .size = size});
    call_free(&call);
    return status;
}
