/* SPDX-License-Identifier: MIT */
/*
 * Upstream's C API: a call of the host, for a registered function or else for
 * c_guest_dispatch_function. It stands behind hl_fallback, which gets what is
 * no export; counts and types are checked as dispatch.c does, with its texts.
 */
#include "capi.h"

/* What hyperlight_guest.h refers to, so that this file is linked. */
extern const char hl_capi_linked;
const char hl_capi_linked;

hl_Vec *c_guest_dispatch_function(const hl_FunctionCall *call);

__attribute__((weak)) hl_Vec *
c_guest_dispatch_function(const hl_FunctionCall *call)
{
    (void)call;
    return NULL;
}

static bool count_check(const struct hl_capi_definition *definition,
                        const hl_unknown_call *call)
{
    char count[21];

    if (definition->count > HL_ARGS_MAX) {
        CAPI_FAIL(HL_ERR_GUEST, "Function ", definition->name,
                  " is registered with ",
                  hl_text_decimal(count, definition->count),
                  " parameters; a guest function takes at most 11.");
        return false;
    }
    return call->count == definition->count ||
           hl_refuse_count(definition->name, call->count,
                           (uint32_t)definition->count);
}

/* Also bytes are good where chunks are wanted: not every host knows those. */
static bool type_fits(uint32_t type, uint8_t tag)
{
    return type == hl_capi_parameter_type(tag) ||
           (type == HL_TYPE_BYTES && tag == hl_ParameterType_ByteChunks);
}

/* What the caller expects back is not checked: upstream does not either. */
static bool types_check(const struct hl_capi_definition *definition,
                        const hl_unknown_call *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint8_t tag = definition->types[i];
        const uint32_t type = call->args[i].type;

        if (!type_fits(type, tag))
            return hl_refuse_type(definition->name, i, type,
                                  hl_capi_parameter_type(tag));
    }
    return true;
}

static bool holds_nul(hl_string text)
{
    return __builtin_memchr(text.data, 0, text.len) != NULL;
}

/* The bytes of a parameter that came, or was registered, as chunks: one. */
static bool chunks_make(const hl_value *from, hl_Parameter *to)
{
    hl_ByteChunk *one = hl_alloc(sizeof(*one));

    if (!one) {
        CAPI_FAIL(HL_ERR_MALLOC, "a parameter does not fit the call's arena: "
                                 "raise --scratch");
        return false;
    }
    *one = (hl_ByteChunk){from->as.bytes.data, from->as.bytes.len};
    to->tag = hl_ParameterType_ByteChunks;
    to->value.ByteChunks = (hl_ByteChunks){one, 1};
    return true;
}

/*
 * The arguments stay where the host has put them, in memory that is the
 * guest's to write to. A text with a NUL byte inside is no C string.
 */
static bool parameters_make(const struct hl_capi_definition *definition,
                            const hl_unknown_call *call, hl_Parameter *to)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const hl_value *from = &call->args[i];

        to[i].tag = hl_capi_parameter_tag(from->type);
        __builtin_memcpy(&to[i].value, &from->as, sizeof(to[i].value));
        if (from->type == HL_TYPE_STRING && holds_nul(from->as.string))
            return hl_refuse_nul(call->name.data, i);
        if (definition)
            to[i].tag = definition->types[i];
        if (to[i].tag == hl_ParameterType_ByteChunks &&
            !chunks_make(from, &to[i]))
            return false;
    }
    return true;
}

/* What the function returned as the result; false: it is not found. */
static bool result_accept(const struct hl_capi_definition *definition,
                          const char *name, hl_Vec *returned, hl_value *result)
{
    bool taken = hl_capi_result_take(returned, result);

    if (taken || hl_runtime.call->failed)
        return true;
    if (!returned && !definition)
        return false;
    if (returned)
        CAPI_FAIL(HL_ERR_GUEST, "C guest function \"", name,
                  "\" returned an hl_Vec that no hl_flatbuffer_result_from_ "
                  "function made in this call");
    else
        CAPI_FAIL(HL_ERR_GUEST, "C guest function \"", name,
                  "\" returned null");
    return true;
}

bool hl_fallback(const hl_unknown_call *call, hl_value *result)
{
    const struct hl_capi_definition *definition = hl_capi_find(call->name);
    hl_Parameter parameters[HL_WIRE_ARGS_MAX];
    const hl_FunctionCall function_call = {
        .function_name = call->name.data,
        .parameters = call->count > 0 ? parameters : NULL,
        .parameters_len = call->count,
        .return_type = hl_capi_return_tag(call->returns),
    };
    hl_Vec *returned;

    if (definition &&
        !(count_check(definition, call) && types_check(definition, call)))
        return true;
    if (!definition && holds_nul(call->name))
        return false;
    if (!parameters_make(definition, call, parameters))
        return true;
    returned = definition ? definition->function(&function_call)
                          : c_guest_dispatch_function(&function_call);
    return result_accept(definition, call->name.data, returned, result);
}
