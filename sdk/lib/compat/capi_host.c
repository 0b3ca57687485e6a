/* SPDX-License-Identifier: MIT */
/*
 * Upstream's C API: calls of host functions. The result waits for one getter,
 * in guest memory, so that it survives the end of the call and a snapshot.
 */
#include "capi.h"

#include <stdlib.h>

/* What the last host call used of the arena is not ours any more. */
#define NO_MARK SIZE_MAX

static struct {
    enum { TAKEN, WAITING, FAILED } state;
    int code;          /* of the failure */
    const char *error; /* of the last host call; NULL: it did not fail */
    hl_value value;
    void *kept;        /* error, or the value's bytes, if not in the arena */
    size_t start, end; /* what the host call used of the arena */
} last = {.start = NO_MARK, .end = NO_MARK};

static bool has_bytes(const hl_value *value)
{
    return value->type == HL_TYPE_STRING || value->type == HL_TYPE_BYTES ||
           value->type == HL_TYPE_CHUNKS;
}

static void arena_unlink(void)
{
    if (last.end != NO_MARK)
        last.start = last.end = NO_MARK;
}

/* Forget the result before; a loop of host calls needs no more room than one.
 */
static void last_drop(void)
{
    if (last.end == hl_arena_mark())
        hl_arena_release(last.start);
    free(last.kept);
    last.kept = NULL;
    last.state = TAKEN;
    last.error = NULL;
}

static void last_fail(int code, const char *error)
{
    last.state = FAILED;
    last.code = code;
    last.error = error;
}

/* size bytes of the arena in last.kept; NULL if there is no heap for them. */
static void *kept_make(const void *bytes, size_t size)
{
    last.kept = malloc(size);
    if (last.kept)
        __builtin_memcpy(last.kept, bytes, size);
    return last.kept;
}

/* Take what waits out of the arena, which ends with the guest's call. */
static void last_keep(void)
{
    static const char no_heap[] =
        "there was no heap to keep the host's result: raise --heap";

    if (last.state == TAKEN || last.kept)
        return;
    if (last.state == FAILED) {
        const char *kept =
            kept_make(last.error, __builtin_strlen(last.error) + 1);

        last.error = kept ? kept : no_heap;
    } else if (has_bytes(&last.value)) {
        hl_bytes *bytes = &last.value.as.bytes;

        bytes->data = kept_make(bytes->data, bytes->len + 1);
        if (!bytes->data)
            last_fail(HL_ERR_MALLOC, no_heap);
    }
}

void hl_compat_call_end(void)
{
    last_keep();
    arena_unlink();
    if (last.state != FAILED && last.error)
        last.error = NULL;
}

static bool argument_make(const hl_Parameter *from, hl_value *to)
{
    to->type = hl_capi_parameter_type(from->tag);
    __builtin_memcpy(&to->as, &from->value, sizeof(to->as));
    switch (from->tag) {
    case hl_ParameterType_String:
        if (!from->value.String)
            return false;
        to->as.string = hl_capi_text(from->value.String,
                                     __builtin_strlen(from->value.String));
        return to->as.string.data != NULL;
    case hl_ParameterType_VecBytes:
        return from->value.VecBytes.data || from->value.VecBytes.len == 0;
    case hl_ParameterType_ByteChunks:
        return hl_capi_chunks_join(from->value.ByteChunks, &to->as.bytes);
    default:
        return true;
    }
}

/* NULL, or why there is no such call. */
static const char *call_make(const hl_FunctionCall *from,
                             struct hl_wire_call *to)
{
    if (!from->function_name)
        return "the name of the host function is NULL";
    to->name = hl_capi_text(from->function_name,
                            __builtin_strlen(from->function_name));
    if (!to->name.data)
        return "the host call does not fit the call's arena: raise --scratch";
    to->kind = HL_WIRE_CALL_HOST;
    to->returns = (uint8_t)hl_capi_return_type(from->return_type);
    if (from->parameters_len > HL_WIRE_ARGS_MAX)
        return "a host function takes at most 32 parameters";
    to->count = (uint32_t)from->parameters_len;
    for (uint32_t i = 0; i < to->count; i++)
        if (!argument_make(&from->parameters[i], &to->args[i]))
            return "a parameter of the host call is NULL, or does not fit the "
                   "call's arena";
    return NULL;
}

void hl_call_host_function(const hl_FunctionCall *function_call)
{
    struct hl_wire_call call;
    const char *problem;
    hl_status status;

    last_drop();
    last.start = hl_arena_mark();
    problem = call_make(function_call, &call);
    if (problem) {
        last_fail(HL_ERR_PARAMETER_UNSUPPORTED, problem);
    } else {
        last.state = WAITING;
        status = hl_host_call(&call, &last.value);
        if (status != HL_OK)
            last_fail(status, hl_last_error());
    }
    last.end = hl_arena_mark();
    if (!hl_call_active())
        hl_compat_call_end();
}

