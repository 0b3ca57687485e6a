/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B6 B8 P6.2
 *
 * Calls and results made of the input. P6.2: what was encoded decodes to the
 * same, by both ways to read. B6: a buffer of exactly the size suffices, one
 * byte less is refused and nothing behind the capacity is written. B8: text is
 * encoded if and only if it is UTF-8.
 *
 * max_len: 200
 */
#include "wire_fuzz.h"

/* The input as a source of numbers and bytes; zeros when it has ended. */
struct source {
    const uint8_t *data;
    size_t left;
};

static uint64_t number_take(struct source *source, size_t width)
{
    uint64_t value = 0;
    size_t n = width < source->left ? width : source->left;

    memcpy(&value, source->data, n);
    source->data += n;
    source->left -= n;
    return value;
}

static hl_bytes bytes_take(struct source *source)
{
    size_t len = (size_t)number_take(source, 1);
    hl_bytes bytes = {.data = source->data};

    bytes.len = len < source->left ? len : source->left;
    source->data += bytes.len;
    source->left -= bytes.len;
    return bytes;
}

/* good becomes false if the text is none. */
static hl_string string_take(struct source *source, bool *good)
{
    hl_bytes bytes = bytes_take(source);
    hl_string string = {.data = (const char *)bytes.data, .len = bytes.len};

    *good = *good && hl_wire_utf8_valid(string.data, string.len);
    return string;
}

static hl_value value_take(struct source *source, uint32_t types, bool *good)
{
    static const uint8_t widths[] = {0, 4, 4, 8, 8, 4, 8, 0, 1, 0, 0};
    hl_value value = {.type = 1 + (uint32_t)(number_take(source, 1) % types)};

    if (value.type == HL_TYPE_STRING)
        value.as.string = string_take(source, good);
    else if (value.type == HL_TYPE_BYTES)
        value.as.bytes = bytes_take(source);
    else
        value.as.u64 = number_take(source, widths[value.type]);
    if (value.type == HL_TYPE_BOOL)
        value.as.u64 &= 1;
    return value;
}

static void call_round(struct source *source)
{
    static uint8_t buffer[1 << 15], exact[1 << 15];
    static struct hl_wire_call call, other;
    bool good = true;
    enum hl_wire_error error;
    size_t size, again;

    memset(&call, 0, sizeof(call));
    call.kind = (uint8_t)(1 + number_take(source, 1) % 2);
    call.returns = (uint8_t)(1 + number_take(source, 1) % HL_TYPE_VOID);
    call.count = (uint32_t)(number_take(source, 1) % (HL_WIRE_ARGS_MAX + 1));
    call.name = string_take(source, &good);
    for (uint32_t i = 0; i < call.count; i++)
        call.args[i] = value_take(source, HL_TYPE_BYTES, &good);
    error = hl_wire_encode_call(&call, buffer, sizeof(buffer), &size);
    FUZZ_CHECK(error == (good ? HL_WIRE_OK : HL_WIRE_UTF8));
    if (!good)
        return;
    FUZZ_CHECK(hl_wire_decode_call(buffer, size, &other) == HL_WIRE_OK);
    FUZZ_CHECK(fuzz_calls_equal(&call, &other));
    FUZZ_CHECK(hl_wire_call_verify(buffer, size, false, &other) == HL_WIRE_OK);
    FUZZ_CHECK(fuzz_calls_equal(&call, &other));
    FUZZ_CHECK(hl_wire_encode_call(&call, exact, size - 1, &again) ==
               HL_WIRE_CAPACITY);
    exact[size] = 0x5A;
    FUZZ_CHECK(hl_wire_encode_call(&call, exact, size, &again) == HL_WIRE_OK);
    FUZZ_CHECK(again == size && memcmp(exact, buffer, size) == 0);
    FUZZ_CHECK(exact[size] == 0x5A);
}

static void result_round(struct source *source)
{
    static uint8_t buffer[1 << 12], exact[1 << 12];
    struct hl_wire_result result = {.is_error = number_take(source, 1) & 1};
    struct hl_wire_result other;
    bool good = true;
    enum hl_wire_error error;
    size_t size, again;

    if (result.is_error) {
        result.code = number_take(source, 1) % 32;
        result.message = string_take(source, &good);
    } else {
        result.value = value_take(source, HL_TYPE_VOID, &good);
    }
    error = hl_wire_encode_result(&result, buffer, sizeof(buffer), &size);
    FUZZ_CHECK(error == (good ? HL_WIRE_OK : HL_WIRE_UTF8));
    if (!good)
        return;
    FUZZ_CHECK(hl_wire_decode_result(buffer, size, &other) == HL_WIRE_OK);
    if (result.is_error && other.code == HL_ERR_UNKNOWN)
        result.code = HL_ERR_UNKNOWN;
    FUZZ_CHECK(fuzz_results_equal(&result, &other));
    FUZZ_CHECK(hl_wire_result_verify(buffer, size, false, &other) ==
               HL_WIRE_OK);
    FUZZ_CHECK(fuzz_results_equal(&result, &other));
    FUZZ_CHECK(hl_wire_encode_result(&result, exact, size - 1, &again) ==
               HL_WIRE_CAPACITY);
    exact[size] = 0x5A;
    FUZZ_CHECK(hl_wire_encode_result(&result, exact, size, &again) ==
               HL_WIRE_OK);
    FUZZ_CHECK(again == size && exact[size] == 0x5A);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {.data = data, .left = size};

    if (number_take(&source, 1) & 1)
        call_round(&source);
    else
        result_round(&source);
    return 0;
}
