/* SPDX-License-Identifier: MIT */
/* guarantees: B19 B27 */
/* hlkit's notes: exports, imports, what the SDK says of itself. */
#include "elf_builder.h"

#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>

#include "image.h"

#define VOID_VOID 0xa

static struct elf_builder b;

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    return 0;
}

/* A builder without notes. */
static int setup_bare(void **state)
{
    setup(state);
    b.notes_size = 0;
    b.phdr[PH_NOTE].p_filesz = 0;
    return 0;
}

static void expect_function(const hl_image *image, size_t index,
                            enum hl_note_kind kind, const char *name,
                            hl_signature signature)
{
    const struct hl_image_function *f = hl_image_function_at(image, index);

    assert_non_null(f);
    assert_int_equal(f->kind, kind);
    assert_string_equal(f->name, name);
    assert_int_equal(f->signature, signature);
    assert_ptr_equal(hl_image_function_find(image, kind, name, strlen(name)),
                     f);
}

static void functions_are_listed_sorted(void **state)
{
    hl_image *image;

    (void)state;
    elf_builder_function(&b, HL_NOTE_IMPORT_OPTIONAL, "zeta", VOID_VOID);
    elf_builder_function(&b, HL_NOTE_EXPORT, "\xc3\xa9t\xc3\xa9", 0x77);
    image = expect_opened(&b);
    assert_int_equal(hl_image_function_count(image), 4);
    expect_function(image, 0, HL_NOTE_KIND_EXPORT, "add", 0x111);
    expect_function(image, 1, HL_NOTE_KIND_EXPORT, "\xc3\xa9t\xc3\xa9", 0x77);
    expect_function(image, 2, HL_NOTE_KIND_IMPORT, "hl_get_time", 0x4);
    expect_function(image, 3, HL_NOTE_KIND_IMPORT_OPTIONAL, "zeta", VOID_VOID);
    assert_null(hl_image_function_at(image, 4));
    assert_null(hl_image_function_find(image, HL_NOTE_KIND_IMPORT, "add", 3));
    assert_null(hl_image_function_find(image, HL_NOTE_KIND_EXPORT, "ad", 2));
    assert_null(hl_image_function_find(image, HL_NOTE_KIND_EXPORT, "adx", 3));
    hl_image_free(image);
}

static void equal_functions_are_one(void **state)
{
    hl_image *image;

    (void)state;
    elf_builder_function(&b, HL_NOTE_IMPORT_OPTIONAL, "now", 0x4);
    elf_builder_function(&b, HL_NOTE_IMPORT, "now", 0x4);
    elf_builder_function(&b, HL_NOTE_IMPORT, "now", 0x4);
    elf_builder_function(&b, HL_NOTE_EXPORT, "add", 0x111);
    elf_builder_function(&b, HL_NOTE_EXPORT, "now", 0x1);
    image = expect_opened(&b);
    assert_int_equal(hl_image_function_count(image), 4);
    expect_function(image, 0, HL_NOTE_KIND_EXPORT, "add", 0x111);
    expect_function(image, 1, HL_NOTE_KIND_EXPORT, "now", 0x1);
    expect_function(image, 2, HL_NOTE_KIND_IMPORT, "hl_get_time", 0x4);
    expect_function(image, 3, HL_NOTE_KIND_IMPORT, "now", 0x4);
    hl_image_free(image);
}

/* An export and an import of one name are two functions, of any types. */
static void export_and_import_of_one_name_are_two(void **state)
{
    struct reports reports;
    hl_image *image;

    (void)state;
    elf_builder_function(&b, HL_NOTE_IMPORT, "f", 0x4);
    elf_builder_function(&b, HL_NOTE_EXPORT, "f", VOID_VOID);
    image = expect_opened(&b);
    assert_int_equal(hl_image_function_count(image), 2);
    expect_function(image, 0, HL_NOTE_KIND_EXPORT, "f", VOID_VOID);
    expect_function(image, 1, HL_NOTE_KIND_IMPORT, "f", 0x4);
    hl_image_free(image);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
}

