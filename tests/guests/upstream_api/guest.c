/* SPDX-License-Identifier: MIT */
/*
 * Every function and macro of upstream's C API (hyperlight_guest.h), called by
 * tests/cli/upstream-api.bats and tests/host/upstream_api.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hyperlight_guest.h"

#define TEXT_MAX 256

/* --- HYPERLIGHT_WRAP_FUNCTION: every type, there and back --- */

#define ECHO(name, type, Type)                                                 \
    static type name(type value)                                               \
    {                                                                          \
        return value;                                                          \
    }                                                                          \
    HYPERLIGHT_WRAP_FUNCTION(name, Type, 1, Type)
ECHO(echo_int, int32_t, Int)
ECHO(echo_uint, uint32_t, UInt)
ECHO(echo_long, int64_t, Long)
ECHO(echo_ulong, uint64_t, ULong)
ECHO(echo_float, float, Float)
ECHO(echo_double, double, Double)
ECHO(echo_bool, bool, Bool)
ECHO(echo_string, const char *, String)
ECHO(echo_bytes, hl_Vec, VecBytes)
ECHO(echo_chunks, hl_ByteChunks, ByteChunks)

static int voids;

static void echo_void(void)
{
    voids++;
}
HYPERLIGHT_WRAP_FUNCTION(echo_void, Void, 0)

static int count_voids(void)
{
    return voids;
}
HYPERLIGHT_WRAP_FUNCTION(count_voids, Int, 0)

/* A pointer to bytes; the guest may write to its parameters. */
static hl_Vec *reverse(hl_Vec bytes)
{
    static hl_Vec kept;

    for (uintptr_t i = 0; i < bytes.len / 2; i++) {
        uint8_t byte = bytes.data[i];

        bytes.data[i] = bytes.data[bytes.len - 1 - i];
        bytes.data[bytes.len - 1 - i] = byte;
    }
    kept = bytes;
    return &kept;
}
HYPERLIGHT_WRAP_FUNCTION(reverse, VecBytes, 1, VecBytes)

/* --- 0 to 11 parameters: each is one digit --- */

static int64_t digits_0(void)
{
    return -1;
}
static int64_t digits_1(int32_t a)
{
    return a;
}
static int64_t digits_2(int32_t a, uint32_t b)
{
    return digits_1(a) * 10 + b;
}
static int64_t digits_3(int32_t a, uint32_t b, int64_t c)
{
    return digits_2(a, b) * 10 + c;
}
static int64_t digits_4(int32_t a, uint32_t b, int64_t c, uint64_t d)
{
    return digits_3(a, b, c) * 10 + (int64_t)d;
}
static int64_t digits_5(int32_t a, uint32_t b, int64_t c, uint64_t d, float e)
{
    return digits_4(a, b, c, d) * 10 + (int64_t)e;
}
static int64_t digits_6(int32_t a, uint32_t b, int64_t c, uint64_t d, float e,
                        double f)
{
    return digits_5(a, b, c, d, e) * 10 + (int64_t)f;
}
static int64_t digits_7(int32_t a, uint32_t b, int64_t c, uint64_t d, float e,
                        double f, bool g)
{
    return digits_6(a, b, c, d, e, f) * 10 + g;
}
static int64_t digits_8(int32_t a, uint32_t b, int64_t c, uint64_t d, float e,
                        double f, bool g, const char *h)
{
    return digits_7(a, b, c, d, e, f, g) * 10 + atoi(h);
}
static int64_t digits_9(int32_t a, uint32_t b, int64_t c, uint64_t d, float e,
                        double f, bool g, const char *h, hl_Vec i)
{
    return digits_8(a, b, c, d, e, f, g, h) * 10 + i.data[0];
}
static int64_t digits_10(int32_t a, uint32_t b, int64_t c, uint64_t d, float e,
                         double f, bool g, const char *h, hl_Vec i, int32_t j)
{
    return digits_9(a, b, c, d, e, f, g, h, i) * 10 + j;
}
static int64_t digits_11(int32_t a, uint32_t b, int64_t c, uint64_t d, float e,
                         double f, bool g, const char *h, hl_Vec i, int32_t j,
                         const char *k)
{
    return digits_10(a, b, c, d, e, f, g, h, i, j) * 10 + atoi(k);
}
HYPERLIGHT_WRAP_FUNCTION(digits_0, Long, 0)
HYPERLIGHT_WRAP_FUNCTION(digits_1, Long, 1, Int)
HYPERLIGHT_WRAP_FUNCTION(digits_2, Long, 2, Int, UInt)
HYPERLIGHT_WRAP_FUNCTION(digits_3, Long, 3, Int, UInt, Long)
HYPERLIGHT_WRAP_FUNCTION(digits_4, Long, 4, Int, UInt, Long, ULong)
HYPERLIGHT_WRAP_FUNCTION(digits_5, Long, 5, Int, UInt, Long, ULong, Float)
HYPERLIGHT_WRAP_FUNCTION(digits_6, Long, 6, Int, UInt, Long, ULong, Float,
                         Double)
