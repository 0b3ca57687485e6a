/* SPDX-License-Identifier: MIT */
/*
 * A guest for upstream's own host tests, written for upstream's C API
 * (hyperlight_guest.h): the functions those tests call, by their names
 * (tests/interop/upstream).
 */
#include <alloca.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hyperlight_guest.h"

#include "upstream_guest.h"

/* --- echoes -----------------------------------------------------------------
 */

static const char *echo(const char *text)
{
    return text;
}
HYPERLIGHT_WRAP_FUNCTION(echo, String, 1, String)

static float echo_float(float x)
{
    return x;
}
HYPERLIGHT_WRAP_FUNCTION(echo_float, Float, 1, Float)

static double echo_double(double x)
{
    return x;
}
HYPERLIGHT_WRAP_FUNCTION(echo_double, Double, 1, Double)

static hl_Vec *echo_bytes(const hl_FunctionCall *call)
{
    hl_Vec bytes = call->parameters[0].value.VecBytes;

    return hl_flatbuffer_result_from_Bytes(bytes.data, bytes.len);
}

static hl_Vec *zero_bytes(const hl_FunctionCall *call)
{
    hl_Vec bytes = call->parameters[0].value.VecBytes;

    memset(bytes.data, 0, bytes.len);
    return hl_flatbuffer_result_from_Bytes(bytes.data, bytes.len);
}

static hl_Vec *bulk(const hl_FunctionCall *call)
{
    static const uint8_t out[8 * 1024];

    (void)call;
    return hl_flatbuffer_result_from_Bytes(out, sizeof(out));
}

/* --- printing: what printf returns is the result -----------------------------
 */

static int print_output(const char *text)
{
    return printf("%s", text);
}
HYPERLIGHT_WRAP_FUNCTION(print_output, Int, 1, String)

#define TWO      "Message: arg1:%s arg2:%d"
#define THREE    TWO " arg3:%lld"
#define FOUR     THREE " arg4:%s"
#define FIVE     FOUR " arg5:%s"
#define SIX      FIVE " arg6:%s"
#define SEVEN    SIX " arg7:%s"
#define EIGHT    SEVEN " arg8:%u"
#define NINE     EIGHT " arg9:%llu"
#define TEN      NINE " arg10:%d"

#define TRUTH(x) ((x) ? "true" : "false")

static int print_two(const char *a, int32_t b)
{
    return printf(TWO ".", a, b);
}
HYPERLIGHT_WRAP_FUNCTION(print_two, Int, 2, String, Int)

static int print_three(const char *a, int32_t b, int64_t c)
{
    return printf(THREE ".", a, b, (long long)c);
}
HYPERLIGHT_WRAP_FUNCTION(print_three, Int, 3, String, Int, Long)

static int print_four(const char *a, int32_t b, int64_t c, const char *d)
{
    return printf(FOUR ".", a, b, (long long)c, d);
}
HYPERLIGHT_WRAP_FUNCTION(print_four, Int, 4, String, Int, Long, String)

static int print_five(const char *a, int32_t b, int64_t c, const char *d,
                      const char *e)
{
    return printf(FIVE ".", a, b, (long long)c, d, e);
}
HYPERLIGHT_WRAP_FUNCTION(print_five, Int, 5, String, Int, Long, String, String)

static int print_six(const char *a, int32_t b, int64_t c, const char *d,
                     const char *e, bool f)
{
    return printf(SIX ".", a, b, (long long)c, d, e, TRUTH(f));
}
HYPERLIGHT_WRAP_FUNCTION(print_six, Int, 6, String, Int, Long, String, String,
                         Bool)

static int print_seven(const char *a, int32_t b, int64_t c, const char *d,
                       const char *e, bool f, bool g)
{
    return printf(SEVEN ".", a, b, (long long)c, d, e, TRUTH(f), TRUTH(g));
}
HYPERLIGHT_WRAP_FUNCTION(print_seven, Int, 7, String, Int, Long, String, String,
                         Bool, Bool)

static int print_eight(const char *a, int32_t b, int64_t c, const char *d,
                       const char *e, bool f, bool g, uint32_t h)
{
    return printf(EIGHT ".", a, b, (long long)c, d, e, TRUTH(f), TRUTH(g), h);
}
HYPERLIGHT_WRAP_FUNCTION(print_eight, Int, 8, String, Int, Long, String, String,
                         Bool, Bool, UInt)

