/* SPDX-License-Identifier: MIT */
/*
 * What the tests of 0.18.0 call beside upstream_guest.c: errors beside results,
 * host results that wait, bytes in chunks.
 */
#include <stdlib.h>
#include <string.h>

#include "hyperlight_guest.h"

#include "upstream_guest.h"

/* --- errors and results -----------------------------------------------------
 */

static const uint8_t big[16 * 1024];

static hl_ReturnValue *return_null(const hl_FunctionCall *call)
{
    (void)call;
    return NULL;
}

static hl_ReturnValue *return_null_with_error(const hl_FunctionCall *call)
{
    (void)call;
    hl_set_error(hl_ErrorCode_GuestError, "C registered error");
    return NULL;
}

static hl_ReturnValue *return_value_with_error(const hl_FunctionCall *call)
{
    (void)call;
    hl_set_error(hl_ErrorCode_GuestError, "C registered error");
    return hl_result_from_Bytes(big, sizeof(big));
}

hl_Vec *fallback_018(const hl_FunctionCall *call)
{
    hl_set_error(hl_ErrorCode_GuestError, "C fallback error");
    if (strcmp(call->function_name, "FallbackValueWithError") == 0)
        return hl_flatbuffer_result_from_Bytes(big, sizeof(big));
    return NULL;
}

static hl_ReturnValue *stash_host_return(const hl_FunctionCall *call)
{
    const hl_FunctionCall host = {.function_name = "HostInt",
                                  .return_type = hl_ReturnType_Int};

    (void)call;
    hl_call_host_function(&host);
    hl_set_error(hl_ErrorCode_GuestError, "C dispatch error");
    return NULL;
}

static int read_stashed_host_return(void)
{
    return hl_get_host_return_value_as_Int();
}
HYPERLIGHT_WRAP_FUNCTION(read_stashed_host_return, Int, 0)

/* --- chunks ------------------------------------------------------------------
 */

/* What a call left behind: bytes in heap memory, freed by a later call. */
struct kept {
    uint8_t *data;
    size_t len;
};
static struct kept kept_call, kept_reply;

static size_t chunks_len(hl_ByteChunks chunks)
{
    size_t len = 0;

    for (uintptr_t i = 0; i < chunks.count; i++)
        len += chunks.chunks[i].len;
    return len;
}

static int kept_release(struct kept *kept)
{
    int len = (int)kept->len;

    free(kept->data);
    kept->data = NULL;
    kept->len = 0;
    return len;
}

static int keep(struct kept *kept, hl_ByteChunks chunks)
{
    size_t at = 0;

    kept_release(kept);
    kept->len = chunks_len(chunks);
    kept->data = malloc(kept->len ? kept->len : 1);
    if (!kept->data)
        hl_abort_with_code(hl_ErrorCode_MallocFailed);
    for (uintptr_t i = 0; i < chunks.count; i++) {
        memcpy(kept->data + at, chunks.chunks[i].data, chunks.chunks[i].len);
        at += chunks.chunks[i].len;
    }
    return (int)kept->len;
}

static hl_ByteChunks kept_chunks(const struct kept *kept, hl_ByteChunk *chunk)
{
    chunk->data = kept->data;
    chunk->len = kept->len;
    return (hl_ByteChunks){chunk, kept->len ? 1 : 0};
}

static hl_ByteChunks *echo_by_host(hl_ByteChunks chunks)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_ByteChunks,
                                    .value.ByteChunks = chunks};
    const hl_FunctionCall host = {.function_name = "HostEchoByteChunks",
                                  .parameters = &parameter,
                                  .parameters_len = 1,
                                  .return_type = hl_ReturnType_ByteChunks};

    hl_call_host_function(&host);
    return hl_get_host_return_value_as_ByteChunks();
}

static hl_ByteChunks round_trip(hl_ByteChunks chunks)
{
    return *echo_by_host(chunks);
}
HYPERLIGHT_WRAP_FUNCTION(round_trip, ByteChunks, 1, ByteChunks)

static hl_ByteChunks echo_chunks(hl_ByteChunks chunks)
{
    return chunks;
}
HYPERLIGHT_WRAP_FUNCTION(echo_chunks, ByteChunks, 1, ByteChunks)

static int chunks_length(hl_ByteChunks chunks)
{
    return (int)chunks_len(chunks);
}
HYPERLIGHT_WRAP_FUNCTION(chunks_length, Int, 1, ByteChunks)

static int retain_call(hl_ByteChunks chunks)
{
    return keep(&kept_call, chunks);
}
HYPERLIGHT_WRAP_FUNCTION(retain_call, Int, 1, ByteChunks)

static int retain_reply(hl_ByteChunks chunks)
{
    hl_ByteChunks *reply = echo_by_host(chunks);
    int len = keep(&kept_reply, *reply);

    hl_free_byte_chunks(reply);
    return len;
}
HYPERLIGHT_WRAP_FUNCTION(retain_reply, Int, 1, ByteChunks)

static hl_ReturnValue *read_call(const hl_FunctionCall *call)
{
    hl_ByteChunk chunk;

    (void)call;
    return hl_result_from_ByteChunks(kept_chunks(&kept_call, &chunk));
}

static hl_ReturnValue *read_reply(const hl_FunctionCall *call)
{
    hl_ByteChunk chunk;

    (void)call;
    return hl_result_from_ByteChunks(kept_chunks(&kept_reply, &chunk));
}

static int release_call(void)
{
    return kept_release(&kept_call);
}
HYPERLIGHT_WRAP_FUNCTION(release_call, Int, 0)

