/* SPDX-License-Identifier: MIT */
/* guarantees: B5 B6 B19 B20 B21 B27 */
/*
 * The loader at its edges: what lies just behind a table is not of it, what
 * ends where the file ends is still inside.
 */
#include <stdlib.h>
#include <string.h>

#include "elf_builder.h"

#include <hl/abi.h>

#include "elf_symbol.h"
#include "image.h"
#include "note.h"

static struct elf_builder b;
static struct elf_file file;
static struct image_problem problem;
static hl_error error;

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    return 0;
}

/* As opening does it, for the functions below. */
static void file_open(void)
{
    elf_builder_write(&b);
    assert_true(elf_open(&file, b.bytes, sizeof b.bytes, &problem));
    assert_true(elf_segments_verify(&file, &problem));
}

static uint8_t *loaded(void)
{
    uint8_t *memory = calloc(1, 0x4000);
    hl_image *image = NULL;

    assert_int_equal(
        hl_image_from_memory(&image, "guest", b.bytes, sizeof b.bytes, &error),
        HL_OK);
    assert_int_equal(image_load(image, 0x4000, memory, 0x4000, &error), HL_OK);
    hl_image_free(image);
    return memory;
}

static void B19_headers_behind_the_last_are_none(void **state)
{
    const Elf64_Phdr bogus[] = {
        {.p_type = PT_LOAD, .p_vaddr = 1, .p_memsz = UINT64_MAX},
        {.p_type = PT_LOAD,
         .p_vaddr = 0x100000,
         .p_offset = 0x1000,
         .p_filesz = 8,
         .p_memsz = 0x1000},
        {.p_type = PT_NOTE, .p_offset = UINT64_MAX, .p_filesz = 64},
        {.p_type = PT_TLS, .p_memsz = 8},
        {.p_type = PT_INTERP, .p_filesz = 8}};
    uint8_t *wanted;

    (void)state;
    elf_builder_write(&b);
    wanted = loaded();
    for (size_t i = 0; i < COUNT_OF(bogus); i++) {
        struct hl_image_segment segment;
        struct reports reports;
        hl_image *image = NULL;
        Elf64_Phdr p;
        uint8_t *got;

        memcpy(b.bytes + b.header.e_phoff + PH_COUNT * sizeof(Elf64_Phdr),
               &bogus[i], sizeof bogus[i]);
        got = loaded();
        assert_memory_equal(got + IN_CODE, wanted + IN_CODE, 0x4000 - IN_CODE);
        free(got);
        reports_collect(b.bytes, sizeof b.bytes, &reports);
        assert_int_equal(reports.count, 0);
        assert_int_equal(hl_image_from_memory(&image, "guest", b.bytes,
                                              sizeof b.bytes, &error),
                         HL_OK);
        assert_false(hl_image_segment_at(image, 3, &segment));
        hl_image_free(image);
        assert_true(elf_open(&file, b.bytes, sizeof b.bytes, &problem));
        assert_false(elf_segment_at(&file, 0x100008, &p));
    }
    free(wanted);
}

/* Segments that are not PT_LOAD are no memory, wherever they point. */
static void B19_other_segments_are_not_copied(void **state)
{
    Elf64_Phdr *other;
    uint8_t *wanted;
    uint8_t *got;

    (void)state;
    elf_builder_write(&b);
    wanted = loaded();
    other = elf_builder_phdr(&b, PT_GNU_EH_FRAME);
    other->p_vaddr = IN_DATA;
    other->p_offset = IN_CODE;
    other->p_filesz = other->p_memsz = 0x40;
    memset(b.bytes + IN_CODE, 0x90, 0x40);
    elf_builder_write(&b);
    got = loaded();
    assert_memory_equal(got + IN_DATA, wanted + IN_DATA, 0x4000 - IN_DATA);
    free(got);
    free(wanted);
}

/* An end that is the very last address does not wrap. */
static void B19_image_at_the_very_top_is_accepted(void **state)
{
    const uint64_t delta = UINT64_MAX - IMAGE_SPAN;

    (void)state;
    b.header.e_type = ET_EXEC;
    b.header.e_phnum = PH_DYNAMIC;
    for (int i = PH_TEXT_HEADERS; i <= PH_DATA; i++)
        b.phdr[i].p_vaddr += delta;
    b.header.e_entry += delta;
    hl_image_free(expect_opened(&b));
    b.phdr[PH_DATA].p_memsz++;
    expect_refused(&b, HL_FAIL_IMAGE, "wraps");
}

