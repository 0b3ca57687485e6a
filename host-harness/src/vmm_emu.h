/* SPDX-License-Identifier: MIT */
/*
 * What the files of the emulator backend share. vmm_emu.c runs, and the others
 * serve it: _library loads Unicorn, _tlb translates addresses and keeps track
 * of code, _hooks records why a run ended, _fault delivers exceptions to the
 * guest, _regs moves registers, _decode reads instructions, _selftest refuses
 * a library that behaves otherwise.
 *
 * The division of labour: Unicorn executes instructions over a TLB that we
 * fill by our own walk. Every refused access, exception and port access ends
 * uc_emu_start with the state exactly before the instruction; what happens
 * then is decided here.
 */
#ifndef HL_VMM_EMU_H
#define HL_VMM_EMU_H

#include <signal.h>

#include "pagetable.h"
#include "vmm_emu_decode.h"
#include "vmm_emu_unicorn.h"

/* Why the last uc_emu_start ended; the first reason counts. */
enum emu_event_kind {
    EMU_EVENT_NONE,
    EMU_EVENT_PORT,
    EMU_EVENT_ACCESS,    /* translation refused: page fault, #GP, #SS */
    EMU_EVENT_MEMORY,    /* translated, but to no memory, or a ROM write */
    EMU_EVENT_EXCEPTION, /* raised by the CPU, or by one of our hooks */
    EMU_EVENT_CODE,      /* code to be written, or written data to be run */
    EMU_EVENT_REFUSED,   /* an instruction that cannot be run here */
    EMU_EVENT_LIMIT      /* more guards than are kept */
};

struct emu_event {
    enum emu_event_kind kind;
    /* PORT */
    bool is_in, is_string;
    bool is_blind; /* its instruction cannot be read */
    uint16_t port;
    uint8_t width;
    uint32_t count, value;
    /* ACCESS, MEMORY */
    uint64_t page; /* virtual address of the page */
    unsigned access;
    struct hl_walk walk;
    /* EXCEPTION */
    uint32_t vector;
};

/* What is known of a page of guest memory as code. */
struct emu_code_page {
    uint8_t *copy;    /* bytes when first fetched (slot 0 only), or NULL */
    uint8_t fetched;  /* may have translated code */
    uint8_t guarded;  /* holds bytes that look like a refused instruction */
    uint64_t written; /* epoch of the last write permission, see emu_tlb_fill */
};

/* Bounds of what the hooks keep. Guards: addresses whose instruction may have
 * to be refused. Landings: port instructions that are quick. Retries: of one
 * instruction, see emu_code_exchange. */
#define EMU_GUARDS_MAX   2048
#define EMU_LANDINGS_MAX 64
#define EMU_RETRIES_MAX  8
#define EMU_COPIES_MAX   1024

struct vmm_emu {
    struct hl_vmm base;
    const struct uc_api *api;
    uc_engine *uc;
    uc_context *clean;  /* the vCPU as it was made */
    uc_context *paused; /* the vCPU at a port instruction */
    bool is_paused;
    struct hl_vmm_regs regs;
    bool regs_dirty; /* regs are newer than the engine's */
    struct hl_phys phys;
    struct emu_event event;
    bool is_dead;     /* the rest of a block runs: nothing may happen */
    bool is_identity; /* translations are 1:1 (code removal) */
    volatile sig_atomic_t stop;

    uint64_t epoch; /* counts TLB flushes */
    struct {        /* EMU_EVENT_CODE of one instruction in a row */
        uint64_t rip;
        unsigned count;
    } retry;
    uint64_t step_to; /* run to here, see emu_step_to_fetch; 0: not stepping */
    struct emu_code_page *code[HL_VMM_SLOTS];
    size_t copies;
    size_t guard_count;
    struct {
        uint64_t address;
        uc_hook hook;
    } guards[EMU_GUARDS_MAX];

    /* Where runs end behind port instructions, see port_event. */
    uint64_t landing; /* of the current event; 0: none expected */
    bool has_landed;
    size_t landing_count;
    uint64_t landings[EMU_LANDINGS_MAX];

