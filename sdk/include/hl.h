/* SPDX-License-Identifier: MIT */
/*
 * What a guest includes: functions for the host to call, functions of the host
 * to call, and errors, memory and log of a call (docs/quickstart.md).
 *
 *     #include <hl.h>
 *
 *     HL_IMPORT(uint64_t, hl_get_time);
 *
 *     HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
 *     {
 *         return a + b;
 *     }
 *
 * Types that cross the boundary: int32_t uint32_t int64_t uint64_t float
 * double bool hl_string hl_bytes, const char * where a text without NUL bytes
 * is wanted, and void as a return type. They are told apart by C type, not by
 * spelling. Everything else is a compile error that says so.
 *
 * Who owns what: arguments live until the function returns. What is returned
 * must live in static storage, in an argument or in the call's arena
 * (hl_alloc, hl_format), which is freed when the call ends.
 *
 * A guest has one thread; nothing here is re-entrant.
 */
#ifndef HL_H
#define HL_H

#include <hl/abi.h>
#include <hl/types.h>

#ifdef HL_HOST_H
#error "hl.h is for guests and hl_host.h for hosts: include one of them"
#endif
#if defined(HYPERLIGHT_GUEST_H) && !defined(HL_CAPI_LIBRARY)
#error "hl.h stands beside hyperlight_guest.h: include one of them"
#endif

/* One exported function; see HL_EXPORT. Sorted by name at link. */
struct hl_export {
    uint64_t key; /* first 8 bytes of the name, the first one highest */
    const char *name;
    uint32_t name_len;
    uint32_t cstrs; /* bit i: parameter i is a const char * */
    hl_signature signature;
    void (*thunk)(const hl_value *args, hl_value *result);
};
_Static_assert(sizeof(struct hl_export) == 40, "exports form an array");

/*
 * HL_EXPORT(R, name, (T, a), ...) { body }: define `static R name(T a, ...)`
 * and let the host call it by that name; 0 to 11 parameters. Count and types
 * of a call's arguments are checked before the body runs. Two exports of one
 * name in two files are a `duplicate symbol: hl_export_<name>` link error.
 *
 * The expansion of HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b)):
 *
 *     _Static_assert(...);              R and each T are on the wire
 *     static int32_t add(int32_t a, int32_t b);
 *     static void hl_thunk_add(const hl_value *args, hl_value *result)
 *     { *result = Int(add(args[0].as.i32, args[1].as.i32)); }
 *     const struct hl_export hl_export_add;   in .hl.exports.add
 *     static const struct {...} hl_note_add;  in .note.hlkit
 *     static int32_t add(int32_t a, int32_t b)
 */
#define HL_EXPORT(R, ...) HL_PP_EXPORT(HL_PP_COUNT(__VA_ARGS__), R, __VA_ARGS__)

/*
 * HL_IMPORT(R, name, (T, a), ...): declare the host function name, to be
 * called as `hl_status name(R *result, T a, ...)`, without result for void.
 * HL_OK: *result is set (a text or bytes in it live until the guest call
 * ends). Else the code of the failure, *result is unchanged and
 * hl_last_error() says more; HL_ERR_HOST is what the host answers for a
 * function it did not grant and for one that failed. The same import may be
 * declared any number of times, with equal types.
 *
 * An image whose imports are not all granted is refused when it is loaded.
 * HL_IMPORT_OPTIONAL: it loads nevertheless, and the call returns the error.
 */
#define HL_IMPORT(R, ...)                                                      \
    HL_PP_IMPORT(HL_NOTE_IMPORT, __COUNTER__, HL_PP_COUNT(__VA_ARGS__), R,     \
                 __VA_ARGS__)
#define HL_IMPORT_OPTIONAL(R, ...)                                             \
    HL_PP_IMPORT(HL_NOTE_IMPORT_OPTIONAL, __COUNTER__,                         \
                 HL_PP_COUNT(__VA_ARGS__), R, __VA_ARGS__)

/*
 * Mark the current call as failed: the host gets code (an HL_ERR_ code; 0 is
 * sent as HL_ERR_GUEST) and the text instead of what the function returns. The
 * first hl_fail of a call wins. Returns false, so that `return hl_fail(...);`
 * serves every number and bool; the others serve the other return types. Text
 * that does not fit the call's arena is cut.
 */
