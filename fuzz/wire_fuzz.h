/* SPDX-License-Identifier: MIT */
/* What the wire codec's fuzz targets share; each names its own promise. */
#ifndef WIRE_FUZZ_H
#define WIRE_FUZZ_H

#include <hl/wire.h>
#include "support/check.h"
#include "wire/view.h"
#include "wire_examples.h"

#include <sanitizer/asan_interface.h>

/* Large enough for every re-encoding of what libFuzzer hands over. */
#define FUZZ_BUFFER (1 << 20)

/* A message to start from: an example of flatc's, or one of our writer's. */
struct fuzz_base {
    uint8_t bytes[512];
    size_t size;
};

#define FUZZ_BASE(array)                                                       \
    do {                                                                       \
        memcpy(base->bytes, array, sizeof(array));                             \
        base->size = sizeof(array);                                            \
    } while (0)

static inline void fuzz_base_make(unsigned which, struct fuzz_base *base)
{
    static const struct hl_wire_call call = {
        .name = {.data = "function", .len = 8},
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_BYTES,
        .count = 5,
        .args = {{.type = HL_TYPE_INT},
                 {.type = HL_TYPE_STRING, .as.string = {"\xc3\xa9 text", 7}},
                 {.type = HL_TYPE_DOUBLE},
                 {.type = HL_TYPE_BOOL},
                 {.type = HL_TYPE_BYTES, .as.string = {"bytes", 5}}}};
    static const struct hl_wire_result results[] = {
        {.value = {.type = HL_TYPE_LONG}},
        {.value = {.type = HL_TYPE_STRING, .as.string = {"text", 4}}},
        {.value = {.type = HL_TYPE_VOID}},
        {.is_error = true, .code = 4, .message = {"message", 7}}};
    static const struct hl_wire_result bytes = {
        .value = {.type = HL_TYPE_BYTES, .as.string = {"bytes", 5}}};
    static const struct hl_wire_log log = {.message = {"message", 7},
                                           .source = {"source", 6},
                                           .caller = {"caller", 6},
                                           .file = {"file.c", 6},
                                           .level = 4};

    switch (which % 13) {
    case 0:
        FUZZ_BASE(golden_a);
        break;
    case 1:
        FUZZ_BASE(golden_b);
        break;
    case 2:
        FUZZ_BASE(golden_c);
        break;
    case 3:
        FUZZ_BASE(golden_d);
        break;
    case 4:
        FUZZ_BASE(golden_e);
        break;
    case 5:
        hl_wire_encode_call(&call, base->bytes, sizeof(base->bytes),
                            &base->size);
        break;
    case 6:
        hl_wire_encode_log(&log, base->bytes, sizeof(base->bytes), &base->size);
        break;
    case 11:
        hl_wire_encode_call_external(&call, base->bytes, sizeof(base->bytes),
                                     &base->size);
        break;
    case 12:
        hl_wire_encode_result_external(&bytes, base->bytes, sizeof(base->bytes),
                                       &base->size);
        break;
    default:
        hl_wire_encode_result(&results[which % 13 - 7], base->bytes,
                              sizeof(base->bytes), &base->size);
        break;
    }
}

/*
 * The message that the input stands for, with nothing to be had around it.
 * The first byte says how the rest is read: 0 as the message; 1 as the message
 * behind a size prefix that is right; else as changes to a base message, three
 * bytes each: where, what, and how (replace, add, exclusive or).
 */
