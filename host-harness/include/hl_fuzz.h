/* SPDX-License-Identifier: MIT */
/*
 * Fuzz your own host functions (docs/fuzzing.md). One line in a file with
 * HL_PROVIDE functions makes it a libFuzzer target that calls them with
 * arguments made from their signatures:
 *
 *     #include <hl_fuzz.h>
 *     HL_FUZZ(&context, &hl_provided_lookup, &hl_provided_store)
 *
 *     clang -g -fsanitize=fuzzer,address,undefined main.c -lhlhost
 *
 * Arguments are as a guest's calls deliver them, and as hostile as a guest can
 * make them: numbers at the edges of their types; texts of valid UTF-8, empty,
 * long, with NUL bytes inside (but for const char *); bytes of any kind. Each
 * lies in memory of just its size, so that AddressSanitizer sees every read
 * beside it. Of what a function returns every byte is read, and a text must be
 * UTF-8: else the guest would get an error instead.
 */
#ifndef HL_FUZZ_H
#define HL_FUZZ_H

#include <hl_host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#ifdef __cplusplus
}
#endif

/* Calls made of one input, one after the other: functions have state. */
#define HL_FUZZ_CALLS_MAX 16

#define HL_FUZZ(context, ...)                                                  \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)               \
    {                                                                          \
        static const hl_provided *const hl_fuzz_list[] = {__VA_ARGS__};        \
        return hl_fuzz_run(hl_fuzz_list,                                       \
                           sizeof(hl_fuzz_list) / sizeof(hl_fuzz_list[0]),     \
                           context, data, size);                               \
    }

/* The input as a source of numbers and bytes; zeros when it has ended. */
typedef struct hl_fuzz_source {
    const uint8_t *data;
    size_t left;
} hl_fuzz_source;

static inline uint64_t hl_fuzz_take(hl_fuzz_source *source, size_t width)
{
    uint64_t value = 0;
    const size_t n = width < source->left ? width : source->left;

    memcpy(&value, source->data, n);
    source->data += n;
    source->left -= n;
    return value;
}

/* A number at which something ends or begins, or any other. */
static inline uint64_t hl_fuzz_number(hl_fuzz_source *source)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     7,
                                     8,
                                     0x7F,
                                     0x80,
                                     0xFF,
                                     0x100,
                                     0xFFFF,
                                     0x10000,
                                     0x7FFFFFFF,
                                     0x80000000,
                                     0xFFFFFFFF,
                                     0x7FFFFFFFFFFFFFFF,
                                     0x8000000000000000,
                                     0xFFFFFFFFFFFFFFFF,
                                     0x7FF0000000000000,
                                     0x7F800000};
    const uint64_t which = hl_fuzz_take(source, 1);

    return which < 32 ? edges[which % (sizeof(edges) / sizeof(edges[0]))]
                      : hl_fuzz_take(source, 8) ^ which;
}

/* len bytes of text: pieces of all lengths of UTF-8; no NUL in C strings. */
static inline void hl_fuzz_text(hl_fuzz_source *source, char *text, size_t len,
                                bool is_cstr)
{
    static const char *const pieces[] = {"\xC3\xA9",
                                         "\xE2\x82\xAC",
                                         "\xF0\x9F\x98\x80",
                                         "%s",
                                         "../",
                                         "\n",
                                         "\x1B[",
                                         "0"};
    size_t at = 0;

    while (at < len) {
        const uint8_t byte = (uint8_t)hl_fuzz_take(source, 1);
        const char *piece = pieces[byte & 7];
        const size_t size = strlen(piece);

        if (byte >= 0x80 && size <= len - at) {
            memcpy(text + at, piece, size);
            at += size;
        } else {
            text[at++] = (char)(byte & 0x7F) == '\0' && is_cstr
                             ? 'a'
                             : (char)(byte & 0x7F);
        }
    }
    text[len] = '\0';
}

/* One argument of a type; *memory is freed after the call. */
static inline hl_value hl_fuzz_value(hl_fuzz_source *source, enum hl_type type,
                                     bool is_cstr, void **memory)
{
    hl_value value = {0};
    size_t len;

    value.type = type;
    if (type != HL_TYPE_STRING && type != HL_TYPE_BYTES) {
        value.as.u64 = hl_fuzz_number(source);
        if (type == HL_TYPE_BOOL)
            value.as.u64 &= 1;
        else if (type == HL_TYPE_INT || type == HL_TYPE_UINT ||
                 type == HL_TYPE_FLOAT)
            value.as.u64 &= 0xFFFFFFFF;
        return value;
    }
    len = hl_fuzz_take(source, 1);
    if (len == 255)
        len = hl_fuzz_take(source, 2);
    *memory = malloc(len + (type == HL_TYPE_STRING));
    if (*memory == NULL)
        abort();
    value.as.bytes.data = (const uint8_t *)*memory;
    value.as.bytes.len = len;
    if (type == HL_TYPE_STRING)
        hl_fuzz_text(source, (char *)*memory, len, is_cstr);
    else
        for (size_t i = 0; i < len; i++)
            ((uint8_t *)*memory)[i] = (uint8_t)hl_fuzz_take(source, 1);
    return value;
}

/* Every byte of a result is looked at while it is alive. */
static inline void hl_fuzz_result(void *context, const hl_value *result)
{
    volatile uint8_t last = 0;

    (void)context;
    if (result->type != HL_TYPE_STRING && result->type != HL_TYPE_BYTES)
        return;
    for (size_t i = 0; i < result->as.bytes.len; i++)
        last = result->as.bytes.data[i];
    (void)last;
}

static inline void hl_fuzz_call(const hl_provided *provided, void *context,
                                hl_fuzz_source *source)
{
    const unsigned count = hl_signature_count(provided->signature);
    hl_value args[HL_ARGS_MAX];
    void *memory[HL_ARGS_MAX] = {0};
    hl_error error;
    hl_status status;

    for (unsigned i = 0; i < count; i++)
        args[i] =
            hl_fuzz_value(source, hl_signature_param(provided->signature, i),
                          (provided->cstrs >> i & 1) != 0, &memory[i]);
    status = hl_provided_call(provided, context, args, count, hl_fuzz_result,
                              NULL, &error);
    if (status != HL_OK && status != HL_FAIL_GUEST) {
        fprintf(stderr, "hl_fuzz: %s: %s\n", provided->name, error.message);
        abort();
    }
    for (unsigned i = 0; i < count; i++)
        free(memory[i]);
}

static inline int hl_fuzz_run(const hl_provided *const *list, size_t count,
                              void *context, const uint8_t *data, size_t size)
{
    hl_fuzz_source source = {data, size};
    unsigned calls = 0;

    while (source.left != 0 && calls++ < HL_FUZZ_CALLS_MAX)
        hl_fuzz_call(list[hl_fuzz_take(&source, 1) % count], context, &source);
    return 0;
}

#endif /* HL_FUZZ_H */