static void B19_import_with_two_types_is_refused(void **state)
{
    static const char text[] =
        "now is imported twice, as ()->ULong and as (Int)->ULong";

    (void)state;
    elf_builder_function(&b, HL_NOTE_IMPORT, "now", 0x4);
    elf_builder_function(&b, HL_NOTE_IMPORT, "now", 0x14);
    expect_refused(&b, HL_FAIL_IMAGE, text);
    expect_rule(&b, "import-types", text);
    setup(NULL);
    elf_builder_function(&b, HL_NOTE_IMPORT, "now", 0x4);
    elf_builder_function(&b, HL_NOTE_IMPORT_OPTIONAL, "now", 0x14);
    expect_refused(&b, HL_FAIL_IMAGE, text);
    expect_rule(&b, "import-types", text);
}

static void B19_export_with_two_types_is_refused(void **state)
{
    (void)state;
    elf_builder_function(&b, HL_NOTE_EXPORT, "add", 0x113);
    expect_refused(&b, HL_FAIL_IMAGE,
                   "add is exported twice, as (Int,Int)->Int and as "
                   "(Int,Int)->Long");
    expect_rule(&b, "export-twice", "add is exported twice");
}

/* The order in the file does not matter to what is told. */
static void B19_two_types_are_told_in_their_own_order(void **state)
{
    (void)state;
    for (hl_signature first = 0x14; first <= 0x34; first += 0x20) {
        setup(NULL);
        elf_builder_function(&b, HL_NOTE_IMPORT, "now", first);
        elf_builder_function(&b, HL_NOTE_IMPORT, "now", 0x48 - first);
        expect_refused(
            &b, HL_FAIL_IMAGE,
            "now is imported twice, as (Int)->ULong and as (Long)->ULong");
    }
}

static void A4_export_given_twice_is_reported(void **state)
{
    (void)state;
    elf_builder_function(&b, HL_NOTE_EXPORT, "add", 0x111);
    hl_image_free(expect_opened(&b));
    expect_rule(&b, "export-twice", "add is exported twice");
}

static void A4_import_given_twice_alike_is_fine(void **state)
{
    struct reports reports;

    (void)state;
    elf_builder_function(&b, HL_NOTE_IMPORT, "hl_get_time", 0x4);
    elf_builder_function(&b, HL_NOTE_IMPORT_OPTIONAL, "hl_get_time", 0x4);
    elf_builder_function(&b, HL_NOTE_EXPORT, "hl_get_time", 0x4);
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
}

static void foreign_notes_are_ignored(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    elf_builder_note(&b, "GNU", 3, "\x01\x02\x03", 3);
    elf_builder_note(&b, "hlkit", 5, "later", 5); /* a type to come */
    elf_builder_note(&b, "hlkitX", 1, "x", 1);
    elf_builder_note(&b, "hlkiT", 1, "x", 1);
    elf_builder_note(&b, "", 0, "", 0);
    image = expect_opened(&b);
    hl_image_get_info(image, &info);
    assert_false(info.has_hlkit_note);
    assert_int_equal(hl_image_function_count(image), 0);
    hl_image_free(image);
}

static void function_notes_alone_mark_an_hlkit_image(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    elf_builder_function(&b, HL_NOTE_EXPORT, "f", VOID_VOID);
    image = expect_opened(&b);
    hl_image_get_info(image, &info);
    assert_true(info.has_hlkit_note);
    assert_null(info.sdk_version);
    hl_image_free(image);
}

static void last_note_needs_no_padding(void **state)
{
    hl_image *image;

    (void)state;
    elf_builder_function(&b, HL_NOTE_EXPORT, "f", VOID_VOID);
    b.phdr[PH_NOTE].p_filesz = 12 + 8 + 8 + 1;
    image = expect_opened(&b);
    expect_function(image, 0, HL_NOTE_KIND_EXPORT, "f", VOID_VOID);
    hl_image_free(image);
    /* nor is zero padding behind it a note */
    b.phdr[PH_NOTE].p_filesz = b.notes_size + 11;
    image = expect_opened(&b);
    assert_int_equal(hl_image_function_count(image), 1);
    hl_image_free(image);
}

