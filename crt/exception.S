/* SPDX-License-Identifier: MIT */
/*
 * Entry of exceptions. All gates use IST1, whose memory is the exception
 * stack; a second exception would overwrite the first one's frame, so nothing
 * here may fault (abi §2.5).
 */
#include <hl/abi.h>

	.section .text.hl_exception, "ax", @progbits

/*
 * One stub of 8 bytes for each vector, so that gates are made by adding 8;
 * aligned so that the low 16 bits of their addresses do not wrap. The address
 * that `call` pushes tells the vector.
 */
	.balign	256
	.globl	hl_exception_stubs
	.hidden	hl_exception_stubs
hl_exception_stubs:
	.rept	HL_VECTOR_PAGE
	.balign	8
	call	exception
	.endr
	.balign	8
	jmp	page_fault
	.rept	32 - HL_VECTOR_PAGE - 1
	.balign	8
	call	exception
	.endr

/*
 * #PF, often harmless: copy-on-write. Stack: error code, RIP, CS, RFLAGS,
 * RSP, SS. Returns to the interrupted instruction when the page is there now.
 */
	.type	page_fault, @function
page_fault:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	cld
	lea	72(%rsp), %rdi		/* the frame, from the error code on */
	mov	%rbp, %rsi
	sub	$8, %rsp
	call	hl_page_fault
	add	$8, %rsp
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$8, %rsp		/* the error code */
	iretq
	.size	page_fault, . - page_fault

/*
 * Every other vector ends the run. Stack: return address into the stubs,
 * [error code,] RIP, CS, RFLAGS, RSP, SS.
 */
	.type	exception, @function
exception:
	cld
	pop	%rax
	lea	hl_exception_stubs(%rip), %rsi
	sub	%rsi, %rax
	shr	$3, %rax
	mov	%rax, %rsi		/* vector */
	mov	%rsp, %rdi		/* frame */
	mov	%rbp, %rdx
	and	$-16, %rsp
	call	hl_exception
	ud2
	.size	exception, . - exception

/*
 * hl_fault_leave(stack): go on in hl_fault_report on another stack, as after
 * an exception; a fault there starts on IST1 anew.
 */
	.globl	hl_fault_leave
	.hidden	hl_fault_leave
	.type	hl_fault_leave, @function
hl_fault_leave:
	mov	%rdi, %rsp
	xor	%ebp, %ebp
	call	hl_fault_report
	ud2
	.size	hl_fault_leave, . - hl_fault_leave

	.section .note.GNU-stack, "", @progbits
