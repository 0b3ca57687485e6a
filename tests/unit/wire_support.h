/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the wire codec share: the worked examples of abi §6.6,
 * exact-size copies so that the address sanitizer sees every byte read outside
 * a message, and a comparison of the two ways to decode.
 */
#ifndef WIRE_SUPPORT_H
#define WIRE_SUPPORT_H

#include "test.h"

#include <hl/wire.h>

#include <string.h>

struct wire_golden {
    const char *name;
    const uint8_t *bytes;
    size_t size;
};

enum { GOLDEN_A, GOLDEN_B, GOLDEN_C, GOLDEN_D, GOLDEN_E, GOLDEN_COUNT };

/* Examples A to E; A and D are calls, B, C and E results. */
extern const struct wire_golden wire_goldens[GOLDEN_COUNT];

bool wire_golden_is_call(int index);

/*
 * Decode a copy of size bytes that lies at the end of its allocation, shift
 * bytes (0 to 7) from alignment; both the public function and the rules alone.
 * Fails the test if the two differ, if anything decoded lies outside the copy,
 * or if the copy was written to. What out points to lives until the next call
 * of any of these.
 */
enum hl_wire_error wire_try_call(const void *message, size_t size,
                                 unsigned shift, struct hl_wire_call *out);
enum hl_wire_error wire_try_result(const void *message, size_t size,
                                   unsigned shift, struct hl_wire_result *out);
enum hl_wire_error wire_try_log(const void *message, size_t size,
                                unsigned shift, struct hl_wire_log *out);

/* The copy is freed; for leak checkers, at the end of a test. */
void wire_try_end(void);

/* Equal in meaning; numbers by their bits. */
bool wire_values_equal(const hl_value *left, const hl_value *right);
bool wire_calls_equal(const struct hl_wire_call *left,
                      const struct hl_wire_call *right);
bool wire_results_equal(const struct hl_wire_result *left,
                        const struct hl_wire_result *right);
bool wire_strings_equal(hl_string left, hl_string right);

/* A string of a literal, embedded NULs included. */
#define TEXT(literal)                                                          \
    ((hl_string){.data = (literal), .len = sizeof(literal) - 1})

/* A call with one argument, and a result with one value. */
struct hl_wire_call wire_call_of(hl_value value);
struct hl_wire_result wire_result_of(hl_value value);

/* Put a little-endian number into a message. */
void wire_put(uint8_t *message, size_t at, uint64_t value, size_t width);
uint64_t wire_get(const uint8_t *message, size_t at, size_t width);

/* A pseudo-random number from a fixed seed, the same in each run. */
uint64_t wire_random(uint64_t *state);

#endif /* WIRE_SUPPORT_H */
