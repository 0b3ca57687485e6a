/* SPDX-License-Identifier: MIT */
/*
 * The least a guest can do: every call, whatever its name, is answered by the
 * same Int, in some 30 instructions. What remains is the host's own cost.
 * No exception handler, no writable data, generation B only (abi §3).
 */
#include <hl/abi.h>

	.text
/* In: RSP = exception-stack top - 8, RDI = PEB. */
	.globl	entry
entry:
	lea	dispatch(%rip), %rax	/* RAX: where calls are dispatched */
	add	$8, %rsp		/* RSP of calls: a multiple of 16 */
	mov	$HL_PORT_HALT, %edx
	out	%eax, %dx
	cli
	hlt

/* In: RSP as above, ZF set if the TLB must be flushed first. */
dispatch:
	jnz	1f
	mov	%cr3, %rax
	mov	%rax, %cr3
1:	lea	4095+_end(%rip), %rdi	/* the PEB is on the next page */
	and	$-4096, %rdi
	mov	8(%rdi), %rcx		/* input buffer */
	mov	24(%rdi), %rdi		/* output buffer */
	movq	$HL_STACK_EMPTY, (%rcx)	/* the call is taken */
	lea	answer(%rip), %rsi
	.irp	at, 0, 8, 16, 24, 32, 40, 48, 56
	mov	\at(%rsi), %rax
	mov	%rax, HL_STACK_EMPTY+\at(%rdi)
	.endr
	movq	$HL_STACK_EMPTY, HL_STACK_EMPTY+64(%rdi)
	movq	$HL_STACK_EMPTY+72, (%rdi)
	mov	$HL_PORT_HALT, %edx
	out	%eax, %dx
	cli
	hlt

/* FunctionCallResult, value Int 42 (abi §6.6 B). */
	.section .rodata
	.balign	8
answer:
	.byte	0x3c, 0, 0, 0, 0x0c, 0, 0, 0, 8, 0, 0x0c, 0, 7, 0, 8, 0
	.byte	8, 0, 0, 0, 0, 0, 0, 1, 12, 0, 0, 0, 8, 0, 14, 0
	.byte	7, 0, 8, 0, 8, 0, 0, 0, 0, 0, 0, 1, 12, 0, 0, 0
	.byte	0, 0, 6, 0, 8, 0, 4, 0, 6, 0, 0, 0, 42, 0, 0, 0
	.section .note.GNU-stack, "", @progbits
