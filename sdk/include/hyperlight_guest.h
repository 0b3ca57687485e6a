/* SPDX-License-Identifier: MIT */
/*
 * Hyperlight's own C API, for guests that were written for its Rust-built
 * library: they compile with hl-cc as they are (docs/abi.md §11; what differs
 * is in docs/porting-from-hyperlight.md). New guests include hl.h instead.
 *
 *     #include "hyperlight_guest.h"
 *
 *     static int32_t add(int32_t a, int32_t b) { return a + b; }
 *     HYPERLIGHT_WRAP_FUNCTION(add, Int, 2, Int, Int)
 *
 *     void hyperlight_main(void)
 *     {
 *         HYPERLIGHT_REGISTER_FUNCTION("Add", add);
 *     }
 *
 * A guest defines, if it wants to:
 *
 *     void hyperlight_main(void);           run once, at start-up
 *     hl_Vec *c_guest_dispatch_function(const hl_FunctionCall *call);
 *         gets calls of names that are not registered; NULL: not found.
 *         May return hl_ReturnValue * as well.
 *
 * What the functions return, and a call's parameters, live until the guest
 * function returns; what hyperlight_main gets lives for ever. Nothing is to be
 * freed. Texts that are not UTF-8 get U+FFFD for what is wrong in them. One
 * thread; nothing is re-entrant.
 */
#ifndef HYPERLIGHT_GUEST_H
#define HYPERLIGHT_GUEST_H

#ifdef HL_H
#error "hyperlight_guest.h stands beside hl.h: include one of them"
#endif
#ifdef HL_HOST_H
#error "hyperlight_guest.h is for guests, hl_host.h for hosts: include one"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- types (abi §11) --- */

typedef enum hl_ParameterType {
    hl_ParameterType_Int,
    hl_ParameterType_UInt,
    hl_ParameterType_Long,
    hl_ParameterType_ULong,
    hl_ParameterType_Float,
    hl_ParameterType_Double,
    hl_ParameterType_String,
    hl_ParameterType_Bool,
    hl_ParameterType_VecBytes,
    hl_ParameterType_ByteChunks /* with I/O stacks sent as VecBytes */
} hl_ParameterType;

typedef enum hl_ReturnType {
    hl_ReturnType_Int,
    hl_ReturnType_UInt,
    hl_ReturnType_Long,
    hl_ReturnType_ULong,
    hl_ReturnType_Float,
    hl_ReturnType_Double,
    hl_ReturnType_String,
    hl_ReturnType_Bool,
    hl_ReturnType_Void,
    hl_ReturnType_VecBytes,
    hl_ReturnType_ByteChunks
} hl_ReturnType;

/* abi §8.2; the spelling is upstream's. */
typedef enum hl_ErrorCode {
    hl_ErrorCode_NoError = 0,
    hl_ErrorCode_UnsupportedParameterType = 2,
    hl_ErrorCode_GuestFunctionNameNotProvided = 3,
    hl_ErrorCode_GuestFunctionNotFound = 4,
    hl_ErrorCode_GuestFunctionIncorrecNoOfParameters = 5,
    hl_ErrorCode_GispatchFunctionPointerNotSet = 6,
    hl_ErrorCode_OutbError = 7,
    hl_ErrorCode_UnknownError = 8,
    hl_ErrorCode_GsCheckFailed = 10,
    hl_ErrorCode_TooManyGuestFunctions = 11,
    hl_ErrorCode_FailureInDlmalloc = 12,
    hl_ErrorCode_MallocFailed = 13,
    hl_ErrorCode_GuestFunctionParameterTypeMismatch = 14,
    hl_ErrorCode_GuestError = 15,
    hl_ErrorCode_ArrayLengthParamIsMissing = 16,
    hl_ErrorCode_HostError = 17,
    hl_ErrorCode_HostFunctionError = 17
} hl_ErrorCode;

typedef enum hl_Level {
    hl_Level_Error = 1,
    hl_Level_Warn,
    hl_Level_Info,
    hl_Level_Debug,
    hl_Level_Trace
} hl_Level;

/*
 * Bytes. A pointer to one that a hl_flatbuffer_result_from_ function returned
 * is a handle: to be returned, not to be looked into.
 */
typedef struct hl_Vec {
    uint8_t *data;
    uintptr_t len;
} hl_Vec;