HYPERLIGHT_WRAP_FUNCTION(digits_7, Long, 7, Int, UInt, Long, ULong, Float,
                         Double, Bool)
HYPERLIGHT_WRAP_FUNCTION(digits_8, Long, 8, Int, UInt, Long, ULong, Float,
                         Double, Bool, String)
HYPERLIGHT_WRAP_FUNCTION(digits_9, Long, 9, Int, UInt, Long, ULong, Float,
                         Double, Bool, String, VecBytes)
HYPERLIGHT_WRAP_FUNCTION(digits_10, Long, 10, Int, UInt, Long, ULong, Float,
                         Double, Bool, String, VecBytes, Int)
HYPERLIGHT_WRAP_FUNCTION(digits_11, Long, 11, Int, UInt, Long, ULong, Float,
                         Double, Bool, String, VecBytes, Int, String)

/* --- results, under both names, by the type that the caller expects --- */

static const uint8_t some_bytes[] = {1, 0, 255};

static hl_Vec *encode(const hl_FunctionCall *call)
{
    char local[] = "on the stack";

    switch (call->return_type) {
    case hl_ReturnType_Int:
        return hl_flatbuffer_result_from_Int(INT32_MIN);
    case hl_ReturnType_UInt:
        return hl_flatbuffer_result_from_UInt(UINT32_MAX);
    case hl_ReturnType_Long:
        return hl_flatbuffer_result_from_Long(INT64_MIN);
    case hl_ReturnType_ULong:
        return hl_flatbuffer_result_from_ULong(UINT64_MAX);
    case hl_ReturnType_Float:
        return hl_flatbuffer_result_from_Float(-0.5F);
    case hl_ReturnType_Double:
        return hl_flatbuffer_result_from_Double(1e300);
    case hl_ReturnType_Bool:
        return hl_flatbuffer_result_from_Bool(true);
    case hl_ReturnType_String:
        return hl_flatbuffer_result_from_String(local);
    case hl_ReturnType_Void:
        return hl_flatbuffer_result_from_Void();
    default:
        return hl_flatbuffer_result_from_Bytes(some_bytes, 3);
    }
}

static hl_ReturnValue *encode_renamed(const hl_FunctionCall *call)
{
    char local[] = "on the stack";

    switch (call->return_type) {
    case hl_ReturnType_Int:
        return hl_result_from_Int(INT32_MIN);
    case hl_ReturnType_UInt:
        return hl_result_from_UInt(UINT32_MAX);
    case hl_ReturnType_Long:
        return hl_result_from_Long(INT64_MIN);
    case hl_ReturnType_ULong:
        return hl_result_from_ULong(UINT64_MAX);
    case hl_ReturnType_Float:
        return hl_result_from_Float(-0.5F);
    case hl_ReturnType_Double:
        return hl_result_from_Double(1e300);
    case hl_ReturnType_Bool:
        return hl_result_from_Bool(true);
    case hl_ReturnType_String:
        return hl_result_from_String(local);
    case hl_ReturnType_Void:
        return hl_result_from_Void();
    default:
        return hl_result_from_Bytes(some_bytes, 3);
    }
}