/*
 * One segment of alignment 8 with notes of both kinds: hlkit's stay 4-aligned,
 * zeros fill up to the 8 bytes where the others start.
 */
static void segment_of_alignment_8_holds_both_kinds(void **state)
{
    static const uint8_t version[] = {
        0x0b, 0,   0,   0,   4,   0,   0,   0,   1, 0, 0,   0,   'H', 'y',
        'p',  'e', 'r', 'l', 'i', 'g', 'h', 't', 0, 0, '0', '.', '9', 0};
    hl_image *image;

    (void)state;
    elf_builder_function(&b, HL_NOTE_EXPORT, "four", VOID_VOID);     /* 32 */
    elf_builder_function(&b, HL_NOTE_EXPORT, "eight888", VOID_VOID); /* 36 */
    elf_builder_function(&b, HL_NOTE_EXPORT, "packed", VOID_VOID);   /* 36 */
    elf_builder_function(&b, HL_NOTE_EXPORT, "gap12345", VOID_VOID); /* 36 */
    b.notes_size += 4;
    memcpy(b.notes + b.notes_size, version, sizeof version);
    b.notes_size += sizeof version + 4;
    elf_builder_function(&b, HL_NOTE_EXPORT, "last", VOID_VOID);
    b.phdr[PH_NOTE].p_align = 8;
    image = expect_opened(&b);
    assert_int_equal(hl_image_function_count(image), 5);
    hl_image_free(image);
    /* the last one: no room for a whole word of filling */
    elf_builder_function(&b, HL_NOTE_EXPORT, "eight999", VOID_VOID);
    b.notes_size += 3;
    b.phdr[PH_NOTE].p_filesz = b.notes_size;
    image = expect_opened(&b);
    assert_int_equal(hl_image_function_count(image), 6);
    hl_image_free(image);
}

static void names_may_end_in_nul_bytes(void **state)
{
    uint8_t bytes[] = {10, 0, 0, 0, 0, 0, 0, 0, 'f', 'n', 0, 0};
    hl_image *image;

    (void)state;
    elf_builder_note(&b, "hlkit", HL_NOTE_EXPORT, bytes, sizeof bytes);
    image = expect_opened(&b);
    expect_function(image, 0, HL_NOTE_KIND_EXPORT, "fn", VOID_VOID);
    hl_image_free(image);
}

static void name_of_255_bytes_is_the_longest(void **state)
{
    char name[257];

    (void)state;
    memset(name, 'n', 256);
    name[255] = 0;
    elf_builder_function(&b, HL_NOTE_EXPORT, name, VOID_VOID);
    hl_image_free(expect_opened(&b));
    setup_bare(NULL);
    name[255] = 'n';
    name[256] = 0;
    elf_builder_function(&b, HL_NOTE_EXPORT, name, VOID_VOID);
    expect_refused(&b, HL_FAIL_IMAGE,
                   "hlkit note of type 1, 264 bytes: text is longer than 255");
}

