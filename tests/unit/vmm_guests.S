/* SPDX-License-Identifier: MIT */
/*
 * Code for the guests of vmm_*.c. Position-independent; runs at CODE_GVA with
 * RSP = SCRATCH_AT(DATA_PAGE), so 8(%rsp) and above is free data. Addresses
 * and values come from the test in registers.
 */
    .section .rodata

    .macro GUEST name
    .globl code_\name
code_\name:
    .endm
    .macro END name
    .globl code_\name\()_end
code_\name\()_end:
    .endm

/* every width, immediate and DX forms; then stop */
GUEST out_widths
    mov $0x11223344, %eax
    mov $0x1234, %edx
    out %al, $0x65
    out %ax, $0x66
    out %eax, $0x67
    out %al, %dx
    out %ax, %dx
    out %eax, %dx
    hlt
END out_widths

/* rep outsb of RCX bytes at RSI */
GUEST out_string
    mov $0x65, %edx
    rep outsb
    mov $0x77, %ebx
    hlt
END out_string

/* outsl of one word at RSI */
GUEST out_string_once
    mov $0x65, %edx
    outsl
    hlt
END out_string_once

/* an out amid a block: what is behind it must not have happened, and flags
 * made before it must survive */
GUEST out_midblock
    mov $5, %ebx
    movdqu 32(%rsp), %xmm0
    movb $1, 8(%rsp)
    cmp $5, %ebx            /* ZF */
    out %eax, $0x65
    movaps %xmm1, %xmm0
    setz %cl
    movb $2, 8(%rsp)
    inc %rbx
    movzbl %cl, %ecx
    mov %rcx, 16(%rsp)
    hlt
END out_midblock

GUEST store_xmm0
    movdqu %xmm0, 48(%rsp)
    hlt
END store_xmm0

/* as dispatch: out, then cli and hlt */
GUEST out_halt
    out %eax, $0x6c
    cli
    hlt
END out_halt

GUEST in_port
    in $0x5, %eax
    hlt
END in_port

GUEST in_string
    mov $0x5, %edx
    rep insb
    hlt
END in_string

GUEST halt
    mov $0x55, %ebx
    hlt
    mov $0x66, %ebx
    hlt
END halt

/* one access to (RDI); a recovery address is in R15 */
GUEST load
    mov (%rdi), %rax
    hlt
END load
GUEST store
    movq $7, (%rdi)
    hlt
END store
GUEST load_store
    mov (%rdi), %rax
    movq $7, (%rdi)
    hlt
END load_store
GUEST jump
    jmp *%rdi
END jump
GUEST rep_store
    rep stosb
    hlt
END rep_store

/* shutdown: no IDT */
GUEST triple_fault
    push $0
    push $0
    lidt (%rsp)
    ud2
END triple_fault

GUEST spin
1:  inc %rbx
    jmp 1b
END spin

/* Handlers. All record vector, error code, RIP, CR2, RSP and RFLAGS of the
 * frame at R14 (R14 advances), then go on at R15 if it is set. */
    .macro RECORD vector
    movq $\vector, (%r14)
    pop %rax
    mov %rax, 8(%r14)
    mov (%rsp), %rax
    mov %rax, 16(%r14)
    mov %cr2, %rax
    mov %rax, 24(%r14)
    mov 24(%rsp), %rax
    mov %rax, 32(%r14)
    mov 16(%rsp), %rax
    mov %rax, 40(%r14)
    add $48, %r14
    mov %r15, (%rsp)
    iretq
    .endm

/* handlers at +0x000, 0x080, 0x100, 0x180, a test body at +0x200 */
    .balign 128
GUEST faults
    push $0
    RECORD 0
    .balign 128
    push $0
    RECORD 6
    .balign 128
    RECORD 13
    .balign 128
    RECORD 14
    .balign 128
/* the body: RCX selects */
    cmp $1, %ecx
    je 1f
    cmp $2, %ecx
    je 2f
    cmp $3, %ecx
    je 3f
    cmp $4, %ecx
    je 4f
    cmp $5, %ecx
    je 5f
    cmp $6, %ecx
    je 6f
    cmp $7, %ecx
    je 7f
    cmp $8, %ecx
    je 8f
    hlt
1:  lea 11f(%rip), %r15     /* three divides by zero, then two ud2 */
    xor %esi, %esi
    div %esi
11: lea 12f(%rip), %r15
    div %esi
12: lea 13f(%rip), %r15
    div %esi
13: lea 14f(%rip), %r15
    ud2
14: lea 15f(%rip), %r15
    ud2
15: hlt
2:  lea 21f(%rip), %r15     /* store to (RDI) */
    stc
    movq $1, 0x123(%rdi)
