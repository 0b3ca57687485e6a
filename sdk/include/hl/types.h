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
 * code is hlkit's own 4-bit code (signatures in notes, abi §1.5); tags and
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
    /*
     * Bytes that the receiver wants in chunks: a type of its own in messages
     * of generation C (abi §12.5), in no signature and with no row above. The
     * bytes are as.bytes, in one piece.
     */
    HL_TYPE_CHUNKS = 11
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
 * A signature (abi §1.5): 4-bit type codes, return type in bits 0-3, parameter
 * i in bits 4(i+1)..4(i+1)+3; unused nibbles are 0.
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

/*
 * ---------------------------------------------------------------------------
 * Machinery of HL_EXPORT, HL_IMPORT (hl.h) and HL_PROVIDE (hl_provide.h): one
 * line declares a function, its C types and its wire types. Everything below
 * is an implementation detail; no name with HL_PP_ is for users.
 *
 * A declaration arrives as (R, name, (T, a), ...), where the variadic part
 * always starts with the name so that no empty variadic argument is needed.
 */

/* The member of hl_value a C type uses; 0 (default) is "not on the wire". */
#define HL_PP_TYPE(T)                                                          \
    _Generic((T *)0,                                                           \
        int *: 1,                                                              \
        unsigned int *: 2,                                                     \
        long *: 3,                                                             \
        unsigned long *: 4,                                                    \
        float *: 5,                                                            \
        double *: 6,                                                           \
        hl_string *: 7,                                                        \
        const char **: 7,                                                      \
        bool *: 8,                                                             \
        hl_bytes *: 9,                                                         \
        void *: 10,                                                            \
        default: 0)
#define HL_PP_IS_CSTR(T) _Generic((T *)0, const char **: 1, default: 0)

/* Read a checked argument as T. */
#define HL_PP_GET(T, v)                                                        \
    _Generic((T *)0,                                                           \
        unsigned int *: (v).as.u32,                                            \
        long *: (v).as.i64,                                                    \
        unsigned long *: (v).as.u64,                                           \
        float *: (v).as.f32,                                                   \
        double *: (v).as.f64,                                                  \
        hl_string *: (v).as.string,                                            \
        const char **: (v).as.string.data,                                     \
        bool *: (v).as.boolean,                                                \
        hl_bytes *: (v).as.bytes,                                              \
        default: (v).as.i32)

/* Store x, of type T, into *v: HL_PP_SET(T)(v, x). */
#define HL_PP_SET(T)                                                           \
    _Generic((T *)0,                                                           \
        int *: hl_value_set_int,                                               \
        unsigned int *: hl_value_set_uint,                                     \
        long *: hl_value_set_long,                                             \
        unsigned long *: hl_value_set_ulong,                                   \
        float *: hl_value_set_float,                                           \
        double *: hl_value_set_double,                                         \
        hl_string *: hl_value_set_string,                                      \
        const char **: hl_value_set_cstr,                                      \
        bool *: hl_value_set_bool,                                             \
        hl_bytes *: hl_value_set_bytes,                                        \
        default: hl_value_set_none)

#define HL_PP_SETTER(name, T, code, member)                                    \
    static inline void hl_value_set_##name(hl_value *v, T x)                   \
    {                                                                          \
        v->type = code;                                                        \
        v->as.member = x;                                                      \
    }
HL_PP_SETTER(int, int32_t, HL_TYPE_INT, i32)
HL_PP_SETTER(uint, uint32_t, HL_TYPE_UINT, u32)
HL_PP_SETTER(long, int64_t, HL_TYPE_LONG, i64)
HL_PP_SETTER(ulong, uint64_t, HL_TYPE_ULONG, u64)
HL_PP_SETTER(float, float, HL_TYPE_FLOAT, f32)
HL_PP_SETTER(double, double, HL_TYPE_DOUBLE, f64)
HL_PP_SETTER(bool, bool, HL_TYPE_BOOL, boolean)
HL_PP_SETTER(string, hl_string, HL_TYPE_STRING, string)
HL_PP_SETTER(bytes, hl_bytes, HL_TYPE_BYTES, bytes)

static inline void hl_value_set_void(hl_value *v)
{
    v->type = HL_TYPE_VOID;
}
/* A NULL text is no text: type NONE, which both sides refuse by name. */
static inline void hl_value_set_cstr(hl_value *v, const char *x)
{
    v->type = x ? HL_TYPE_STRING : HL_TYPE_NONE;
    v->as.string.data = x;
    v->as.string.len = x ? __builtin_strlen(x) : 0;
}
/* Never called: stands in where a static assertion has already failed. */
void hl_value_set_none(hl_value *v, ...);

