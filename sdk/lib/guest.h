/* SPDX-License-Identifier: MIT */
/*
 * Inside of the guest library: what its parts (runtime, os/, compatibility
 * layers) offer each other. Not installed. One thread, nothing re-entrant.
 */
#ifndef HL_GUEST_H
#define HL_GUEST_H

#include <hl.h>
#include <hl/wire.h>

/*
 * What the host told the guest at start-up, in the host's terms; read-only
 * after start-up and kept by snapshots.
 */
struct hl_start_info {
    uint64_t image; /* where the image is loaded */
    uint64_t seed;  /* of the host, for this VM */
    uint64_t heap;  /* first byte and size of the heap */
    uint64_t heap_size;
    const void *init_data; /* embedder's data, may be empty */
    size_t init_data_size;
    uint32_t log_level; /* 0 off .. 5 trace */
};
const struct hl_start_info *hl_start_info(void);

/*
 * True while a call of the host runs: host calls are allowed. False in
 * constructors and hyperlight_main: make no host calls there.
 */
bool hl_call_active(void);

/*
 * From the end of the current call on, every call fails with `program has
 * ended` (until a restore): main() has returned.
 */
void hl_program_end(void);

/* Run .fini_array, last to first. */
void hl_run_destructors(void);

/*
 * Hooks with an empty default (weak). call_begin: before the guest function
 * of each call; call_end: after it returned, before its result is sent.
 * last_words: once, when an abort or a fault ends the run, on a stack of its
 * own; what it does may fault (the report is sent then). All may make host
 * calls.
 */
void hl_os_call_begin(void);
void hl_os_call_end(void);
void hl_os_last_words(void);

/*
 * Upstream's C API, empty without it: after the guest function of each call,
 * however it was found, keep a host result that was not taken and forget where
 * the arena was.
 */
void hl_compat_call_end(void);

/*
 * Move the end of the heap by increment bytes, as sbrk does: the old end, or
 * NULL when the heap or the scratch memory is used up (nothing changed then;
 * errno is the caller's business). What is granted is mapped, private and zero
 * the first time, so that using it never faults for lack of memory. Negative:
 * the end goes back, the pages stay.
 */
void *hl_sbrk(ptrdiff_t increment);

/* The call's arena: where it stands, and back to an earlier mark; bytes left.
 */
size_t hl_arena_mark(void);
void hl_arena_release(size_t mark);
size_t hl_arena_room(void);

/*
 * Payload bytes that a message with one text or one block of bytes can carry
 * now: as the argument of a host call, and in the answer of one.
 */
size_t hl_output_room(void);
size_t hl_input_room(void);

/* The name of a type code ("Int"), "?" if it is none. */
const char *hl_type_text(uint32_t type);

/* True if hl_fail was called in this call: *text is its text; undoes it. */
bool hl_failure_take(hl_string *text);

/* A random number; differs between VMs and after every restore. */
uint64_t hl_random64(void);

/* Time stamp counter. */
static inline uint64_t hl_cycles(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/*
 * End the run with code and the concatenation of texts, NULL-terminated: as
 * hl_abort, but needs neither printf nor stack worth mentioning.
 */
_Noreturn void hl_abort_text(int code, const char *text, ...)
    __attribute__((sentinel));

/*
 * hl_fail for the library: no printf. The text (len bytes) must live as long
 * as the call, or be a literal.
 */
bool hl_fail_literal(int code, const char *text, size_t len);

/*
 * Call a host function (hl_import_call is the typed form). On HL_OK *answer
 * has the type returns. Texts and bytes in it are in the call's arena.
 */
hl_status hl_host_call(const struct hl_wire_call *call, hl_value *answer);

/* Let hl_last_error say the concatenation of texts, NULL-terminated. */
void hl_error_set(const char *text, ...) __attribute__((sentinel));

/*
 * The exports of this image, sorted by name: [hl_exports_start,
 * hl_exports_end) (linker/guest.ld).
 */
extern const struct hl_export hl_exports_start[]
    __attribute__((visibility("hidden")));
extern const struct hl_export hl_exports_end[]
    __attribute__((visibility("hidden")));

#endif /* HL_GUEST_H */
