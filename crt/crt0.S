/* SPDX-License-Identifier: MIT */
/*
 * Entry of the guest, and entry of every call (abi §3). What can be C is in
 * sdk/lib/start.c and sdk/lib/dispatch.c.
 */
#include <hl/abi.h>

/* The float state of the C language; some hosts leave the last MXCSR. */
	.macro	float_reset
#ifdef __SSE2__
	fninit
	ldmxcsr	mxcsr(%rip)
#endif
	.endm

	.section .text.hl_crt0, "ax", @progbits

/*
 * First entry. RDI PEB, RSI seed, RDX page size, RCX log level, RSP = top of
 * the exception stack - 8. No segment, no IDT, no stack of our own: anything
 * that faults is a triple fault until hl_start_early returns. It returns the
 * top of the main stack.
 */
	.globl	entrypoint
	.hidden	entrypoint
	.type	entrypoint, @function
entrypoint:
	lea	8(%rsp), %r8		/* fifth argument: exception-stack top */
	mov	%r8, %rsp		/* 16-aligned before the call */
	xor	%ebp, %ebp		/* outermost frame */
	call	hl_start_early
	mov	%rax, %rsp		/* main stack: faults may be taken now */
	float_reset
	call	hl_start_late
	lea	hl_call_entry(%rip), %rax	/* what the host enters for a call */
halt:					/* RSP is as it was: 16-aligned */
	mov	$HL_PORT_HALT, %edx
	out	%eax, %dx		/* the data is ignored, RAX counts */
	cli				/* hosts that only know hlt (abi §4.6) */
	hlt
	jmp	halt
	.size	entrypoint, . - entrypoint

/*
 * Entry of a call. RSP = top of the main stack, all other registers 0. ZF:
 * memory was restored, so the TLB must be flushed before the stack is touched
 * (abi §3.3).
 */
	.globl	hl_call_entry
	.hidden	hl_call_entry
	.type	hl_call_entry, @function
hl_call_entry:
	jz	restored
1:	float_reset
	call	hl_dispatch
	jmp	halt
restored:
	mov	%cr4, %rax		/* toggling PGE drops every translation */
	xor	$HL_CR4_PGE, %rax
	mov	%rax, %cr4
	xor	$HL_CR4_PGE, %rax
	mov	%rax, %cr4
	call	hl_guard_set
	jmp	1b
	.size	hl_call_entry, . - hl_call_entry

	.section .rodata.hl_crt0, "a", @progbits
	.balign	8
/* Absolute, so that no relocation is needed: hl-ld defines it from
 * -Wl,-z,stack-size=N. */
	.globl	hl_stack_size
	.hidden	hl_stack_size
	.type	hl_stack_size, @object
hl_stack_size:
	.quad	__hl_stack_size
	.size	hl_stack_size, 8
#ifdef __SSE2__
mxcsr:
	.long	HL_MXCSR_INIT
#endif

/* The SDK's own note: which interface and float variant this image is of. */
	.section .note.hlkit, "aR", @note
	.balign	4
	.long	2f - 1f			/* owner */
	.long	4f - 3f			/* descriptor */
	.long	HL_NOTE_SDK
1:	.asciz	HL_NOTE_OWNER
2:	.balign	4
#ifdef __SSE2__
3:	.quad	HL_NOTE_SDK_ABI_STACK | HL_NOTE_SDK_ABI_VIRTQ
#else
3:	.quad	HL_NOTE_SDK_ABI_STACK | HL_NOTE_SDK_ABI_VIRTQ | HL_NOTE_SDK_SOFT
#endif
	.ascii	HL_VERSION
4:	.balign	4

	.section .note.GNU-stack, "", @progbits
