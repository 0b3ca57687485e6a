/* SPDX-License-Identifier: MIT */
/* guarantees: P5.1 */
#include "raw.h"

/* Kept where it survives until the first call: the end of the free scratch,
 * far below the stack (nothing else uses it here). */
static int32_t *answer(void)
{
    return (int32_t *)(HL_SCRATCH_GVA_END - 0x8000);
}

void raw_start(void)
{
    *answer() = raw_host_inc(1);
    raw_settle();
}

RAW_FUNCTION(answer_at_start)
{
    raw_return_int(*answer());
}

RAW_FUNCTION(call_host)
{
    raw_return_int(raw_host_inc(raw_int(call, 0)));
}