static int release_reply(void)
{
    return kept_release(&kept_reply);
}
HYPERLIGHT_WRAP_FUNCTION(release_reply, Int, 0)

/* --- the host's bytes, and logs
 * ------------------------------------------------ */

static hl_Vec *bytes_of_host(const hl_FunctionCall *host)
{
    hl_call_host_function(host);
    return hl_get_host_return_value_as_VecBytes();
}

static hl_Vec round_trip_bytes(hl_Vec bytes)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_VecBytes,
                                    .value.VecBytes = bytes};
    const hl_FunctionCall host = {.function_name = "HostEchoVecBytes",
                                  .parameters = &parameter,
                                  .parameters_len = 1,
                                  .return_type = hl_ReturnType_VecBytes};

    return *bytes_of_host(&host);
}
HYPERLIGHT_WRAP_FUNCTION(round_trip_bytes, VecBytes, 1, VecBytes)

static hl_Vec oversized_bytes(void)
{
    const hl_FunctionCall host = {.function_name = "HostOversizedVecBytes",
                                  .return_type = hl_ReturnType_VecBytes};

    return *bytes_of_host(&host);
}
HYPERLIGHT_WRAP_FUNCTION(oversized_bytes, VecBytes, 0)

static hl_Vec echo_vec(hl_Vec bytes)
{
    return bytes;
}
HYPERLIGHT_WRAP_FUNCTION(echo_vec, VecBytes, 1, VecBytes)

static const hl_FunctionCall no_op = {.function_name = "HostNoOp",
                                      .return_type = hl_ReturnType_Void};

/* A failed host call is noticed by a getter; any will do. */
static hl_ReturnValue *round_trip_no_op(const hl_FunctionCall *call)
{
    (void)call;
    hl_call_host_function(&no_op);
    if (hl_get_host_error())
        (void)hl_get_host_return_value_as_Int();
    return hl_result_from_Void();
}

/* A host call between a host's result and its use. */
static int convert_with_host_call(int32_t value)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_Int,
                                    .value.Int = value};
    const hl_FunctionCall host = {.function_name = "HostEchoI32",
                                  .parameters = &parameter,
                                  .parameters_len = 1,
                                  .return_type = hl_ReturnType_Int};
    int echoed;

    hl_call_host_function(&host);
    echoed = hl_get_host_return_value_as_Int();
    hl_call_host_function(&no_op);
    return echoed;
}
HYPERLIGHT_WRAP_FUNCTION(convert_with_host_call, Int, 1, Int)

static hl_ReturnValue *log_then_no_op(const hl_FunctionCall *call)
{
    LOG(hl_Level_Info, "log entry");
    return round_trip_no_op(call);
}

static hl_ReturnValue *log_many(const hl_FunctionCall *call)
{
    for (int32_t i = 0; i < call->parameters[0].value.Int; i++)
        LOG(hl_Level_Info, "log entry");
    return hl_result_from_Void();
}

/* --- registration
 * ---------------------------------------------------------------- */

static void register_void(const char *name,
                          hl_ReturnValue *(*function)(const hl_FunctionCall *))
{
    static const hl_ParameterType none[] = {hl_ParameterType_Int};

    hl_register_function_definition(name, function, 0, none,
                                    hl_ReturnType_Void);
}

static void register_chunks(void)
{
    static const hl_ParameterType none[] = {hl_ParameterType_Int};

    HYPERLIGHT_REGISTER_FUNCTION("RoundTripHostByteChunks", round_trip);
    HYPERLIGHT_REGISTER_FUNCTION("EchoGuestByteChunks", echo_chunks);
    HYPERLIGHT_REGISTER_FUNCTION("ByteChunksLen", chunks_length);
    HYPERLIGHT_REGISTER_FUNCTION("RetainGuestByteChunks", retain_call);
    HYPERLIGHT_REGISTER_FUNCTION("RetainHostByteChunks", retain_reply);
    HYPERLIGHT_REGISTER_FUNCTION("ReleaseGuestByteChunks", release_call);
    HYPERLIGHT_REGISTER_FUNCTION("ReleaseHostByteChunks", release_reply);
    hl_register_function_definition("ReadRetainedGuestByteChunks", read_call, 0,
                                    none, hl_ReturnType_ByteChunks);
    hl_register_function_definition("ReadRetainedHostByteChunks", read_reply, 0,
                                    none, hl_ReturnType_ByteChunks);
}

void register_018(void)
{
    static const hl_ParameterType number[] = {hl_ParameterType_Int};

    register_void("ReturnNull", return_null);
    register_void("ReturnNullWithError", return_null_with_error);
    hl_register_function_definition("ReturnValueWithError",
                                    return_value_with_error, 0, number,
                                    hl_ReturnType_VecBytes);
    register_void("StashHostReturnAndError", stash_host_return);
    HYPERLIGHT_REGISTER_FUNCTION("ReadStashedHostReturn",
                                 read_stashed_host_return);
    register_chunks();
    HYPERLIGHT_REGISTER_FUNCTION("RoundTripHostVecBytes", round_trip_bytes);
    HYPERLIGHT_REGISTER_FUNCTION("GetOversizedHostVecBytes", oversized_bytes);
    HYPERLIGHT_REGISTER_FUNCTION("EchoGuestVecBytes", echo_vec);
    register_void("RoundTripHostNoOp", round_trip_no_op);
    register_void("LogThenHostNoOp", log_then_no_op);
    HYPERLIGHT_REGISTER_FUNCTION("ConvertHostReturnWithHostCall",
                                 convert_with_host_call);
    hl_register_function_definition("LogMessageN", log_many, 1, number,
                                    hl_ReturnType_Void);
}