#define HL_PP_CAT(a, b)          HL_PP_CAT_(a, b)
#define HL_PP_CAT_(a, b)         a##b
#define HL_PP_STR(a)             HL_PP_STR_(a)
#define HL_PP_STR_(a)            #a
#define HL_PP_FIRST(...)         HL_PP_FIRST_(__VA_ARGS__, )
#define HL_PP_FIRST_(a, ...)     a
#define HL_PP_SECOND(...)        HL_PP_SECOND_(__VA_ARGS__)
#define HL_PP_SECOND_(a, b, ...) b

/* Type and name of one parameter written as (T, a). */
#define HL_PP_T(T, a) T
#define HL_PP_A(T, a) a

/* 1 if R is the word void, else 0. */
#define HL_PP_IS_VOID(R) HL_PP_SECOND(HL_PP_CAT(HL_PP_VOID_, R), 0, )
#define HL_PP_VOID_void  ~, 1
/* 1 if p is in parentheses, else 0. */
#define HL_PP_IS_PAREN(p)      HL_PP_SECOND(HL_PP_PAREN_PROBE p, 0, )
#define HL_PP_PAREN_PROBE(...) ~, 1

/* Number of parameters of (name, p0, ...): 0..11, or MANY (up to 64). */
#define HL_PP_COUNT(...)                                                       \
    HL_PP_NTH(__VA_ARGS__, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,     \
              MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,      \
              MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,      \
              MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,      \
              MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,      \
              MANY, MANY, MANY, MANY, MANY, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, \
              0, 0)
#define HL_PP_NTH(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13,  \
                  a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25,  \
                  a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37,  \
                  a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49,  \
                  a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61,  \
                  a62, a63, a64, n, ...)                                       \
    n
/* M(i, name, p) for each parameter: side by side. */
#define HL_PP_EACH(n, ...) HL_PP_CAT(HL_PP_EACH_, n)(__VA_ARGS__)
#define HL_PP_EACH_0(M, f)
#define HL_PP_EACH_1(M, f, p0)         HL_PP_EACH_0(M, f) M(0, f, p0)
#define HL_PP_EACH_2(M, f, p0, p1)     HL_PP_EACH_1(M, f, p0) M(1, f, p1)
#define HL_PP_EACH_3(M, f, p0, p1, p2) HL_PP_EACH_2(M, f, p0, p1) M(2, f, p2)
#define HL_PP_EACH_4(M, f, p0, p1, p2, p3)                                     \
    HL_PP_EACH_3(M, f, p0, p1, p2) M(3, f, p3)
#define HL_PP_EACH_5(M, f, p0, p1, p2, p3, p4)                                 \
    HL_PP_EACH_4(M, f, p0, p1, p2, p3) M(4, f, p4)
#define HL_PP_EACH_6(M, f, p0, p1, p2, p3, p4, p5)                             \
    HL_PP_EACH_5(M, f, p0, p1, p2, p3, p4) M(5, f, p5)
#define HL_PP_EACH_7(M, f, p0, p1, p2, p3, p4, p5, p6)                         \
    HL_PP_EACH_6(M, f, p0, p1, p2, p3, p4, p5) M(6, f, p6)
#define HL_PP_EACH_8(M, f, p0, p1, p2, p3, p4, p5, p6, p7)                     \
    HL_PP_EACH_7(M, f, p0, p1, p2, p3, p4, p5, p6) M(7, f, p7)
#define HL_PP_EACH_9(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8)                 \
    HL_PP_EACH_8(M, f, p0, p1, p2, p3, p4, p5, p6, p7) M(8, f, p8)
#define HL_PP_EACH_10(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9)            \
    HL_PP_EACH_9(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8) M(9, f, p9)
#define HL_PP_EACH_11(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10)       \
    HL_PP_EACH_10(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9) M(10, f, p10)

