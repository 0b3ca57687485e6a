/* SPDX-License-Identifier: MIT */
/* other.h by I/O stacks. */
#include "other.h"

void other_transport_start(void)
{
}

void other_transport_started(void)
{
}

void other_return(int32_t value)
{
    raw_return_int(value);
}

int32_t other_host_inc(int32_t value)
{
    return raw_host_inc(value);
}

void other_dispatch(void)
{
    raw_dispatch();
}
