/* SPDX-License-Identifier: MIT */
/*
 * The wire codec: size-prefixed FlatBuffers of Hyperlight's schema (docs/abi.md
 * §6), encoded and decoded without generated code. The same sources are
 * compiled into guests and into the host.
 *
 * Decoding verifies everything it uses before it uses it: offsets, alignment
 * relative to the message start, vtable bounds, required fields, union tag and
 * value together, UTF-8 and terminating NUL of strings, known enum values. It
 * allocates nothing, does not recurse (a message is followed through exactly
 * root, parameter vector, Parameter, value table, string or vector), reads
 * every byte a bounded number of times (at most 4 * (HL_WIRE_ARGS_MAX + 4), all
 * offsets may lead to one string), and never reads outside
 * [message, message+size). Decoded strings and bytes point into the message,
 * which must be private memory (on the host: a copy) and must outlive them;
 * one that is absent is empty and points to a constant.
 */
#ifndef HL_WIRE_H
#define HL_WIRE_H

#include <hl/types.h>

/* Most parameters a message may carry; more is HL_WIRE_TOO_MANY_ARGS. */
#define HL_WIRE_ARGS_MAX 32

/* X(NAME, text): every way a message can be refused. */
#define HL_WIRE_ERROR_TABLE(X)                                                 \
    X(OK, "no error")                                                          \
    X(TRUNCATED, "message shorter than its size prefix says")                  \
    X(OFFSET_RANGE, "offset points outside the message")                       \
    X(ALIGNMENT, "field is not aligned")                                       \
    X(VTABLE, "vtable is malformed")                                           \
    X(FIELD_RANGE, "field lies outside its table")                             \
    X(REQUIRED, "required field is missing")                                   \
    X(UNION, "union tag and value disagree")                                   \
    X(UNION_TAG, "unknown union tag")                                          \
    X(ENUM, "unknown enum value")                                              \
    X(STRING_NUL, "string is not NUL terminated")                              \
    X(UTF8, "string is not valid UTF-8")                                       \
    X(TOO_MANY_ARGS, "too many parameters")                                    \
    X(CAPACITY, "message does not fit the buffer")                             \
    X(TYPE, "value has no wire type")

enum hl_wire_error {
#define HL_WIRE_ENUM(name, text) HL_WIRE_##name,
    HL_WIRE_ERROR_TABLE(HL_WIRE_ENUM)
#undef HL_WIRE_ENUM
};

/* FunctionCallType (abi §6.2). */
enum { HL_WIRE_CALL_GUEST = 1, HL_WIRE_CALL_HOST = 2 };

/* FunctionCall. returns is the enum hl_type expected back. */
struct hl_wire_call {
    hl_string name;
    uint8_t kind;
    uint8_t returns;
    uint32_t count;
    hl_value args[HL_WIRE_ARGS_MAX];
};

/* FunctionCallResult: a value, or (is_error) a code and message. */
struct hl_wire_result {
    bool is_error;
    uint64_t code; /* unknown codes read as HL_ERR_UNKNOWN (abi §8.2) */
    hl_string message;
    hl_value value;
};

/* GuestLogData; level 0 Trace .. 5 Critical, 6 None (abi §6.2). */
struct hl_wire_log {
    hl_string message;
    hl_string source;
    hl_string caller;
    hl_string file;
    uint32_t line;
    uint8_t level;
};

/* The text for an enum hl_wire_error; never NULL. */
const char *hl_wire_error_text(enum hl_wire_error error);

/*
 * Decode one message of exactly size bytes (prefix included; size bytes after
 * the prefixed length are refused only if fewer than it says). *out is
 * meaningful only after HL_WIRE_OK. No alignment of message is assumed.
 */
enum hl_wire_error hl_wire_decode_call(const void *message, size_t size,
                                       struct hl_wire_call *out);
enum hl_wire_error hl_wire_decode_result(const void *message, size_t size,
                                         struct hl_wire_result *out);
enum hl_wire_error hl_wire_decode_log(const void *message, size_t size,
                                      struct hl_wire_log *out);

/*
 * Encode into buffer; *size gets the bytes written, a multiple of eight.
 * HL_WIRE_CAPACITY when the message needs more than capacity (or 2 GiB),
 * HL_WIRE_UTF8, HL_WIRE_TYPE, HL_WIRE_ENUM (kind, level) or
 * HL_WIRE_TOO_MANY_ARGS for values that have no encoding; then *size is left
 * as it is and the buffer's contents are undefined. Every byte up to *size is
 * written (no stale bytes), none behind it. A string or bytes of length 0 may
 * have any data pointer. The same value always gives the same bytes.
 */
enum hl_wire_error hl_wire_encode_call(const struct hl_wire_call *call,
                                       void *buffer, size_t capacity,
                                       size_t *size);
enum hl_wire_error hl_wire_encode_result(const struct hl_wire_result *result,
                                         void *buffer, size_t capacity,
                                         size_t *size);
enum hl_wire_error hl_wire_encode_log(const struct hl_wire_log *log,
                                      void *buffer, size_t capacity,
                                      size_t *size);

/*
 * The same messages in generation C's form (docs/abi.md §12.5): byte values
 * lie behind the FlatBuffer instead of in it; size counts both, and there must
 * be nothing else. Logs and messages without byte values are the same.
 */
enum hl_wire_error hl_wire_decode_call_external(const void *message,
                                                size_t size,
                                                struct hl_wire_call *out);
enum hl_wire_error hl_wire_decode_result_external(const void *message,
                                                  size_t size,
                                                  struct hl_wire_result *out);
enum hl_wire_error hl_wire_encode_call_external(const struct hl_wire_call *call,
                                                void *buffer, size_t capacity,
                                                size_t *size);
enum hl_wire_error
hl_wire_encode_result_external(const struct hl_wire_result *result,
                               void *buffer, size_t capacity, size_t *size);

/* True if the len bytes at text are valid UTF-8 (no surrogates, no overlong).
 */
bool hl_wire_utf8_valid(const char *text, size_t len);

#endif /* HL_WIRE_H */