/* The same separated by commas. */
#define HL_PP_LIST(n, ...) HL_PP_CAT(HL_PP_LIST_, n)(__VA_ARGS__)
#define HL_PP_LIST_0(M, f)
#define HL_PP_LIST_1(M, f, p0)         M(0, f, p0)
#define HL_PP_LIST_2(M, f, p0, p1)     HL_PP_LIST_1(M, f, p0), M(1, f, p1)
#define HL_PP_LIST_3(M, f, p0, p1, p2) HL_PP_LIST_2(M, f, p0, p1), M(2, f, p2)
#define HL_PP_LIST_4(M, f, p0, p1, p2, p3)                                     \
    HL_PP_LIST_3(M, f, p0, p1, p2), M(3, f, p3)
#define HL_PP_LIST_5(M, f, p0, p1, p2, p3, p4)                                 \
    HL_PP_LIST_4(M, f, p0, p1, p2, p3), M(4, f, p4)
#define HL_PP_LIST_6(M, f, p0, p1, p2, p3, p4, p5)                             \
    HL_PP_LIST_5(M, f, p0, p1, p2, p3, p4), M(5, f, p5)
#define HL_PP_LIST_7(M, f, p0, p1, p2, p3, p4, p5, p6)                         \
    HL_PP_LIST_6(M, f, p0, p1, p2, p3, p4, p5), M(6, f, p6)
#define HL_PP_LIST_8(M, f, p0, p1, p2, p3, p4, p5, p6, p7)                     \
    HL_PP_LIST_7(M, f, p0, p1, p2, p3, p4, p5, p6), M(7, f, p7)
#define HL_PP_LIST_9(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8)                 \
    HL_PP_LIST_8(M, f, p0, p1, p2, p3, p4, p5, p6, p7), M(8, f, p8)
#define HL_PP_LIST_10(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9)            \
    HL_PP_LIST_9(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8), M(9, f, p9)
#define HL_PP_LIST_11(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10)       \
    HL_PP_LIST_10(M, f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9), M(10, f, p10)

/* OK, SHAPE (a parameter is not in parentheses) or MANY. */
#define HL_PP_CHECK(n, ...)          HL_PP_CAT(HL_PP_CHECK_, n)(__VA_ARGS__)
#define HL_PP_CHECK_MANY(...)        MANY
#define HL_PP_CHECK_0(f)             OK
#define HL_PP_CHECK_1(f, p0)         HL_PP_AND(HL_PP_CHECK_0(f), p0)
#define HL_PP_CHECK_2(f, p0, p1)     HL_PP_AND(HL_PP_CHECK_1(f, p0), p1)
#define HL_PP_CHECK_3(f, p0, p1, p2) HL_PP_AND(HL_PP_CHECK_2(f, p0, p1), p2)
#define HL_PP_CHECK_4(f, p0, p1, p2, p3)                                       \
    HL_PP_AND(HL_PP_CHECK_3(f, p0, p1, p2), p3)
#define HL_PP_CHECK_5(f, p0, p1, p2, p3, p4)                                   \
    HL_PP_AND(HL_PP_CHECK_4(f, p0, p1, p2, p3), p4)
#define HL_PP_CHECK_6(f, p0, p1, p2, p3, p4, p5)                               \
    HL_PP_AND(HL_PP_CHECK_5(f, p0, p1, p2, p3, p4), p5)
#define HL_PP_CHECK_7(f, p0, p1, p2, p3, p4, p5, p6)                           \
    HL_PP_AND(HL_PP_CHECK_6(f, p0, p1, p2, p3, p4, p5), p6)
#define HL_PP_CHECK_8(f, p0, p1, p2, p3, p4, p5, p6, p7)                       \
    HL_PP_AND(HL_PP_CHECK_7(f, p0, p1, p2, p3, p4, p5, p6), p7)
#define HL_PP_CHECK_9(f, p0, p1, p2, p3, p4, p5, p6, p7, p8)                   \
    HL_PP_AND(HL_PP_CHECK_8(f, p0, p1, p2, p3, p4, p5, p6, p7), p8)
#define HL_PP_CHECK_10(f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9)              \
    HL_PP_AND(HL_PP_CHECK_9(f, p0, p1, p2, p3, p4, p5, p6, p7, p8), p9)
#define HL_PP_CHECK_11(f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10)         \
    HL_PP_AND(HL_PP_CHECK_10(f, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9), p10)
#define HL_PP_AND(so_far, p)      HL_PP_CAT(HL_PP_AND_, so_far)(HL_PP_IS_PAREN(p))
#define HL_PP_AND_OK(is_paren)    HL_PP_CAT(HL_PP_AND_OK_, is_paren)
#define HL_PP_AND_OK_1            OK
#define HL_PP_AND_OK_0            SHAPE
#define HL_PP_AND_SHAPE(is_paren) SHAPE