21: hlt
3:  lea 31f(%rip), %r15     /* fetch from RDI */
    jmp *%rdi
31: hlt
4:  lea 41f(%rip), %r15     /* load from (RDI) */
    mov 0x10(%rdi), %rbx
41: hlt
5:  lea 51f(%rip), %r15     /* rdmsr, wrmsr, with prefixes too */
    mov $0x277, %ecx
    rdmsr
51: lea 52f(%rip), %r15
    mov $0xc0000100, %ecx
    wrmsr
52: lea 53f(%rip), %r15
    mov $0xc0000080, %ecx
    .byte 0x48              # REX.W
    rdmsr
53: hlt
6:  lea 61f(%rip), %r15     /* xsetbv */
    mov %cr4, %rax
    or $0x40000, %rax
    mov %rax, %cr4
    xor %ecx, %ecx
    mov $7, %eax
    xor %edx, %edx
    xsetbv
61: hlt
7:  lea 71f(%rip), %r15     /* push to RDI */
    mov %rsp, %rbx
    mov %rdi, %rsp
    push %rax
71: mov %rbx, %rsp
    hlt
8:  lea 81f(%rip), %r15     /* reach from the page before (RDI) */
    mov -3(%rdi), %rbx
81: hlt
END faults

/* Set everything that a reset must clear; RDI: 16 bytes for the moves, an
 * FXSAVE image at +512. */
GUEST dirty_state
    movdqu (%rdi), %xmm0
    movdqu (%rdi), %xmm7
    movdqu (%rdi), %xmm15
    fxrstor 512(%rdi)
    mov $0x1234, %eax
    mov %rax, %dr0
    mov %rax, %dr3
    mov %rax, %cr2
    swapgs
    out %eax, $0x65
END dirty_state

/* Store the same at (RDI). */
GUEST read_state
    fxsave (%rdi)
    mov %dr0, %rax
    mov %rax, 512(%rdi)
    mov %dr3, %rax
    mov %rax, 520(%rdi)
    mov %dr7, %rax
    mov %rax, 528(%rdi)
    mov %cr2, %rax
    mov %rax, 536(%rdi)
    hlt
END read_state

/* call code at RDI three times, a byte stored to (RSI) before each */
GUEST call_patch_call
    mov (%rsi), %dl
    mov %dl, (%rsi)
    call *%rdi
    mov %eax, %ebx
    mov %cl, (%rsi)
    call *%rdi
    mov %eax, %r10d
    inc %ecx
    mov %cl, (%rsi)
    call *%rdi
    hlt
END call_patch_call

/* To be run at RDI, which is writable: changes the code right ahead. */
GUEST patch_ahead
    movb $9, 1f+1(%rip)
1:  mov $5, %eax
    hlt
END patch_ahead

/* To be put at the end of a page: runs off it with RBX counted up. */
GUEST run_off
    inc %rbx
    inc %rbx
    nop
    .byte 0xb8, 1           /* mov, its operand in the next page */
END run_off

/* many things that look like rdmsr; RCX calls of the next */
GUEST rdmsrs
    .rept 400
    jmp .+4
    rdmsr
    .endr
    hlt
END rdmsrs

/* call code at RDI, change the leaf entry at (RSI) to RCX, flush as R8 says,
 * call again */
GUEST call_remap_call
    call *%rdi
    mov %eax, %ebx
    mov %rcx, (%rsi)
    test %r8d, %r8d
    jz 1f
    invlpg (%rdi)
    jmp 2f
1:  mov %cr3, %rax
    mov %rax, %cr3
2:  call *%rdi
    hlt
END call_remap_call

/* counts up in RBX, with what the emulator hooks amid the loop */
GUEST spin_guarded
1:  inc %rbx
    jmp 2f
    rdmsr
2:  jmp 1b
END spin_guarded

/* arm a breakpoint at R8 */
GUEST arm_breakpoint
    mov %r8, %dr0
    mov $0x401, %r9d
    mov %r9, %dr7
    hlt
END arm_breakpoint

/* leave the GS base where wrmsr would not be allowed to put it */
GUEST swap_gs
    swapgs
    hlt
END swap_gs
GUEST swap_gs_load
    swapgs
    mov %gs:(%rdi), %rax
    hlt
END swap_gs_load

/* XCR0 = 7 where that can be done */
GUEST set_xcr0
    mov %cr4, %rax
    or $0x40000, %rax
    mov %rax, %cr4
    xor %ecx, %ecx
    mov $7, %eax
    xor %edx, %edx
    xsetbv
    mov $0xd, %eax
    xor %ecx, %ecx
    cpuid
    hlt
END set_xcr0

/* cpuid of EAX */
GUEST cpuid
    cpuid
    hlt
END cpuid

    .section .note.GNU-stack, "", @progbits
