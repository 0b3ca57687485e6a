/* SPDX-License-Identifier: MIT */
/*
 * State of the guest runtime, in two places:
 *
 * - struct hl_runtime in .bss, in the one page that also holds the descriptor
 *   tables. Start-up makes that page private, snapshots keep it. Written at
 *   start-up, by the heap and by the random numbers; a plain call only reads
 *   it, so that it costs no copy-on-write after a restore.
 * - struct hl_call_state at the top of the main stack, in the scratch alias:
 *   snapshots drop it, restore zeroes it (abi §2.6). All zero is its start.
 */
#ifndef HL_RUNTIME_H
#define HL_RUNTIME_H

#include "guest.h"
#include "virtq.h"

/* Pages that the heap and the arena leave to copy-on-write faults. */
#define HL_RESERVE_PAGES    8

#define HL_TABLE_SHIFT      21 /* what one table of page entries maps */

#define HL_ADDRESS(symbol)  ((uint64_t)(uintptr_t)(symbol))
#define HL_WORD(address)    (*(volatile uint64_t *)(uintptr_t)(address))
#define HL_PAGE_DOWN(value) ((value) & ~(uint64_t)(HL_PAGE_SIZE - 1))
#define HL_PAGE_UP(value)   HL_PAGE_DOWN((value) + HL_PAGE_SIZE - 1)

/* GPA of the next free scratch page (abi §2.3). */
#define HL_ALLOCATOR HL_WORD(HL_SCRATCH_GVA_END - HL_META_ALLOCATOR)

/* What the report of a fault says; kept while last words are spoken. */
#define HL_BACKTRACE_MAX 24
#define HL_GENERAL_COUNT 15 /* all but RSP */
struct hl_fault {
    uint64_t vector, error, address;
    uint64_t rip, rsp, rbp, rflags;
    uint64_t general[HL_GENERAL_COUNT]; /* of exceptions */
    uint64_t backtrace[HL_BACKTRACE_MAX];
    uint32_t depth;
    bool overflow; /* of the main stack */
    bool no_pages; /* scratch is used up */
};

struct hl_call_state {
    uint64_t element;       /* the call's offset in the input; 0: no call */
    uint64_t arena_used;    /* bytes down from the guard page */
    uint64_t arena_peak;    /* most of them since the last restore */
    uint64_t zero_page;     /* shared by .bss that was only read; 0: none */
    const char *last_error; /* NULL: none */
    const char *fail_text;
    size_t fail_len;
    uint32_t fail_code;
    bool failed;
    bool in_host_call;
    bool dying; /* an abort or fault is being reported */
    struct hl_virtq_state virtq;
    struct hl_fault fault;
};

struct hl_tss {
    uint32_t reserved0;
    uint32_t rsp[6];
    uint32_t reserved1[2];
    uint32_t ist[14];
    uint32_t reserved2[2];
    uint16_t reserved3;
    uint16_t io_map;
};
_Static_assert(sizeof(struct hl_tss) == 0x68, "task state segment");

struct hl_runtime {
    struct hl_call_state *call;
    uint64_t guard; /* GVA of the page under the main stack */
    uint64_t input, input_size;
    uint64_t output, output_size;
    struct hl_virtq virtq;
    uint64_t heap_end;    /* as moved by hl_sbrk */
    uint64_t heap_mapped; /* up to here pages are mapped */
    uint64_t random;
    bool reseeds; /* the host has a reseed word (abi §2.3) */
    bool ended;   /* main() has returned */
    struct hl_start_info info;
    uint64_t gdt[5];
    struct hl_tss tss;
    uint64_t idt[HL_VECTORS][2];
};
extern struct hl_runtime hl_runtime __attribute__((visibility("hidden")));

/* Bounds that linker/guest.ld defines. */
#define HL_BOUND(name) extern char name[] __attribute__((visibility("hidden")))
HL_BOUND(__ehdr_start);  /* the image's first byte */
HL_BOUND(hl_text_start); /* read-only data ends, code starts */
HL_BOUND(hl_text_end);
HL_BOUND(hl_data_start);  /* page-aligned */
HL_BOUND(hl_data_end);    /* initialised bytes end */
HL_BOUND(hl_runtime_end); /* .bss of the runtime ends */
HL_BOUND(hl_image_end);   /* .bss ends */

