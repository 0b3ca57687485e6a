/* SPDX-License-Identifier: MIT */
/*
 * Types shared by guests (hl.h) and hosts (hl_host.h): the values that cross
 * the boundary, their type codes, and the status codes of both sides.
 * C11, freestanding headers only.
 */
#ifndef HL_TYPES_H
#define HL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A text: len bytes of UTF-8 at data. As an argument data is never NULL and
 * data[len] is 0; the text itself may hold NUL bytes.
 */
typedef struct {
    const char *data;
    size_t len;
} hl_string;

/* len bytes at data. As an argument data is never NULL. */
typedef struct {
    const uint8_t *data;
    size_t len;
} hl_bytes;

/*
 * The wire's types, one row each:
 *   X(NAME, code, text, parameter tag, parameter enum, return tag,
 *     return enum)
 * code is hlkit's own 4-bit code (signatures in notes, abi docs); tags and
 * enums are the FlatBuffers numbers of abi §6.2 (-1: not of that kind).
 */
#define HL_TYPE_TABLE(X)                                                       \
    X(INT, 1, "Int", 1, 0, 1, 0)                                               \
    X(UINT, 2, "UInt", 2, 1, 2, 1)                                             \
    X(LONG, 3, "Long", 3, 2, 3, 2)                                             \
    X(ULONG, 4, "ULong", 4, 3, 4, 3)                                           \
    X(FLOAT, 5, "Float", 5, 4, 5, 4)                                           \
    X(DOUBLE, 6, "Double", 6, 5, 6, 5)                                         \
    X(STRING, 7, "String", 7, 6, 7, 6)                                         \
    X(BOOL, 8, "Bool", 8, 7, 8, 7)                                             \
    X(BYTES, 9, "VecBytes", 9, 8, 10, 9)                                       \
    X(VOID, 10, "Void", -1, -1, 9, 8)

enum hl_type {
    HL_TYPE_NONE = 0,
#define HL_TYPE_ENUM(name, code, text, ptag, penum, rtag, renum)               \
    HL_TYPE_##name = code,
    HL_TYPE_TABLE(HL_TYPE_ENUM)
#undef HL_TYPE_ENUM
};

/* One typed value; type says which member of as is set (none for VOID). */
typedef struct hl_value {
    uint32_t type; /* enum hl_type */
    union {
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
        float f32;
        double f64;
        bool boolean;
        hl_string string;
        hl_bytes bytes;
    } as;
} hl_value;

_Static_assert(sizeof(hl_value) == 24, "hl_value is three words");
_Static_assert(offsetof(hl_string, len) == offsetof(hl_bytes, len),
               "hl_string and hl_bytes are laid out alike");

/* Most parameters a function may have. */
#define HL_ARGS_MAX 11

/*
 * A signature: 4-bit type codes, return type in bits 0-3, parameter i in bits
 * 4(i+1)..4(i+1)+3; unused nibbles are 0.
 */
typedef uint64_t hl_signature;

/*
 * Error codes that travel on the wire (abi §8.2), with the name used in
 * HL_ERR_<NAME> and the text for people.
 */
#define HL_ERR_TABLE(X)                                                        \
    X(NONE, 0, "no error")                                                     \
    X(PARAMETER_UNSUPPORTED, 2, "unsupported parameter type")                  \
    X(NAME_MISSING, 3, "function name not provided")                           \
    X(NOT_FOUND, 4, "guest function not found")                                \
    X(PARAMETER_COUNT, 5, "wrong number of parameters")                        \
    X(DISPATCH_UNSET, 6, "dispatch function not set")                          \
    X(OUTB, 7, "port output error")                                            \
    X(UNKNOWN, 8, "unknown error")                                             \
    X(GS_CHECK, 10, "stack check failed")                                      \
    X(TOO_MANY_FUNCTIONS, 11, "too many guest functions")                      \
    X(ALLOCATOR, 12, "allocator failure")                                      \
    X(MALLOC, 13, "out of memory")                                             \
    X(PARAMETER_TYPE, 14, "wrong parameter type")                              \
    X(GUEST, 15, "guest error")                                                \
    X(ARRAY_LENGTH, 16, "array length parameter missing")                      \
    X(HOST, 17, "host function error")

enum hl_err {
#define HL_ERR_ENUM(name, code, text) HL_ERR_##name = code,
    HL_ERR_TABLE(HL_ERR_ENUM)
#undef HL_ERR_ENUM
};

/* 0 (HL_OK), an HL_ERR_ code, or on the host an HL_FAIL_ code (hl_host.h). */
typedef int hl_status;
#define HL_OK 0

#endif /* HL_TYPES_H */
