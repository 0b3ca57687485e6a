/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 B8 P6.3 */
/*
 * Every way to refuse a message: one field of a worked example (abi §6.6) is
 * changed, and the error must be the one for it.
 */
#include "wire_support.h"

#include <stdlib.h>

struct patch {
    const char *what;
    int golden;
    size_t at;
    size_t width;
    uint64_t value;
    enum hl_wire_error error;
};

/* Example A: FunctionCall 14, vtable 0a; vector 24; Parameter 34, vtable 2c;
 * hlstring 48, vtable 42; its text 50; name 58. */
static const struct patch call_patches[] = {
    {"prefix 0", GOLDEN_A, 0x00, 4, 0, HL_WIRE_TRUNCATED},
    {"prefix 3", GOLDEN_A, 0x00, 4, 3, HL_WIRE_TRUNCATED},
    {"prefix one too long", GOLDEN_A, 0x00, 4, 0x65, HL_WIRE_TRUNCATED},
    {"prefix near wrap", GOLDEN_A, 0x00, 4, 0xFFFFFFFC, HL_WIRE_TRUNCATED},
    {"prefix at wrap", GOLDEN_A, 0x00, 4, 0xFFFFFFFF, HL_WIRE_TRUNCATED},
    {"prefix without a table", GOLDEN_A, 0x00, 4, 4, HL_WIRE_OFFSET_RANGE},
    {"root to itself", GOLDEN_A, 0x04, 4, 0, HL_WIRE_OFFSET_RANGE},
    {"root outside", GOLDEN_A, 0x04, 4, 0x64, HL_WIRE_OFFSET_RANGE},
    {"root unaligned", GOLDEN_A, 0x04, 4, 0x11, HL_WIRE_ALIGNMENT},
    {"root unaligned by 2", GOLDEN_A, 0x04, 4, 0x12, HL_WIRE_ALIGNMENT},
    {"vtable before", GOLDEN_A, 0x14, 4, 0x16, HL_WIRE_OFFSET_RANGE},
    {"vtable at the end", GOLDEN_A, 0x14, 4, 0xFFFFFFAE, HL_WIRE_OFFSET_RANGE},
    {"vtable far behind", GOLDEN_A, 0x14, 4, 0x80000000, HL_WIRE_OFFSET_RANGE},
    {"vtable far before", GOLDEN_A, 0x14, 4, 0x7FFFFFFF, HL_WIRE_OFFSET_RANGE},
    {"vtable unaligned", GOLDEN_A, 0x14, 4, 0x0B, HL_WIRE_ALIGNMENT},
    {"vtable is the table", GOLDEN_A, 0x14, 4, 0, HL_WIRE_VTABLE},
    {"vtable length 0", GOLDEN_A, 0x0A, 2, 0, HL_WIRE_VTABLE},
    {"vtable length 2", GOLDEN_A, 0x0A, 2, 2, HL_WIRE_VTABLE},
    {"vtable length odd", GOLDEN_A, 0x0A, 2, 11, HL_WIRE_VTABLE},
    {"vtable too long", GOLDEN_A, 0x0A, 2, 0x60, HL_WIRE_OFFSET_RANGE},
    {"vtable longest", GOLDEN_A, 0x0A, 2, 0xFFFE, HL_WIRE_OFFSET_RANGE},
    {"table size 3", GOLDEN_A, 0x0C, 2, 3, HL_WIRE_VTABLE},
    {"table outside", GOLDEN_A, 0x0C, 2, 0x55, HL_WIRE_OFFSET_RANGE},
    {"table largest", GOLDEN_A, 0x0C, 2, 0xFFFF, HL_WIRE_OFFSET_RANGE},
    {"name missing", GOLDEN_A, 0x0E, 2, 0, HL_WIRE_REQUIRED},
    {"name over the way back", GOLDEN_A, 0x0E, 2, 2, HL_WIRE_FIELD_RANGE},
    {"name behind the table", GOLDEN_A, 0x0E, 2, 13, HL_WIRE_FIELD_RANGE},
    {"name far behind", GOLDEN_A, 0x0E, 2, 0xFFFF, HL_WIRE_FIELD_RANGE},
    {"name unaligned", GOLDEN_A, 0x0E, 2, 9, HL_WIRE_ALIGNMENT},
    {"parameters behind", GOLDEN_A, 0x10, 2, 13, HL_WIRE_FIELD_RANGE},
    {"kind behind the table", GOLDEN_A, 0x12, 2, 16, HL_WIRE_FIELD_RANGE},
    {"kind absent", GOLDEN_A, 0x12, 2, 0, HL_WIRE_ENUM},
    {"kind none", GOLDEN_A, 0x1B, 1, 0, HL_WIRE_ENUM},
    {"kind unknown", GOLDEN_A, 0x1B, 1, 3, HL_WIRE_ENUM},
    {"kind 255", GOLDEN_A, 0x1B, 1, 255, HL_WIRE_ENUM},
    {"returns behind", GOLDEN_D, 0x12, 2, 16, HL_WIRE_FIELD_RANGE},
    {"returns unknown", GOLDEN_D, 0x1B, 1, 10, HL_WIRE_ENUM},
    {"returns 255", GOLDEN_D, 0x1B, 1, 255, HL_WIRE_ENUM},
    {"name to itself", GOLDEN_A, 0x1C, 4, 0, HL_WIRE_OFFSET_RANGE},
    {"name outside", GOLDEN_A, 0x1C, 4, 0x4C, HL_WIRE_OFFSET_RANGE},
    {"name wraps", GOLDEN_A, 0x1C, 4, 0xFFFFFFFC, HL_WIRE_OFFSET_RANGE},
    {"name length unaligned", GOLDEN_A, 0x1C, 4, 0x3D, HL_WIRE_ALIGNMENT},
    {"name longest", GOLDEN_A, 0x58, 4, 0xFFFFFFFF, HL_WIRE_OFFSET_RANGE},
    {"name up to the end", GOLDEN_A, 0x58, 4, 12, HL_WIRE_OFFSET_RANGE},
    {"name one longer", GOLDEN_A, 0x58, 4, 13, HL_WIRE_OFFSET_RANGE},
    {"name without NUL", GOLDEN_A, 0x58, 4, 8, HL_WIRE_STRING_NUL},
    {"name not UTF-8", GOLDEN_A, 0x5C, 1, 0xFF, HL_WIRE_UTF8},
    {"vector to itself", GOLDEN_A, 0x20, 4, 0, HL_WIRE_OFFSET_RANGE},
    {"vector unaligned", GOLDEN_A, 0x20, 4, 6, HL_WIRE_ALIGNMENT},
    {"33 parameters", GOLDEN_A, 0x24, 4, 33, HL_WIRE_TOO_MANY_ARGS},
    {"most parameters", GOLDEN_A, 0x24, 4, 0xFFFFFFFF, HL_WIRE_TOO_MANY_ARGS},
    {"list outside", GOLDEN_A, 0x24, 4, 17, HL_WIRE_OFFSET_RANGE},
    {"list wraps", GOLDEN_A, 0x24, 4, 0x40000001, HL_WIRE_TOO_MANY_ARGS},
    {"parameter outside", GOLDEN_A, 0x28, 4, 0x40, HL_WIRE_OFFSET_RANGE},
    {"parameter wraps", GOLDEN_A, 0x28, 4, 0xFFFFFFD8, HL_WIRE_OFFSET_RANGE},
    {"parameter unaligned", GOLDEN_A, 0x28, 4, 0x0E, HL_WIRE_ALIGNMENT},
    {"parameter is a vtable", GOLDEN_A, 0x28, 4, 4, HL_WIRE_OFFSET_RANGE},
    {"union without tag field", GOLDEN_A, 0x30, 2, 0, HL_WIRE_UNION},
    {"union tag behind", GOLDEN_A, 0x30, 2, 14, HL_WIRE_FIELD_RANGE},
    {"union without value", GOLDEN_A, 0x32, 2, 0, HL_WIRE_UNION},
    {"union missing", GOLDEN_A, 0x30, 4, 0, HL_WIRE_REQUIRED},
    {"union value behind", GOLDEN_A, 0x32, 2, 11, HL_WIRE_FIELD_RANGE},
    {"union tag none", GOLDEN_A, 0x3B, 1, 0, HL_WIRE_UNION},
    {"union tag unknown", GOLDEN_A, 0x3B, 1, 10, HL_WIRE_UNION_TAG},
    {"union tag 255", GOLDEN_A, 0x3B, 1, 255, HL_WIRE_UNION_TAG},
    {"value outside", GOLDEN_A, 0x3C, 4, 0x2C, HL_WIRE_OFFSET_RANGE},
    {"value unaligned", GOLDEN_A, 0x3C, 4, 0x0A, HL_WIRE_ALIGNMENT},
    {"value vtable outside", GOLDEN_A, 0x48, 4, 0x49, HL_WIRE_OFFSET_RANGE},
    {"value behind its table", GOLDEN_A, 0x46, 2, 5, HL_WIRE_FIELD_RANGE},
    {"text outside", GOLDEN_A, 0x4C, 4, 0x1C, HL_WIRE_OFFSET_RANGE},
    {"text longest", GOLDEN_A, 0x50, 4, 0xFFFFFFFF, HL_WIRE_OFFSET_RANGE},
    {"text without NUL", GOLDEN_A, 0x50, 4, 1, HL_WIRE_STRING_NUL},
    {"text not UTF-8", GOLDEN_A, 0x54, 1, 0xC3, HL_WIRE_UTF8},
    {"text read as bytes", GOLDEN_A, 0x3B, 1, 9, HL_WIRE_OK},
    /* Example D: hllong 44 with its value at 48, hlint 70. */
    {"long outside its table", GOLDEN_D, 0x40, 2, 11, HL_WIRE_FIELD_RANGE},
    {"long unaligned by 4", GOLDEN_D, 0x42, 2, 8, HL_WIRE_ALIGNMENT},
    {"int behind its table", GOLDEN_D, 0x6E, 2, 6, HL_WIRE_FIELD_RANGE},
};