static void B19_shortest_files(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    expect_bytes_refused(ELFMAG, 4, HL_FAIL_IMAGE, "cut short: 4 of 64 bytes");
    b.notes_size = 0;
    elf_builder_sdk(&b, 1, 0, "0.1.0");
    image = expect_opened(&b);
    hl_image_get_info(image, &info);
    assert_true(info.has_hlkit_note); /* without any function */
    assert_null(hl_image_function_find(image, HL_NOTE_KIND_EXPORT, "", 0));
    hl_image_free(image);
    b.phdr[PH_NOTE].p_filesz = b.notes_size = 0;
    image = expect_opened(&b);
    assert_null(hl_image_function_find(image, HL_NOTE_KIND_EXPORT, "", 0));
    hl_image_free(image);
}

static void B19_relocations_behind_the_last_are_none(void **state)
{
    const Elf64_Rela bad = {0x2010, ELF64_R_INFO(1, R_X86_64_COPY), 1};
    const Elf64_Rela good = {0x2018, R_X86_64_RELATIVE, 0x1234};
    uint8_t *wanted;
    uint8_t *got;

    (void)state;
    elf_builder_write(&b);
    wanted = loaded();
    memcpy(b.bytes + IN_RELA + b.rela_count * sizeof bad, &bad, sizeof bad);
    free(loaded());
    memcpy(b.bytes + IN_RELA + b.rela_count * sizeof bad, &good, sizeof good);
    got = loaded();
    assert_memory_equal(got + IN_CODE, wanted + IN_CODE, 0x4000 - IN_CODE);
    free(got);
    free(wanted);
}

static void B19_segments_hold_their_own_addresses(void **state)
{
    uint64_t offset;
    Elf64_Phdr p;

    (void)state;
    elf_builder_phdr(&b, PT_GNU_STACK)->p_vaddr = 0x900000;
    b.phdr[PH_COUNT].p_memsz = 0x1000;
    b.phdr[PH_DATA].p_memsz = 0x1000;
    file_open();
    assert_true(elf_segment_at(&file, IN_CODE, &p));
    assert_int_equal(p.p_vaddr, IN_CODE);
    assert_true(elf_segment_at(&file, IN_CODE + 0xFF, &p));
    assert_false(elf_segment_at(&file, IN_CODE + 0x100, &p));
    assert_false(elf_segment_at(&file, 0x900000, &p));
    p = b.phdr[PH_DATA];
    assert_true(elf_offset_of(&file, IN_DATA, p.p_filesz, &offset, NULL));
    assert_false(elf_offset_of(&file, IN_DATA, p.p_filesz + 1, &offset, NULL));
    assert_true(elf_offset_of(&file, IN_DATA + p.p_filesz, 0, &offset, NULL));
    assert_int_equal(offset, p.p_offset + p.p_filesz);
    assert_false(elf_offset_of(&file, IN_DATA + p.p_filesz, 1, &offset, NULL));
    assert_false(
        elf_offset_of(&file, IN_DATA + p.p_filesz + 1, 0, &offset, NULL));
}

static void B6_ranges_end_with_the_file(void **state)
{
    const uint64_t size = sizeof b.bytes;

    (void)state;
    file_open();
    assert_true(elf_range_valid(&file, 0, size));
    assert_true(elf_range_valid(&file, size, 0));
    assert_false(elf_range_valid(&file, size + 1, 0));
    assert_false(elf_range_valid(&file, size, 1));
    assert_false(elf_range_valid(&file, 1, size));
    assert_false(elf_range_valid(&file, 8, UINT64_MAX - 4));
}

static void B19_sections_outside_are_none(void **state)
{
    struct elf_symbols symbols;
    Elf64_Shdr section;

    (void)state;
    file_open();
    assert_true(elf_section_at(&file, SH_COUNT - 1, &section));
    assert_false(elf_section_at(&file, SH_COUNT, &section));
    assert_false(elf_section_find(&file, ".nothing", SHT_SYMTAB, &section));
    elf_symbols_static(&file, &symbols);
    assert_int_equal(symbols.count, b.symtab_count);
    file.header.e_shoff = sizeof b.bytes - 8;
    assert_false(elf_section_at(&file, 0, &section));
    b.section[SH_STRINGS].sh_offset = sizeof b.bytes;
    b.section[SH_STRINGS].sh_size = 1;
    file_open();
    b.bytes[IN_SECTIONS + SH_STRINGS * sizeof section +
            offsetof(Elf64_Shdr, sh_size)] = 1;
    elf_symbols_static(&file, &symbols);
    assert_int_equal(symbols.count, 0);
}