typedef struct hl_ByteChunk {
    const uint8_t *data;
    uintptr_t len;
} hl_ByteChunk;

typedef struct hl_ByteChunks {
    const hl_ByteChunk *chunks;
    uintptr_t count;
} hl_ByteChunks;

typedef union hl_ParameterValue {
    int32_t Int;
    uint32_t UInt;
    int64_t Long;
    uint64_t ULong;
    float Float;
    double Double;
    bool Bool;
    char *String;
    hl_Vec VecBytes;
    hl_ByteChunks ByteChunks;
} hl_ParameterValue;

typedef struct hl_Parameter {
    hl_ParameterType tag;
    hl_ParameterValue value;
} hl_Parameter;

typedef union hl_ReturnValueUnion {
    int32_t Int;
    uint32_t UInt;
    int64_t Long;
    uint64_t ULong;
    float Float;
    double Double;
    bool Bool;
    char *String;
    hl_Vec VecBytes;
    hl_ByteChunks ByteChunks;
} hl_ReturnValueUnion;

typedef struct hl_ReturnValue {
    hl_ReturnType tag;
    hl_ReturnValueUnion value;
} hl_ReturnValue;

typedef struct hl_FunctionCall {
    const char *function_name;
    const hl_Parameter *parameters; /* NULL if there are none */
    uintptr_t parameters_len;
    hl_ReturnType return_type;
} hl_FunctionCall;

/* --- functions that the host calls --- */

void hyperlight_main(void);

/*
 * Let the host call function by that name. Name and types are copied. The same
 * name again: the later one counts. Count and types of a call's arguments are
 * checked before function runs. When memory for it is used up, or an argument
 * is NULL, the run ends (code 13, 15). The callback may return hl_ReturnValue *
 * as well.
 */
void hl_register_function_definition(
    const char *name, hl_Vec *(*function)(const hl_FunctionCall *),
    uintptr_t parameter_count, const hl_ParameterType *parameter_types,
    hl_ReturnType return_type);
void hl_capi_register_value_function(
    const char *name, hl_ReturnValue *(*function)(const hl_FunctionCall *),
    uintptr_t parameter_count, const hl_ParameterType *parameter_types,
    hl_ReturnType return_type);
#define hl_register_function_definition(name, function, ...)                   \
    _Generic((function),                                                       \
        hl_ReturnValue *                                                       \
            (*)(const hl_FunctionCall *): hl_capi_register_value_function,     \
        default: hl_register_function_definition)(name, function, __VA_ARGS__)

/*
 * Results, made of a copy of the value. NULL, and the call is marked as failed,
 * when the text or the bytes are NULL (code 15) or do not fit the call's
 * scratch memory (code 13).
 */
hl_Vec *hl_flatbuffer_result_from_Int(int32_t value);
hl_Vec *hl_flatbuffer_result_from_UInt(uint32_t value);
hl_Vec *hl_flatbuffer_result_from_Long(int64_t value);
hl_Vec *hl_flatbuffer_result_from_ULong(uint64_t value);
hl_Vec *hl_flatbuffer_result_from_Float(float value);
hl_Vec *hl_flatbuffer_result_from_Double(double value);
hl_Vec *hl_flatbuffer_result_from_Bool(bool value);
hl_Vec *hl_flatbuffer_result_from_Void(void);
hl_Vec *hl_flatbuffer_result_from_String(const char *value);
hl_Vec *hl_flatbuffer_result_from_Bytes(const uint8_t *data, uintptr_t len);

/* Their names since 0.18 (docs/abi.md §12). */
hl_ReturnValue *hl_result_from_Int(int32_t value);
hl_ReturnValue *hl_result_from_UInt(uint32_t value);
hl_ReturnValue *hl_result_from_Long(int64_t value);
hl_ReturnValue *hl_result_from_ULong(uint64_t value);
hl_ReturnValue *hl_result_from_Float(float value);
hl_ReturnValue *hl_result_from_Double(double value);
hl_ReturnValue *hl_result_from_Bool(bool value);
hl_ReturnValue *hl_result_from_Void(void);
hl_ReturnValue *hl_result_from_String(const char *value);
hl_ReturnValue *hl_result_from_Bytes(const uint8_t *data, uintptr_t len);
hl_ReturnValue *hl_result_from_ByteChunks(hl_ByteChunks value);

