/* SPDX-License-Identifier: MIT */
/* Type codes of upstream's C API and of the wire, and texts as UTF-8. */
#include "capi.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

uint32_t hl_capi_parameter_type(uint32_t tag)
{
    switch (tag) {
#define PARAMETER_TYPE(name, code, text, ptag, penum, rtag, renum)             \
    case (uint32_t)penum:                                                      \
        return code;
        HL_TYPE_TABLE(PARAMETER_TYPE)
#undef PARAMETER_TYPE
    case hl_ParameterType_ByteChunks:
        return hl_capi_chunks_type();
    default:
        return HL_TYPE_NONE;
    }
}

uint32_t hl_capi_return_type(uint32_t tag)
{
    switch (tag) {
#define RETURN_TYPE(name, code, text, ptag, penum, rtag, renum)                \
    case renum:                                                                \
        return code;
        HL_TYPE_TABLE(RETURN_TYPE)
#undef RETURN_TYPE
    case hl_ReturnType_ByteChunks:
        return hl_capi_chunks_type();
    default:
        return HL_TYPE_NONE;
    }
}

hl_ParameterType hl_capi_parameter_tag(uint32_t type)
{
    switch (type) {
#define PARAMETER_TAG(name, code, text, ptag, penum, rtag, renum)              \
    case code:                                                                 \
        return (hl_ParameterType)penum;
        HL_TYPE_TABLE(PARAMETER_TAG)
#undef PARAMETER_TAG
    case HL_TYPE_CHUNKS:
        return hl_ParameterType_ByteChunks;
    default:
        return (hl_ParameterType)-1;
    }
}

hl_ReturnType hl_capi_return_tag(uint32_t type)
{
    switch (type) {
#define RETURN_TAG(name, code, text, ptag, penum, rtag, renum)                 \
    case code:                                                                 \
        return (hl_ReturnType)renum;
        HL_TYPE_TABLE(RETURN_TAG)
#undef RETURN_TAG
    case HL_TYPE_CHUNKS:
        return hl_ReturnType_ByteChunks;
    default:
        return (hl_ReturnType)-1;
    }
}

/* Bytes of the character that lead begins, 1 if none does. */
static size_t lead_length(uint8_t lead)
{
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    return (size_t)2 + (lead >= 0xE0) + (lead >= 0xF0);
}

/* Can the have bytes at text be the beginning of a character of len? */
static bool begins_character(const char *text, size_t have, size_t len)
{
    char low[4], high[4];

    for (size_t i = 0; i < len; i++) {
        low[i] = i < have ? text[i] : (char)0x80;
        high[i] = i < have ? text[i] : (char)0xBF;
    }
    return hl_wire_utf8_valid(low, len) || hl_wire_utf8_valid(high, len);
}

/*
 * Bytes of the character at text, or, if it is malformed (*whole false), of the
 * longest beginning of one, at least 1: that gets one U+FFFD, as upstream does.
 */
static size_t character_length(const char *text, size_t left, bool *whole)
{
    size_t len = lead_length((uint8_t)*text), have = len < left ? len : left;

    while (have > 1 && !begins_character(text, have, len))
        have--;
    *whole = have == len && hl_wire_utf8_valid(text, len);
    return have;
}

static size_t text_repair(char *to, const char *text, size_t len)
{
    char *end = to;
    bool whole;

    for (size_t at = 0, step; at < len; at += step) {
        step = character_length(text + at, len - at, &whole);
        __builtin_memcpy(end, whole ? text + at : REPLACEMENT,
                         whole ? step : 3);
        end += whole ? step : 3;
    }
    return (size_t)(end - to);
}

hl_string hl_capi_text(const char *text, size_t len)
{
    bool valid = hl_wire_utf8_valid(text, len);
    char *copy = hl_alloc(valid ? len + 1 : 3 * len + 1);

    if (!copy)
        return (hl_string){NULL, 0};
    if (valid)
        __builtin_memcpy(copy, text, len);
    else
        len = text_repair(copy, text, len);
    copy[len] = 0;
    return (hl_string){copy, len};
}

bool hl_capi_chunks_join(hl_ByteChunks chunks, hl_bytes *joined)
{
    size_t len = 0, at = 0;
    uint8_t *data;

    for (uintptr_t i = 0; i < chunks.count; i++)
        if (__builtin_add_overflow(len, chunks.chunks[i].len, &len))
            return false;
    data = hl_alloc(len);
    if (!data)
        return false;
    for (uintptr_t i = 0; i < chunks.count; i++) {
        const hl_ByteChunk *chunk = &chunks.chunks[i];

        if (chunk->len > 0)
            __builtin_memcpy(data + at, chunk->data, chunk->len);
        at += chunk->len;
    }
    *joined = (hl_bytes){data, len};
    return true;
}
