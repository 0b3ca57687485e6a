/* SPDX-License-Identifier: MIT */
/* Entry and exception stubs of the fault tests' guest. */
#include <hl/abi.h>

        .text
/* In: RSP = exception-stack top - 8, no IDT, no main stack. */
        .globl  fault_entry
fault_entry:
        addq    $8, %rsp
        movq    %rsp, %rdi              /* IST1 is the stack of the entry */
        call    fault_start
        movabsq $0xFFFFFF0000000000, %rsp /* main stack, first page mapped */
        leaq    raw_enter(%rip), %rax
        movl    $HL_PORT_HALT, %edx
        outl    %eax, %dx
        cli
        hlt

/* Stubs: a zero where the CPU pushes no error code, then the vector. */
        .macro  stub vector, has_error
        .globl  fault_stub_\vector
fault_stub_\vector:
        .if     \has_error == 0
        pushq   $0
        .endif
        pushq   $\vector
        jmp     common
        .endm

        stub    0, 0
        stub    3, 0
        stub    6, 0
        stub    8, 1
        stub    12, 1
        stub    13, 1
        stub    14, 1

/* In: vector, error code and the CPU's frame on IST1. */
common:
        .irp    reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        pushq   %\reg
        .endr
        cld
        movq    %rsp, %rdi              /* struct frame */
        call    fault_handle
        .irp    reg, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        popq    %\reg
        .endr
        addq    $16, %rsp               /* vector and error code */
        iretq
        .section .note.GNU-stack, "", @progbits
