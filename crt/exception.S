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
	.rept	HL_VECTORS - HL_VECTOR_PAGE - 1
	.balign	8
	call	exception
	.endr

/* The general registers, in the order of general_names in sdk/lib/fault.c. */
	.macro	general_save
	.irp	name, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
	push	%\name
	.endr
	cld
	mov	%rsp, %rdi
	.endm

/*
 * #PF, often harmless: copy-on-write. Stack: error code, RIP, CS, RFLAGS,
 * RSP, SS. Returns to the interrupted instruction when the page is there now.
 */
	.type	page_fault, @function
page_fault:
	general_save
	sub	$8, %rsp
	call	hl_page_fault
	add	$8, %rsp
	.irp	name, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	pop	%\name
	.endr
	add	$8, %rsp		/* the error code */
	iretq
	.size	page_fault, . - page_fault

/*
 * Every other vector ends the run. Stack: return address into the stubs,
 * [error code,] RIP, CS, RFLAGS, RSP, SS.
 */
	.type	exception, @function
exception:
	general_save
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
