/* SPDX-License-Identifier: MIT */
/*
 * The least a guest can do: every call, whatever its name, is answered by the
 * same Int, in eight instructions. What remains is the host's own cost.
 * No exception handler, no writable data, generation B only (abi §3).
 */
#include <hl/abi.h>

	.text
/* In: RSP = exception-stack top - 8, RDI = PEB. */
	.globl	entry
entry:
	lea	dispatch(%rip), %rax	/* RAX: where calls are dispatched */
	add	$8, %rsp		/* RSP of calls: a multiple of 16 */
	out	%eax, $HL_PORT_HALT
	cli
	hlt

/* In: RSP as above, ZF set if the TLB must be flushed first. */
dispatch:
	jnz	1f
	mov	%cr3, %rax
	mov	%rax, %cr3
1:	mov	peb+8(%rip), %rdi	/* input buffer */
	movq	$HL_STACK_EMPTY, (%rdi)	/* the call is taken */
	mov	peb+24(%rip), %rdi	/* output buffer */
	lea	answer(%rip), %rsi
	mov	$(answer_end - answer) / 8, %ecx
	rep movsq
	out	%eax, $HL_PORT_HALT
	cli
	hlt

	.bss
	.balign	4096
peb:	/* the page after the image */

	.section .rodata
	.balign	8
answer:	/* the output buffer with one message on its stack */
	.quad	HL_STACK_EMPTY+56
	.quad	0x0000000c0000002c	/* size, root at 10 */
	.quad	0x00080007000c0008	/* vtable of both unions */
	.quad	0x0100000000000008	/* result, a value: */
	.quad	0x0000001400000004	/* at 1c, the box; its vtable */
	.quad	0x0000000401000000	/* an Int, at 28, */
	.quad	0x00040004fffffffc	/* with no field: 0; its vtable */
	.quad	HL_STACK_EMPTY		/* where the message begins */
answer_end:

	.section .note.GNU-stack, "", @progbits
