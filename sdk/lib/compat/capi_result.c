/* SPDX-License-Identifier: MIT */
/*
 * Upstream's C API: results. What the functions of both names return points to
 * the same thing: a tagged value in the call's arena, sent when the guest
 * function has returned it.
 */
#include "capi.h"

#define SEAL(result) ((uint64_t)(uintptr_t)(result) ^ 0x68E6C0DE5EA1ED00)

static hl_ReturnValue *no_room(void)
{
    CAPI_FAIL(HL_ERR_MALLOC,
              "the result does not fit the call's arena: raise --scratch");
    return NULL;
}

static hl_ReturnValue *result_new(hl_ReturnType tag)
{
    struct hl_capi_result *result = hl_alloc(sizeof(*result));

    if (!result)
        return no_room();
    result->value.tag = tag;
    result->seal = SEAL(result);
    return &result->value;
}

/* A result that points to len of something; NULL: that could not be copied. */
static hl_ReturnValue *result_of(hl_ReturnType tag, const void *copy,
                                 size_t len)
{
    const struct {
        const void *at;
        size_t len;
    } value = {copy, len};
    hl_ReturnValue *result = copy ? result_new(tag) : no_room();

    if (result)
        __builtin_memcpy(&result->value, &value, sizeof(value));
    return result;
}

/* What upstream's 0.17 and before return is a handle only. */
static hl_Vec *handle(hl_ReturnValue *result)
{
    return (hl_Vec *)(void *)result;
}

#define RESULT(name, type)                                                     \
    hl_ReturnValue *hl_result_from_##name(type value)                          \
    {                                                                          \
        hl_ReturnValue *result = result_new(hl_ReturnType_##name);             \
                                                                               \
        if (result)                                                            \
            result->value.name = value;                                        \
        return result;                                                         \
    }                                                                          \
    hl_Vec *hl_flatbuffer_result_from_##name(type value)                       \
    {                                                                          \
        return handle(hl_result_from_##name(value));                           \
    }
RESULT(Int, int32_t)
RESULT(UInt, uint32_t)
RESULT(Long, int64_t)
RESULT(ULong, uint64_t)
RESULT(Float, float)
RESULT(Double, double)
RESULT(Bool, bool)

hl_ReturnValue *hl_result_from_Void(void)
{
    return result_new(hl_ReturnType_Void);
}

hl_ReturnValue *hl_result_from_String(const char *value)
{
    hl_string text;

    if (!value) {
        CAPI_FAIL(HL_ERR_GUEST, "the text of a result is NULL");
        return NULL;
    }
    text = hl_capi_text(value, __builtin_strlen(value));
    return result_of(hl_ReturnType_String, text.data, text.len);
}

hl_ReturnValue *hl_result_from_Bytes(const uint8_t *data, uintptr_t len)
{
    const hl_ByteChunk chunk = {data, len};
    hl_bytes copy = {NULL, 0};

    if (!data && len > 0) {
        CAPI_FAIL(HL_ERR_GUEST, "the bytes of a result are NULL");
        return NULL;
    }
    hl_capi_chunks_join((hl_ByteChunks){&chunk, 1}, &copy);
    return result_of(hl_ReturnType_VecBytes, copy.data, copy.len);
}

/* One chunk with all the bytes. */
hl_ReturnValue *hl_result_from_ByteChunks(hl_ByteChunks value)
{
    hl_ByteChunk *one = hl_alloc(sizeof(*one));
    hl_bytes bytes = {NULL, 0};

    if (one && hl_capi_chunks_join(value, &bytes))
        *one = (hl_ByteChunk){bytes.data, bytes.len};
    else
        one = NULL;
    return result_of(hl_ReturnType_ByteChunks, one, 1);
}

hl_Vec *hl_flatbuffer_result_from_Void(void)
{
    return handle(hl_result_from_Void());
}

hl_Vec *hl_flatbuffer_result_from_String(const char *value)
{
    return handle(hl_result_from_String(value));
}

hl_Vec *hl_flatbuffer_result_from_Bytes(const uint8_t *data, uintptr_t len)
{
    return handle(hl_result_from_Bytes(data, len));
}

/* A result of this call, by its address before it is looked at. */
static struct hl_capi_result *result_find(void *pointer)
{
    uintptr_t at = (uintptr_t)pointer, low = (uintptr_t)hl_alloc(0);
    struct hl_capi_result *result = pointer;

    if (at < low || at - low >= hl_arena_mark() ||
        hl_arena_mark() - (at - low) < sizeof(*result) || at % 16 != 0 ||
        result->seal != SEAL(result))
        return NULL;
    return result;
}

bool hl_capi_result_take(hl_Vec *pointer, hl_value *value)
{
    struct hl_capi_result *result = result_find(pointer);

    if (!result)
        return false;
    result->seal = 0;
    value->type = hl_capi_return_type(result->value.tag);
    if (result->value.tag == hl_ReturnType_ByteChunks) {
        const hl_ByteChunk *chunk = result->value.value.ByteChunks.chunks;

        value->as.bytes = (hl_bytes){chunk->data, chunk->len};
    } else {
        __builtin_memcpy(&value->as, &result->value.value, sizeof(value->as));
    }
    return value->type != HL_TYPE_NONE;
}

/* Wrapped functions that return bytes: upstream cannot wrap them. */
hl_Vec *hl_capi_result_from_vec(hl_Vec bytes)
{
    return hl_flatbuffer_result_from_Bytes(bytes.data, bytes.len);
}

hl_Vec *hl_capi_result_from_pointer(hl_Vec *bytes_or_result)
{
    if (!bytes_or_result || result_find(bytes_or_result))
        return bytes_or_result;
    return hl_capi_result_from_vec(*bytes_or_result);
}

hl_Vec *hl_capi_result_from_chunks(hl_ByteChunks chunks)
{
    return handle(hl_result_from_ByteChunks(chunks));
}
