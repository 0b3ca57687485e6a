/* SPDX-License-Identifier: MIT */
/* What every fuzz target needs: a check that ends the run, and the input as a
 * source of numbers. */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The promise is broken: libFuzzer keeps the input. */
#define FUZZ_CHECK(condition)                                                  \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, \
                    #condition);                                               \
            abort();                                                           \
        }                                                                      \
    } while (0)

#ifdef __cplusplus
extern "C"
#endif
    int
    LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a source of numbers and bytes; zeros when it has ended. */
struct fuzz_source {
    const uint8_t *data;
    size_t left;
};

static inline uint64_t fuzz_take(struct fuzz_source *source, size_t width)
{
    uint64_t value = 0;
    const size_t n = width < source->left ? width : source->left;

    memcpy(&value, source->data, n);
    source->data += n;
    source->left -= n;
    return value;
}

/* At most most bytes, their number first; never NULL. */
static inline const uint8_t *fuzz_take_bytes(struct fuzz_source *source,
                                             size_t most, size_t *len)
{
    const uint8_t *at;
    size_t wanted = (size_t)fuzz_take(source, 1);

    wanted = wanted < most ? wanted : most;
    at = source->data;
    *len = wanted < source->left ? wanted : source->left;
    source->data += *len;
    source->left -= *len;
    return at;
}

/* A number at which something ends or begins, or any other. */
static inline uint64_t fuzz_take_edge(struct fuzz_source *source)
{
    static const uint64_t edges[] = {
        0,          1,          2,          3,          4,          7,
        8,          9,          15,         16,         17,         0x0FF8,
        0x1000,     0x1FF8,     0x2000,     0x2001,     0xFFF8,     0x10000,
        0x10001,    0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFB, 0xFFFFFFFC,
        0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF, 1ull << 32, 1ull << 63, ~15ull,
        ~8ull,      ~7ull,      ~0ull};
    const size_t which = (size_t)fuzz_take(source, 1);

    return which < sizeof(edges) / sizeof(edges[0]) ? edges[which]
                                                    : fuzz_take(source, 8);
}

#endif /* FUZZ_CHECK_H */
