/* SPDX-License-Identifier: MIT */
/* Calls that are not made and results that are not sent, and what is said. */
#include "runtime.h"

const char *hl_type_text(uint32_t type)
{
    switch (type) {
#define TYPE_TEXT(name, code, text, ptag, penum, rtag, renum)                  \
    case code:                                                                 \
        return text;
        HL_TYPE_TABLE(TYPE_TEXT)
#undef TYPE_TEXT
    case HL_TYPE_CHUNKS:
        return "ByteChunks";
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

#define FAIL(code, ...) fail_parts(code, (const char *[]){__VA_ARGS__, NULL})
static bool fail_parts(int code, const char *const *parts)
{
    size_t len;
    const char *text = hl_text_join(&len, parts);

    if (len == 0)
        return hl_fail_literal(code, HL_NO_ROOM, sizeof(HL_NO_ROOM) - 1);
    return hl_fail_literal(code, text, len);
}

/* The texts of the two mismatches are upstream's, word by word; hl call knows
 * them (host-harness/cli/cmd_call.c). */
bool hl_refuse_count(const char *name, uint32_t count, uint32_t wanted)
{
    char is[21], should_be[21];

    return FAIL(HL_ERR_PARAMETER_COUNT, "Called function ", name, " with ",
                hl_text_decimal(is, count), " parameters but it takes ",
                hl_text_decimal(should_be, wanted), ".");
}

bool hl_refuse_type(const char *name, uint32_t index, uint32_t type,
                    uint32_t wanted)
{
    char place[21];

    return FAIL(HL_ERR_PARAMETER_TYPE, "Expected parameter type ",
                hl_type_text(wanted), " for parameter index ",
                hl_text_decimal(place, index), " of function ", name,
                " but got ", hl_type_text(type), ".");
}

bool hl_refuse_nul(const char *name, uint32_t index)
{
    char place[21];

    return FAIL(HL_ERR_PARAMETER_TYPE, "Parameter index ",
                hl_text_decimal(place, index), " of function ", name,
                " has a NUL byte inside, which a C string cannot carry.");
}

bool hl_refuse_mismatch(const struct hl_wire_call *call,
                        const struct hl_export *export)
{
    uint32_t count = signature_count(export->signature);

    if (call->count != count)
        return hl_refuse_count(export->name, call->count, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t wanted = signature_type(export->signature, i + 1);

        if (call->args[i].type != wanted)
            return hl_refuse_type(export->name, i, call->args[i].type, wanted);
    }
    return FAIL(HL_ERR_GUEST, "Function ", export->name, " returns ",
                hl_type_text(signature_type(export->signature, 0)),
                " but the caller expects ", hl_type_text(call->returns), ".");
}

/* A text with a NUL byte inside is no C string: refused, never cut. */
bool hl_refuse_cstrs(const struct hl_wire_call *call,
                     const struct hl_export *export)
{
    for (uint32_t i = 0; export->cstrs >> i; i++) {
        hl_string text = call->args[i].as.string;

        if (!(export->cstrs >> i & 1))
            continue;
        for (size_t at = 0; at < text.len; at++)
            if (text.data[at] == 0)
                return hl_refuse_nul(export->name, i);
    }
    return true;
}

void hl_refuse(const char *text, const char *detail)
{
    FAIL(HL_ERR_GUEST, text, detail);
}

void hl_refuse_null(hl_string name)
{
    FAIL(HL_ERR_GUEST, "Function ", name.data, " returned NULL.");
}

/* A result that has no encoding, or does not fit, becomes an error. */
void hl_refuse_result(enum hl_wire_error error, hl_string name)
{
    struct hl_call_state *state = hl_runtime.call;
    const char *problem = hl_wire_error_text(error);
    char copy[200];
    const char *called = "the call";

    /* What filled the arena is not needed any more: make room for the text. The
     * name may lie there too (transport_virtq.c). */
    if (name.len < sizeof(copy))
        called = __builtin_memcpy(copy, name.data, name.len + 1);
    state->arena_used = 0;
    state->failed = false;
    if (error == HL_WIRE_CAPACITY)
        problem = "it does not fit the output buffer: raise --output-size";
    FAIL(HL_ERR_GUEST, "The result of ", called, " cannot be sent: ", problem,
         ".");
    if (hl_failure_send() != HL_WIRE_OK)
        hl_abort_text(HL_ERR_OUTB, state->fail_text, NULL);
}
