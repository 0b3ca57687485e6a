/* SPDX-License-Identifier: MIT */
/* Calls of host functions through upstream's C API, every type of value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hyperlight_guest.h"

void host_calls_register(void);

static void ask(const char *name, const hl_Parameter *parameters,
                uintptr_t count, hl_ReturnType returns)
{
    const hl_FunctionCall call = {.function_name = name,
                                  .parameters = parameters,
                                  .parameters_len = count,
                                  .return_type = returns};

    hl_call_host_function(&call);
}

/* AskX(x): what the host function HostX answers. */
#define ASK(Type, type)                                                        \
    static type ask_##Type(type value)                                         \
    {                                                                          \
        const hl_Parameter parameter = {.tag = hl_ParameterType_##Type,        \
                                        .value = {.Type = value}};             \
                                                                               \
        ask("Host" #Type, &parameter, 1, hl_ReturnType_##Type);                \
        return hl_get_host_return_value_as_##Type();                           \
    }                                                                          \
    HYPERLIGHT_WRAP_FUNCTION(ask_##Type, Type, 1, Type)
ASK(Int, int32_t)
ASK(UInt, uint32_t)
ASK(Long, int64_t)
ASK(ULong, uint64_t)
ASK(Float, float)
ASK(Double, double)
ASK(Bool, bool)

static const char *ask_String(char *text)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_String,
                                    .value.String = text};

    ask("HostString", &parameter, 1, hl_ReturnType_String);
    return hl_get_host_return_value_as_String();
}

/* A parameter as String is a char *, in the callback as in the call. */
static hl_Vec *ask_String_raw(const hl_FunctionCall *call)
{
    return hl_flatbuffer_result_from_String(
        ask_String(call->parameters[0].value.String));
}

static hl_Vec *ask_VecBytes(hl_Vec bytes)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_VecBytes,
                                    .value.VecBytes = bytes};

    ask("HostVecBytes", &parameter, 1, hl_ReturnType_VecBytes);
    return hl_get_host_return_value_as_VecBytes();
}
HYPERLIGHT_WRAP_FUNCTION(ask_VecBytes, VecBytes, 1, VecBytes)

/* In two chunks there, and as chunks back. */
static hl_ByteChunks ask_ByteChunks(hl_ByteChunks bytes)
{
    const hl_ByteChunk all = bytes.chunks[0];
    const hl_ByteChunk halves[] = {
        {all.data, all.len / 2},
        {all.data + all.len / 2, all.len - all.len / 2}};
    const hl_Parameter parameter = {.tag = hl_ParameterType_ByteChunks,
                                    .value.ByteChunks = {halves, 2}};
    hl_ByteChunks *answer;

    ask("HostVecBytes", &parameter, 1, hl_ReturnType_ByteChunks);
    answer = hl_get_host_return_value_as_ByteChunks();
    bytes = *answer;
    hl_free_byte_chunks(answer);
    return bytes;
}
HYPERLIGHT_WRAP_FUNCTION(ask_ByteChunks, ByteChunks, 1, ByteChunks)

static void ask_Void(void)
{
    ask("HostVoid", NULL, 0, hl_ReturnType_Void);
}
HYPERLIGHT_WRAP_FUNCTION(ask_Void, Void, 0)

/* --- failures --- */

/* Goes on after a failed host call: its own result loses. */
static const char *ask_missing(void)
{
    static char text[64];

    ask("HostMissing", NULL, 0, hl_ReturnType_String);
    snprintf(text, sizeof(text), "got '%s', %u bytes",
             hl_get_host_return_value_as_String(),
             (unsigned)hl_get_host_return_value_as_VecBytes()->len);
    return text;
}
HYPERLIGHT_WRAP_FUNCTION(ask_missing, String, 0)

/* Looks first, and handles it. */
static const char *ask_carefully(void)
{
    ask("HostFail", NULL, 0, hl_ReturnType_Int);
    return hl_get_host_error() ? hl_get_host_error() : "no error";
}
HYPERLIGHT_WRAP_FUNCTION(ask_carefully, String, 0)

static int ask_wrong_type(int32_t value)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_Int,
                                    .value.Int = value};

    ask("HostInt", &parameter, 1, hl_ReturnType_Int);
    return (int)hl_get_host_return_value_as_Long();
}
HYPERLIGHT_WRAP_FUNCTION(ask_wrong_type, Int, 1, Int)

/* A result can be taken once. */
static uint64_t get_twice(int32_t times)
{
    uint64_t value = 0;

    ask("hl_get_time", NULL, 0, hl_ReturnType_ULong);
    while (times-- > 0)
        value = hl_get_host_return_value_as_ULong();
    return value > 1600000000;
}
HYPERLIGHT_WRAP_FUNCTION(get_twice, ULong, 1, Int)

