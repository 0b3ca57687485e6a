/* SPDX-License-Identifier: MIT */
/*
 * libhlhost: run Hyperlight guests from C.
 *
 * Error contract, for the whole API: a function that can fail returns
 * hl_status. HL_OK means done; anything else means that nothing was done and no
 * output argument was set. Its last argument is an hl_error * (may be NULL),
 * and *error then says what happened, to what, and what to do next; functions
 * without one (hl_config_…) have errors that their status tells completely.
 * No other pointer may be NULL unless it is said so. Nothing a guest does makes
 * the library assert, abort, exit, hang past its deadline or leak. Only what is
 * documented as such poisons a sandbox.
 *
 * Thread rule: no global state but one signal handler (HL_KICK_SIGNAL, below).
 * Any number of sandboxes in any number of threads; one sandbox is used by one
 * thread at a time, save hl_sandbox_interrupt, which any thread may call while
 * the sandbox is open. hl_image and hl_config may be shared once set up.
 *
 * Specification: docs/abi.md (Hyperlight's binary interface).
 */
#ifndef HL_HOST_H
#define HL_HOST_H

#ifdef HL_H
#error "hl.h is for guests and hl_host.h for hosts: include one of them"
#endif

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#include <hl/types.h>
#include <hl_image.h>
#include <hl_provide.h>

/*
 * The signal used to stop a running guest (deadline, hl_sandbox_interrupt).
 * The library installs a handler for it on the first hl_sandbox_open of the
 * process and sends it only to threads that are inside hl_sandbox_call; the
 * embedder must leave it alone and unblocked.
 */
#define HL_KICK_SIGNAL (SIGRTMIN + 3)

/* Host-side status codes, beside HL_OK: X(NAME, code, text). */
#define HL_FAIL_TABLE(X)                                                       \
    X(ARGUMENT, 100, "invalid argument")                                       \
    X(NO_MEMORY, 101, "out of host memory")                                    \
    X(SYSTEM, 102, "system call failed")                                       \
    X(NO_FILE, 103, "no such file")                                            \
    X(IMAGE, 104, "not a runnable guest image")                                \
    X(IMAGE_TOO_BIG, 105, "image too big")                                     \
    X(LAYOUT, 106, "memory sizes do not fit")                                  \
    X(GRANT, 107, "host function not granted or of another type")              \
    X(BACKEND, 108, "backend not available")                                   \
    X(START, 109, "guest start-up failed")                                     \
    X(GUEST, 110, "guest function returned an error")                          \
    X(ABORT, 111, "guest aborted")                                             \
    X(EXCEPTION, 112, "guest raised an unhandled exception")                   \
    X(PORT, 113, "guest used an invalid port")                                 \
    X(MEMORY, 114, "guest accessed memory it does not have")                   \
    X(SHUTDOWN, 115, "guest triple fault")                                     \
    X(INSTRUCTION, 116, "backend cannot execute an instruction")               \
    X(TIMEOUT, 117, "Command timed out")                                       \
    X(INTERRUPTED, 118, "interrupted by the host")                             \
    X(BUDGET, 119, "guest exceeded a budget")                                  \
    X(PROTOCOL, 120, "malformed message from the guest")                       \
    X(NO_RESULT, 121, "guest stopped without a result")                        \
    X(RESULT_TYPE, 122, "result has another type than asked for")              \
    X(POISONED, 123, "sandbox is poisoned: restore or close it")               \
    X(BUSY, 124, "sandbox is already in a call")                               \
    X(TOO_BIG, 125, "message does not fit the input buffer")                   \
    X(SNAPSHOT, 126, "snapshot does not fit this sandbox")

enum hl_fail {
#define HL_FAIL_ENUM(name, code, text) HL_FAIL_##name = code,
    HL_FAIL_TABLE(HL_FAIL_ENUM)
#undef HL_FAIL_ENUM
};

#define HL_ERROR_MESSAGE_MAX 2048

/*
 * What went wrong. message is NUL-terminated UTF-8, possibly of guest origin:
 * escape it before it goes to a terminal. guest_code: the code of the guest's
 * error result (HL_FAIL_GUEST) or abort (HL_FAIL_ABORT, HL_FAIL_EXCEPTION).
 * vector: the exception's number with HL_FAIL_EXCEPTION, else -1. port, address
 * where they apply (HL_FAIL_PORT, HL_FAIL_MEMORY).
 */
typedef struct hl_error {
    hl_status status;
    uint32_t guest_code;
    int vector;
    uint16_t port;
    uint64_t address;
    uint64_t rip;   /* where the guest was when the run failed, and */
    uint64_t rsp;   /* its stack pointer; both 0 if no run failed */
    uint64_t image; /* where the image is loaded: rip - image is its address
                       in the file */
    char message[HL_ERROR_MESSAGE_MAX];
} hl_error;

