/* SPDX-License-Identifier: MIT */
/* The compiler's stack protector (-mstack-protector-guard=global). */
#include "runtime.h"

_Noreturn void __stack_chk_fail(void);

/*
 * Who failed is the caller: the report has its address, `hl` its line. The
 * call never returns, so what follows it may be the next function: the address
 * is one inside the call, and the stack is the caller's.
 */
_Noreturn void __stack_chk_fail(void)
{
    struct hl_fault *fault = &hl_runtime.call->fault;
    struct hl_abort_stream stream;

    fault->rip = (uint64_t)(uintptr_t)__builtin_return_address(0) - 1;
    fault->rbp = 0;
    fault->rsp = (uint64_t)(uintptr_t)__builtin_frame_address(0) + 16;
    hl_backtrace(fault);
    hl_abort_last_words();
    hl_abort_open(&stream, HL_ERR_GS_CHECK, HL_NO_VECTOR);
    hl_abort_put(&stream, "stack buffer overflow detected");
    hl_fault_places(&stream, fault, false);
    hl_abort_close(&stream);
}
