/* SPDX-License-Identifier: MIT */
/* Entry, dispatch and exception stubs of a guest unlike ours (other.h). */
#include <hl/abi.h>

        .text
/* In: RSP = exception-stack top - 8. */
        .globl  other_entry
other_entry:
        leaq    8(%rsp), %rdi
        call    other_start
        movabsq $0x500000100000, %rsp   /* OTHER_STACK_TOP */
        call    other_main              /* the first push maps a page */
        leaq    other_enter(%rip), %rax
        subq    $0x40, %rsp             /* calls may begin anywhere aligned */
        movl    $HL_PORT_HALT, %edx
        outl    %eax, %dx
        ud2

/* In: that RSP, ZF set if the TLB must be flushed before anything. */
other_enter:
        jnz     1f
        movq    %cr3, %rcx
        movq    %rcx, %cr3
1:      call    other_dispatch
        movl    $HL_PORT_HALT, %edx
        outl    %eax, %dx
        ud2

        .globl  other_segments_load
other_segments_load:
        lgdt    (%rdi)
        lidt    (%rsi)
        movl    $0x08, %eax             /* OTHER_DATA */
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $0x10, %eax             /* OTHER_TSS */
        ltr     %ax
        popq    %rax
        pushq   $0x20                   /* OTHER_CODE */
        pushq   %rax
        lretq

        .macro  stub vector
        .globl  other_stub_\vector
other_stub_\vector:
        pushq   $\vector                /* all of them have an error code */
        jmp     common
        .endm
        stub    8
        stub    13
        stub    14
common:
        .irp    reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        pushq   %\reg
        .endr
        cld
        movq    %rsp, %rdi
        call    other_handle
        .irp    reg, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        popq    %\reg
        .endr
        addq    $16, %rsp
        iretq

#ifdef VERSION
        .section .note.hyperlight-version, "a", @note
        .balign 8
        .long   11, 2f - 1f, 1
        .asciz  "Hyperlight"
        .balign 4
1:      .asciz  VERSION
2:      .balign 8
#endif
        .section .note.GNU-stack, "", @progbits