/* Short text of any HL_OK, HL_ERR_ or HL_FAIL_ code; never NULL. */
const char *hl_status_text(hl_status status);

/* Fill *error (NULL is fine; message cut to fit) and return status. */
hl_status hl_error_set(hl_error *error, hl_status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Configuration ---------------------------------------------------- */

typedef struct hl_config hl_config;

/*
 * HL_PRESET_HLKIT: heap 256 KiB, scratch 768 KiB, input and output 64 KiB, no
 * host calls during start-up, nothing granted. HL_PRESET_HYPERLIGHT:
 * upstream's sizes (heap 128 KiB, scratch 288 KiB, buffers 16 KiB), host calls
 * during start-up allowed, FPU state set before each call.
 */
enum hl_preset { HL_PRESET_HLKIT, HL_PRESET_HYPERLIGHT };
/* KVM, the emulator, or (the default) KVM where it works, else the emulator. */
enum hl_backend { HL_BACKEND_AUTO, HL_BACKEND_KVM, HL_BACKEND_EMU };
/* The transport: I/O stacks (the default; abi §5), or virtqueues (abi §12). */
enum hl_abi { HL_ABI_STACK, HL_ABI_VIRTQ };

/* Memory sizes in bytes; multiples of 4096 (rounded up when set). */
enum hl_size { HL_SIZE_HEAP, HL_SIZE_SCRATCH, HL_SIZE_INPUT, HL_SIZE_OUTPUT };

/*
 * Budgets of one guest call; 0 = no limit. Exceeding one ends the call with
 * HL_FAIL_BUDGET and poisons. Defaults: 1,000,000 host calls, 100,000 log
 * records, 64 MiB printed (debug port and log text).
 */
enum hl_limit { HL_LIMIT_HOST_CALLS, HL_LIMIT_LOGS, HL_LIMIT_PRINTED };

/* The caller's, until hl_config_free (NULL is fine). NULL: out of memory. */
hl_config *hl_config_new(enum hl_preset preset);
void hl_config_free(hl_config *config);

/*
 * Settings of the sandboxes to come. HL_FAIL_ARGUMENT: a number that is not of
 * the enum, or a value out of the range that is told here; the others cannot
 * fail. Sizes: at most 16 GiB; get: in bytes, rounded up, 0 for no hl_size.
 */
hl_status hl_config_set_size(hl_config *config, enum hl_size which,
                             uint64_t bytes);
uint64_t hl_config_get_size(const hl_config *config, enum hl_size which);
hl_status hl_config_set_limit(hl_config *config, enum hl_limit which,
                              uint64_t value);
hl_status hl_config_set_backend(hl_config *config, enum hl_backend backend);
/* With HL_PRESET_HYPERLIGHT, sizes not set become those of that release. */
hl_status hl_config_set_abi(hl_config *config, enum hl_abi abi);
/* Wall-clock nanoseconds for start-up and for each call; 0 = none (default). */
hl_status hl_config_set_timeout(hl_config *config, uint64_t ns);
/* Refuse backends that are no security boundary. Default false. */
hl_status hl_config_require_hypervisor(hl_config *config, bool require);
/* Let the guest call host functions during start-up. Default: preset. */
hl_status hl_config_allow_startup_calls(hl_config *config, bool allow);
/*
 * Refuse images whose Hyperlight version note (abi §1.4) differs from version,
 * at most 31 bytes, which are copied. NULL or "", the default: take them all.
 */
hl_status hl_config_set_version(hl_config *config, const char *version);

/*
 * Grant a host function (HL_PROVIDE in hl_provide.h): the guest may call it by
 * its name, with context for hl_call_context. provided is not copied and must
 * outlive every sandbox. A later grant of the same name replaces the earlier.
 * HL_FAIL_NO_MEMORY, HL_FAIL_ARGUMENT (empty or invalid name).
 */
hl_status hl_config_grant(hl_config *config, const hl_provided *provided,
                          void *context);
/* Take a grant back; unknown names are fine. */
hl_status hl_config_deny(hl_config *config, const char *name);
/* The i-th grant, in an order of the library's own; NULL past the end. */
const hl_provided *hl_config_grant_at(const hl_config *config, size_t index);

/*
 * Call a host function without a guest, as a guest's call would enter it: for
 * the tests and fuzzers (hl_fuzz.h) of host functions. take (may be NULL) gets
 * the result, which lives until it returns. HL_FAIL_ARGUMENT: count, a type or
 * a NUL byte in a const char * does not fit, and nothing was called; or the
 * result has no form on the wire (text that is not UTF-8). HL_FAIL_GUEST: it
 * failed by hl_call_fail; error has the code and the text.
 */
typedef void hl_result_fn(void *to, const hl_value *result);
hl_status hl_provided_call(const hl_provided *provided, void *context,
                           const hl_value *args, size_t count,
                           hl_result_fn *take, void *to, hl_error *error);

/*
 * One guest log record (abi §9). Texts are of guest origin, NUL-terminated, and
 * live until the function that gets them returns; so does all that the three
 * functions below get. They are called in the thread of the call, and must not
 * use its sandbox but for hl_sandbox_interrupt and hl_sandbox_set_timeout.
 */
typedef struct hl_log_record {
    uint8_t level; /* 0 Trace .. 5 Critical, 6 None */
    uint32_t line;
    hl_string message, source, caller, file;
} hl_log_record;
typedef void hl_log_fn(void *context, const hl_log_record *record);
/* max_level: 0 Off, 1 Error .. 5 Trace, told to the guest. Default Error.
 * fn NULL (in all three, the default): records are dropped. */
hl_status hl_config_set_log(hl_config *config, uint32_t max_level,
                            hl_log_fn *fn, void *context);
/* Characters of the debug port (abi §4), as UTF-8. */
typedef void hl_debug_fn(void *context, const char *text, size_t len);
hl_status hl_config_set_debug(hl_config *config, hl_debug_fn *fn,
                              void *context);

/* Every crossing of the boundary, decoded, in order. Members that a kind does
 * not name are 0 or empty. */
enum hl_trace_kind {
    HL_TRACE_ENTER,       /* start-up begins; name is "start" */
    HL_TRACE_CALL,        /* host calls guest: name, args, returns */
    HL_TRACE_RESULT,      /* guest's result: value, or code and message */
    HL_TRACE_HOST_CALL,   /* guest calls host: name, args, returns */
    HL_TRACE_HOST_RESULT, /* host's reply: value, or code and message */
    HL_TRACE_LOG,         /* message */
    HL_TRACE_DEBUG,       /* value.u32 is the character */
    HL_TRACE_ABORT,       /* code, message */
    HL_TRACE_EXIT         /* any other end of a run: message describes it */
};
typedef struct hl_trace_event {
    enum hl_trace_kind kind;
    uint64_t time_ns; /* since the sandbox was opened */
    hl_string name;
    const hl_value *args;
    size_t arg_count;
    enum hl_type returns;
    const hl_value *value; /* NULL if none */
    bool is_error;
    uint64_t code;
    hl_string message;
    size_t size; /* bytes of the message on the wire, 0 if none */
} hl_trace_event;
typedef void hl_trace_fn(void *context, const hl_trace_event *event);
hl_status hl_config_set_trace(hl_config *config, hl_trace_fn *fn,
                              void *context);

/* ---- Sandboxes -------------------------------------------------------- */

typedef struct hl_sandbox hl_sandbox;
typedef struct hl_snapshot hl_snapshot;

/*
 * Create a VM for image and run its start-up. The image and the configuration
 * are copied or referenced as needed: config may be changed or freed at once,
 * image must outlive the sandbox.
 * HL_FAIL_GRANT (a required import is missing or of another type: named),
 * HL_FAIL_LAYOUT, HL_FAIL_BACKEND, HL_FAIL_START (start-up ended otherwise than
 * by the halt; message says how), HL_FAIL_TIMEOUT, HL_FAIL_SYSTEM, ….
 */
hl_status hl_sandbox_open(hl_sandbox **sandbox, const hl_image *image,
                          const hl_config *config, hl_error *error);

/* Close; NULL is fine. Must not be called from a host function of it. */
void hl_sandbox_close(hl_sandbox *sandbox);

/*
 * Call guest function name (len bytes, need not be NUL-terminated) with count
 * arguments and expect a value of type returns. *result's string or bytes
 * belong to the sandbox and live until its next call, restore or close.
 *
 * Not poisoning: HL_FAIL_ARGUMENT (over 11 arguments, invalid UTF-8),
 * HL_FAIL_TOO_BIG, HL_FAIL_GUEST (error->guest_code: also unknown function 4,
 * wrong count 5, wrong type 14), HL_FAIL_RESULT_TYPE, HL_FAIL_NO_RESULT,
 * HL_FAIL_PROTOCOL of the result, HL_FAIL_BUSY (called from a host function of
 * this sandbox), HL_FAIL_POISONED.
 * Poisoning: HL_FAIL_ABORT, _EXCEPTION, _PORT, _MEMORY, _SHUTDOWN,
 * _INSTRUCTION, _TIMEOUT, _INTERRUPTED, _BUDGET, _PROTOCOL of a host call or
 * log record, _TOO_BIG of a host function's reply, _SYSTEM (the machine could
 * not be run: a timer, KVM).
 */
hl_status hl_sandbox_call(hl_sandbox *sandbox, const char *name, size_t len,
                          const hl_value *args, size_t count,
                          enum hl_type returns, hl_value *result,
                          hl_error *error);

/* Replace the time limit of the calls to come (ns; 0 = none). */
void hl_sandbox_set_timeout(hl_sandbox *sandbox, uint64_t ns);

/*
 * End the guest's current call with HL_FAIL_INTERRUPTED. Any thread, any time
 * until close; async-signal-safe. If no call runs it does nothing (the next
 * call is not affected). A running host function is not cut short: the call
 * ends when it returns.
 */
void hl_sandbox_interrupt(hl_sandbox *sandbox);

bool hl_sandbox_is_poisoned(const hl_sandbox *sandbox);

/*
 * Copy the guest's whole state (between calls, not poisoned) into *snapshot,
 * which may outlive the sandbox and is immutable: restore it any number of
 * times. Free with hl_snapshot_free (NULL is fine). HL_FAIL_BUSY,
 * HL_FAIL_POISONED, HL_FAIL_NO_MEMORY, HL_FAIL_SYSTEM; HL_FAIL_SNAPSHOT,
 * HL_FAIL_LAYOUT: the guest's page tables have too many entries. With
 * virtqueues the guest runs for it (abi §12.6): then it may fail and poison as
 * hl_sandbox_call does, too.
 */
hl_status hl_sandbox_snapshot(hl_sandbox *sandbox, hl_snapshot **snapshot,
                              hl_error *error);
/*
 * Make the guest's state that of snapshot, and the sandbox healthy. The
 * snapshot must come from a sandbox of the same image, sizes and transport
 * (HL_FAIL_SNAPSHOT). HL_FAIL_BUSY. On HL_FAIL_SYSTEM the sandbox is poisoned.
 */
hl_status hl_sandbox_restore(hl_sandbox *sandbox, const hl_snapshot *snapshot,
                             hl_error *error);
void hl_snapshot_free(hl_snapshot *snapshot);
/*
 * Create a VM whose guest is in the state of snapshot: what hl_sandbox_open
 * and hl_sandbox_restore give, without running the image's start-up again. The
 * snapshot's image must still be there, and config must have its sizes and
 * transport (HL_FAIL_SNAPSHOT). Errors: of hl_sandbox_open, without those of
 * start-up.
 */
hl_status hl_sandbox_open_snapshot(hl_sandbox **sandbox,
                                   const hl_snapshot *snapshot,
                                   const hl_config *config, hl_error *error);
/* Bytes of guest memory held by a snapshot; its page tables come on top. */
uint64_t hl_snapshot_size(const hl_snapshot *snapshot);

/* Counters since hl_sandbox_open. */
typedef struct hl_stats {
    uint64_t entries;       /* VM entries (KVM_RUN, or emulator starts) */
    uint64_t exits;         /* exits handled, the halts included */
    uint64_t calls;         /* guest calls made */
    uint64_t host_calls;    /* host functions entered */
    uint64_t logs;          /* log records */
    uint64_t printed;       /* bytes of debug characters and log text */
    uint64_t scratch_used;  /* bytes the guest has taken from scratch now */
    uint64_t dirty_pages;   /* scratch pages with a non-zero byte now */
    uint64_t snapshot_size; /* bytes of the current snapshot region */
    uint64_t instructions;  /* of the last call, if counted; else 0 */
    uint64_t pages_written; /* scratch pages the last call wrote, likewise */
} hl_stats;
void hl_sandbox_get_stats(const hl_sandbox *sandbox, hl_stats *stats);

/*
 * Count guest instructions and the pages that are written, for stats, from
 * the next call on (slow; calls are many times longer). HL_FAIL_BACKEND: this
 * one cannot. HL_FAIL_NO_MEMORY.
 */
hl_status hl_sandbox_count_instructions(hl_sandbox *sandbox, bool on);

/* reason lives as long as the sandbox, the rest is the library's. */
struct hl_backend_info {
    const char *name;   /* "kvm", "emu" */
    bool is_boundary;   /* a security boundary? */
    bool executes_sse;  /* can run guests compiled with SSE (of a probe) */
    const char *reason; /* why auto did not choose kvm; "" otherwise */
};
void hl_sandbox_get_backend(const hl_sandbox *sandbox,
                            struct hl_backend_info *info);

/*
 * Is the backend usable on this machine? HL_OK and *info, or HL_FAIL_BACKEND
 * with the reason and its remedy in *error; HL_FAIL_SYSTEM, HL_FAIL_NO_MEMORY:
 * that could not be found out just now. Results are not cached.
 */
hl_status hl_backend_probe(enum hl_backend backend,
                           struct hl_backend_info *info, hl_error *error);

#define HL_HOST_VERSION "0.1.0"

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* HL_HOST_H */