static int print_nine(const char *a, int32_t b, int64_t c, const char *d,
                      const char *e, bool f, bool g, uint32_t h, uint64_t i)
{
    return printf(NINE ".", a, b, (long long)c, d, e, TRUTH(f), TRUTH(g), h,
                  (unsigned long long)i);
}
HYPERLIGHT_WRAP_FUNCTION(print_nine, Int, 9, String, Int, Long, String, String,
                         Bool, Bool, UInt, ULong)

static int print_ten(const char *a, int32_t b, int64_t c, const char *d,
                     const char *e, bool f, bool g, uint32_t h, uint64_t i,
                     int32_t j)
{
    return printf(TEN ".", a, b, (long long)c, d, e, TRUTH(f), TRUTH(g), h,
                  (unsigned long long)i, j);
}
HYPERLIGHT_WRAP_FUNCTION(print_ten, Int, 10, String, Int, Long, String, String,
                         Bool, Bool, UInt, ULong, Int)

static int print_eleven(const char *a, int32_t b, int64_t c, const char *d,
                        const char *e, bool f, bool g, uint32_t h, uint64_t i,
                        int32_t j, float k)
{
    return printf(TEN " arg11:%.3f.", a, b, (long long)c, d, e, TRUTH(f),
                  TRUTH(g), h, (unsigned long long)i, j, (double)k);
}
HYPERLIGHT_WRAP_FUNCTION(print_eleven, Int, 11, String, Int, Long, String,
                         String, Bool, Bool, UInt, ULong, Int, Float)

/* --- memory
 * ------------------------------------------------------------------- */

static int set_static(void)
{
    static uint8_t array[1024 * 1024];

    for (size_t i = 0; i < sizeof(array); i++)
        ((volatile uint8_t *)array)[i] = (uint8_t)i;
    return (int)sizeof(array);
}
HYPERLIGHT_WRAP_FUNCTION(set_static, Int, 0)

static int call_malloc(int32_t size)
{
    uint8_t *volatile block = malloc((size_t)size);

    if (!block)
        hl_abort_with_code(hl_ErrorCode_MallocFailed);
    block[0] = block[size - 1] = 1;
    free(block);
    return size;
}
HYPERLIGHT_WRAP_FUNCTION(call_malloc, Int, 1, Int)

static int stack_allocate(int32_t size)
{
    volatile uint8_t *block = alloca((size_t)size);

    block[0] = block[size - 1] = 1;
    return size;
}
HYPERLIGHT_WRAP_FUNCTION(stack_allocate, Int, 1, Int)

/* Of the size it says, whatever the optimiser thinks: the index varies. */
#define FILL(array, at) ((volatile uint8_t *)(array))[at] = 1
static volatile size_t somewhere;

static int small_var(void)
{
    uint8_t buffer[1024];

    FILL(buffer, somewhere);
    return (int)sizeof(buffer);
}
HYPERLIGHT_WRAP_FUNCTION(small_var, Int, 0)

static int large_var(void)
{
    uint8_t buffer[128 * 1024 * 1024];

    FILL(buffer, somewhere);
    return (int)sizeof(buffer);
}
HYPERLIGHT_WRAP_FUNCTION(large_var, Int, 0)

/* 16 KiB a step. */
static int stack_overflow(int32_t steps)
{
    uint8_t buffer[16 * 1024];

    FILL(buffer, somewhere);
    return steps <= 0 ? 0 : stack_overflow(steps - 1) + buffer[somewhere];
}
HYPERLIGHT_WRAP_FUNCTION(stack_overflow, Int, 1, Int)

static int infinite_recursion(void)
{
    return stack_overflow(INT32_MAX);
}
HYPERLIGHT_WRAP_FUNCTION(infinite_recursion, Int, 0)

static const char *execute_on_heap(void)
{
    static const uint8_t ret[] = {0xC3};
    void *code = malloc(sizeof(ret));
    void (*function)(void);

    if (!code)
        return "no heap";
    memcpy(code, ret, sizeof(ret));
    memcpy(&function, &code, sizeof(function));
    function();
    return "Executed on heap successfully";
}
HYPERLIGHT_WRAP_FUNCTION(execute_on_heap, String, 0)

/* --- ends of a run
 * -------------------------------------------------------------- */

static hl_Vec *abort_with_code(const hl_FunctionCall *call)
{
    hl_abort_with_code(call->parameters[0].value.Int);
    return hl_flatbuffer_result_from_Void();
}

static hl_Vec *abort_with_message(const hl_FunctionCall *call)
{
    hl_abort_with_code_and_message(call->parameters[0].value.Int,
                                   call->parameters[1].value.String);
    return hl_flatbuffer_result_from_Void();
}

