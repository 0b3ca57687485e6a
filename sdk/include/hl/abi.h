/* SPDX-License-Identifier: MIT */
/*
 * The binary interface between guest and host: every constant and structure
 * that both sides share (Hyperlight generation B, "stack"; docs/abi.md).
 * C99 and preprocessor only, so that assembly can include it.
 * Section marks (§) refer to docs/abi.md.
 */
#ifndef HL_ABI_H
#define HL_ABI_H

#ifdef __ASSEMBLER__
#define HL_U64(x) x
#else
#include <stddef.h>
#include <stdint.h>
#define HL_U64(x) x##ull
#endif

/* Pages and the two physical regions (§2.1). */
#define HL_PAGE_SIZE       0x1000
#define HL_PAGE_SHIFT      12
#define HL_BASE_ADDRESS    0x4000 /* image load address, GPA = GVA (§1.2) */
#define HL_SCRATCH_GPA_END HL_U64(0x1000000000)
#define HL_SCRATCH_GVA_END HL_U64(0xFFFFFFFFFFFFF000) /* "TOP" */
/* gva = gpa + this (mod 2^64) for every scratch page, whatever the size. */
#define HL_SCRATCH_GPA_TO_GVA HL_U64(0xFFFFFFEFFFFFF000)
#define HL_PHYS_ADDR_BITS     36

/* Scratch-top bookkeeping: u64 at TOP - offset (§2.3). */
#define HL_META_SCRATCH_SIZE 0x08
#define HL_META_ALLOCATOR    0x10
#define HL_META_ROOT_TABLE   0x18
#define HL_META_GENERATION   0x20
#define HL_META_RESEED       0x28
#define HL_META_END          0x30 /* exception stack grows down from here */
/* Pages at the very top that the page allocator never hands out (§2.3). */
#define HL_SCRATCH_TOP_PAGES 3

/* Page-table entries (§2.4). */
#define HL_PTE_PRESENT  HL_U64(0x1)
#define HL_PTE_WRITE    HL_U64(0x2)
#define HL_PTE_ACCESSED HL_U64(0x20)
#define HL_PTE_DIRTY    HL_U64(0x40)
#define HL_PTE_COW      HL_U64(0x200)
#define HL_PTE_AVL_MASK HL_U64(0xE00)
#define HL_PTE_NX       HL_U64(0x8000000000000000)
#define HL_PTE_ADDR     HL_U64(0x000FFFFFFFFFF000)
#define HL_PTE_TABLE    HL_U64(0x23)
/* GVAs dropped by snapshots besides the scratch alias (§2.6). */
#define HL_TABLES_GVA_FIRST HL_U64(0xFFFF800000000000)
#define HL_TABLES_GVA_LAST  HL_U64(0xFFFF80FFFFFFFFFF)

/* vCPU state at first entry (§3.1). */
#define HL_CR0_INIT     HL_U64(0x80050033)
#define HL_CR4_INIT     HL_U64(0x620)
#define HL_EFER_INIT    HL_U64(0xD01)
#define HL_CR4_PGE      0x80
#define HL_RFLAGS_INIT  0x2
#define HL_RFLAGS_FLUSH 0x42 /* ZF: flush the TLB before anything (§3.3) */
#define HL_FCW_INIT     0x37F
#define HL_MXCSR_INIT   0x1F80

/* Ports (§4); always a 32-bit out. */
#define HL_PORT_LOG    99
#define HL_PORT_CALL   101
#define HL_PORT_ABORT  102
#define HL_PORT_DEBUG  103
#define HL_PORT_HALT   108
#define HL_PORT_NOTIFY 109 /* generation C only */

/* Abort stream (§4.1). */
#define HL_ABORT_END       0xFF
#define HL_ABORT_BYTES_MAX 1024
#define HL_VECTOR_DIVIDE   0
#define HL_VECTOR_OPCODE   6
#define HL_VECTOR_PROTECT  13
#define HL_VECTOR_PAGE     14
#define HL_VECTORS         22 /* the processor has no others */

/* I/O stacks (§5). */
#define HL_STACK_EMPTY    8
#define HL_STACK_POP_MIN  16
#define HL_STACK_OVERHEAD 8 /* back-pointer behind each element */
#define HL_STACK_SIZE_MIN 0x2000

