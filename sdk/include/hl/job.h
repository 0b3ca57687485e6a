/* SPDX-License-Identifier: MIT */
/*
 * Jobs: one handler makes a guest that takes a job's input and returns its
 * output, exported as `execute(VecBytes) -> VecBytes`.
 *
 *     static hl_bytes reverse(hl_bytes input) { ... }
 *     define_job_handler(reverse)
 *
 *     static yyjson_mut_val *twice(yyjson_mut_doc *out, yyjson_val *payload,
 *                                  yyjson_val *config)
 *     {
 *         return yyjson_mut_sint(out, 2 * yyjson_get_sint(payload));
 *     }
 *     define_json_handler(twice)
 *
 * The macros stand after the handler, once in a guest, without `;`.
 */
#ifndef HL_JOB_H
#define HL_JOB_H

#include <hl.h>
#include <yyjson.h>

/*
 * Bytes in, bytes out. What the handler returns must live in static storage,
 * in the input or in the call's arena (hl_alloc). After hl_fail the call fails
 * with that code and text.
 */
typedef hl_bytes hl_job_handler(hl_bytes input);

/*
 * JSON in, JSON out. The input is a JobInput: {"payload": any, "config": any},
 * or of the later kind {"data": [byte, ...], "config": any}, whose bytes are
 * JSON, or else are taken as a string. config is NULL if there is none. Other
 * members are ignored. The value returned, made in out, becomes data of
 * {"success":true,"data":...,"error":null}; after hl_fail, or for NULL, the
 * output is {"success":false,"data":null,"error":"<text>"}, and the call
 * itself succeeds. Input that does not parse is such an output as well, its
 * error begins with `Failed to parse input: `; the handler is not called then.
 * Output that has no JSON form (a NaN, text that is not UTF-8) is no bytes.
 *
 * All JSON lives in the call's arena and is gone after the call; parsing does
 * not recurse; integers of 64 bits are exact.
 */
typedef yyjson_mut_val *
hl_json_handler(yyjson_mut_doc *out, yyjson_val *payload, yyjson_val *config);

/* Export the handler as `execute`. */
#define define_job_handler(handler)                                            \
    _Static_assert(HL_JOB_IS(handler, hl_job_handler),                         \
                   "define_job_handler: a handler is a function of type "      \
                   "hl_bytes (hl_bytes input)");                               \
    HL_EXPORT(hl_bytes, execute, (hl_bytes, hl_job_input))                     \
    {                                                                          \
        return (handler)(hl_job_input);                                        \
    }

/* The same for a JSON handler; the flag of its output is `success`. */
#define define_json_handler(handler)                                           \
    HL_JOB_JSON(define_json_handler, handler, "success")

/* The same with the later kind of output, whose flag is `is_success`. */
#define define_json_handler_v2(handler)                                        \
    HL_JOB_JSON(define_json_handler_v2, handler, "is_success")

#define HL_JOB_JSON(macro, handler, flag)                                      \
    _Static_assert(HL_JOB_IS(handler, hl_json_handler),                        \
                   #macro ": a handler is a function of type yyjson_mut_val "  \
                          "*(yyjson_mut_doc *out, yyjson_val *payload, "       \
                          "yyjson_val *config)");                              \
    HL_EXPORT(hl_bytes, execute, (hl_bytes, hl_job_input))                     \
    {                                                                          \
        return hl_job_json(hl_job_input, (handler), flag);                     \
    }

#define HL_JOB_IS(handler, type) _Generic((handler), type *: 1, default: 0)

/* What define_json_handler exports: parse, run the handler, write. */
hl_bytes hl_job_json(hl_bytes input, hl_json_handler *handler,
                     const char *flag);

#endif /* HL_JOB_H */