static hl_ReturnValue *two_chunks(const hl_FunctionCall *call)
{
    const hl_ByteChunk chunks[] = {{some_bytes, 2}, {some_bytes + 2, 1}};

    (void)call;
    return hl_result_from_ByteChunks((hl_ByteChunks){chunks, 2});
}

static const char *malformed(void)
{
    return "a\xE2\x82z\xFF\xC3\xA9\xED\xA0\x80!";
}
HYPERLIGHT_WRAP_FUNCTION(malformed, String, 0)

static const char *no_text(void)
{
    return NULL;
}
HYPERLIGHT_WRAP_FUNCTION(no_text, String, 0)

static hl_Vec *return_null(const hl_FunctionCall *call)
{
    (void)call;
    return NULL;
}

static hl_Vec *return_foreign(const hl_FunctionCall *call)
{
    static hl_Vec mine;

    (void)call;
    return &mine;
}

/* A pointer to the arena's last 16 bytes: less than a result takes. */
static hl_Vec *return_chunk(const hl_FunctionCall *call)
{
    return (hl_Vec *)(uintptr_t)call->parameters[0].value.ByteChunks.chunks;
}

static hl_Vec *too_large(const hl_FunctionCall *call)
{
    static uint8_t large[2 * 1024 * 1024];

    (void)call;
    return hl_flatbuffer_result_from_Bytes(large, sizeof(large));
}

/* --- errors, aborts, log --- */

static int32_t set_error(int32_t code, const char *text)
{
    char local[TEXT_MAX];

    snprintf(local, sizeof(local), "%s", "an earlier error");
    hl_set_error(hl_ErrorCode_MallocFailed, local);
    snprintf(local, sizeof(local), "%s", text);
    hl_set_error((hl_ErrorCode)code, local);
    memset(local, 'x', sizeof(local));
    return 7;
}
HYPERLIGHT_WRAP_FUNCTION(set_error, Int, 2, Int, String)

static void abort_code(int32_t code)
{
    hl_abort_with_code(code);
}
HYPERLIGHT_WRAP_FUNCTION(abort_code, Void, 1, Int)

static void abort_text(int32_t code, const char *text)
{
    hl_abort_with_code_and_message(code, text);
}
HYPERLIGHT_WRAP_FUNCTION(abort_text, Void, 2, Int, String)

static void log_text(int32_t level, const char *text)
{
    LOG((hl_Level)level, text);
}
HYPERLIGHT_WRAP_FUNCTION(log_text, Void, 2, Int, String)

static int32_t stack_sum(int32_t count)
{
    uint8_t *block = _alloca((size_t)count);
    int32_t sum = 0;

    memset(block, 1, (size_t)count);
    for (int32_t i = 0; i < count; i++)
        sum += block[i];
    return sum;
}
HYPERLIGHT_WRAP_FUNCTION(stack_sum, Int, 1, Int)

/* --- registration --- */

void host_calls_register(void);

static void echoes_register(void)
{
    HYPERLIGHT_REGISTER_FUNCTION("EchoInt", echo_int);
    HYPERLIGHT_REGISTER_FUNCTION("EchoUInt", echo_uint);
    HYPERLIGHT_REGISTER_FUNCTION("EchoLong", echo_long);
    HYPERLIGHT_REGISTER_FUNCTION("EchoULong", echo_ulong);
    HYPERLIGHT_REGISTER_FUNCTION("EchoFloat", echo_float);
    HYPERLIGHT_REGISTER_FUNCTION("EchoDouble", echo_double);
    HYPERLIGHT_REGISTER_FUNCTION("EchoBool", echo_bool);
    HYPERLIGHT_REGISTER_FUNCTION("EchoString", echo_string);
    HYPERLIGHT_REGISTER_FUNCTION("EchoBytes", echo_bytes);
    HYPERLIGHT_REGISTER_FUNCTION("EchoChunks", echo_chunks);
    HYPERLIGHT_REGISTER_FUNCTION("EchoVoid", echo_void);
    HYPERLIGHT_REGISTER_FUNCTION("CountVoids", count_voids);
    HYPERLIGHT_REGISTER_FUNCTION("Reverse", reverse);
    HYPERLIGHT_REGISTER_FUNCTION("Digits0", digits_0);
    HYPERLIGHT_REGISTER_FUNCTION("Digits1", digits_1);
    HYPERLIGHT_REGISTER_FUNCTION("Digits2", digits_2);
    HYPERLIGHT_REGISTER_FUNCTION("Digits3", digits_3);
    HYPERLIGHT_REGISTER_FUNCTION("Digits4", digits_4);
    HYPERLIGHT_REGISTER_FUNCTION("Digits5", digits_5);
    HYPERLIGHT_REGISTER_FUNCTION("Digits6", digits_6);
    HYPERLIGHT_REGISTER_FUNCTION("Digits7", digits_7);
    HYPERLIGHT_REGISTER_FUNCTION("Digits8", digits_8);
    HYPERLIGHT_REGISTER_FUNCTION("Digits9", digits_9);
    HYPERLIGHT_REGISTER_FUNCTION("Digits10", digits_10);
    HYPERLIGHT_REGISTER_FUNCTION("Digits11", digits_11);
    /* the same function again, and a name that gets another one later */
    HYPERLIGHT_REGISTER_FUNCTION("Digits", digits_1);
    HYPERLIGHT_REGISTER_FUNCTION("Again", digits_1);
    HYPERLIGHT_REGISTER_FUNCTION("Again", digits_2);
}