/* Generation C, "virtqueues" (docs/abi.md §12): what differs from the above. */
#define HL_VQ_META_END          0x70
#define HL_VQ_SCRATCH_TOP_PAGES 12
#define HL_VQ_META_LOG_FILTER   0x30 /* 1 << 63 | level; the guest clears it */
#define HL_VQ_META_ARENA        0x38 /* GPA of the transport arena */
#define HL_VQ_META_G2H_SIZE     0x40 /* descriptors */
#define HL_VQ_META_G2H_PAGES    0x48
#define HL_VQ_META_G2H_BUFFER   0x50 /* bytes */
#define HL_VQ_META_H2G_SIZE     0x58
#define HL_VQ_META_H2G_PAGES    0x60
#define HL_VQ_META_H2G_BUFFER   0x68
#define HL_VQ_EVENT_BYTES       8 /* behind a ring's descriptors */
#define HL_VQ_NEXT              0x1
#define HL_VQ_WRITE             0x2 /* the host writes */
#define HL_VQ_INDIRECT          0x4 /* refused */
#define HL_VQ_AVAIL             0x80
#define HL_VQ_USED              0x8000
#define HL_VQ_CHECKPOINT_DONE   1 /* mailbox (§12.6) */
#define HL_VQ_REQUEST           1 /* message kinds */
#define HL_VQ_RESPONSE          2
#define HL_VQ_LOG               6
#define HL_VQ_CHECKPOINT        7

/* Limits. */
#define HL_IMAGE_SIZE_MAX 52428800 /* bytes of the image file */

/* hlkit's own notes: section .note.hlkit, owner "hlkit" (§1.5). */
#define HL_NOTE_SECTION         ".note.hlkit"
#define HL_NOTE_OWNER           "hlkit"
#define HL_NOTE_EXPORT          1
#define HL_NOTE_IMPORT          2
#define HL_NOTE_IMPORT_OPTIONAL 3
/*
 * The two bytes that fill up behind the owner, of an import: this bit, and
 * which C types are const char * where the wire's type is String: bit 0 the
 * result, bit i + 1 parameter i. 0: not told. For the check at link only.
 */
#define HL_NOTE_C_TYPES 0x8000
/*
 * The SDK's note: instead of a signature a word of HL_NOTE_SDK_ bits, and the
 * SDK's version ("0.1.0") instead of a function's name.
 */
#define HL_NOTE_SDK           4
#define HL_NOTE_SDK_SOFT      0x1   /* no SSE or x87 instruction */
#define HL_NOTE_SDK_ABI_STACK 0x100 /* speaks generation B */
#define HL_NOTE_SDK_ABI_VIRTQ 0x200 /* speaks generation C */
/* Hyperlight's version note (§1.4). */
#define HL_VERSION_NOTE_SECTION ".note.hyperlight-version"
#define HL_VERSION_NOTE_OWNER   "Hyperlight"
#define HL_VERSION_NOTE_TYPE    1

#ifndef __ASSEMBLER__
/* The PEB, read-only for the guest (§2.2). Pointers are guest-virtual. */
struct hl_abi_peb {
    uint64_t input_size;
    uint64_t input;
    uint64_t output_size;
    uint64_t output;
    uint64_t init_data_size;
    uint64_t init_data;
    uint64_t heap_size;
    uint64_t heap;
};

/* Generation C's PEB. */
struct hl_abi_vq_peb {
    uint64_t init_data_size;
    uint64_t init_data;
    uint64_t heap_size;
    uint64_t heap;
};

/* A descriptor of a packed ring; addr is guest-virtual, in scratch. */
struct hl_abi_vq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t id;
    uint16_t flags; /* HL_VQ_NEXT .. HL_VQ_USED */
};

/* In front of every message; the payload follows unaligned. */
struct hl_abi_vq_header {
    uint8_t kind; /* HL_VQ_REQUEST .. HL_VQ_CHECKPOINT */
    uint8_t zero[3];
    uint32_t id;
    uint32_t payload_len;
};

#ifdef __cplusplus
#define HL_ABI_ASSERT static_assert
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HL_ABI_ASSERT _Static_assert
#endif
#ifdef HL_ABI_ASSERT
HL_ABI_ASSERT(sizeof(struct hl_abi_peb) == 0x40, "PEB size");
HL_ABI_ASSERT(offsetof(struct hl_abi_peb, output_size) == 0x10, "PEB output");
HL_ABI_ASSERT(offsetof(struct hl_abi_peb, heap) == 0x38, "PEB heap");
HL_ABI_ASSERT(sizeof(struct hl_abi_vq_peb) == 0x20, "PEB size, virtqueues");
HL_ABI_ASSERT(sizeof(struct hl_abi_vq_desc) == 16, "descriptor size");
HL_ABI_ASSERT(sizeof(struct hl_abi_vq_header) == 12, "message header size");
#endif
#endif /* !__ASSEMBLER__ */

#endif /* HL_ABI_H */