/* Example B: FunctionCallResult 10, vtable 08; box 24, vtable 1c; hlint 38,
 * vtable 32. C: GuestError 28, vtable 20. E: buffer 30, vtable 28. */
static const struct patch result_patches[] = {
    {"prefix too long", GOLDEN_B, 0x00, 4, 0x3D, HL_WIRE_TRUNCATED},
    {"root outside", GOLDEN_B, 0x04, 4, 0x3C, HL_WIRE_OFFSET_RANGE},
    {"vtable odd", GOLDEN_B, 0x08, 2, 9, HL_WIRE_VTABLE},
    {"tag behind", GOLDEN_B, 0x0C, 2, 12, HL_WIRE_FIELD_RANGE},
    {"result behind", GOLDEN_B, 0x0E, 2, 9, HL_WIRE_FIELD_RANGE},
    {"result without tag", GOLDEN_B, 0x0C, 2, 0, HL_WIRE_UNION},
    {"result without value", GOLDEN_B, 0x0E, 2, 0, HL_WIRE_UNION},
    {"result missing", GOLDEN_B, 0x0C, 4, 0, HL_WIRE_REQUIRED},
    {"result tag none", GOLDEN_B, 0x17, 1, 0, HL_WIRE_UNION},
    {"result tag unknown", GOLDEN_B, 0x17, 1, 3, HL_WIRE_UNION_TAG},
    {"value tag none", GOLDEN_B, 0x2B, 1, 0, HL_WIRE_UNION},
    {"value tag unknown", GOLDEN_B, 0x2B, 1, 11, HL_WIRE_UNION_TAG},
    {"value tag 255", GOLDEN_B, 0x2B, 1, 255, HL_WIRE_UNION_TAG},
    {"value outside", GOLDEN_B, 0x2C, 4, 0x14, HL_WIRE_OFFSET_RANGE},
    {"number behind", GOLDEN_B, 0x36, 2, 5, HL_WIRE_FIELD_RANGE},
    {"long in a table of int", GOLDEN_B, 0x2B, 1, 3, HL_WIRE_FIELD_RANGE},
    {"void with a bad table", GOLDEN_B, 0x32, 2, 5, HL_WIRE_VTABLE},
    {"code behind", GOLDEN_C, 0x24, 2, 13, HL_WIRE_FIELD_RANGE},
    {"code unaligned", GOLDEN_C, 0x24, 2, 12, HL_WIRE_ALIGNMENT},
    {"message behind", GOLDEN_C, 0x26, 2, 17, HL_WIRE_FIELD_RANGE},
    {"message outside", GOLDEN_C, 0x2C, 4, 0x1C, HL_WIRE_OFFSET_RANGE},
    {"message without NUL", GOLDEN_C, 0x3C, 4, 3, HL_WIRE_STRING_NUL},
    {"message not UTF-8", GOLDEN_C, 0x40, 1, 0x80, HL_WIRE_UTF8},
    {"error table odd", GOLDEN_C, 0x20, 2, 7, HL_WIRE_VTABLE},
    {"buffer table odd", GOLDEN_E, 0x28, 2, 7, HL_WIRE_VTABLE},
    {"buffer size behind", GOLDEN_E, 0x2C, 2, 9, HL_WIRE_FIELD_RANGE},
    {"buffer size unaligned", GOLDEN_E, 0x2C, 2, 6, HL_WIRE_ALIGNMENT},
    {"buffer bytes behind", GOLDEN_E, 0x2E, 2, 9, HL_WIRE_FIELD_RANGE},
    {"buffer offset outside", GOLDEN_E, 0x38, 4, 0x0C, HL_WIRE_OFFSET_RANGE},
    {"buffer longest", GOLDEN_E, 0x3C, 4, 0xFFFFFFFF, HL_WIRE_OFFSET_RANGE},
    {"buffer one longer", GOLDEN_E, 0x3C, 4, 5, HL_WIRE_OFFSET_RANGE},
};