    bool is_counting;
    uc_hook count_hook;
    uint64_t instructions;
};

static inline struct vmm_emu *emu_of(struct hl_vmm *vmm)
{
    return (struct vmm_emu *)vmm; /* base is the first member */
}

static inline const struct vmm_emu *emu_of_const(const struct hl_vmm *vmm)
{
    return (const struct vmm_emu *)vmm;
}

/* vmm_emu_regs.c */
uint64_t emu_reg_get(const struct vmm_emu *emu, int reg);
void emu_reg_set(struct vmm_emu *emu, int reg, uint64_t value);
void emu_regs_read(struct vmm_emu *emu);
void emu_regs_write(struct vmm_emu *emu);
void emu_sregs_get(const struct vmm_emu *emu, struct hl_vmm_sregs *sregs);
void emu_sregs_set(struct vmm_emu *emu, const struct hl_vmm_sregs *sregs);
void emu_fpu_reset(struct vmm_emu *emu);
/* Make Unicorn forget its record of the last exception. */
void emu_exception_forget(struct vmm_emu *emu);

/* vmm_emu_memory.c: guest memory by virtual address, without the engine. */
bool emu_walk(const struct vmm_emu *emu, uint64_t gva, unsigned access,
              struct hl_walk *walk);
/* Bytes of code at gva, at most size; the count found. */
size_t emu_code_read(const struct vmm_emu *emu, uint64_t gva, uint8_t *code,
                     size_t size);
/* Decode the instruction at regs.rip. */
void emu_insn_at_rip(const struct vmm_emu *emu, struct emu_insn *insn);

/* vmm_emu_tlb.c */
uc_cb_tlb_fill emu_tlb_fill;
/* Scratch pages written in the last run, if that was counted. */
uint64_t emu_pages_written(const struct vmm_emu *emu);
void emu_tlb_flush(struct vmm_emu *emu);
/* Drop translated code whose bytes may have changed, of one slot or of all. */
void emu_code_refresh(struct vmm_emu *emu);
void emu_code_drop_slot(struct vmm_emu *emu, unsigned slot);
/* What EMU_EVENT_CODE asks for: permissions change hands. False: the code
 * changes itself without end. */
bool emu_code_exchange(struct vmm_emu *emu);
/* Drop translated code of size bytes at gpa, all in one page. */
void emu_code_remove(struct vmm_emu *emu, uint64_t gpa, uint64_t size);
/* The host is about to write to the page of this address. */
void emu_code_written(struct vmm_emu *emu, uint64_t gpa);
void emu_code_free(struct vmm_emu *emu);

/* vmm_emu_hooks.c */
hl_status emu_hooks_add(struct vmm_emu *emu, hl_error *error);
/* Hook code at gva: on_guard looks whether it is to be refused. False: too
 * many. */
bool emu_guard_add(struct vmm_emu *emu, uint64_t gva);
void emu_guards_trim(struct vmm_emu *emu);
/* Undo what the run did behind a port instruction. False: it cannot be. */
bool emu_port_finish(struct vmm_emu *emu);
/* False: no memory. */
bool emu_counting_set(struct vmm_emu *emu, bool on);

/* vmm_emu_fault.c */
struct emu_exception {
    unsigned vector;
    bool has_error, is_software;
    uint64_t error;
    uint64_t cr2; /* with vector 14 */
};
/* Enter the guest's handler. False: *exit says how the run ended. */
bool emu_exception_deliver(struct vmm_emu *emu,
                           const struct emu_exception *exception,
                           struct hl_vmm_exit *exit);

/* vmm_emu_step.c: a refused fetch of a block's second page. */
bool emu_step_to_fetch(struct vmm_emu *emu);
/* Run the instruction at RIP alone. */
void emu_step_one(struct vmm_emu *emu);
void emu_step_end(struct vmm_emu *emu);

/* vmm_emu_selftest.c: once a process. */
hl_status emu_selftest(const struct hl_vmm_ops *ops, hl_error *error);

#endif /* HL_VMM_EMU_H */
