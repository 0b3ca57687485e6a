/* SPDX-License-Identifier: MIT */
/* The transport that this host speaks, found at start-up (abi §12.1). */
#include "runtime.h"
#include "transport.h"

#define SCRATCH_MAX HL_U64(0x400000000) /* the largest that hosts make */

bool hl_transport_area(uint64_t start, uint64_t size)
{
    uint64_t scratch = HL_WORD(HL_SCRATCH_GVA_END - HL_META_SCRATCH_SIZE);
    uint64_t tables, cr3;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    tables = (cr3 & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA;
    return scratch <= SCRATCH_MAX && start >= HL_SCRATCH_GVA_END - scratch &&
           start < tables && size <= tables - start;
}

void hl_transport_start(const struct hl_abi_peb *peb, bool virtq)
{
    if (virtq)
        hl_virtq_start();
    else
        hl_stack_start(peb);
}

void hl_transport_started(void)
{
    if (hl_runtime.virtq.active)
        hl_virtq_started();
}

enum hl_wire_error hl_transport_call(const struct hl_wire_call *call,
                                     struct hl_wire_result *answer,
                                     bool *refused)
{
    return HL_IS_STACK() ? hl_stack_call(call, answer, refused)
                         : hl_virtq_call(call, answer, refused);
}

void hl_transport_answered(void)
{
    if (HL_IS_STACK())
        hl_stack_answered();
}

void hl_transport_log(const struct hl_wire_log *record)
{
    if (HL_IS_STACK())
        hl_stack_log(record);
    else
        hl_virtq_log(record);
}

size_t hl_transport_output_room(void)
{
    return HL_IS_STACK() ? hl_stack_output_room() : hl_virtq_room();
}

size_t hl_transport_input_room(void)
{
    return HL_IS_STACK() ? hl_stack_input_room() : hl_virtq_room();
}