/* The main stack's size, and more, as hl-ld fixed it (crt0.S). */
extern const uint64_t hl_stack_size __attribute__((visibility("hidden")));

/* memory.c */
uint64_t *hl_entry_find(uint64_t gva, unsigned shift);
uint64_t *hl_entry_make(uint64_t gva);
uint64_t hl_page_take(void);
uint64_t hl_page_zeroed(void);
size_t hl_pages_left(void);
void hl_page_map(uint64_t gva, uint64_t page);
void hl_guard_set(void);

/*
 * abort.c: the abort stream (abi §4.1). Needs only a little stack.
 * hl_abort_open sends the code and, if it is not HL_NO_VECTOR, the vector.
 */
#define HL_NO_VECTOR 0xFFFFFFFF
struct hl_abort_stream {
    uint32_t chunk; /* bytes collected, first one lowest */
    uint32_t count; /* of them, 0..2 */
    uint32_t sent;  /* bytes of the stream so far */
    bool text;      /* some text has been sent */
    bool vector;
};
void hl_abort_open(struct hl_abort_stream *stream, int code, uint32_t vector);
void hl_abort_put(struct hl_abort_stream *stream, const char *text);
void hl_abort_hex(struct hl_abort_stream *stream, uint64_t value);
void hl_abort_last_words(void);
_Noreturn void hl_abort_close(struct hl_abort_stream *stream);

/* fault.c; called by crt/exception.S */
void hl_page_fault(const uint64_t *general);
_Noreturn void hl_exception(const uint64_t *general);
void hl_backtrace(struct hl_fault *fault);
void hl_fault_places(struct hl_abort_stream *stream,
                     const struct hl_fault *fault, bool exception);
_Noreturn void hl_fault_report(void);
_Noreturn void hl_fault_leave(uint64_t stack);
extern char hl_exception_stubs[] __attribute__((visibility("hidden")));

/* dispatch.c, start.c; called by crt/crt0.S */
void hl_dispatch(void);
uint64_t hl_start_early(const struct hl_abi_peb *peb, uint64_t seed,
                        uint64_t page_size, uint64_t log_level,
                        uint64_t exception_top);
void hl_start_late(void);

/*
 * refuse.c: mark the call as failed with a text of the library. The bools are
 * false when it was.
 */
enum hl_wire_error hl_failure_send(void); /* dispatch.c */
void hl_refuse(const char *text, const char *detail);
void hl_refuse_null(hl_string name);
bool hl_refuse_count(const char *name, uint32_t count, uint32_t wanted);
bool hl_refuse_type(const char *name, uint32_t index, uint32_t type,
                    uint32_t wanted);
bool hl_refuse_nul(const char *name, uint32_t index); /* a text, no C string */
bool hl_refuse_mismatch(const struct hl_wire_call *call,
                        const struct hl_export *export);
bool hl_refuse_cstrs(const struct hl_wire_call *call,
                     const struct hl_export *export);
void hl_refuse_result(enum hl_wire_error error, hl_string name);

/* Said of a failure when the arena has no room for its own text. */
#define HL_NO_ROOM "(no room in the call's arena for the text: raise --scratch)"
/* Join texts (NULL-terminated list) in the arena; "" when it is full. */
const char *hl_text_join(size_t *len, const char *const *parts);
/* value in decimal into buffer, which has room for 21 bytes. */
const char *hl_text_decimal(char *buffer, uint64_t value);

/* splitmix64's end: seeds are the host's word, and mixing helps a poor one. */
static inline uint64_t hl_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

/* Copy count 8-byte words: one step of `rep movs` costs the same whatever its
 * width where instructions are emulated. */
static inline void hl_words_copy(uint64_t to, uint64_t from, uint64_t count)
{
    __asm__ volatile("rep movsq"
                     : "+D"(to), "+S"(from), "+c"(count)
                     :
                     : "memory");
}

static inline void hl_page_forget(uint64_t gva)
{
    __asm__ volatile("invlpg (%0)" : : "r"(gva) : "memory");
}

static inline void hl_out(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
}

#endif /* HL_RUNTIME_H */
