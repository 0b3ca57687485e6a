/* SPDX-License-Identifier: MIT */
#include "host_calls.h"

#include "hyperlight_guest.h"

void fail_at_the_host(void)
{
    const hl_FunctionCall call = {.function_name = "HostFail",
                                  .return_type = hl_ReturnType_Int};

    hl_call_host_function(&call);
}

void stash(char *text)
{
    const hl_Parameter parameter = {.tag = hl_ParameterType_String,
                                    .value.String = text};
    const hl_FunctionCall call = {.function_name = "HostString",
                                  .parameters = &parameter,
                                  .parameters_len = 1,
                                  .return_type = hl_ReturnType_String};

    hl_call_host_function(&call);
}

const char *stash_take(void)
{
    return hl_get_host_return_value_as_String();
}