static hl_Vec *outb_with_port(const hl_FunctionCall *call)
{
    uint16_t port = (uint16_t)call->parameters[0].value.UInt;

    __asm__ volatile("outl %0, %1"
                     :
                     : "a"(call->parameters[1].value.UInt), "d"(port));
    return hl_flatbuffer_result_from_Void();
}

static int spin(void)
{
    for (;;)
        __asm__ volatile("" : : : "memory");
    return 0;
}
HYPERLIGHT_WRAP_FUNCTION(spin, Int, 0)

/* --- calls of the host
 * ------------------------------------------------------------ */

static void call_host(const char *name, const hl_Parameter *parameters,
                      uintptr_t count, hl_ReturnType returns)
{
    const hl_FunctionCall call = {
        .function_name = name,
        .parameters = parameters,
        .parameters_len = count,
        .return_type = returns,
    };

    hl_call_host_function(&call);
}

static int guest_method(const char *message)
{
    char text[256];
    hl_Parameter parameter = {.tag = hl_ParameterType_String};

    snprintf(text, sizeof(text), "Hello from GuestFunction1, %s", message);
    parameter.value.String = text;
    call_host("HostMethod1", &parameter, 1, hl_ReturnType_Int);
    return hl_get_host_return_value_as_Int();
}
HYPERLIGHT_WRAP_FUNCTION(guest_method, Int, 1, String)

static bool host_bool(int32_t a, int32_t b)
{
    const hl_Parameter parameters[] = {
        {.tag = hl_ParameterType_Int, .value.Int = a},
        {.tag = hl_ParameterType_Int, .value.Int = b},
    };

    call_host("HostBool", parameters, 2, hl_ReturnType_Bool);
    return hl_get_host_return_value_as_Bool();
}
HYPERLIGHT_WRAP_FUNCTION(host_bool, Bool, 2, Int, Int)

static float host_float(float a, float b)
{
    const hl_Parameter parameters[] = {
        {.tag = hl_ParameterType_Float, .value.Float = a},
        {.tag = hl_ParameterType_Float, .value.Float = b},
    };

    call_host("HostAddFloat", parameters, 2, hl_ReturnType_Float);
    return hl_get_host_return_value_as_Float();
}
HYPERLIGHT_WRAP_FUNCTION(host_float, Float, 2, Float, Float)

static double host_double(double a, double b)
{
    const hl_Parameter parameters[] = {
        {.tag = hl_ParameterType_Double, .value.Double = a},
        {.tag = hl_ParameterType_Double, .value.Double = b},
    };

    call_host("HostAddDouble", parameters, 2, hl_ReturnType_Double);
    return hl_get_host_return_value_as_Double();
}
HYPERLIGHT_WRAP_FUNCTION(host_double, Double, 2, Double, Double)

static const char *host_string(void)
{
    static char text[] = "Guest Function";
    const hl_Parameter parameter = {.tag = hl_ParameterType_String,
                                    .value.String = text};

    call_host("HostAddStrings", &parameter, 1, hl_ReturnType_String);
    return hl_get_host_return_value_as_String();
}
HYPERLIGHT_WRAP_FUNCTION(host_string, String, 0)

static int call_host_spin(void)
{
    call_host("Spin", NULL, 0, hl_ReturnType_Void);
    return 0;
}
HYPERLIGHT_WRAP_FUNCTION(call_host_spin, Int, 0)

static int host_call_loop(const char *name)
{
    for (;;)
        call_host(name, NULL, 0, hl_ReturnType_Void);
    return 0;
}
HYPERLIGHT_WRAP_FUNCTION(host_call_loop, Int, 1, String)

static hl_Vec *call_host_then_spin(const hl_FunctionCall *call)
{
    call_host(call->parameters[0].value.String, NULL, 0, hl_ReturnType_Void);
    spin();
    return hl_flatbuffer_result_from_Void();
}

/* --- registration
 * ------------------------------------------------------------------- */