/*
 * The call fails with code and message, whatever the function returns. The
 * last hl_set_error of a call counts; outside of a call it does nothing. Code 0
 * is sent as 15.
 */
void hl_set_error(hl_ErrorCode code, const char *message);

/* --- functions of the host --- */

/*
 * Call a host function; its result waits for one getter, until the next host
 * call (after the end of the guest's call, too).
 */
void hl_call_host_function(const hl_FunctionCall *call);

/*
 * Take the result. If the host call failed, returned another type, or there is
 * no result: the guest's call is marked as failed, with the host's code and
 * text, and the getter returns 0, "" or no bytes. In hyperlight_main the run
 * ends instead.
 */
int32_t hl_get_host_return_value_as_Int(void);
uint32_t hl_get_host_return_value_as_UInt(void);
int64_t hl_get_host_return_value_as_Long(void);
uint64_t hl_get_host_return_value_as_ULong(void);
float hl_get_host_return_value_as_Float(void);
double hl_get_host_return_value_as_Double(void);
bool hl_get_host_return_value_as_Bool(void);
const char *hl_get_host_return_value_as_String(void);
hl_Vec *hl_get_host_return_value_as_VecBytes(void);
hl_ByteChunks *hl_get_host_return_value_as_ByteChunks(void);
void hl_free_byte_chunks(hl_ByteChunks *chunks); /* does nothing */

/*
 * Only here, not in upstream's library: the text of the last host call if it
 * failed, else NULL. Lives until the next host call or the end of the call.
 */
const char *hl_get_host_error(void);

/* --- the end of the run, and the log --- */

/*
 * End the VM's run; only a restore makes the sandbox usable again. The lowest
 * byte of code is sent (255 as 8). A host takes at most 1024 bytes in all and
 * reports an overflow instead of more.
 */
_Noreturn void hl_abort_with_code(int32_t code);
_Noreturn void hl_abort_with_code_and_message(int32_t code,
                                              const char *message);

/* A record for the host's log; nothing is sent that the host filters out. */
void hl_log(hl_Level level, const char *message, int32_t line,
            const char *file);
#define LOG(level, message) hl_log(level, message, __LINE__, __FILE__)

#ifndef _alloca
#define _alloca __builtin_alloca
#endif

/* --- wrapping C functions --- */

/*
 * HYPERLIGHT_WRAP_FUNCTION(function, Return, count, Type, ...): make the
 * callback _call_<function> and what HYPERLIGHT_REGISTER_FUNCTION needs, for a
 * function of 0 to 11 parameters. Types are Int (int32_t) UInt Long ULong Float
 * Double Bool String (const char *) VecBytes (hl_Vec) ByteChunks
 * (hl_ByteChunks); as Return also Void, and for VecBytes hl_Vec * as well. The
 * expansion for (add, Int, 2, Int, Int):
 *
 *     hl_Vec *_call_add(const hl_FunctionCall *call)
 *     { return hl_flatbuffer_result_from_Int(add(
 *           call->parameters[0].value.Int, call->parameters[1].value.Int)); }
 *     const uintptr_t _add_parameter_count = 2;
 *     const hl_ReturnType _add_return_type = hl_ReturnType_Int;
 *     const hl_ParameterType _add_parameter_types[] = {...};
 */
#define HYPERLIGHT_WRAP_FUNCTION(function, return_type, ...)                   \
    HL_CAPI_WRAP(function, return_type, __VA_ARGS__, )