static inline const uint8_t *fuzz_message(const uint8_t *data, size_t *size)
{
    /* The sanitizer lets nobody touch a byte around the message. */
    static uint8_t room[FUZZ_BUFFER + 128] __attribute__((aligned(8)));
    uint8_t *message = room + 64;
    struct fuzz_base base;

    if (*size == 0 || *size > FUZZ_BUFFER)
        return NULL;
    *size -= 1;
    if (data[0] > 1) {
        fuzz_base_make(data[0], &base);
        for (size_t i = 1; i + 2 <= *size; i += 3) {
            size_t at = (data[i] * 2u + (data[i + 2] & 1)) % base.size;

            if (data[i + 2] & 2)
                base.bytes[at] = data[i + 1];
            else if (data[i + 2] & 4)
                base.bytes[at] = (uint8_t)(base.bytes[at] + data[i + 1]);
            else
                base.bytes[at] ^= data[i + 1];
        }
        *size = base.size;
    }
    ASAN_POISON_MEMORY_REGION(room, 64);
    ASAN_POISON_MEMORY_REGION(message + *size / 8 * 8, 64);
    ASAN_UNPOISON_MEMORY_REGION(message, *size);
    memcpy(message, data[0] > 1 ? base.bytes : data + 1, *size);
    if (data[0] == 1 && *size >= 4) {
        uint32_t prefix = (uint32_t)(*size - 4);

        memcpy(message, &prefix, sizeof(prefix));
    }
    return message;
}

/* The len bytes at data, with tail bytes more, lie in the message or are the
 * empty constant. */
static inline bool fuzz_inside(const uint8_t *message, size_t size,
                               const void *data, size_t len, size_t tail)
{
    size_t at = (size_t)((uintptr_t)data - (uintptr_t)message);

    if (at <= size && len <= size - at && tail <= size - at - len)
        return true;
    return len == 0 && data != NULL && (tail == 0 || *(const char *)data == 0);
}

static inline bool fuzz_string_good(const uint8_t *message, size_t size,
                                    hl_string string)
{
    return fuzz_inside(message, size, string.data, string.len, 1) &&
           string.data[string.len] == 0 &&
           hl_wire_utf8_valid(string.data, string.len);
}

static inline bool fuzz_value_good(const uint8_t *message, size_t size,
                                   const hl_value *value)
{
    if (value->type == HL_TYPE_STRING)
        return fuzz_string_good(message, size, value->as.string);
    if (value->type == HL_TYPE_BYTES || value->type == HL_TYPE_CHUNKS)
        return fuzz_inside(message, size, value->as.bytes.data,
                           value->as.bytes.len, 0);
    if (value->type == HL_TYPE_BOOL)
        return value->as.u64 <= 1;
    return value->type >= HL_TYPE_INT && value->type <= HL_TYPE_VOID;
}

static inline bool fuzz_strings_equal(hl_string left, hl_string right)
{
    return left.len == right.len &&
           (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
}

static inline bool fuzz_values_equal(const hl_value *left,
                                     const hl_value *right)
{
    if (left->type != right->type)
        return false;
    if (left->type == HL_TYPE_STRING)
        return fuzz_strings_equal(left->as.string, right->as.string);
    if (left->type == HL_TYPE_BYTES || left->type == HL_TYPE_CHUNKS)
        return left->as.bytes.len == right->as.bytes.len &&
               (left->as.bytes.len == 0 ||
                memcmp(left->as.bytes.data, right->as.bytes.data,
                       left->as.bytes.len) == 0);
    /* Decoders write all of a number's word. */
    return left->type == HL_TYPE_VOID || left->as.u64 == right->as.u64;
}

static inline bool fuzz_calls_equal(const struct hl_wire_call *left,
                                    const struct hl_wire_call *right)
{
    if (left->kind != right->kind || left->returns != right->returns ||
        left->count != right->count ||
        !fuzz_strings_equal(left->name, right->name))
        return false;
    for (uint32_t i = 0; i < left->count; i++)
        if (!fuzz_values_equal(&left->args[i], &right->args[i]))
            return false;
    return true;
}

static inline bool fuzz_results_equal(const struct hl_wire_result *left,
                                      const struct hl_wire_result *right)
{
    if (left->is_error != right->is_error)
        return false;
    if (left->is_error)
        return left->code == right->code &&
               fuzz_strings_equal(left->message, right->message);
    return fuzz_values_equal(&left->value, &right->value);
}

#endif /* WIRE_FUZZ_H */