/* With a name and types that do not outlive the registration. */
static void raw_register(void)
{
    char name[] = "Encode";

    hl_register_function_definition(name, encode, 0, NULL, hl_ReturnType_Int);
    memset(name, 'x', sizeof(name) - 1);
    hl_register_function_definition("EncodeRenamed", encode_renamed, 0, NULL,
                                    hl_ReturnType_Int);
    hl_register_function_definition("TwoChunks", two_chunks, 0, NULL,
                                    hl_ReturnType_ByteChunks);
    hl_register_function_definition(
        "ReturnNull", return_null, 2,
        (hl_ParameterType[]){hl_ParameterType_Int, hl_ParameterType_String},
        hl_ReturnType_Void);
    hl_register_function_definition("ReturnForeign", return_foreign, 0, NULL,
                                    hl_ReturnType_VecBytes);
    hl_register_function_definition(
        "ReturnChunk", return_chunk, 1,
        (hl_ParameterType[]){hl_ParameterType_ByteChunks},
        hl_ReturnType_VecBytes);
    hl_register_function_definition("TooLarge", too_large, 0, NULL,
                                    hl_ReturnType_VecBytes);
    hl_register_function_definition("Twelve", return_null, 12,
                                    (hl_ParameterType[12]){0},
                                    hl_ReturnType_Int);
}

void hyperlight_main(void)
{
    echoes_register();
    raw_register();
    host_calls_register();
    HYPERLIGHT_REGISTER_FUNCTION("Malformed", malformed);
    HYPERLIGHT_REGISTER_FUNCTION("NoText", no_text);
    HYPERLIGHT_REGISTER_FUNCTION("SetError", set_error);
    HYPERLIGHT_REGISTER_FUNCTION("AbortCode", abort_code);
    HYPERLIGHT_REGISTER_FUNCTION("AbortText", abort_text);
    HYPERLIGHT_REGISTER_FUNCTION("LogText", log_text);
    HYPERLIGHT_REGISTER_FUNCTION("StackSum", stack_sum);
    hl_set_error(hl_ErrorCode_GuestError, "nobody hears this");
}

/* Names that are not registered. */
hl_Vec *c_guest_dispatch_function(const hl_FunctionCall *call);
hl_Vec *c_guest_dispatch_function(const hl_FunctionCall *call)
{
    static char text[TEXT_MAX];

    if (strncmp(call->function_name, "Unknown", 7) != 0)
        return NULL;
    if (strcmp(call->function_name, "UnknownNull") == 0) {
        hl_set_error(hl_ErrorCode_GuestError, "an error of the fallback");
        return NULL;
    }
    snprintf(text, sizeof(text), "%s/%d:", call->function_name,
             (int)call->parameters_len);
    for (uintptr_t i = 0; i < call->parameters_len; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d",
                 (int)call->parameters[i].tag);
    return hl_flatbuffer_result_from_String(text);
}