static void patch_apply(const struct patch *patch, uint8_t *message)
{
    memcpy(message, wire_goldens[patch->golden].bytes,
           wire_goldens[patch->golden].size);
    wire_put(message, patch->at, patch->value, patch->width);
}

static void error_assert(const char *what, enum hl_wire_error got,
                         enum hl_wire_error wanted)
{
    if (got != wanted)
        fail_msg("%s: '%s' instead of '%s'", what, hl_wire_error_text(got),
                 hl_wire_error_text(wanted));
}

static void B1_P6_3_each_fault_of_a_call_is_named(void **state)
{
    uint8_t message[256];
    struct hl_wire_call call;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(call_patches); i++) {
        const struct patch *patch = &call_patches[i];

        patch_apply(patch, message);
        error_assert(
            patch->what,
            wire_try_call(message, wire_goldens[patch->golden].size, 0, &call),
            patch->error);
    }
    wire_try_end();
}

static void B1_P6_3_each_fault_of_a_result_is_named(void **state)
{
    uint8_t message[256];
    struct hl_wire_result result;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(result_patches); i++) {
        const struct patch *patch = &result_patches[i];

        patch_apply(patch, message);
        error_assert(patch->what,
                     wire_try_result(message, wire_goldens[patch->golden].size,
                                     0, &result),
                     patch->error);
    }
    wire_try_end();
}