/* Functions that take the call itself. */
static void register_raw(void)
{
    static const hl_ParameterType bytes[] = {hl_ParameterType_VecBytes};
    static const hl_ParameterType text[] = {hl_ParameterType_String};
    static const hl_ParameterType code[] = {hl_ParameterType_Int,
                                            hl_ParameterType_String};
    static const hl_ParameterType port[] = {hl_ParameterType_UInt,
                                            hl_ParameterType_UInt};

    hl_register_function_definition("SetByteArrayToZero", zero_bytes, 1, bytes,
                                    hl_ReturnType_VecBytes);
    hl_register_function_definition("GetSizePrefixedBuffer", echo_bytes, 1,
                                    bytes, hl_ReturnType_VecBytes);
    hl_register_function_definition("24K_in_8K_out", bulk, 1, bytes,
                                    hl_ReturnType_VecBytes);
    hl_register_function_definition("GuestAbortWithCode", abort_with_code, 1,
                                    code, hl_ReturnType_Void);
    hl_register_function_definition("GuestAbortWithMessage", abort_with_message,
                                    2, code, hl_ReturnType_Void);
    hl_register_function_definition("OutbWithPort", outb_with_port, 2, port,
                                    hl_ReturnType_Void);
    hl_register_function_definition("CallHostThenSpin", call_host_then_spin, 1,
                                    text, hl_ReturnType_Void);
}

static void register_prints(void)
{
    HYPERLIGHT_REGISTER_FUNCTION("PrintOutput", print_output);
    HYPERLIGHT_REGISTER_FUNCTION("PrintTwoArgs", print_two);
    HYPERLIGHT_REGISTER_FUNCTION("PrintThreeArgs", print_three);
    HYPERLIGHT_REGISTER_FUNCTION("PrintFourArgs", print_four);
    HYPERLIGHT_REGISTER_FUNCTION("PrintFiveArgs", print_five);
    HYPERLIGHT_REGISTER_FUNCTION("PrintSixArgs", print_six);
    HYPERLIGHT_REGISTER_FUNCTION("PrintSevenArgs", print_seven);
    HYPERLIGHT_REGISTER_FUNCTION("PrintEightArgs", print_eight);
    HYPERLIGHT_REGISTER_FUNCTION("PrintNineArgs", print_nine);
    HYPERLIGHT_REGISTER_FUNCTION("PrintTenArgs", print_ten);
    HYPERLIGHT_REGISTER_FUNCTION("PrintElevenArgs", print_eleven);
}

void hyperlight_main(void)
{
    register_018();
    register_raw();
    register_prints();
    HYPERLIGHT_REGISTER_FUNCTION("Echo", echo);
    HYPERLIGHT_REGISTER_FUNCTION("EchoFloat", echo_float);
    HYPERLIGHT_REGISTER_FUNCTION("EchoDouble", echo_double);
    HYPERLIGHT_REGISTER_FUNCTION("SetStatic", set_static);
    HYPERLIGHT_REGISTER_FUNCTION("CallMalloc", call_malloc);
    HYPERLIGHT_REGISTER_FUNCTION("TestMalloc", call_malloc);
    HYPERLIGHT_REGISTER_FUNCTION("StackAllocate", stack_allocate);
    HYPERLIGHT_REGISTER_FUNCTION("SmallVar", small_var);
    HYPERLIGHT_REGISTER_FUNCTION("LargeVar", large_var);
    HYPERLIGHT_REGISTER_FUNCTION("StackOverflow", stack_overflow);
    HYPERLIGHT_REGISTER_FUNCTION("InfiniteRecursion", infinite_recursion);
    HYPERLIGHT_REGISTER_FUNCTION("ExecuteOnHeap", execute_on_heap);
    HYPERLIGHT_REGISTER_FUNCTION("Spin", spin);
    HYPERLIGHT_REGISTER_FUNCTION("GuestMethod1", guest_method);
    HYPERLIGHT_REGISTER_FUNCTION("GuestRetrievesBoolValue", host_bool);
    HYPERLIGHT_REGISTER_FUNCTION("GuestRetrievesFloatValue", host_float);
    HYPERLIGHT_REGISTER_FUNCTION("GuestRetrievesDoubleValue", host_double);
    HYPERLIGHT_REGISTER_FUNCTION("GuestRetrievesStringValue", host_string);
    HYPERLIGHT_REGISTER_FUNCTION("CallHostSpin", call_host_spin);
    HYPERLIGHT_REGISTER_FUNCTION("HostCallLoop", host_call_loop);
}

/* Names that are not registered. */
hl_Vec *c_guest_dispatch_function(const hl_FunctionCall *call)
{
    if (strcmp(call->function_name,
               "ThisIsNotARealFunctionButTheNameIsImportant") == 0)
        return hl_flatbuffer_result_from_Int(99);
    if (strncmp(call->function_name, "Fallback", 8) == 0)
        return fallback_018(call);
    return NULL;
}
