/* SPDX-License-Identifier: MIT */
/*
 * A call of the host: find the export, check what it is called with, run it,
 * send exactly one result (abi §8.1).
 */
#include "runtime.h"
#include "transport.h"

/*
 * The name's first 8 bytes as a number that orders as the names do. Behind the
 * texts of a message there are always 8 readable bytes (transport.h).
 */
static uint64_t name_key(hl_string name)
{
    uint64_t key;

    __builtin_memcpy(&key, name.data, sizeof(key));
    key = __builtin_bswap64(key);
    if (name.len < sizeof(key))
        key &= ~(~(uint64_t)0 >> 8 * name.len);
    return key;
}

static bool name_is(const struct hl_export *export, hl_string name)
{
    if (export->name_len != name.len)
        return false;
    for (size_t i = sizeof(export->key); i < name.len; i++)
        if (export->name[i] != name.data[i])
            return false;
    return true;
}

/*
 * The linker sorts the exports by name, hence by key: in strides, then one by
 * one, which beats halving for the numbers of exports that guests have.
 */
#define STRIDE 16

static const struct hl_export *export_find(hl_string name)
{
    const struct hl_export *at = hl_exports_start, *end = hl_exports_end;
    uint64_t key = name_key(name);

    while ((uintptr_t)end - (uintptr_t)at > STRIDE * sizeof(*at) &&
           at[STRIDE - 1].key < key)
        at += STRIDE;
    for (; at < end && at->key <= key; at++)
        if (at->key == key && name_is(at, name))
            return at;
    return NULL;
}

static bool call_check(const struct hl_wire_call *call,
                       const struct hl_export *export)
{
    const hl_value *arg = call->args + call->count;
    hl_signature signature = 0;

    if (call->count > HL_ARGS_MAX)
        return hl_refuse_mismatch(call, export);
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
    while (arg != call->args)
        signature = (signature | (--arg)->type) << 4;
    if ((signature | call->returns) != export->signature)
        return hl_refuse_mismatch(call, export);
    return export->cstrs == 0 || hl_refuse_cstrs(call, export);
}

__attribute__((weak)) bool hl_fallback(const hl_unknown_call *call,
                                       hl_value *result)
{
    (void)call;
    (void)result;
    return false;
}

static bool unknown_call(const struct hl_wire_call *call, hl_value *result)
{
    const hl_unknown_call unknown = {call->name, call->args, call->count,
                                     call->returns};

    if (hl_fallback(&unknown, result))
        return true;
    return hl_fail_literal(HL_ERR_NOT_FOUND, call->name.data, call->name.len);
}

__attribute__((weak)) void hl_os_call_begin(void)
{
}

__attribute__((weak)) void hl_os_call_end(void)
{
}

__attribute__((weak)) void hl_compat_call_end(void)
{
}

/* Run the call; afterwards either it is marked as failed or *result is set. */
static void call_run(const struct hl_wire_call *call, hl_value *result)
{
    const struct hl_export *export;

    if (call->kind != HL_WIRE_CALL_GUEST) {
        hl_refuse("the call is not one of a guest function", "");
        return;
    }
    if (hl_runtime.ended) {
        hl_refuse("program has ended", "");
        return;
    }
    hl_os_call_begin();
    export = export_find(call->name);
    if (!export)
        unknown_call(call, result);
    else if (call_check(call, export))
        export->thunk(call->args, result);
    if (result->type == HL_TYPE_NONE && !hl_runtime.call->failed)
        hl_refuse_null(call->name);
    hl_compat_call_end();
    hl_os_call_end();
}

enum hl_wire_error hl_failure_send(void)
{
    const struct hl_call_state *state = hl_runtime.call;
    struct hl_wire_result answer;

    answer.is_error = true;
    answer.code = state->fail_code;
    answer.message.data = state->fail_text;
    answer.message.len = state->fail_len;
    return hl_transport_result(&answer);
}

void hl_dispatch(void)
{
    struct hl_call_state *state = hl_runtime.call;
    struct hl_wire_call call;
    struct hl_wire_result answer;
    enum hl_received received;
    enum hl_wire_error error;
    const char *why;

    state->arena_used = 0;
    state->last_error = NULL;
    state->failed = false;
    answer.value.type = HL_TYPE_NONE;
    received = hl_transport_receive(&call, &why);
    if (received == HL_RECEIVED_CHECKPOINT)
        return;
    if (received == HL_RECEIVED_CALL) {
        call_run(&call, &answer.value);
    } else {
        call.name = (hl_string){"?", 1};
        hl_refuse("the call cannot be read: ", why);
    }
    if (state->failed) {
        error = hl_failure_send();
    } else {
        answer.is_error = false;
        error = hl_transport_result(&answer);
    }
    if (error != HL_WIRE_OK)
        hl_refuse_result(error, call.name);
    state->element = 0;
}