/* What a log message made of these may have wrong. Its layout is our own
 * writer's: vtable 08, table 18, texts from 30 on. */
static void B1_each_fault_of_a_log_is_named(void **state)
{
    static const struct patch patches[] = {
        {"prefix too long", 0, 0x00, 4, 0xFFFF, HL_WIRE_TRUNCATED},
        {"vtable odd", 0, 0x08, 2, 15, HL_WIRE_VTABLE},
        {"message missing", 0, 0x0C, 2, 0, HL_WIRE_REQUIRED},
        {"message behind", 0, 0x0C, 2, 25, HL_WIRE_FIELD_RANGE},
        {"source missing", 0, 0x0E, 2, 0, HL_WIRE_REQUIRED},
        {"level behind", 0, 0x10, 2, 28, HL_WIRE_FIELD_RANGE},
        {"level absent", 0, 0x10, 2, 0, HL_WIRE_OK},
        {"caller missing", 0, 0x12, 2, 0, HL_WIRE_REQUIRED},
        {"file missing", 0, 0x14, 2, 0, HL_WIRE_REQUIRED},
        {"line behind", 0, 0x16, 2, 25, HL_WIRE_FIELD_RANGE},
        {"line absent", 0, 0x16, 2, 0, HL_WIRE_OK},
        {"level unknown", 0, 0x30, 1, 7, HL_WIRE_ENUM},
        {"level 255", 0, 0x30, 1, 255, HL_WIRE_ENUM},
        {"message longest", 0, 0x34, 4, 0xFFFFFFFF, HL_WIRE_OFFSET_RANGE},
        {"message not UTF-8", 0, 0x38, 1, 0xC0, HL_WIRE_UTF8},
    };
    const struct hl_wire_log log = {.message = TEXT("message"),
                                    .source = TEXT("source"),
                                    .caller = TEXT("caller"),
                                    .file = TEXT("file.c"),
                                    .line = 7,
                                    .level = 6};
    uint8_t good[256], message[256];
    struct hl_wire_log out;
    size_t size;

    (void)state;
    assert_int_equal(hl_wire_encode_log(&log, good, sizeof(good), &size),
                     HL_WIRE_OK);
    for (size_t i = 0; i < COUNT_OF(patches); i++) {
        memcpy(message, good, size);
        wire_put(message, patches[i].at, patches[i].value, patches[i].width);
        error_assert(patches[i].what, wire_try_log(message, size, 0, &out),
                     patches[i].error);
    }
    wire_try_end();
}