#define HYPERLIGHT_REGISTER_FUNCTION(name, function)                           \
    hl_register_function_definition(                                           \
        name, &_call_##function, _##function##_parameter_count,                \
        _##function##_parameter_types, _##function##_return_type)

#define HYPERLIGHT_WRAP_FUNCTION_0(function, R, ...)                           \
    HL_CAPI_DEFINE(function, R, 0, (), hl_ParameterType_Int)
#define HYPERLIGHT_WRAP_FUNCTION_1(function, R, a, ...)                        \
    HL_CAPI_DEFINE(function, R, 1, (HL_CAPI_1(HL_CAPI_ARG, a)),                \
                   HL_CAPI_1(HL_CAPI_TYPE, a))
#define HYPERLIGHT_WRAP_FUNCTION_2(function, R, a, b, ...)                     \
    HL_CAPI_DEFINE(function, R, 2, (HL_CAPI_2(HL_CAPI_ARG, a, b)),             \
                   HL_CAPI_2(HL_CAPI_TYPE, a, b))
#define HYPERLIGHT_WRAP_FUNCTION_3(function, R, a, b, c, ...)                  \
    HL_CAPI_DEFINE(function, R, 3, (HL_CAPI_3(HL_CAPI_ARG, a, b, c)),          \
                   HL_CAPI_3(HL_CAPI_TYPE, a, b, c))
#define HYPERLIGHT_WRAP_FUNCTION_4(function, R, a, b, c, d, ...)               \
    HL_CAPI_DEFINE(function, R, 4, (HL_CAPI_4(HL_CAPI_ARG, a, b, c, d)),       \
                   HL_CAPI_4(HL_CAPI_TYPE, a, b, c, d))
#define HYPERLIGHT_WRAP_FUNCTION_5(function, R, a, b, c, d, e, ...)            \
    HL_CAPI_DEFINE(function, R, 5, (HL_CAPI_5(HL_CAPI_ARG, a, b, c, d, e)),    \
                   HL_CAPI_5(HL_CAPI_TYPE, a, b, c, d, e))
#define HYPERLIGHT_WRAP_FUNCTION_6(function, R, a, b, c, d, e, f, ...)         \
    HL_CAPI_DEFINE(function, R, 6, (HL_CAPI_6(HL_CAPI_ARG, a, b, c, d, e, f)), \
                   HL_CAPI_6(HL_CAPI_TYPE, a, b, c, d, e, f))
#define HYPERLIGHT_WRAP_FUNCTION_7(function, R, a, b, c, d, e, f, g, ...)      \
    HL_CAPI_DEFINE(function, R, 7,                                             \
                   (HL_CAPI_7(HL_CAPI_ARG, a, b, c, d, e, f, g)),              \
                   HL_CAPI_7(HL_CAPI_TYPE, a, b, c, d, e, f, g))
#define HYPERLIGHT_WRAP_FUNCTION_8(function, R, a, b, c, d, e, f, g, h, ...)   \
    HL_CAPI_DEFINE(function, R, 8,                                             \
                   (HL_CAPI_8(HL_CAPI_ARG, a, b, c, d, e, f, g, h)),           \
                   HL_CAPI_8(HL_CAPI_TYPE, a, b, c, d, e, f, g, h))
#define HYPERLIGHT_WRAP_FUNCTION_9(function, R, a, b, c, d, e, f, g, h, i,     \
                                   ...)                                        \
    HL_CAPI_DEFINE(function, R, 9,                                             \
                   (HL_CAPI_9(HL_CAPI_ARG, a, b, c, d, e, f, g, h, i)),        \
                   HL_CAPI_9(HL_CAPI_TYPE, a, b, c, d, e, f, g, h, i))
#define HYPERLIGHT_WRAP_FUNCTION_10(function, R, a, b, c, d, e, f, g, h, i, j, \
                                    ...)                                       \
    HL_CAPI_DEFINE(function, R, 10,                                            \
                   (HL_CAPI_10(HL_CAPI_ARG, a, b, c, d, e, f, g, h, i, j)),    \
                   HL_CAPI_10(HL_CAPI_TYPE, a, b, c, d, e, f, g, h, i, j))
#define HYPERLIGHT_WRAP_FUNCTION_11(function, R, a, b, c, d, e, f, g, h, i, j, \
                                    k, ...)                                    \
    HL_CAPI_DEFINE(function, R, 11,                                            \
                   (HL_CAPI_11(HL_CAPI_ARG, a, b, c, d, e, f, g, h, i, j, k)), \
                   HL_CAPI_11(HL_CAPI_TYPE, a, b, c, d, e, f, g, h, i, j, k))

/* ------------------------------------------------------------------------- */
/* How the macros above do it; no hl_capi_ or HL_CAPI_ name is for users. */

#define HL_CAPI_WRAP(function, R, count, ...)                                  \
    HYPERLIGHT_WRAP_FUNCTION_##count(function, R, __VA_ARGS__)
