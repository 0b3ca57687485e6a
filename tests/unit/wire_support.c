/* SPDX-License-Identifier: MIT */
#include "wire_support.h"
#include "wire_examples.h"
#include "wire/view.h"

#include <stdlib.h>

#define GOLDEN(name, array) {name, array, sizeof(array)}
const struct wire_golden wire_goldens[GOLDEN_COUNT] = {
    [GOLDEN_A] = GOLDEN("A", golden_a), [GOLDEN_B] = GOLDEN("B", golden_b),
    [GOLDEN_C] = GOLDEN("C", golden_c), [GOLDEN_D] = GOLDEN("D", golden_d),
    [GOLDEN_E] = GOLDEN("E", golden_e),
};

bool wire_golden_is_call(int index)
{
    return index == GOLDEN_A || index == GOLDEN_D;
}

/* --- exact-size copies ---------------------------------------------------- */

static uint8_t *copy_block;
static const uint8_t *copy;
static size_t copy_size;

void wire_try_end(void)
{
    free(copy_block);
    copy_block = NULL;
}

static void copy_make(const void *message, size_t size, unsigned shift)
{
    wire_try_end();
    copy_block = malloc(size + shift == 0 ? 1 : size + shift);
    assert_non_null(copy_block);
    if (size != 0)
        memcpy(copy_block + shift, message, size);
    copy = copy_block + shift;
    copy_size = size;
}

/* Inside the copy, with tail bytes more; or empty, which may be a constant. */
static void inside_assert(const void *data, size_t len, size_t tail)
{
    uintptr_t at = (uintptr_t)data - (uintptr_t)copy;

    assert_non_null(data);
    if (at <= copy_size && len + tail <= copy_size - at)
        return;
    assert_int_equal(len, 0);
    if (tail != 0)
        assert_int_equal(*(const char *)data, 0);
}

static void string_assert(hl_string string)
{
    inside_assert(string.data, string.len, 1);
    assert_int_equal(string.data[string.len], 0);
    assert_true(hl_wire_utf8_valid(string.data, string.len));
}

static void value_assert(const hl_value *value)
{
    assert_in_range(value->type, HL_TYPE_INT, HL_TYPE_VOID);
    if (value->type == HL_TYPE_STRING)
        string_assert(value->as.string);
    else if (value->type == HL_TYPE_BYTES)
        inside_assert(value->as.bytes.data, value->as.bytes.len, 0);
    else if (value->type == HL_TYPE_BOOL)
        assert_in_range(value->as.u64, 0, 1);
}

enum hl_wire_error wire_try_call(const void *message, size_t size,
                                 unsigned shift, struct hl_wire_call *out)
{
    static struct hl_wire_call other;
    enum hl_wire_error error, rules;

    copy_make(message, size, shift);
    error = hl_wire_decode_call(copy, size, out);
    rules = hl_wire_call_verify(copy, size, false, &other);
    assert_int_equal(error, rules);
    if (size != 0)
        assert_memory_equal(copy, message, size);
    if (error != HL_WIRE_OK)
        return error;
    assert_true(wire_calls_equal(out, &other));
    assert_in_range(out->count, 0, HL_WIRE_ARGS_MAX);
    assert_in_range(out->kind, HL_WIRE_CALL_GUEST, HL_WIRE_CALL_HOST);
    assert_in_range(out->returns, HL_TYPE_INT, HL_TYPE_VOID);
    string_assert(out->name);
    for (uint32_t i = 0; i < out->count; i++) {
        value_assert(&out->args[i]);
        assert_int_not_equal(out->args[i].type, HL_TYPE_VOID);
    }
    return error;
}

enum hl_wire_error wire_try_result(const void *message, size_t size,
                                   unsigned shift, struct hl_wire_result *out)
{
    struct hl_wire_result other;
    enum hl_wire_error error, rules;

    copy_make(message, size, shift);
    error = hl_wire_decode_result(copy, size, out);
    rules = hl_wire_result_verify(copy, size, false, &other);
    assert_int_equal(error, rules);
    if (size != 0)
        assert_memory_equal(copy, message, size);
    if (error != HL_WIRE_OK)
        return error;
    assert_true(wire_results_equal(out, &other));
    if (out->is_error) {
        assert_in_range(out->code, HL_ERR_NONE, HL_ERR_HOST);
        string_assert(out->message);
    } else {
        value_assert(&out->value);
    }
    return error;
}

enum hl_wire_error wire_try_log(const void *message, size_t size,
                                unsigned shift, struct hl_wire_log *out)
{
    enum hl_wire_error error;

    copy_make(message, size, shift);
    error = hl_wire_decode_log(copy, size, out);
    if (size != 0)
        assert_memory_equal(copy, message, size);
    if (error != HL_WIRE_OK)
        return error;
    assert_in_range(out->level, 0, WIRE_LOG_LEVEL_MAX);
    string_assert(out->message);
    string_assert(out->source);
    string_assert(out->caller);
    string_assert(out->file);
    return error;
}

/* --- comparisons ---------------------------------------------------------- */

bool wire_strings_equal(hl_string left, hl_string right)
{
    return left.len == right.len &&
           (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
}

/* The bits of a number's value, so many as its type has. */
static uint64_t value_bits(const hl_value *value)
{
    switch (value->type) {
    case HL_TYPE_INT:
    case HL_TYPE_UINT:
    case HL_TYPE_FLOAT:
        return value->as.u32;
    case HL_TYPE_BOOL:
        return value->as.boolean;
    case HL_TYPE_VOID:
        return 0;
    default:
        return value->as.u64;
    }
}

bool wire_values_equal(const hl_value *left, const hl_value *right)
{
    if (left->type != right->type)
        return false;
    if (left->type == HL_TYPE_STRING)
        return wire_strings_equal(left->as.string, right->as.string);
    if (left->type == HL_TYPE_BYTES || left->type == HL_TYPE_CHUNKS)
        return left->as.bytes.len == right->as.bytes.len &&
               (left->as.bytes.len == 0 ||
                memcmp(left->as.bytes.data, right->as.bytes.data,
                       left->as.bytes.len) == 0);
    return value_bits(left) == value_bits(right);
}

bool wire_calls_equal(const struct hl_wire_call *left,
                      const struct hl_wire_call *right)
{
    if (left->kind != right->kind || left->returns != right->returns ||
        left->count != right->count ||
        !wire_strings_equal(left->name, right->name))
        return false;
    for (uint32_t i = 0; i < left->count; i++)
        if (!wire_values_equal(&left->args[i], &right->args[i]))
            return false;
    return true;
}

bool wire_results_equal(const struct hl_wire_result *left,
                        const struct hl_wire_result *right)
{
    if (left->is_error != right->is_error)
        return false;
    if (left->is_error)
        return left->code == right->code &&
               wire_strings_equal(left->message, right->message);
    return wire_values_equal(&left->value, &right->value);
}

/* --- making messages ------------------------------------------------------ */

struct hl_wire_call wire_call_of(hl_value value)
{
    struct hl_wire_call call = {
        .name = TEXT("function"),
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_VOID,
        .count = 1,
    };

    call.args[0] = value;
    return call;
}

struct hl_wire_result wire_result_of(hl_value value)
{
    return (struct hl_wire_result){.value = value};
}

void wire_put(uint8_t *message, size_t at, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        message[at + i] = (uint8_t)(value >> (8 * i));
}

uint64_t wire_get(const uint8_t *message, size_t at, size_t width)
{
    uint64_t value = 0;

    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)message[at + i] << (8 * i);
    return value;
}

uint64_t wire_random(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9E3779B97F4A7C15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 31;
}