/*
 * A call whose name lies before its list, so that the list can be the last
 * thing: vtable 08, table 18, name 28, list 30; count is at 30, slots from 34.
 */
static const uint8_t list_last[] = {
    0, 0, 0, 0, 0x14, 0, 0, 0, 12,   0, 16, 0, 4,    0, 8, 0, 12, 0, 13, 0,
    0, 0, 0, 0, 0x10, 0, 0, 0, 0x0C, 0, 0,  0, 0x10, 0, 0, 0, 1,  0, 0,  0,
    1, 0, 0, 0, 'f',  0, 0, 0, 0,    0, 0,  0, 2,    0, 0, 0, 4,  0, 0,  0};

static enum hl_wire_error list_try(size_t size, uint32_t count)
{
    uint8_t message[sizeof(list_last)];
    struct hl_wire_call call;

    memcpy(message, list_last, sizeof(message));
    wire_put(message, 0x00, size - 4, 4);
    wire_put(message, 0x30, count, 4);
    return wire_try_call(message, size, 0, &call);
}

static void B1_list_at_the_end_of_the_message(void **state)
{
    (void)state;
    assert_int_equal(list_try(0x34, 0), HL_WIRE_OK);
    for (size_t size = 0x34; size < 0x38; size++)
        assert_int_equal(list_try(size, 1), HL_WIRE_OFFSET_RANGE);
    /* The list is looked at before what its slots hold (2: unaligned). */
    assert_int_equal(list_try(0x3C, 2), HL_WIRE_ALIGNMENT);
    for (uint32_t count = 3; count <= HL_WIRE_ARGS_MAX; count++)
        assert_int_equal(list_try(0x3C, count), HL_WIRE_OFFSET_RANGE);
    wire_try_end();
}

/* A vtable may be the last thing: void, with its table before its vtable. */
static void B1_vtable_at_the_end_of_the_message(void **state)
{
    static const uint8_t nothing[] = {
        0x2c, 0, 0, 0, 0x04, 0, 0,  0, 0xf4, 0xff, 0xff, 0xff, 0, 0, 0, 1,
        0x0c, 0, 0, 0, 8,    0, 12, 0, 7,    0,    8,    0,    8, 0, 0, 0,
        0,    0, 0, 9, 4,    0, 0,  0, 0xfc, 0xff, 0xff, 0xff, 4, 0, 4, 0};
    uint8_t message[sizeof(nothing)];
    struct hl_wire_result result;

    (void)state;
    assert_int_equal(wire_try_result(nothing, sizeof(nothing), 0, &result),
                     HL_WIRE_OK);
    assert_int_equal(result.value.type, HL_TYPE_VOID);
    /* Two bytes further there is no room for one. */
    memcpy(message, nothing, sizeof(message));
    message[0x28] = 0xfa;
    assert_int_equal(wire_try_result(message, sizeof(message), 0, &result),
                     HL_WIRE_OFFSET_RANGE);
    memcpy(message, nothing, sizeof(message));
    message[0x2c] = 6;
    assert_int_equal(wire_try_result(message, sizeof(message), 0, &result),
                     HL_WIRE_OFFSET_RANGE);
    wire_try_end();
}

/* Eight bytes are a message, though none of any use. */
static void B1_shortest_message(void **state)
{
    static const uint8_t message[] = {4, 0, 0, 0, 4, 0, 0, 0};
    struct hl_wire_call call;
    struct hl_wire_result result;

    (void)state;
    assert_int_equal(wire_try_call(message, 8, 0, &call), HL_WIRE_OFFSET_RANGE);
    assert_int_equal(wire_try_result(message, 8, 0, &result),
                     HL_WIRE_OFFSET_RANGE);
    assert_int_equal(hl_wire_decode_call_external(message, 8, &call),
                     HL_WIRE_OFFSET_RANGE);
    assert_int_equal(hl_wire_decode_result_external(message, 8, &result),
                     HL_WIRE_OFFSET_RANGE);
    wire_try_end();
}