/* The name must be there with its NUL before the table ends. */
static void B5_section_names_end_in_their_table(void **state)
{
    Elf64_Shdr *names = &b.section[SH_NAMES];
    Elf64_Shdr found;
    const char *last;

    (void)state;
    elf_builder_write(&b);
    last =
        (const char *)b.bytes + names->sh_offset + b.section[SH_DEBUG].sh_name;
    names->sh_size = b.section[SH_DEBUG].sh_name + strlen(last) + 1;
    file_open();
    assert_true(
        elf_section_find(&file, last, b.section[SH_DEBUG].sh_type, &found));
    names->sh_size--;
    file_open();
    assert_false(
        elf_section_find(&file, last, b.section[SH_DEBUG].sh_type, &found));
    names->sh_size = b.section[SH_DEBUG].sh_name - 1;
    file_open();
    assert_false(
        elf_section_find(&file, last, b.section[SH_DEBUG].sh_type, &found));
}

static void B19_dynamic_section_has_an_end(void **state)
{
    struct elf_dynamic dynamic;

    (void)state;
    elf_builder_dynamic(&b, DT_NUM, 5);
    elf_builder_dynamic(&b, -1, 5);
    file_open();
    assert_true(elf_dynamic_read(&file, &dynamic, &problem));
    memset(b.bytes + dynamic.entries.offset +
               dynamic.entries.count * sizeof(Elf64_Dyn),
           1, sizeof(Elf64_Dyn));
    assert_int_equal(
        elf_dynamic_at(&file, &dynamic, dynamic.entries.count).d_tag, DT_NULL);
}

static void B19_first_unknown_relocation_type(void **state)
{
    (void)state;
    elf_builder_rela(&b, 0x2000, 38, 0, 0);
    expect_refused(&b, HL_FAIL_IMAGE, "relocation type 38 at 0x2000: hosts");
}

static void B19_symbols_behind_the_table_are_none(void **state)
{
    struct elf_symbols symbols = {.offset = IN_SYMBOLS, .count = 1, .room = 1};
    char text[ELF_SYMBOL_TEXT_MAX];

    (void)state;
    elf_builder_symbol(&b, "name", STB_GLOBAL, SHN_UNDEF);
    file_open();
    symbols.strings = IN_STRINGS;
    symbols.strings_size = b.strings_size;
    elf_symbol_name(&file, &symbols, b.symbol_count - 1, text);
    assert_string_equal(text, "?");
    symbols.room = b.symbol_count - 1;
    elf_symbol_name(&file, &symbols, symbols.room, text);
    assert_string_equal(text, "?");
    symbols.room = b.symbol_count;
    elf_symbol_name(&file, &symbols, b.symbol_count - 1, text);
    assert_string_equal(text, "name");
}

static void B19_symbols_of_one_type_are_listed(void **state)
{
    struct elf_symbols symbols;
    struct elf_name_list list;

    (void)state;
    b.symtab_count = 0;
    memset(b.symtab, 0, sizeof b.symtab);
    b.symtab_count = 1;
    elf_builder_local(&b, "one", STT_TLS);
    elf_builder_local(&b, "other", STT_FUNC);
    elf_builder_local(&b, "two", STT_TLS);
    elf_builder_local(&b, "three", STT_TLS);
    file_open();
    elf_symbols_static(&file, &symbols);
    elf_symbols_of_type(&file, &symbols, STT_TLS, &list);
    assert_string_equal(list.text, "one, two, three");
    elf_name_list_add(&list, "four");
    elf_name_list_end(&list);
    assert_string_equal(list.text, "one, two, three and 1 more");
    symbols.count--; /* what is behind the count is not listed */
    elf_symbols_of_type(&file, &symbols, STT_TLS, &list);
    assert_string_equal(list.text, "one, two");
}

static void B21_text_of_a_message_is_printable(void **state)
{
    static const char odd[] = "\x1f~ !\x7f\x80";
    char text[ELF_SYMBOL_TEXT_MAX];

    (void)state;
    elf_builder_write(&b);
    memcpy(b.bytes + IN_STRINGS, odd, sizeof odd);
    assert_true(elf_open(&file, b.bytes, sizeof b.bytes, &problem));
    elf_text(&file, IN_STRINGS, sizeof odd, text);
    assert_string_equal(text, "?~?!"
                              "??");
}