/* What the three outcomes say; the texts are tested. */
#define HL_PP_REJECT_MANY(f)                                                   \
    _Static_assert(                                                            \
        0, "hlkit: `" HL_PP_STR(                                               \
               f) "` has more than 11 parameters, "                            \
                  "the most a function may have; pass several values in "      \
                  "one hl_bytes")
#define HL_PP_REJECT_SHAPE(f)                                                  \
    _Static_assert(0, "hlkit: write each parameter of `" HL_PP_STR(            \
                          f) "` as "                                           \
                             "(type, name), in parentheses and with a comma")
#define HL_PP_WIRE_TYPES                                                       \
    "int32_t, uint32_t, int64_t, uint64_t, float, double, bool, hl_string, "   \
    "hl_bytes or const char *"

/* Static assertions on R and every T. */
#define HL_PP_ASSERT_TYPES(n, R, ...)                                          \
    _Static_assert(HL_PP_TYPE(R) != 0,                                         \
                   "hlkit: `" HL_PP_STR(HL_PP_FIRST(                           \
                       __VA_ARGS__)) "` returns "                              \
                                     "a type the wire cannot carry; "          \
                                     "use " HL_PP_WIRE_TYPES ", or void");     \
    HL_PP_EACH(n, HL_PP_ASSERT_PARAM, __VA_ARGS__)
#define HL_PP_ASSERT_PARAM(i, f, p)                                            \
    _Static_assert(                                                            \
        HL_PP_TYPE(HL_PP_T p) % 10 != 0,                                       \
        "hlkit: parameter `" HL_PP_STR(HL_PP_A p) "` of `" HL_PP_STR(          \
            f) "` has a type the wire cannot carry; use " HL_PP_WIRE_TYPES);

/* Integer constants: the signature, and bit i set if parameter i is a cstr. */
#define HL_PP_SIGNATURE(n, R, ...)                                             \
    ((hl_signature)HL_PP_TYPE(R)                                               \
         HL_PP_EACH(n, HL_PP_SIGNATURE_PARAM, __VA_ARGS__))
#define HL_PP_SIGNATURE_PARAM(i, f, p)                                         \
    | (hl_signature)HL_PP_TYPE(HL_PP_T p) << (4 * (i + 1))
#define HL_PP_CSTRS(n, ...)        (0u HL_PP_EACH(n, HL_PP_CSTRS_PARAM, __VA_ARGS__))
#define HL_PP_CSTRS_PARAM(i, f, p) | (uint32_t)HL_PP_IS_CSTR(HL_PP_T p) << i

/* "T a", ", T a", "args[i] as T", ", args[i] as T". */
#define HL_PP_DECL(i, f, p)       HL_PP_T p HL_PP_A p
#define HL_PP_COMMA_DECL(i, f, p) , HL_PP_T p HL_PP_A p
#define HL_PP_ARG(i, f, p)        HL_PP_GET(HL_PP_T p, hl_args[i])
#define HL_PP_COMMA_ARG(i, f, p)  , HL_PP_GET(HL_PP_T p, hl_args[i])
/* A prototype's parameters: void when there are none. */
#define HL_PP_PARAMS(n, ...)                                                   \
    HL_PP_CAT(HL_PP_PARAMS_, HL_PP_IS_NONE(n))(n, __VA_ARGS__)
#define HL_PP_PARAMS_1(n, f)   void
#define HL_PP_PARAMS_0(n, ...) HL_PP_LIST(n, HL_PP_DECL, __VA_ARGS__)
#define HL_PP_IS_NONE(n)       HL_PP_SECOND(HL_PP_CAT(HL_PP_NONE_, n), 0, )
#define HL_PP_NONE_0           ~, 1

/* hl_result = call, for void too: HL_PP_RETURN(R, call). */
#define HL_PP_RETURN(R, ...)                                                   \
    HL_PP_CAT(HL_PP_RETURN_, HL_PP_IS_VOID(R))(R, __VA_ARGS__)
#define HL_PP_RETURN_0(R, ...) HL_PP_SET(R)(hl_result, __VA_ARGS__)
#define HL_PP_RETURN_1(R, ...) (__VA_ARGS__, hl_value_set_void(hl_result))

#endif /* HL_TYPES_H */