/* As our writer would lay it out if it could: one argument too many. */
static void B7_33_parameters_in_our_own_layout(void **state)
{
    struct hl_wire_call call = wire_call_of((hl_value){.type = HL_TYPE_INT});
    struct hl_wire_call *out = malloc(sizeof(*out));
    uint8_t message[2048] = {0};
    size_t size, at = 0xC0;

    (void)state;
    assert_non_null(out);
    assert_int_equal(
        hl_wire_encode_call(&call, message, sizeof(message), &size),
        HL_WIRE_OK);
    wire_put(message, 0x34, HL_WIRE_ARGS_MAX + 1, 4);
    for (size_t i = 0; i <= HL_WIRE_ARGS_MAX; i++, at += 24) {
        wire_put(message, 0x38 + 4 * i, at - (0x38 + 4 * i), 4);
        wire_put(message, at, at - 8, 4);
        wire_put(message, at + 4, (uint64_t)HL_TYPE_INT << 24, 4);
        wire_put(message, at + 8, 4, 4);
        wire_put(message, at + 12, at - 4, 4);
    }
    wire_put(message, 0x2C, at + 4 - 0x2C, 4);
    wire_put(message, at, 1ull << 32, 8);
    wire_put(message, at + 8, 'f', 8);
    wire_put(message, 0, at + 12, 4);
    assert_int_equal(wire_try_call(message, at + 16, 0, out),
                     HL_WIRE_TOO_MANY_ARGS);
    wire_try_end();
    free(out);
}

/* A string of this length that holds NULs is a string (abi §6.4). */
static void B8_embedded_nul_is_part_of_the_string(void **state)
{
    uint8_t message[256];
    struct hl_wire_call call;

    (void)state;
    memcpy(message, wire_goldens[GOLDEN_A].bytes, wire_goldens[GOLDEN_A].size);
    wire_put(message, 0x58, 11, 4);
    assert_int_equal(
        wire_try_call(message, wire_goldens[GOLDEN_A].size, 0, &call),
        HL_WIRE_OK);
    assert_true(wire_strings_equal(call.name, TEXT("HostPrint\0\0")));
    wire_try_end();
}

/* Codes that do not exist read as UnknownError (abi §8.2). */
static void unknown_error_codes_become_8(void **state)
{
    static const uint64_t unknown[] = {
        1, 9, 18, 31, 32, 33, 255, 0x100000004, 1ull << 63, UINT64_MAX};
    uint8_t message[256];
    struct hl_wire_result result;

    (void)state;
    memcpy(message, wire_goldens[GOLDEN_C].bytes, wire_goldens[GOLDEN_C].size);
#define CODE_CHECK(name, number, text)                                         \
    wire_put(message, 0x30, number, 8);                                        \
    assert_int_equal(                                                          \
        wire_try_result(message, wire_goldens[GOLDEN_C].size, 0, &result),     \
        HL_WIRE_OK);                                                           \
    assert_int_equal(result.code, number);
    HL_ERR_TABLE(CODE_CHECK)
#undef CODE_CHECK
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        wire_put(message, 0x30, unknown[i], 8);
        assert_int_equal(
            wire_try_result(message, wire_goldens[GOLDEN_C].size, 0, &result),
            HL_WIRE_OK);
        assert_int_equal(result.code, HL_ERR_UNKNOWN);
    }
    wire_try_end();
}

static void every_error_has_its_text(void **state)
{
    (void)state;
#define TEXT_CHECK(name, text)                                                 \
    assert_string_equal(hl_wire_error_text(HL_WIRE_##name), text);
    HL_WIRE_ERROR_TABLE(TEXT_CHECK)
#undef TEXT_CHECK
    assert_string_equal(hl_wire_error_text((enum hl_wire_error)15),
                        "unknown error");
    assert_string_equal(hl_wire_error_text((enum hl_wire_error)UINT32_MAX),
                        "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B1_P6_3_each_fault_of_a_call_is_named),
        cmocka_unit_test(B1_P6_3_each_fault_of_a_result_is_named),
        cmocka_unit_test(B1_each_fault_of_a_log_is_named),
        cmocka_unit_test(B1_list_at_the_end_of_the_message),
        cmocka_unit_test(B1_vtable_at_the_end_of_the_message),
        cmocka_unit_test(B1_shortest_message),
        cmocka_unit_test(B7_33_parameters_in_our_own_layout),
        cmocka_unit_test(B8_embedded_nul_is_part_of_the_string),
        cmocka_unit_test(unknown_error_codes_become_8),
        cmocka_unit_test(every_error_has_its_text),
    };

    return cmocka_run_group_tests_name("wire_errors", tests, NULL, NULL);
}