#define HL_CAPI_DEFINE(function, R, count, arguments, ...)                     \
    hl_Vec *_call_##function(const hl_FunctionCall *function_call);            \
    hl_Vec *_call_##function(const hl_FunctionCall *function_call)             \
    {                                                                          \
        (void)function_call;                                                   \
        return HL_CAPI_RESULT_##R(function arguments);                         \
    }                                                                          \
    const uintptr_t _##function##_parameter_count = count;                     \
    const hl_ReturnType _##function##_return_type = hl_ReturnType_##R;         \
    const hl_ParameterType _##function##_parameter_types[] = {__VA_ARGS__};

/* M(place, type) for each parameter, separated by commas. */
#define HL_CAPI_ARG(place, type)       function_call->parameters[place].value.type
#define HL_CAPI_TYPE(place, type)      hl_ParameterType_##type
#define HL_CAPI_1(M, a)                M(0, a)
#define HL_CAPI_2(M, a, b)             HL_CAPI_1(M, a), M(1, b)
#define HL_CAPI_3(M, a, b, c)          HL_CAPI_2(M, a, b), M(2, c)
#define HL_CAPI_4(M, a, b, c, d)       HL_CAPI_3(M, a, b, c), M(3, d)
#define HL_CAPI_5(M, a, b, c, d, e)    HL_CAPI_4(M, a, b, c, d), M(4, e)
#define HL_CAPI_6(M, a, b, c, d, e, f) HL_CAPI_5(M, a, b, c, d, e), M(5, f)
#define HL_CAPI_7(M, a, b, c, d, e, f, g)                                      \
    HL_CAPI_6(M, a, b, c, d, e, f), M(6, g)
#define HL_CAPI_8(M, a, b, c, d, e, f, g, h)                                   \
    HL_CAPI_7(M, a, b, c, d, e, f, g), M(7, h)
#define HL_CAPI_9(M, a, b, c, d, e, f, g, h, i)                                \
    HL_CAPI_8(M, a, b, c, d, e, f, g, h), M(8, i)
#define HL_CAPI_10(M, a, b, c, d, e, f, g, h, i, j)                            \
    HL_CAPI_9(M, a, b, c, d, e, f, g, h, i), M(9, j)
#define HL_CAPI_11(M, a, b, c, d, e, f, g, h, i, j, k)                         \
    HL_CAPI_10(M, a, b, c, d, e, f, g, h, i, j), M(10, k)

/* The result of a call x. */
#define HL_CAPI_RESULT_Int(x)    hl_flatbuffer_result_from_Int(x)
#define HL_CAPI_RESULT_UInt(x)   hl_flatbuffer_result_from_UInt(x)
#define HL_CAPI_RESULT_Long(x)   hl_flatbuffer_result_from_Long(x)
#define HL_CAPI_RESULT_ULong(x)  hl_flatbuffer_result_from_ULong(x)
#define HL_CAPI_RESULT_Float(x)  hl_flatbuffer_result_from_Float(x)
#define HL_CAPI_RESULT_Double(x) hl_flatbuffer_result_from_Double(x)
#define HL_CAPI_RESULT_Bool(x)   hl_flatbuffer_result_from_Bool(x)
#define HL_CAPI_RESULT_String(x) hl_flatbuffer_result_from_String(x)
#define HL_CAPI_RESULT_Void(x)   ((void)(x), hl_flatbuffer_result_from_Void())
#define HL_CAPI_RESULT_VecBytes(x)                                             \
    _Generic((x),                                                              \
        hl_Vec *: hl_capi_result_from_pointer,                                 \
        default: hl_capi_result_from_vec)(x)
#define HL_CAPI_RESULT_ByteChunks(x) hl_capi_result_from_chunks(x)

hl_Vec *hl_capi_result_from_vec(hl_Vec bytes);
hl_Vec *hl_capi_result_from_pointer(hl_Vec *bytes_or_result);
hl_Vec *hl_capi_result_from_chunks(hl_ByteChunks chunks);

/*
 * A reference without a byte of code or data: it brings the part of the library
 * that passes the host's calls on, which nothing else may ask for.
 */
#ifdef __x86_64__
__asm__(".pushsection .text\n\t"
        ".reloc ., R_X86_64_NONE, hl_capi_linked\n\t"
        ".popsection");
#endif

#endif /* HYPERLIGHT_GUEST_H */
