/* SPDX-License-Identifier: MIT */
/* guarantees: B19 */
/* Signatures: text, codes, and which codes are refused. */
#include <string.h>

#include "image.h"
#include "test.h"

static void expect_text(const char *text, hl_signature signature)
{
    hl_signature parsed = 0;
    size_t name_len = 0;
    char name[64] = "", out[200];

    assert_true(hl_signature_parse(text, &name_len, &parsed));
    assert_int_equal(parsed, signature);
    assert_true(signature_is_valid(signature));
    memcpy(name, text, name_len);
    memset(out, '#', sizeof out);
    assert_int_equal(hl_signature_format(name, signature, out, sizeof out),
                     strlen(text));
    assert_string_equal(out, text);
}

static void texts_and_codes_agree(void **state)
{
    (void)state;
    expect_text("Nop()->Void", 0xa);
    expect_text("Add(Int,Int)->Int", 0x111);
    expect_text("f(Int,UInt,Long,ULong,Float,Double,String,Bool,VecBytes)"
                "->ULong",
                UINT64_C(0x9876543214));
    expect_text("eleven(Int,Int,Int,Int,Int,Int,Int,Int,Int,Int,VecBytes)"
                "->VecBytes",
                UINT64_C(0x911111111119));
    expect_text("gr\xc3\xbc\xc3\x9f"
                "e(String)->String",
                0x77);
}

static void other_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Add",
        "Add(",
        "Add()",
        "Add()->",
        "()->Int",
        "Add(Int",
        "Add(Int,",
        "Add(Int,)->Int",
        "Add(,Int)->Int",
        "Add(Int)",
        "Add(Int)Int",
        "Add(Int)-Int",
        "Add(Int)->",
        "Add(Int)->Int ",
        "Add(Int)->Integer",
        "Add(Int)->int",
        "Add(Int, Int)->Int",
        " Add(Int)->Int",
        "Add (Int)->Int",
        "Add(Void)->Int",
        "Add(Int)->Int()",
        "Ad,d()->Int",
        "Ad)d()->Int",
        "Ad\177d()->Int",
        "Ad\n()->Int",
        "Add(In)->Int",
        "Add(UINT)->Int",
        "Add(Int4)->Int",
        "Add(?)->Int",
        "Add({)->Int",
        "x(Int,Int,Int,Int,Int,Int,Int,Int,Int,Int,Int,Int)->Int",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        hl_signature signature = 77;
        size_t len = 77;

        if (hl_signature_parse(bad[i], &len, &signature))
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(signature, 77);
        assert_int_equal(len, 77);
    }
}

static void format_keeps_to_the_buffer(void **state)
{
    static const char text[] = "Add(Int,Int)->Int";
    char out[sizeof text + 1];

    (void)state;
    assert_int_equal(hl_signature_format("Add", 0x111, NULL, 0),
                     sizeof text - 1);
    for (size_t capacity = 1; capacity <= sizeof text; capacity++) {
        memset(out, '#', sizeof out);
        assert_int_equal(hl_signature_format("Add", 0x111, out, capacity),
                         sizeof text - 1);
        assert_memory_equal(out, text, capacity - 1);
        assert_int_equal(out[capacity - 1], 0);
        assert_int_equal(out[capacity], '#');
    }
}

static void codes_that_are_none_are_invalid(void **state)
{
    static const hl_signature bad[] = {
        0,   /* no return type */
        0xb, /* no such return type */
        0xf,
        0xa1,                      /* a Void parameter */
        0xb1,                      /* no such parameter type */
        0x101,                     /* a hole */
        UINT64_C(0x1000000000001), /* something behind the eleventh */
        UINT64_C(0x1111111111111), /* a twelfth */
        UINT64_C(0x8000000000000001),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(signature_is_valid(bad[i]));
}

static void types_have_names(void **state)
{
    char out[32];

    (void)state;
    assert_string_equal(hl_type_name(HL_TYPE_INT), "Int");
    assert_string_equal(hl_type_name(HL_TYPE_BYTES), "VecBytes");
    assert_string_equal(hl_type_name(HL_TYPE_VOID), "Void");
    assert_string_equal(hl_type_name(HL_TYPE_NONE), "?");
    assert_string_equal(hl_type_name((enum hl_type)11), "?");
    hl_signature_format("f", 0xfb, out, sizeof out);
    assert_string_equal(out, "f(?)->?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_codes_agree),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(format_keeps_to_the_buffer),
        cmocka_unit_test(codes_that_are_none_are_invalid),
        cmocka_unit_test(types_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
