/* SPDX-License-Identifier: MIT */
/*
 * HL_PROVIDE: declare a host function that guests may be granted, with the
 * same shape as a guest's HL_EXPORT. Included by hl_host.h.
 *
 *     HL_PROVIDE(int32_t, add, (int32_t, a), (int32_t, b))
 *     {
 *         struct counter *counter = hl_call_context(call);
 *         if (counter->used++ > 10)
 *             return hl_call_fail(call, HL_ERR_HOST, "used up");
 *         return a + b;
 *     }
 *     ...
 *     hl_config_grant(config, &hl_provided_add, &counter);
 *
 * The body has one implicit first parameter, `hl_host_call *call`. It runs
 * only when name, argument count, every type and the expected return type of
 * the guest's call match, and only during a guest call. Texts and bytes among
 * the arguments are private copies that live until the body returns; a const
 * char * never holds the text of a call whose text has a NUL byte inside.
 * What is returned must live in static storage, in an argument, in the
 * context or in memory of hl_call_alloc.
 */
#ifndef HL_PROVIDE_H
#define HL_PROVIDE_H

#include <hl/types.h>

/* One call of a host function; valid only while its body runs. */
typedef struct hl_host_call hl_host_call;

/* A host function as HL_PROVIDE describes it; immutable. */
typedef struct hl_provided {
    const char *name;
    size_t name_len;
    hl_signature signature;
    void (*thunk)(hl_host_call *call, const hl_value *args, hl_value *result);
    uint32_t cstrs; /* bit i: parameter i is a const char * */
} hl_provided;

/* The context pointer given with the grant. */
void *hl_call_context(hl_host_call *call);

/*
 * size bytes, 16-aligned and zeroed, freed after the result has been sent;
 * NULL when memory or the call's limit is exhausted.
 */
void *hl_call_alloc(hl_host_call *call, size_t size);

/*
 * Make the guest's call fail with code (an HL_ERR_ code; upstream's hosts
 * always send HL_ERR_HOST) and the text, whatever the body returns. The first
 * one of a call wins. Returns false, so that `return hl_call_fail(...);`
 * serves every number and bool.
 */
bool hl_call_fail(hl_host_call *call, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The expansion of HL_PROVIDE(int32_t, add, (int32_t, a)):
 *
 *     _Static_assert(...);               R and each T are on the wire
 *     static int32_t add(hl_host_call *call, int32_t a);
 *     static void hl_thunk_add(hl_host_call *hl_call, const hl_value *hl_args,
 *                              hl_value *hl_result) { ... }
 *     static const hl_provided hl_provided_add = {...};
 *     static int32_t add(hl_host_call *call, int32_t a)
 */
#define HL_PROVIDE(R, ...)                                                     \
    HL_PP_PROVIDE(HL_PP_COUNT(__VA_ARGS__), R, __VA_ARGS__)

#define HL_PP_PROVIDE(n, R, ...)                                               \
    HL_PP_PROVIDE_AS(HL_PP_CHECK(n, __VA_ARGS__), n, R,                        \
                     HL_PP_FIRST(__VA_ARGS__), __VA_ARGS__)
#define HL_PP_PROVIDE_AS(outcome, n, R, name, ...)                             \
    HL_PP_CAT(HL_PP_PROVIDE_, outcome)(n, R, name, __VA_ARGS__)
#define HL_PP_PROVIDE_MANY(n, R, name, ...)                                    \
    HL_PP_REJECT_MANY(name);                                                   \
    static __attribute__((unused)) void hl_rejected_##name(void)
#define HL_PP_PROVIDE_SHAPE(n, R, name, ...)                                   \
    HL_PP_REJECT_SHAPE(name);                                                  \
    static __attribute__((unused)) void hl_rejected_##name(void)
#define HL_PP_PROVIDE_OK(n, R, name, ...)                                      \
    HL_PP_ASSERT_TYPES(n, R, __VA_ARGS__)                                      \
    static R name(                                                             \
        hl_host_call *call HL_PP_EACH(n, HL_PP_COMMA_DECL, __VA_ARGS__));      \
    static void hl_thunk_##name(hl_host_call *hl_call,                         \
                                const hl_value *hl_args, hl_value *hl_result)  \
    {                                                                          \
        (void)hl_args;                                                         \
        HL_PP_RETURN(                                                          \
            R, name(hl_call HL_PP_EACH(n, HL_PP_COMMA_ARG, __VA_ARGS__)));     \
    }                                                                          \
    static const hl_provided hl_provided_##name __attribute__((unused)) = {    \
        #name, sizeof(#name) - 1, HL_PP_SIGNATURE(n, R, __VA_ARGS__),          \
        hl_thunk_##name, HL_PP_CSTRS(n, __VA_ARGS__)};                         \
    static R name(__attribute__((unused)) hl_host_call *call HL_PP_EACH(       \
        n, HL_PP_COMMA_DECL, __VA_ARGS__))

#endif /* HL_PROVIDE_H */
