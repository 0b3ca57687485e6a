/* SPDX-License-Identifier: MIT */
/* Entry and dispatch that keep what they found in the vCPU; see left.h. */
#include <hl/abi.h>
#include "left.h"

#define STATE (0xFFFFFFFFFFFFF000 - LEFT_STATE)

        .text
        .globl  left_entry
left_entry:
        call    raw_begin
        leaq    left_enter(%rip), %rax
        addq    $8, %rsp
        movl    $HL_PORT_HALT, %edx
        outl    %eax, %dx
        cli
        hlt

/* No instruction here changes a flag: raw_enter looks at ZF. */
left_enter:
        movabsq %rax, STATE
        movabsq $STATE, %rax
        movq    %rbx, 8(%rax)
        movq    %rcx, 16(%rax)
        movq    %rdx, 24(%rax)
        movq    %rsi, 32(%rax)
        movq    %rdi, 40(%rax)
        movq    %rsp, 48(%rax)
        movq    %rbp, 56(%rax)
        movq    %r8, 64(%rax)
        movq    %r9, 72(%rax)
        movq    %r10, 80(%rax)
        movq    %r11, 88(%rax)
        movq    %r12, 96(%rax)
        movq    %r13, 104(%rax)
        movq    %r14, 112(%rax)
        movq    %r15, 120(%rax)
        pushfq
        popq    LEFT_RFLAGS(%rax)
        movw    %cs, LEFT_SELECTORS(%rax)
        movw    %ss, LEFT_SELECTORS+2(%rax)
        movw    %ds, LEFT_SELECTORS+4(%rax)
        movw    %es, LEFT_SELECTORS+6(%rax)
        movw    %fs, LEFT_SELECTORS+8(%rax)
        movw    %gs, LEFT_SELECTORS+10(%rax)
        sldt    LEFT_SELECTORS+12(%rax)
        str     LEFT_SELECTORS+14(%rax)
        sgdt    LEFT_GDT(%rax)
        sidt    LEFT_IDT(%rax)
        movq    %cr0, %rbx
        movq    %rbx, LEFT_CR0(%rax)
        movq    %cr2, %rbx
        movq    %rbx, LEFT_CR0+8(%rax)
        movq    %cr3, %rbx
        movq    %rbx, LEFT_CR0+16(%rax)
        movq    %cr4, %rbx
        movq    %rbx, LEFT_CR0+24(%rax)
        movq    %cr8, %rbx
        movq    %rbx, LEFT_CR0+32(%rax)
        movq    %dr0, %rbx
        movq    %rbx, LEFT_DR0(%rax)
        movq    %dr1, %rbx
        movq    %rbx, LEFT_DR0+8(%rax)
        movq    %dr2, %rbx
        movq    %rbx, LEFT_DR0+16(%rax)
        movq    %dr3, %rbx
        movq    %rbx, LEFT_DR0+24(%rax)
        movq    %dr6, %rbx
        movq    %rbx, LEFT_DR0+32(%rax)
        movq    %dr7, %rbx
        movq    %rbx, LEFT_DR0+40(%rax)
        fxsave64 LEFT_FX(%rax)
        jmp     raw_enter

/* left_trash(tail, word, address): address in RSI, word in every other general
 * register; then on to tail. */
        .globl  left_trash
left_trash:
        pushq   %rdi
        movq    %rsi, %rax
        movq    %rdx, %rsi
        movq    %rax, %rbx
        movq    %rax, %rcx
        movq    %rax, %rdx
        movq    %rax, %rdi
        movq    %rax, %rbp
        movq    %rax, %r8
        movq    %rax, %r9
        movq    %rax, %r10
        movq    %rax, %r11
        movq    %rax, %r12
        movq    %rax, %r13
        movq    %rax, %r14
        movq    %rax, %r15
        ret

        .globl  left_bad_port, left_step, left_hlt, left_in, left_missing
        .globl  left_store, left_loop, left_shadow, left_triple
left_bad_port:
        movq    %rax, %rsp
        movl    $77, %edx
        outl    %eax, %dx
left_step:
        movl    $77, %edx
        pushfq
        orq     $0x100, (%rsp)          /* TF: traps behind the next one */
        popfq
        outl    %eax, %dx
        hlt
left_shadow:
        movl    $77, %edx
        sti
        outl    %eax, %dx
        hlt
left_hlt:
        hlt
left_in:
        movl    $77, %edx
        inl     %dx, %eax
        hlt
left_missing:                           /* the heap shows what is missing */
        movabsq $0x11, %r8
        movq    (%rsi), %r8
        hlt
left_store:
        movl    $5, %ecx
        movq    %rsi, %rdi
        rep stosq
        hlt
left_triple:
        ud2
left_loop:
        jmp     left_loop
        .section .note.GNU-stack, "", @progbits
