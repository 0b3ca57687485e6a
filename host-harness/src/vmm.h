/* SPDX-License-Identifier: MIT */
/*
 * The backend interface: one virtual machine with one vCPU, two memory slots
 * and nothing else. A new hypervisor is one new file that fills in an
 * hl_vmm_ops, and a line in backend.c.
 *
 * All functions but stop are called by the thread that uses the sandbox.
 */
#ifndef HL_VMM_H
#define HL_VMM_H

#include <hl_host.h>

/* General registers, in struct kvm_regs order. */
struct hl_vmm_regs {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip, rflags;
};

struct hl_vmm_segment {
    uint64_t base;
    uint32_t limit;
    uint16_t selector;
    uint8_t type, present, dpl, db, s, l, g, avl, unusable;
};

/* What a snapshot keeps of the vCPU, and what a reset sets (abi §2.6, §3.1). */
struct hl_vmm_sregs {
    struct hl_vmm_segment cs, ds, es, fs, gs, ss, tr, ldt;
    uint64_t gdt_base, idt_base;
    uint16_t gdt_limit, idt_limit;
    uint64_t cr0, cr2, cr3, cr4, cr8, efer, apic_base;
};

/*
 * Memory slots: 0 is the snapshot region (guest reads and executes, a write
 * exits as HL_VMM_EXIT_MEMORY), 1 is scratch (all access).
 */
enum { HL_VMM_SLOT_SNAPSHOT, HL_VMM_SLOT_SCRATCH, HL_VMM_SLOTS };

struct hl_vmm_slot {
    uint64_t gpa;
    uint64_t size; /* multiple of the page size */
    uint8_t *host; /* page-aligned; outlives its mapping */
};

enum hl_vmm_exit_kind {
    HL_VMM_EXIT_OUT,      /* out executed: port, width, count, value */
    HL_VMM_EXIT_IN,       /* in executed: port, width */
    HL_VMM_EXIT_HALT,     /* hlt executed */
    HL_VMM_EXIT_MEMORY,   /* unbacked GPA, or write to slot 0: gpa, is_write */
    HL_VMM_EXIT_SHUTDOWN, /* triple fault */
    HL_VMM_EXIT_STOPPED,  /* stop was called, or a signal came */
    HL_VMM_EXIT_INSTRUCTION, /* cannot be executed here: bytes */
    HL_VMM_EXIT_OTHER        /* anything else: text */
};

struct hl_vmm_exit {
    enum hl_vmm_exit_kind kind;
    uint16_t port;
    uint8_t width;  /* bytes of one datum: 1, 2, 4 */
    uint32_t count; /* data in one exit: more than 1 only with string I/O */
    uint32_t value; /* first four data bytes, missing ones 0 (abi §4) */
    bool is_write;
    uint64_t gpa;
    uint8_t bytes[15];
    uint8_t byte_count;
    char text[64];
};

struct hl_vmm; /* defined by each backend, first member of its own struct */

struct hl_vmm_ops {
    const char *name;
    bool is_boundary;

    /* Is it usable, and can it execute SSE? HL_FAIL_BACKEND says why not;
     * another failure, that it could not be found out. */
    hl_status (*probe)(bool *executes_sse, hl_error *error);

    /* A VM without memory; vCPU state undefined until reset. */
    hl_status (*open)(struct hl_vmm **vmm, hl_error *error);
    void (*close)(struct hl_vmm *vmm);

    /* (Re)map a slot. The guest is not running. */
    hl_status (*map)(struct hl_vmm *vmm, unsigned slot,
                     const struct hl_vmm_slot *memory, hl_error *error);

    /*
     * Force the whole vCPU to a defined state: sregs as given, GPRs 0,
     * RFLAGS 2, debug registers default, x87/SSE default (FCW 0x37F, MXCSR
     * 0x1F80), XCR0 1, MSRs to the value they had at open, no pending events.
     * At creation and at every restore. Also drops every cached translation
     * (TLB, translated code): guest memory may have changed in any way.
     */
    hl_status (*reset)(struct hl_vmm *vmm, const struct hl_vmm_sregs *sregs,
                       hl_error *error);
    /* Read the special registers (snapshot). */
    hl_status (*save)(struct hl_vmm *vmm, struct hl_vmm_sregs *sregs,
                      hl_error *error);
    /* x87/SSE defaults alone (abi §3.3), for --preset hyperlight and after a
     * call that did not end normally. */
    hl_status (*reset_fpu)(struct hl_vmm *vmm, hl_error *error);

    /*
     * The general registers: valid between runs; what is written there is
     * what the next run starts with once set_regs was called. On KVM this is
     * kvm_run's sync area: no ioctl.
     */
    struct hl_vmm_regs *(*regs)(struct hl_vmm *vmm);
    void (*set_regs)(struct hl_vmm *vmm);

    /*
     * Run until an exit. After an OUT exit the next run continues behind the
     * instruction. HL_FAIL_SYSTEM only when the backend itself fails.
     */
    hl_status (*run)(struct hl_vmm *vmm, struct hl_vmm_exit *exit,
                     hl_error *error);

    /*
     * Make the current or next run return HL_VMM_EXIT_STOPPED. Called from
     * the kick signal's handler in the thread that runs the VM, hence
     * async-signal-safe; may be repeated. clear_stop forgets it.
     * stop_is_kept: one that comes before the run begins is never lost, so
     * that it need not be repeated.
     */
    bool stop_is_kept;
    void (*stop)(struct hl_vmm *vmm);
    void (*clear_stop)(struct hl_vmm *vmm);

    /* Instructions executed by the last run if the backend counts, else 0;
     * count_instructions(true) turns slow exact counting on; false: no
     * memory. NULL: cannot. */
    bool (*count_instructions)(struct hl_vmm *vmm, bool on);
    uint64_t (*instructions)(struct hl_vmm *vmm);
    /* The same for scratch pages written by the last run. */
    uint64_t (*pages_written)(struct hl_vmm *vmm);
};

struct hl_vmm {
    const struct hl_vmm_ops *ops;
};

extern const struct hl_vmm_ops hl_vmm_kvm;
extern const struct hl_vmm_ops hl_vmm_emu;

#endif /* HL_VMM_H */