bool hl_fail(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
hl_string hl_fail_string(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
hl_bytes hl_fail_bytes(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
const char *hl_fail_cstr(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Text of the last host call of this guest call that failed; "" if none did.
 * Lives until the guest call ends.
 */
const char *hl_last_error(void);

/*
 * End the VM's run: the host's call fails with code (0 to 254, others are sent
 * as HL_ERR_UNKNOWN) and at most 1000 bytes of the text; only a restore makes
 * the sandbox usable again. For what a call cannot report by hl_fail.
 */
_Noreturn void hl_abort(int code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * size bytes that live until the call ends, 16-aligned, not zeroed; NULL when
 * the arena (the scratch memory that is left) is exhausted.
 */
void *hl_alloc(size_t size) __attribute__((malloc, alloc_size(1)));

/*
 * A text made by printf's rules in the call's arena, NUL-terminated. When it
 * does not fit, the call is marked as failed (HL_ERR_MALLOC) and the result is
 * empty.
 */
hl_string hl_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Log levels, as the host filters them (abi §9). */
enum hl_log_level {
    HL_LOG_ERROR = 1,
    HL_LOG_WARN = 2,
    HL_LOG_INFO = 3,
    HL_LOG_DEBUG = 4,
    HL_LOG_TRACE = 5
};

/*
 * Send a record to the host's log. Nothing is formatted or sent when the host
 * asked for less than level, or when there is no room for the record.
 */
void hl_log_at(int level, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
#define hl_log(level, ...) hl_log_at(level, __FILE__, __LINE__, __VA_ARGS__)

/*
 * Hooks a guest may define. hyperlight_main runs once at start-up, after the
 * constructors; host calls are usually not allowed yet. hl_fallback gets calls
 * of names that are not exported; false: it is not found (HL_ERR_NOT_FOUND).
 */
typedef struct {
    hl_string name;
    const hl_value *args;
    uint32_t count;
    uint32_t returns; /* enum hl_type that the host expects */
} hl_unknown_call;
void hyperlight_main(void);
bool hl_fallback(const hl_unknown_call *call, hl_value *result);

/* ------------------------------------------------------------------------- */
/* How the macros above do it. */

#define HL_PP_KEEP(section_name)                                               \
    __attribute__((used, retain, section(section_name)))

/* A note: signature and name in .note.hlkit, without pointers. */
#define HL_PP_NOTE(var, note_type, note_name, note_signature, note_c_types)    \
    static const struct __attribute__((packed, aligned(4))) {                  \
        uint32_t owner_size, size, type;                                       \
        char owner[sizeof(HL_NOTE_OWNER)];                                     \
        uint16_t c_types;                                                      \
        uint64_t signature;                                                    \
        char name[(sizeof(note_name) + 2) / 4 * 4];                            \
    } var HL_PP_KEEP(HL_NOTE_SECTION)                                          \
        __attribute__((aligned(4))) = {sizeof(HL_NOTE_OWNER),                  \
                                       8 + sizeof(note_name) - 1,              \
                                       note_type,                              \
                                       HL_NOTE_OWNER,                          \
                                       note_c_types,                           \
                                       note_signature,                         \
                                       note_name}

/* hl_export.key of a name as a literal. */
#define HL_PP_KEY(text)                                                        \
    (HL_PP_KEY_AT(text, 0) | HL_PP_KEY_AT(text, 1) | HL_PP_KEY_AT(text, 2) |   \
     HL_PP_KEY_AT(text, 3) | HL_PP_KEY_AT(text, 4) | HL_PP_KEY_AT(text, 5) |   \
     HL_PP_KEY_AT(text, 6) | HL_PP_KEY_AT(text, 7))
#define HL_PP_KEY_AT(text, i)                                                  \
    ((uint64_t)(uint8_t)(text "\0\0\0\0\0\0\0")[i] << (56 - 8 * (i)))

#define HL_PP_EXPORT(n, R, ...)                                                \
    HL_PP_EXPORT_AS(HL_PP_CHECK(n, __VA_ARGS__), n, R,                         \
                    HL_PP_FIRST(__VA_ARGS__), __VA_ARGS__)
#define HL_PP_EXPORT_AS(outcome, n, R, name, ...)                              \
    HL_PP_CAT(HL_PP_EXPORT_, outcome)(n, R, name, __VA_ARGS__)
#define HL_PP_EXPORT_MANY(n, R, name, ...)                                     \
    HL_PP_REJECT_MANY(name);                                                   \
    static __attribute__((unused)) void hl_rejected_##name(void)
#define HL_PP_EXPORT_SHAPE(n, R, name, ...)                                    \
    HL_PP_REJECT_SHAPE(name);                                                  \
    static __attribute__((unused)) void hl_rejected_##name(void)
#define HL_PP_EXPORT_OK(n, R, name, ...)                                       \
    HL_PP_ASSERT_TYPES(n, R, __VA_ARGS__)                                      \
    static R name(HL_PP_PARAMS(n, __VA_ARGS__));                               \
    static void hl_thunk_##name(const hl_value *hl_args, hl_value *hl_result)  \
    {                                                                          \
        (void)hl_args;                                                         \
        HL_PP_RETURN(R, name(HL_PP_LIST(n, HL_PP_ARG, __VA_ARGS__)));          \
    }                                                                          \
    HL_PP_NOTE(hl_note_##name, HL_NOTE_EXPORT, #name,                          \
               HL_PP_SIGNATURE(n, R, __VA_ARGS__), 0);                         \
    extern const struct hl_export hl_export_##name;                            \
    HL_PP_KEEP(".hl.exports." #name)                                           \
    __attribute__((visibility("hidden"), aligned(8)))                          \
    const struct hl_export hl_export_##name = {                                \
        HL_PP_KEY(#name),                                                      \
        #name,                                                                 \
        sizeof(#name) - 1,                                                     \
        HL_PP_CSTRS(n, __VA_ARGS__),                                           \
        HL_PP_SIGNATURE(n, R, __VA_ARGS__),                                    \
        hl_thunk_##name};                                                      \
    static R name(HL_PP_PARAMS(n, __VA_ARGS__))

/*
 * The definition has a name of its own and is weak, and `name` is an alias
 * made by the assembler where it is not there yet: so the same import may
 * stand twice in one file and in several files. Which definition a name gets
 * is the linker's choice, so the note tells the C types too: hl-ld compares.
 */
#define HL_PP_IMPORT(kind, id, n, R, ...)                                      \
    HL_PP_IMPORT_AS(HL_PP_CHECK(n, __VA_ARGS__), kind, id, n, R,               \
                    HL_PP_FIRST(__VA_ARGS__), __VA_ARGS__)
#define HL_PP_IMPORT_AS(outcome, kind, id, n, R, name, ...)                    \
    HL_PP_CAT(HL_PP_IMPORT_, outcome)(kind, id, n, R, name, __VA_ARGS__)
#define HL_PP_IMPORT_MANY(kind, id, n, R, name, ...)  HL_PP_REJECT_MANY(name)
#define HL_PP_IMPORT_SHAPE(kind, id, n, R, name, ...) HL_PP_REJECT_SHAPE(name)
#define HL_PP_IMPORT_OK(kind, id, n, R, name, ...)                             \
    HL_PP_IMPORT_BODY(kind, hl_note_##name##_##id, hl_import_##name##_##id, n, \
                      R, name, __VA_ARGS__)
#define HL_PP_IMPORT_BODY(kind, note, stub, n, R, name, ...)                   \
    HL_PP_ASSERT_TYPES(n, R, __VA_ARGS__)                                      \
    HL_PP_NOTE(note, kind, #name, HL_PP_SIGNATURE(n, R, __VA_ARGS__),          \
               HL_NOTE_C_TYPES | HL_PP_IS_CSTR(R) |                            \
                   HL_PP_CSTRS(n, __VA_ARGS__) << 1);                          \
    __attribute__((visibility("hidden"))) hl_status name(                      \
        HL_PP_IMPORT_PARAMS(R, n, __VA_ARGS__));                               \
    __attribute__((visibility("hidden"))) hl_status stub(                      \
        HL_PP_IMPORT_PARAMS(R, n, __VA_ARGS__));                               \
    __attribute__((weak, used)) hl_status stub(                                \
        HL_PP_IMPORT_PARAMS(R, n, __VA_ARGS__))                                \
    {                                                                          \
        HL_PP_CAT(HL_PP_PACK_, HL_PP_IS_NONE(n))(n, __VA_ARGS__)               \
            hl_value hl_answer;                                                \
        hl_status hl_status_ = hl_import_call(                                 \
            #name, sizeof(#name) - 1, HL_PP_SIGNATURE(n, R, __VA_ARGS__),      \
            HL_PP_IS_CSTR(R), hl_args, &hl_answer);                            \
        HL_PP_CAT(HL_PP_ANSWER_, HL_PP_IS_VOID(R))(R) return hl_status_;       \
    }                                                                          \
    __asm__(".ifndef " #name "\n"                                              \
            ".weak " #name "\n"                                                \
            ".hidden " #name "\n"                                              \
            ".set " #name ", " HL_PP_STR(stub) "\n"                            \
                                               ".endif")
#define HL_PP_PACK_1(n, f) const hl_value *const hl_args = NULL;
#define HL_PP_PACK_0(n, ...)                                                   \
    hl_value hl_args[n];                                                       \
    HL_PP_EACH(n, HL_PP_PACK, __VA_ARGS__)
#define HL_PP_PACK(i, f, p) HL_PP_SET(HL_PP_T p)(&hl_args[i], HL_PP_A p);
#define HL_PP_ANSWER_0(R)                                                      \
    if (hl_status_ == HL_OK && hl_result)                                      \
        *hl_result = HL_PP_GET(R, hl_answer);
#define HL_PP_ANSWER_1(R)
#define HL_PP_IMPORT_PARAMS(R, n, ...)                                         \
    HL_PP_CAT(HL_PP_IMPORT_PARAMS_, HL_PP_IS_VOID(R))(R, n, __VA_ARGS__)
#define HL_PP_IMPORT_PARAMS_0(R, n, ...)                                       \
    R *hl_result HL_PP_EACH(n, HL_PP_COMMA_DECL, __VA_ARGS__)
#define HL_PP_IMPORT_PARAMS_1(R, n, ...) HL_PP_PARAMS(n, __VA_ARGS__)

/*
 * Call the host function of that name with the arguments the signature counts;
 * *answer gets the value. cstr: the answer is a text without NUL bytes.
 */
hl_status hl_import_call(const char *name, size_t name_len,
                         hl_signature signature, bool cstr,
                         const hl_value *args, hl_value *answer);

#endif /* HL_H */
