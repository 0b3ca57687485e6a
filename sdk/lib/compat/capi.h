/* SPDX-License-Identifier: MIT */
/*
 * Inside of upstream's C API (hyperlight_guest.h), which is made of hlkit's own
 * guest library: what its parts offer each other. Not installed.
 */
#ifndef HL_CAPI_H
#define HL_CAPI_H

/* Only here both headers meet; hl_log is upstream's name, not hl.h's macro. */
#define HL_CAPI_LIBRARY
#include <hyperlight_guest.h>

#include "../runtime.h"

#undef hl_log

/*
 * Parameters, results and hlkit's own values are laid out alike: what is
 * converted is the type code.
 */
_Static_assert(sizeof(hl_Parameter) == sizeof(hl_value) &&
                   sizeof(hl_ReturnValue) == sizeof(hl_value) &&
                   offsetof(hl_Parameter, value) == offsetof(hl_value, as) &&
                   offsetof(hl_ReturnValue, value) == offsetof(hl_value, as) &&
                   offsetof(hl_Vec, len) == offsetof(hl_bytes, len),
               "values of both interfaces are laid out alike");

/*
 * The wire type of byte chunks. The stack transport knows none: there they are
 * bytes (docs/porting-from-hyperlight.md).
 */
static inline uint32_t hl_capi_chunks_type(void)
{
    return hl_runtime.virtq.active ? HL_TYPE_CHUNKS : HL_TYPE_BYTES;
}

/* A registered function; its name is NUL-terminated. */
struct hl_capi_definition {
    uint64_t key; /* of the name, orders as the names do */
    const char *name;
    size_t name_len;
    hl_Vec *(*function)(const hl_FunctionCall *);
    uintptr_t count;
    uint8_t types[HL_ARGS_MAX]; /* hl_ParameterType, if count allows it */
};
const struct hl_capi_definition *hl_capi_find(hl_string name);

/*
 * Mark the call as failed, unless it is already, with the concatenation of
 * texts; outside of a call nobody would hear: end the run.
 */
#define CAPI_FAIL(code, ...)                                                   \
    hl_capi_fail(code, (const char *const[]){__VA_ARGS__, NULL})
void hl_capi_fail(int code, const char *const *texts);

/*
 * A copy of the len bytes at text as UTF-8 in the call's arena, NUL-terminated,
 * U+FFFD for what is malformed; data is NULL when the arena is exhausted.
 */
hl_string hl_capi_text(const char *text, size_t len);

/* The wire type of a parameter tag, a return tag; HL_TYPE_NONE if none. */
uint32_t hl_capi_parameter_type(uint32_t tag);
uint32_t hl_capi_return_type(uint32_t tag);
/* The tag of a wire type. */
hl_ParameterType hl_capi_parameter_tag(uint32_t type);
hl_ReturnType hl_capi_return_tag(uint32_t type);

/* All bytes of chunks, one after the other, in the arena; false: no room. */
bool hl_capi_chunks_join(hl_ByteChunks chunks, hl_bytes *joined);

/*
 * What hl_Vec * and hl_ReturnValue * results point to. The seal tells one that
 * waits to be taken from any other pointer: of all else in the arena only what
 * the getters return is seen as a hl_Vec *, and that is put into one without
 * a seal, since stale ones lie about there.
 */
struct hl_capi_result {
    hl_ReturnValue value;
    uint64_t seal;
};

/* The value of a result, once; false if result is not one of this call. */
bool hl_capi_result_take(hl_Vec *result, hl_value *value);

#endif /* HL_CAPI_H */
