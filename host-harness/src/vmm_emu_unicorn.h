/* SPDX-License-Identifier: MIT */
/*
 * What is used of Unicorn 2.1's public API, from its documentation: types,
 * numbers, and the functions as pointers, since the library is loaded at run
 * time or not at all (it is GPL, and optional).
 */
#ifndef HL_VMM_EMU_UNICORN_H
#define HL_VMM_EMU_UNICORN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hl_host.h>

typedef struct uc_struct uc_engine;
typedef struct uc_context uc_context;
typedef size_t uc_hook;

enum { UC_VERSION_LEAST = 0x02010400 }; /* major, minor, patch, extra */

enum uc_error {
    UC_ERR_OK = 0,
    UC_ERR_INSN_INVALID = 10,
    UC_ERR_EXCEPTION = 21
};

enum { UC_ARCH_X86 = 4, UC_MODE_64 = 8 };

enum { UC_PROT_READ = 1, UC_PROT_WRITE = 2, UC_PROT_EXEC = 4, UC_PROT_ALL = 7 };

enum uc_mem_type { UC_MEM_READ = 16, UC_MEM_WRITE = 17, UC_MEM_FETCH = 18 };

enum {
    UC_HOOK_INTR = 1 << 0,
    UC_HOOK_INSN = 1 << 1,
    UC_HOOK_CODE = 1 << 2,
    UC_HOOK_TLB_FILL = 1 << 17,
};

/* Instructions that UC_HOOK_INSN knows. */
enum { UC_X86_INS_CPUID = 113, UC_X86_INS_IN = 218, UC_X86_INS_OUT = 500 };

/* uc_ctl's codes: type | arguments << 26 | direction (1 = write) << 30. */
#define UC_CTL_WRITE(type, arguments)                                          \
    ((int)((unsigned)(type) | (unsigned)(arguments) << 26 | 1u << 30))
#define UC_CTL_USE_EXITS       UC_CTL_WRITE(4, 1)
#define UC_CTL_EXITS           UC_CTL_WRITE(6, 2)
#define UC_CTL_TB_REMOVE_CACHE UC_CTL_WRITE(9, 2)
#define UC_CTL_TB_FLUSH        UC_CTL_WRITE(10, 0)
#define UC_CTL_TLB_FLUSH       UC_CTL_WRITE(11, 0)
#define UC_CTL_TLB_TYPE        UC_CTL_WRITE(12, 1)
#define UC_CTL_TCG_BUFFER_SIZE UC_CTL_WRITE(13, 1)
enum { UC_TLB_VIRTUAL = 1 };

enum uc_x86_reg {
    UC_X86_REG_CS = 11,
    UC_X86_REG_DS = 17,
    UC_X86_REG_EFLAGS = 25,
    UC_X86_REG_ES = 28,
    UC_X86_REG_FPSW = 31,
    UC_X86_REG_FS = 32,
    UC_X86_REG_GS = 33,
    UC_X86_REG_RAX = 35,
    UC_X86_REG_RBP = 36,
    UC_X86_REG_RBX = 37,
    UC_X86_REG_RCX = 38,
    UC_X86_REG_RDI = 39,
    UC_X86_REG_RDX = 40,
    UC_X86_REG_RIP = 41,
    UC_X86_REG_RSI = 43,
    UC_X86_REG_RSP = 44,
    UC_X86_REG_SS = 49,
    UC_X86_REG_CR0 = 50,
    UC_X86_REG_CR2 = 52,
    UC_X86_REG_CR3 = 53,
    UC_X86_REG_CR4 = 54,
    UC_X86_REG_CR8 = 58,
    UC_X86_REG_DR0 = 66,
    UC_X86_REG_FP0 = 82,
    UC_X86_REG_R8 = 106,
    UC_X86_REG_XMM0 = 122,
    UC_X86_REG_IDTR = 242,
    UC_X86_REG_GDTR = 243,
    UC_X86_REG_LDTR = 244,
    UC_X86_REG_TR = 245,
    UC_X86_REG_FPCW = 246,
    UC_X86_REG_FPTAG = 247,
    UC_X86_REG_MSR = 248,
    UC_X86_REG_MXCSR = 249,
    UC_X86_REG_FS_BASE = 250,
    UC_X86_REG_GS_BASE = 251,
};

/* Value of GDTR, IDTR (no selector or flags), LDTR, TR. flags: the second
 * word of a descriptor, type in bits 8-11. */
typedef struct uc_x86_mmr {
    uint16_t selector;
    uint64_t base;
    uint32_t limit;
    uint32_t flags;
} uc_x86_mmr;

typedef struct uc_x86_msr {
    uint32_t rid;
    uint64_t value;
} uc_x86_msr;

typedef struct uc_tlb_entry {
    uint64_t paddr;
    unsigned perms;
} uc_tlb_entry;

typedef bool uc_cb_tlb_fill(uc_engine *uc, uint64_t page, int type,
                            uc_tlb_entry *entry, void *context);
typedef void uc_cb_intr(uc_engine *uc, uint32_t vector, void *context);
typedef uint32_t uc_cb_in(uc_engine *uc, uint32_t port, int size,
                          void *context);
typedef void uc_cb_out(uc_engine *uc, uint32_t port, int size, uint32_t value,
                       void *context);
typedef int uc_cb_cpuid(uc_engine *uc, void *context);
typedef void uc_cb_code(uc_engine *uc, uint64_t address, uint32_t size,
                        void *context);

/*
 * X(NAME, result, parameters): the functions used, called as api->NAME.
 */
#define UC_FUNCTIONS(X)                                                        \
    X(version, unsigned, (unsigned *, unsigned *))                             \
    X(strerror, const char *, (int))                                           \
    X(open, int, (int arch, int mode, uc_engine **))                           \
    X(close, int, (uc_engine *))                                               \
    X(ctl, int, (uc_engine *, int control, ...))                               \
    X(reg_write, int, (uc_engine *, int reg, const void *))                    \
    X(reg_read, int, (uc_engine *, int reg, void *))                           \
    X(reg_write_batch, int,                                                    \
      (uc_engine *, const int *regs, void *const *, int))                      \
    X(reg_read_batch, int, (uc_engine *, const int *regs, void **, int))       \
    X(emu_start, int,                                                          \
      (uc_engine *, uint64_t begin, uint64_t until, uint64_t us, size_t))      \
    X(emu_stop, int, (uc_engine *))                                            \
    X(hook_add, int,                                                           \
      (uc_engine *, uc_hook *, int type, void *callback, void *context,        \
       uint64_t begin, uint64_t end, ...))                                     \
    X(hook_del, int, (uc_engine *, uc_hook))                                   \
    X(mem_map_ptr, int,                                                        \
      (uc_engine *, uint64_t gpa, uint64_t size, uint32_t perms, void *))      \
    X(mem_unmap, int, (uc_engine *, uint64_t gpa, uint64_t size))              \
    X(context_alloc, int, (uc_engine *, uc_context **))                        \
    X(context_free, int, (uc_context *))                                       \
    X(context_save, int, (uc_engine *, uc_context *))                          \
    X(context_restore, int, (uc_engine *, uc_context *))

struct uc_api {
#define UC_MEMBER(name, result, parameters) result(*name) parameters;
    UC_FUNCTIONS(UC_MEMBER)
#undef UC_MEMBER
    char path[512]; /* of the library, for messages */
};

/* The library, loaded once a process; HL_FAIL_BACKEND names what is missing
 * or wrong. Thread-safe. */
hl_status emu_library_get(const struct uc_api **api, hl_error *error);

#endif /* HL_VMM_EMU_UNICORN_H */
