/* SPDX-License-Identifier: MIT */
/*
 * A call of the host: find the export, check what it is called with, run it,
 * send exactly one result (abi §8.1).
 */
#include "runtime.h"
#include "transport.h"

static const char *type_text(uint32_t type)
{
    switch (type) {
#define TYPE_TEXT(name, code, text, ptag, penum, rtag, renum)                  \
    case code:                                                                 \
        return text;
        HL_TYPE_TABLE(TYPE_TEXT)
#undef TYPE_TEXT
    default:
        return "?";
    }
}

static uint32_t signature_type(hl_signature signature, uint32_t place)
{
    return (uint32_t)(signature >> 4 * place & 15);
}

static uint32_t signature_count(hl_signature signature)
{
    uint32_t count = 0;

    while (signature >>= 4)
        count++;
    return count;
}

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

#define FAIL(code, ...) fail_parts(code, (const char *[]){__VA_ARGS__, NULL})
static bool fail_parts(int code, const char *const *parts)
{
    size_t len;
    const char *text = hl_text_join(&len, parts);

    return hl_fail_literal(code, text, len);
}

/* The texts of the two mismatches are upstream's, word by word. */
static bool mismatch_report(const struct hl_wire_call *call,
                            const struct hl_export *export)
{
    uint32_t count = signature_count(export->signature);
    char is[21], should_be[21];

    if (call->count != count)
        return FAIL(HL_ERR_PARAMETER_COUNT, "Called function ", export->name,
                    " with ", hl_text_decimal(is, call->count),
                    " parameters but it takes ",
                    hl_text_decimal(should_be, count), ".");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t wanted = signature_type(export->signature, i + 1);

        if (call->args[i].type != wanted)
            return FAIL(HL_ERR_PARAMETER_TYPE, "Expected parameter type ",
                        type_text(wanted), " for parameter index ",
                        hl_text_decimal(is, i), " of function ", export->name,
                        " but got ", type_text(call->args[i].type), ".");
    }
    return FAIL(HL_ERR_GUEST, "Function ", export->name, " returns ",
                type_text(signature_type(export->signature, 0)),
                " but the caller expects ", type_text(call->returns), ".");
}

/* A text with a NUL byte inside is no C string: refused, never cut. */
static bool cstrs_check(const struct hl_wire_call *call,
                        const struct hl_export *export)
{
    char index[21];

    for (uint32_t i = 0; export->cstrs >> i; i++) {
        hl_string text = call->args[i].as.string;

        if (!(export->cstrs >> i & 1))
            continue;
        for (size_t at = 0; at < text.len; at++)
            if (text.data[at] == 0)
                return FAIL(HL_ERR_PARAMETER_TYPE, "Parameter index ",
                            hl_text_decimal(index, i), " of function ",
                            export->name,
                            " has a NUL byte inside, which a C string cannot "
                            "carry.");
    }
    return true;
}

static bool call_check(const struct hl_wire_call *call,
                       const struct hl_export *export)
{
    const hl_value *arg = call->args + call->count;
    hl_signature signature = 0;

    if (call->count > HL_ARGS_MAX)
        return mismatch_report(call, export);
#pragma clang loop unroll(disable)
    while (arg != call->args)
        signature = (signature | (--arg)->type) << 4;
    if ((signature | call->returns) != export->signature)
        return mismatch_report(call, export);
    return export->cstrs == 0 || cstrs_check(call, export);
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

/* Run the call; afterwards either it is marked as failed or *result is set. */
static void call_run(const struct hl_wire_call *call, hl_value *result)
{
    const struct hl_export *export;

    if (call->kind != HL_WIRE_CALL_GUEST) {
        FAIL(HL_ERR_GUEST, "the call is not one of a guest function");
        return;
    }
    if (hl_runtime.ended) {
        FAIL(HL_ERR_GUEST, "program has ended");
        return;
    }
    hl_os_call_begin();
    export = export_find(call->name);
    if (!export)
        unknown_call(call, result);
    else if (call_check(call, export))
        export->thunk(call->args, result);
    if (result->type == HL_TYPE_NONE && !hl_runtime.call->failed)
        FAIL(HL_ERR_GUEST, "Function ", export ? export->name : "hl_fallback",
             " returned NULL.");
    hl_os_call_end();
}

static enum hl_wire_error failure_send(void)
{
    const struct hl_call_state *state = hl_runtime.call;
    struct hl_wire_result answer;

    answer.is_error = true;
    answer.code = state->fail_code;
    answer.message.data = state->fail_text;
    answer.message.len = state->fail_len;
    return hl_transport_result(&answer);
}

/* A result that has no encoding, or does not fit, becomes an error. */
static void result_refuse(enum hl_wire_error error, hl_string name)
{
    struct hl_call_state *state = hl_runtime.call;
    const char *problem = hl_wire_error_text(error);

    state->failed = false;
    if (error == HL_WIRE_CAPACITY)
        problem = "it does not fit the output buffer: raise --output-size";
    FAIL(HL_ERR_GUEST, "The result of ",
         name.len < 200 ? name.data : "the call", " cannot be sent: ", problem,
         ".");
    if (failure_send() != HL_WIRE_OK)
        hl_abort_text(HL_ERR_OUTB, state->fail_text, NULL);
}

void hl_dispatch(void)
{
    struct hl_call_state *state = hl_runtime.call;
    struct hl_wire_call call;
    struct hl_wire_result answer;
    enum hl_wire_error error;
    const char *why;

    state->arena_used = 0;
    state->last_error = NULL;
    state->failed = false;
    answer.value.type = HL_TYPE_NONE;
    if (hl_transport_receive(&call, &why)) {
        call_run(&call, &answer.value);
    } else {
        call.name = (hl_string){"?", 1};
        FAIL(HL_ERR_GUEST, "the call cannot be read: ", why);
    }
    if (state->failed) {
        error = failure_send();
    } else {
        answer.is_error = false;
        error = hl_transport_result(&answer);
    }
    if (error != HL_WIRE_OK)
        result_refuse(error, call.name);
    state->element = 0;
}
