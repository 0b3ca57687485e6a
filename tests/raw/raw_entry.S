/* SPDX-License-Identifier: MIT */
/* Entry and dispatch of the smallest guest (abi §3.2, §3.3). */
#include <hl/abi.h>

        .text
/* In: RSP = exception-stack top - 8, RDI = PEB, paging on, no IDT. */
        .globl  raw_entry
raw_entry:
        call    raw_begin               /* leaves RSP as it was */
        leaq    raw_enter(%rip), %rax   /* RAX: where calls are dispatched */
        addq    $8, %rsp                /* RSP of calls: multiple of 16 */
        movl    $HL_PORT_HALT, %edx
        outl    %eax, %dx
        cli
        hlt

/* In: RSP as above, ZF set if the TLB must be flushed first. */
        .globl  raw_enter
raw_enter:
        jnz     1f
        movq    %cr4, %rax              /* toggling PGE flushes everything */
        xorq    $HL_CR4_PGE, %rax
        movq    %rax, %cr4
        xorq    $HL_CR4_PGE, %rax
        movq    %rax, %cr4
1:      call    raw_dispatch
        movl    $HL_PORT_HALT, %edx
        outl    %eax, %dx
        cli
        hlt
        .section .note.GNU-stack, "", @progbits
