/* SPDX-License-Identifier: MIT */
/*
 * What the vCPU held when a call entered the guest, where left_entry.S writes
 * it and the test on the host reads it: at HL_SCRATCH_GVA_END - LEFT_STATE.
 */
#ifndef HL_LEFT_H
#define HL_LEFT_H

#define LEFT_STATE 0x8000

/* Offsets of struct left_state, for the assembler. */
#define LEFT_RFLAGS    128
#define LEFT_SELECTORS 136
#define LEFT_GDT       152
#define LEFT_IDT       168
#define LEFT_CR0       184
#define LEFT_DR0       224
#define LEFT_FX        320

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

struct left_state {
    uint64_t general[16]; /* rax rbx rcx rdx rsi rdi rsp rbp r8 … r15 */
    uint64_t rflags;
    uint16_t selectors[8]; /* cs ss ds es fs gs ldt tr */
    uint8_t gdt[16];       /* limit, base */
    uint8_t idt[16];
    uint64_t cr0, cr2, cr3, cr4, cr8;
    uint64_t dr0, dr1, dr2, dr3, dr6, dr7;
    uint64_t fs_base, gs_base, hidden_gs_base;
    uint64_t xsave_size; /* CPUID's, which follows XCR0 */
    uint64_t unused[2];
    uint8_t fx[512];
};

_Static_assert(sizeof(struct left_state) == LEFT_FX + 512, "see the offsets");

/* How the guest that dirtied everything ends. */
enum left_end {
    LEFT_BAD_PORT,
    LEFT_RESULT, /* as if nothing had been */
    LEFT_HLT,
    LEFT_IN,      /* its value never arrives */
    LEFT_MISSING, /* a load from memory that is not there */
    LEFT_STORE,   /* rep stos to memory that is not there */
    LEFT_TRIPLE,  /* triple fault */
    LEFT_LOOP,    /* until killed */
    LEFT_STEP,    /* bad port with a single-step trap due */
    LEFT_SHADOW,  /* bad port in the shadow of `sti` */
    LEFT_ABORT,   /* half an abort, and a result */
    LEFT_ENDS
};

/* In the guest; queues.c has the second and third for virtqueues. */
void left_fill(uint64_t from, uint64_t to, uint64_t word);
/* A page that transport needs some words of. */
bool left_is_kept(uint64_t page);
/* The word in all others of them; ready for the next message. */
void left_settle(uint64_t word);
#endif
#endif