/* The largest file there may be is not too large. */
static void B20_largest_file_is_looked_at(void **state)
{
    uint8_t *bytes = calloc(1, HL_IMAGE_SIZE_MAX);
    struct reports reports;

    (void)state;
    reports_collect(bytes, HL_IMAGE_SIZE_MAX, &reports);
    assert_int_equal(reports.count, 1);
    assert_string_equal(reports.of[0].problem, "not an ELF file");
    free(bytes);
}

/* ---- Notes ----------------------------------------------------------------
 */

static void B19_smallest_note_at_the_end(void **state)
{
    static const uint8_t bytes[12] = {[8] = 7};
    struct note_cursor cursor = {
        .bytes = bytes, .size = sizeof bytes, .alignment = 4};
    struct note note;

    (void)state;
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_FOUND);
    assert_int_equal(note.type, 7);
    assert_int_equal(cursor.position, 12);
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_END);
}

/* Four zeros are a gap only on the wrong half of eight bytes, where gaps are
 * allowed, and only if they are all there. */
static void B19_gaps_between_notes(void **state)
{
    static const uint8_t bytes[28] = {[4] = 0, [12] = 0, [24] = 9};
    struct note_cursor cursor = {
        .bytes = bytes, .size = sizeof bytes, .alignment = 4, .has_gaps = true};
    struct note note;

    (void)state;
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_FOUND);
    assert_int_equal(note.type, 0); /* at 0: zeros are a note */
    assert_int_equal(cursor.position, 12);
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_FOUND);
    assert_int_equal(note.type, 9); /* at 16 */
    cursor.has_gaps = false;
    cursor.position = 12;
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_FOUND);
    assert_int_equal(note.type, 0); /* at 12 */
    cursor.has_gaps = true;
    cursor.size = 16;
    cursor.position = 12; /* a gap and the end */
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_END);
    assert_int_equal(cursor.position, 16);
    cursor.size = 14;
    cursor.position = 12;
    assert_int_equal(note_cursor_next(&cursor, &note), NOTE_STEP_END);
    assert_int_equal(cursor.position, 12);
}

static void B27_owner_is_compared_with_its_end(void **state)
{
    const struct note bare = {.owner = (const uint8_t *)"hlkit\0\0",
                              .owner_size = 5};
    const struct note whole = {.owner = (const uint8_t *)"hlkit\0\0",
                               .owner_size = 6};

    (void)state;
    assert_false(note_is_of(&bare, "hlkit"));
    assert_true(note_is_of(&whole, "hlkit"));
}

static void B27_version_text_keeps_its_spaces(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    elf_builder_version(&b, "Hyperlight", 1, "0.1 \x1f", 5);
    elf_builder_function(&b, HL_NOTE_EXPORT, "a b",
                         signature_of(HL_TYPE_INT, HL_TYPE_NONE, HL_TYPE_NONE));
    image = expect_opened(&b);
    assert_non_null(
        hl_image_function_find(image, HL_NOTE_KIND_EXPORT, "a b", 3));
    hl_image_get_info(image, &info);
    assert_string_equal(info.version_note, "0.1 ?");
    hl_image_free(image);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(B19_headers_behind_the_last_are_none),
        TEST(B19_other_segments_are_not_copied),
        TEST(B19_image_at_the_very_top_is_accepted),
        TEST(B19_shortest_files),
        TEST(B19_relocations_behind_the_last_are_none),
        TEST(B19_segments_hold_their_own_addresses),
        TEST(B6_ranges_end_with_the_file),
        TEST(B19_sections_outside_are_none),
        TEST(B5_section_names_end_in_their_table),
        TEST(B19_dynamic_section_has_an_end),
        TEST(B19_first_unknown_relocation_type),
        TEST(B19_symbols_behind_the_table_are_none),
        TEST(B19_symbols_of_one_type_are_listed),
        TEST(B21_text_of_a_message_is_printable),
        TEST(B20_largest_file_is_looked_at),
        TEST(B19_smallest_note_at_the_end),
        TEST(B19_gaps_between_notes),
        TEST(B27_owner_is_compared_with_its_end),
        TEST(B27_version_text_keeps_its_spaces),
    };

    return cmocka_run_group_tests_name("image_edges", tests, NULL, NULL);
}