const char *hl_get_host_error(void)
{
    return last.error;
}

/* The bytes of a value that was kept: in the arena, or the guest's for ever. */
static bool kept_release(hl_value *value)
{
    size_t len = value->as.bytes.len;
    uint8_t *copy;

    if (hl_call_active()) {
        copy = hl_alloc(len + 1);
        if (!copy)
            return false;
        __builtin_memcpy(copy, last.kept, len + 1);
        free(last.kept);
        value->as.bytes.data = copy;
    }
    last.kept = NULL;
    return true;
}

/* The result, if there is one of that type; else the call fails. */
static bool last_take(uint32_t type, hl_value *value)
{
    *value = last.value;
    if (last.state == TAKEN) {
        CAPI_FAIL(HL_ERR_GUEST, "there is no result of a host call to get");
        return false;
    }
    if (last.state == FAILED) {
        last.state = TAKEN;
        CAPI_FAIL(last.code, last.error);
        return false;
    }
    last.state = TAKEN;
    if (value->type != type) {
        CAPI_FAIL(HL_ERR_PARAMETER_UNSUPPORTED, "the host's result is of type ",
                  hl_type_text(value->type), ", not ", hl_type_text(type));
        return false;
    }
    if (has_bytes(value))
        arena_unlink(); /* it is the guest function's now */
    if (last.kept && !kept_release(value)) {
        CAPI_FAIL(HL_ERR_MALLOC, "the host's result does not fit the call's "
                                 "arena: raise --scratch");
        return false;
    }
    return true;
}

#define GETTER(name, type, code, member)                                       \
    type hl_get_host_return_value_as_##name(void)                              \
    {                                                                          \
        hl_value value;                                                        \
                                                                               \
        return last_take(code, &value) ? value.as.member : 0;                  \
    }
GETTER(Int, int32_t, HL_TYPE_INT, i32)
GETTER(UInt, uint32_t, HL_TYPE_UINT, u32)
GETTER(Long, int64_t, HL_TYPE_LONG, i64)
GETTER(ULong, uint64_t, HL_TYPE_ULONG, u64)
GETTER(Float, float, HL_TYPE_FLOAT, f32)
GETTER(Double, double, HL_TYPE_DOUBLE, f64)
GETTER(Bool, bool, HL_TYPE_BOOL, boolean)

const char *hl_get_host_return_value_as_String(void)
{
    hl_value value;

    if (!last_take(HL_TYPE_STRING, &value))
        return "";
    if (__builtin_memchr(value.as.string.data, 0, value.as.string.len)) {
        CAPI_FAIL(HL_ERR_PARAMETER_TYPE,
                  "the text that the host returned has a NUL byte inside, "
                  "which a C string cannot carry");
        return "";
    }
    return value.as.string.data;
}

/* What there is if there are no bytes; never NULL. */
static uint8_t nothing[1];
static hl_Vec no_bytes;
static hl_ByteChunks no_chunks;

/* In hyperlight_main it is for ever. */
static void *lasting_alloc(size_t size)
{
    void *room = hl_call_active() ? hl_alloc(size) : malloc(size);

    if (!room)
        CAPI_FAIL(HL_ERR_MALLOC, "there is no room for the host's result: "
                                 "raise --scratch");
    return room;
}

hl_Vec *hl_get_host_return_value_as_VecBytes(void)
{
    struct hl_capi_result *room;
    hl_value value;
    hl_Vec *bytes;

    room =
        last_take(HL_TYPE_BYTES, &value) ? lasting_alloc(sizeof(*room)) : NULL;
    if (!room) {
        no_bytes = (hl_Vec){nothing, 0};
        return &no_bytes;
    }
    room->seal = 0;
    bytes = (hl_Vec *)(void *)room;
    __builtin_memcpy(bytes, &value.as.bytes, sizeof(*bytes));
    return bytes;
}

hl_ByteChunks *hl_get_host_return_value_as_ByteChunks(void)
{
    struct {
        hl_ByteChunks chunks;
        hl_ByteChunk one;
    } *result;
    hl_value value;

    result = last_take(hl_capi_chunks_type(), &value)
                 ? lasting_alloc(sizeof(*result))
                 : NULL;
    if (!result) {
        no_chunks = (hl_ByteChunks){NULL, 0};
        return &no_chunks;
    }
    result->one = (hl_ByteChunk){value.as.bytes.data, value.as.bytes.len};
    result->chunks = (hl_ByteChunks){&result->one, 1};
    return &result->chunks;
}

void hl_free_byte_chunks(hl_ByteChunks *chunks)
{
    (void)chunks;
}