static const char *ask_nul_text(void)
{
    ask("HostNulText", NULL, 0, hl_ReturnType_String);
    return hl_get_host_return_value_as_String();
}
HYPERLIGHT_WRAP_FUNCTION(ask_nul_text, String, 0)

static int ask_null_text(void)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_String};

    ask("HostString", &parameter, 1, hl_ReturnType_String);
    return (int)strlen(hl_get_host_return_value_as_String());
}
HYPERLIGHT_WRAP_FUNCTION(ask_null_text, Int, 0)

/* Texts of thousands of calls do not fit the arena together. */
static int ask_often(int32_t times)
{
    char text[1000];
    const hl_Parameter parameter = {.tag = hl_ParameterType_String,
                                    .value.String = text};

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    for (int32_t i = 0; i < times; i++)
        if (i % 2)
            ask("HostString", &parameter, 1, hl_ReturnType_String);
        else
            ask("HostFail", NULL, 0, hl_ReturnType_Int);
    return times;
}
HYPERLIGHT_WRAP_FUNCTION(ask_often, Int, 1, Int)

/* --- results that wait --- */

/* Ask now, without taking the answer; take it in another call. */
static void stash(hl_Vec bytes)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_VecBytes,
                                    .value.VecBytes = bytes};

    ask("HostVecBytes", &parameter, 1, hl_ReturnType_VecBytes);
}
HYPERLIGHT_WRAP_FUNCTION(stash, Void, 1, VecBytes)

static void stash_failure(void)
{
    ask("HostFail", NULL, 0, hl_ReturnType_Int);
}
HYPERLIGHT_WRAP_FUNCTION(stash_failure, Void, 0)

static hl_Vec *stash_take(void)
{
    return hl_get_host_return_value_as_VecBytes();
}
HYPERLIGHT_WRAP_FUNCTION(stash_take, VecBytes, 0)

static const char *greeting;

static const char *greeting_get(void)
{
    return greeting;
}
HYPERLIGHT_WRAP_FUNCTION(greeting_get, String, 0)

/* What is asked at start-up is the guest's for ever. */
static void greeting_ask(void)
{
    char text[] = "from the start";

    ask("HostVoid", NULL, 0, hl_ReturnType_Void);
    greeting =
        hl_get_host_error() ? "no host calls at start-up" : ask_String(text);
}

void host_calls_register(void)
{
    static const hl_ParameterType text[] = {hl_ParameterType_String};

    HYPERLIGHT_REGISTER_FUNCTION("AskInt", ask_Int);
    HYPERLIGHT_REGISTER_FUNCTION("AskUInt", ask_UInt);
    HYPERLIGHT_REGISTER_FUNCTION("AskLong", ask_Long);
    HYPERLIGHT_REGISTER_FUNCTION("AskULong", ask_ULong);
    HYPERLIGHT_REGISTER_FUNCTION("AskFloat", ask_Float);
    HYPERLIGHT_REGISTER_FUNCTION("AskDouble", ask_Double);
    HYPERLIGHT_REGISTER_FUNCTION("AskBool", ask_Bool);
    HYPERLIGHT_REGISTER_FUNCTION("AskBytes", ask_VecBytes);
    HYPERLIGHT_REGISTER_FUNCTION("AskChunks", ask_ByteChunks);
    HYPERLIGHT_REGISTER_FUNCTION("AskVoid", ask_Void);
    hl_register_function_definition("AskString", ask_String_raw, 1, text,
                                    hl_ReturnType_String);
    HYPERLIGHT_REGISTER_FUNCTION("AskMissing", ask_missing);
    HYPERLIGHT_REGISTER_FUNCTION("AskCarefully", ask_carefully);
    HYPERLIGHT_REGISTER_FUNCTION("AskWrongType", ask_wrong_type);
    HYPERLIGHT_REGISTER_FUNCTION("GetTwice", get_twice);
    HYPERLIGHT_REGISTER_FUNCTION("AskNulText", ask_nul_text);
    HYPERLIGHT_REGISTER_FUNCTION("AskNullText", ask_null_text);
    HYPERLIGHT_REGISTER_FUNCTION("AskOften", ask_often);
    HYPERLIGHT_REGISTER_FUNCTION("Stash", stash);
    HYPERLIGHT_REGISTER_FUNCTION("StashFailure", stash_failure);
    HYPERLIGHT_REGISTER_FUNCTION("StashTake", stash_take);
    HYPERLIGHT_REGISTER_FUNCTION("Greeting", greeting_get);
    greeting_ask();
}