static void B19_bad_names_are_refused(void **state)
{
    static const struct {
        const char *name;
        size_t size;
        const char *text;
    } rows[] = {
        {"", 0, "the function has no name"},
        {"\0\0", 2, "the function has no name"},
        {"a\0b", 3, "control characters"},
        {"a\nb", 3, "control characters"},
        {"\x1b[2J", 4, "control characters"},
        {"a\x7f", 2, "control characters"},
        {"a\xc2\x9b", 3, "control characters"},
        {"\xff", 1, "not valid UTF-8"},
        {"a\xc2", 2, "not valid UTF-8"},
        {"\xed\xa0\x80", 3, "not valid UTF-8"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t bytes[16] = {10};

        setup_bare(state);
        memcpy(bytes + 8, rows[i].name, rows[i].size);
        elf_builder_note(&b, "hlkit", HL_NOTE_IMPORT, bytes, 8 + rows[i].size);
        expect_refused(&b, HL_FAIL_IMAGE, rows[i].text);
        expect_rule(&b, "note", rows[i].text);
    }
    /* U+00A0, the first behind the controls, is fine */
    setup_bare(state);
    elf_builder_function(&b, HL_NOTE_IMPORT, "\xc2\xa0", VOID_VOID);
    hl_image_free(expect_opened(&b));
}

static void B19_short_descriptor_is_refused(void **state)
{
    (void)state;
    elf_builder_note(&b, "hlkit", HL_NOTE_IMPORT_OPTIONAL, "1234567", 7);
    expect_refused(&b, HL_FAIL_IMAGE,
                   "hlkit note of type 3, 7 bytes: shorter than 8 bytes");
    setup_bare(state);
    elf_builder_note(&b, "hlkit", HL_NOTE_SDK, "", 0);
    expect_refused(&b, HL_FAIL_IMAGE, "type 4, 0 bytes: shorter than 8 bytes");
}

static void B19_bad_signatures_are_refused(void **state)
{
    static const hl_signature bad[] = {0, 0xb, 0xa1, 0x101, UINT64_MAX};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        setup_bare(state);
        elf_builder_function(&b, HL_NOTE_EXPORT, "f", bad[i]);
        expect_refused(&b, HL_FAIL_IMAGE, "invalid type codes");
        expect_rule(&b, "note", "invalid type codes");
    }
}

/* Every size that runs over the end, in the header and by the segment. */
static void B19_overrunning_notes_are_refused(void **state)
{
    static const char text[] = "runs over the end of its segment";

    (void)state;
    elf_builder_function(&b, HL_NOTE_EXPORT, "function", VOID_VOID);
    for (size_t size = 12; size < 36; size++) {
        b.phdr[PH_NOTE].p_filesz = size;
        expect_refused(&b, HL_FAIL_IMAGE, text);
    }
    b.phdr[PH_NOTE].p_filesz = 11; /* a header cut short, not zero */
    expect_refused(&b, HL_FAIL_IMAGE, text);
    expect_rule(&b, "note", text);
    b.phdr[PH_NOTE].p_filesz = b.notes_size;
    memset(b.notes, 0xff, 4); /* owner size */
    expect_refused(&b, HL_FAIL_IMAGE, "the note at offset 0x400 runs over");
    setup(NULL);
    memset(b.notes + 4, 0xff, 4); /* descriptor size */
    expect_refused(&b, HL_FAIL_IMAGE, text);
}

static void B19_note_segments_outside_or_over_others_are_refused(void **state)
{
    Elf64_Phdr *again;

    (void)state;
    b.phdr[PH_NOTE].p_offset = IMAGE_SIZE;
    expect_refused(&b, HL_FAIL_IMAGE, "note segment 4 lies outside the file");
    setup(NULL);
    /* Segments may not claim more bytes together than the file has. */
    b.notes_size = 0;
    b.phdr[PH_NOTE].p_filesz = 0x200;
    again = elf_builder_phdr(&b, PT_NOTE);
    *again = b.phdr[PH_NOTE];
    hl_image_free(expect_opened(&b));
    again->p_offset = 1;
    again->p_filesz = IMAGE_SIZE - 0x1ff;
    expect_refused(&b, HL_FAIL_IMAGE,
                   "note segment 5 lies outside the file or "
                   "over another");
}

static void B27_sdk_note_says_abi_and_float(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    elf_builder_sdk(&b, 3, 1, "0.2.0-rc1");
    elf_builder_sdk(&b, 3, 1, "0.2.0-rc1");
    image = expect_opened(&b);
    hl_image_get_info(image, &info);
    assert_true(info.soft_float);
    assert_string_equal(info.sdk_version, "0.2.0-rc1");
    assert_int_equal(image_abi(image), 3);
    hl_image_free(image);
}

/* A guest of an ABI to come is refused, one that also knows ours is not. */
static void B27_unknown_abi_is_refused(void **state)
{
    (void)state;
    elf_builder_sdk(&b, 4, 0, "9");
    expect_refused(&b, HL_FAIL_IMAGE,
                   "the guest speaks ABIs 0x4; this host "
                   "knows 1 (stack) and 2 (virtqueues)");
    expect_rule(&b, "abi", "speaks ABIs 0x4");
    setup_bare(NULL);
    elf_builder_sdk(&b, 0, 0, "9");
    expect_refused(&b, HL_FAIL_IMAGE, "speaks ABIs 0;");
    setup_bare(NULL);
    elf_builder_sdk(&b, 6, 0, "9");
    hl_image_free(expect_opened(&b));
}

static void B27_unknown_float_is_refused(void **state)
{
    (void)state;
    elf_builder_sdk(&b, 1, 2, "9");
    expect_refused(&b, HL_FAIL_IMAGE, "unknown float variant");
    setup_bare(NULL);
    elf_builder_sdk(&b, 1, 0, "\x01");
    expect_refused(&b, HL_FAIL_IMAGE, "control characters");
}

static void B27_mixed_objects_are_refused(void **state)
{
    (void)state;
    elf_builder_sdk(&b, 1, 1, "0.1.0"); /* the first is sse2 */
    expect_refused(&b, HL_FAIL_IMAGE, "mixes objects of -mfloat=sse2 and");
    expect_rule(&b, "float", "mixes objects");
    setup(NULL);
    elf_builder_sdk(&b, 3, 0, "0.1.0");
    expect_refused(&b, HL_FAIL_IMAGE, "mixes objects for ABIs 0x1 and 0x3");
    expect_rule(&b, "abi", "mixes objects");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(functions_are_listed_sorted, setup),
        cmocka_unit_test_setup(equal_functions_are_one, setup),
        cmocka_unit_test_setup(export_and_import_of_one_name_are_two,
                               setup_bare),
        cmocka_unit_test_setup(B19_import_with_two_types_is_refused, setup),
        cmocka_unit_test_setup(B19_export_with_two_types_is_refused, setup),
        cmocka_unit_test_setup(B19_two_types_are_told_in_their_own_order,
                               setup),
        cmocka_unit_test_setup(A4_export_given_twice_is_reported, setup),
        cmocka_unit_test_setup(A4_import_given_twice_alike_is_fine, setup),
        cmocka_unit_test_setup(foreign_notes_are_ignored, setup_bare),
        cmocka_unit_test_setup(function_notes_alone_mark_an_hlkit_image,
                               setup_bare),
        cmocka_unit_test_setup(last_note_needs_no_padding, setup_bare),
        cmocka_unit_test_setup(segment_of_alignment_8_holds_both_kinds,
                               setup_bare),
        cmocka_unit_test_setup(names_may_end_in_nul_bytes, setup_bare),
        cmocka_unit_test_setup(name_of_255_bytes_is_the_longest, setup_bare),
        cmocka_unit_test_setup(B19_bad_names_are_refused, setup_bare),
        cmocka_unit_test_setup(B19_short_descriptor_is_refused, setup_bare),
        cmocka_unit_test_setup(B19_bad_signatures_are_refused, setup_bare),
        cmocka_unit_test_setup(B19_overrunning_notes_are_refused, setup_bare),
        cmocka_unit_test_setup(
            B19_note_segments_outside_or_over_others_are_refused, setup),
        cmocka_unit_test_setup(B27_sdk_note_says_abi_and_float, setup_bare),
        cmocka_unit_test_setup(B27_unknown_abi_is_refused, setup_bare),
        cmocka_unit_test_setup(B27_unknown_float_is_refused, setup_bare),
        cmocka_unit_test_setup(B27_mixed_objects_are_refused, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
