/* SPDX-License-Identifier: MIT */
/* guarantees: B19 */
/* The dynamic section, relocations, and loading. */
#include "elf_builder.h"

#include <stdlib.h>
#include <string.h>

#include "image.h"

static struct elf_builder b;

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    return 0;
}

static uint64_t word_at(const uint8_t *memory, size_t offset)
{
    uint64_t word;

    memcpy(&word, memory + offset, sizeof word);
    return word;
}

static void segments_are_copied_and_relocated(void **state)
{
    hl_image *image;
    uint8_t *memory = calloc(1, IMAGE_SPAN);

    (void)state;
    elf_builder_rela(&b, UINT64_MAX, R_X86_64_NONE, 0, 0); /* ignored */
    /* the last word of the image, unaligned addresses: legal */
    elf_builder_rela(&b, IMAGE_SPAN - 8, R_X86_64_RELATIVE, 0, 0x10);
    elf_builder_rela(&b, IN_DATA + 33, R_X86_64_RELATIVE, 0, 0x20);
    image = expect_opened(&b);
    assert_int_equal(image_load(image, 0x4000, memory, IMAGE_SPAN, NULL),
                     HL_OK);
    assert_int_equal(word_at(memory, IN_DATA), 0x4000 + IN_ENTRY);
    assert_int_equal(word_at(memory, IN_DATA + 16), 0x4000 - 8);
    assert_int_equal(word_at(memory, IN_DATA + 33), 0x4020);
    assert_int_equal(word_at(memory, IMAGE_SPAN - 8), 0x4010);
    assert_memory_equal(memory, b.bytes, IN_CODE + 0x100);
    /* nothing between and behind what the file has */
    for (size_t i = IN_CODE + 0x100; i < IN_DATA; i++)
        assert_int_equal(memory[i], 0);
    for (size_t i = IN_LOADED_END; i < IMAGE_SPAN - 8; i++)
        assert_int_equal(memory[i], 0);
    hl_image_free(image);
    free(memory);
}

/* Every memory that is too small is refused, and nothing behind it written. */
static void small_memory_is_refused(void **state)
{
    hl_image *image;
    hl_error error;

    (void)state;
    image = expect_opened(&b);
    for (size_t size = 0; size < IMAGE_SPAN; size += 61) {
        uint8_t *memory = calloc(1, size ? size : 1);

        assert_int_equal(image_load(image, 0x4000, memory, size, &error),
                         HL_FAIL_IMAGE);
        assert_non_null(strstr(error.message, "needs 12416 bytes of memory"));
        free(memory);
    }
    hl_image_free(image);
}

/* abi §1.1: without relocations an image may start anywhere. */
static void image_that_starts_high_is_loaded_from_its_start(void **state)
{
    uint8_t *memory = calloc(1, IMAGE_SPAN);
    hl_image *image;

    (void)state;
    b.header.e_phnum = PH_DYNAMIC;
    for (int i = PH_TEXT_HEADERS; i <= PH_DATA; i++)
        b.phdr[i].p_vaddr += 0x10000;
    b.header.e_entry += 0x10000;
    image = expect_opened(&b);
    assert_int_equal(image_entry(image), IN_ENTRY);
    assert_int_equal(image_memory_size(image), 0x4000);
    assert_int_equal(image_load(image, 0x4000, memory, IMAGE_SPAN, NULL),
                     HL_OK);
    assert_memory_equal(memory, b.bytes, IN_CODE + 0x100);
    hl_image_free(image);
    free(memory);
}

static void segment_without_file_bytes_is_zero(void **state)
{
    uint8_t *memory = calloc(1, 0x9000);
    Elf64_Phdr *bss = elf_builder_phdr(&b, PT_LOAD);
    hl_image *image;

    (void)state;
    bss->p_vaddr = 0x8000;
    bss->p_memsz = 0x1000;
    bss->p_offset = UINT64_MAX;
    image = expect_opened(&b);
    assert_int_equal(image_load(image, 0x4000, memory, 0x9000, NULL), HL_OK);
    assert_int_equal(word_at(memory, 0x8000), 0);
    hl_image_free(image);
    free(memory);
}

static void B19_relocated_image_must_start_at_zero(void **state)
{
    (void)state;
    /* Addresses move up by a page; the tables are found where they now are. */
    for (int i = PH_TEXT_HEADERS; i <= PH_DATA; i++)
        b.phdr[i].p_vaddr += 0x1000;
    b.header.e_entry += 0x1000;
    elf_builder_dynamic(&b, DT_RELA, IN_RELA + 0x1000);
    expect_refused(&b, HL_FAIL_IMAGE, "must start at address 0, not at 0x1000");
    expect_rule(&b, "base", "first segment is at 0x1000, not at 0");
}

static void B19_relocation_target_outside_is_refused(void **state)
{
    static const uint64_t bad[] = {IMAGE_SPAN - 7, IMAGE_SPAN, UINT64_MAX - 6,
                                   UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        elf_builder_init(&b);
        elf_builder_rela(&b, bad[i], R_X86_64_RELATIVE, 0, 0);
        expect_refused(&b, HL_FAIL_IMAGE,
                       "lies outside the image, which has "
                       "0x3080 bytes");
        expect_rule(&b, "relocation-range", "R_X86_64_RELATIVE at 0x");
    }
}

/* An image smaller than one word: no target fits, no subtraction wraps. */
static void B19_relocation_in_tiny_image_is_refused(void **state)
{
    (void)state;
    /* One segment of 7 bytes whose file bytes cannot hold a table ... */
    b.header.e_phnum = PH_DYNAMIC + 1;
    b.phdr[PH_CODE].p_type = PT_NULL;
    b.phdr[PH_DATA].p_type = PT_NULL;
    b.phdr[PH_TEXT_HEADERS].p_filesz = 7;
    b.phdr[PH_TEXT_HEADERS].p_memsz = 7;
    b.header.e_entry = 1;
    expect_refused(&b, HL_FAIL_IMAGE,
                   "DT_RELA table, 0x30 bytes at 0xa00, is "
                   "not inside a segment's file bytes");
    /* ... nor does any other. */
    elf_builder_dynamic(&b, DT_RELASZ, 0);
    hl_image_free(expect_opened(&b));
}

static void B19_relocation_without_addend_is_refused(void **state)
{
    (void)state;
    b.rel[0] = (Elf64_Rel){IN_DATA, ELF64_R_INFO(0, R_X86_64_NONE)};
    b.rel_count = 1;
    hl_image_free(expect_opened(&b));
    b.rel[1] = (Elf64_Rel){IN_DATA, ELF64_R_INFO(0, R_X86_64_RELATIVE)};
    b.rel_count = 2;
    expect_refused(&b, HL_FAIL_IMAGE,
                   "R_X86_64_RELATIVE at 0x2000 without addend");
    expect_rule(&b, "relocation", "without addend");
}

static void B19_other_relocations_are_refused(void **state)
{
    static const struct {
        uint32_t type;
        const char *rule;
        const char *text;
    } rows[] = {
        {R_X86_64_64, "relocation", "R_X86_64_64 of symbol puts at 0x2008"},
        {R_X86_64_PC32, "relocation", "R_X86_64_PC32"},
        {R_X86_64_COPY, "relocation", "R_X86_64_COPY of symbol puts"},
        {R_X86_64_GLOB_DAT, "relocation", "R_X86_64_GLOB_DAT of symbol puts"},
        {R_X86_64_JUMP_SLOT, "relocation", "R_X86_64_JUMP_SLOT"},
        {R_X86_64_32, "relocation", "R_X86_64_32 "},
        {R_X86_64_PC8, "relocation", "type 15 of symbol puts"},
        {R_X86_64_DTPMOD64, "tls", "R_X86_64_DTPMOD64"},
        {R_X86_64_DTPOFF64, "tls", "R_X86_64_DTPOFF64"},
        {R_X86_64_TPOFF64, "tls", "R_X86_64_TPOFF64 of symbol puts"},
        {R_X86_64_TLSDESC, "tls", "R_X86_64_TLSDESC"},
        {R_X86_64_IRELATIVE, "ifunc", "R_X86_64_IRELATIVE"},
        {UINT32_MAX, "relocation", "type 4294967295"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        elf_builder_init(&b);
        elf_builder_symbol(&b, "puts", STB_GLOBAL, 1);
        elf_builder_rela(&b, IN_DATA + 8, rows[i].type, 1, 0);
        expect_refused(&b, HL_FAIL_IMAGE, rows[i].text);
        expect_rule(&b, rows[i].rule, rows[i].text);
    }
}

static void A4_relocations_are_counted(void **state)
{
    (void)state;
    elf_builder_rela(&b, IN_DATA, R_X86_64_64, 0, 0);
    expect_rule(&b, "relocation",
                "1 relocation that hosts do not apply, "
                "first R_X86_64_64 at 0x2000");
    elf_builder_rela(&b, IN_DATA, R_X86_64_GLOB_DAT, 0, 0);
    expect_rule(&b, "relocation", "2 relocations that");
}

static void B19_plt_is_refused(void **state)
{
    (void)state;
    elf_builder_symbol(&b, "exit", STB_GLOBAL, 1);
    b.plt[0] = (Elf64_Rela){IN_DATA + 8,
                            ELF64_R_INFO(UINT64_C(1), R_X86_64_JUMP_SLOT), 0};
    b.plt_count = 1;
    expect_refused(&b, HL_FAIL_IMAGE, "PLT relocations (DT_JMPREL, 24 bytes)");
    expect_rule(&b, "plt", "R_X86_64_JUMP_SLOT of symbol exit at 0x2008");
    /* A table that cannot be read is named too. */
    elf_builder_dynamic(&b, DT_PLTRELSZ, 23);
    expect_rule(&b, "plt", "PLT relocations (DT_JMPREL, 23 bytes)");
}

static void A4_ifunc_in_plt_is_named_once(void **state)
{
    (void)state;
    elf_builder_local(&b, "memcpy_resolved", STT_GNU_IFUNC);
    b.plt[0] =
        (Elf64_Rela){IN_DATA + 8, ELF64_R_INFO(0, R_X86_64_IRELATIVE), 0x1000};
    b.plt_count = 1;
    expect_rule(&b, "ifunc", "memcpy_resolved, R_X86_64_IRELATIVE at 0x2008");
}

static void B19_packed_relocations_are_refused(void **state)
{
    (void)state;
    elf_builder_dynamic(&b, DT_RELR, IN_NOTES);
    elf_builder_dynamic(&b, DT_RELRSZ, 8);
    expect_refused(&b, HL_FAIL_IMAGE, "relocations (DT_RELR, 8 bytes)");
    expect_rule(&b, "relr", "DT_RELR, 8 bytes");
}

static void B19_malformed_tables_are_refused(void **state)
{
    static const struct {
        int64_t tag;
        uint64_t value;
        const char *text;
    } rows[] = {
        {DT_RELAENT, 23, "DT_RELA table has 0x30 bytes in entries of 0x17"},
        {DT_RELASZ, 49, "DT_RELA table has 0x31 bytes in entries of 0x18"},
        {DT_RELASZ, 24 * 1000, "DT_RELA table, 0x5dc0 bytes at 0xa00, is not"},
        {DT_RELA, IN_LOADED_END - 24, "DT_RELA table, 0x30 bytes at 0x23e8"},
        {DT_RELA, IMAGE_SPAN - 1, "DT_RELA table, 0x30 bytes at 0x307f"},
        {DT_RELA, UINT64_MAX, "DT_RELA table, 0x30 bytes at 0xffffffffffffff"},
        {DT_RELSZ, 16, "DT_REL table, 0x10 bytes at 0, is not"},
        {DT_RELSZ, 15, "DT_REL table has 0xf bytes in entries of 0x10"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        elf_builder_init(&b);
        elf_builder_dynamic(&b, rows[i].tag, rows[i].value);
        expect_refused(&b, HL_FAIL_IMAGE, rows[i].text);
        expect_rule(&b, "dynamic", rows[i].text);
    }
}

static void B19_dynamic_section_outside_the_file_is_refused(void **state)
{
    (void)state;
    b.phdr[PH_DYNAMIC].p_offset = IMAGE_SIZE;
    expect_refused(&b, HL_FAIL_IMAGE, "dynamic section lies outside the file");
    b.phdr[PH_DYNAMIC].p_offset = UINT64_MAX;
    expect_rule(&b, "dynamic", "dynamic section lies outside the file");
}

/* Without DT_NULL the section ends where its segment does. */
static void dynamic_section_without_end_is_read_to_its_end(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    elf_builder_dynamic(&b, -1, 1); /* a tag of no meaning */
    b.phdr[PH_DYNAMIC].p_filesz = 16 * 12 + 15;
    image = expect_opened(&b);
    hl_image_get_info(image, &info);
    assert_int_equal(info.relocation_count, 2);
    hl_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(segments_are_copied_and_relocated, setup),
        cmocka_unit_test_setup(small_memory_is_refused, setup),
        cmocka_unit_test_setup(image_that_starts_high_is_loaded_from_its_start,
                               setup),
        cmocka_unit_test_setup(segment_without_file_bytes_is_zero, setup),
        cmocka_unit_test_setup(B19_relocated_image_must_start_at_zero, setup),
        cmocka_unit_test_setup(B19_relocation_target_outside_is_refused, setup),
        cmocka_unit_test_setup(B19_relocation_in_tiny_image_is_refused, setup),
        cmocka_unit_test_setup(B19_relocation_without_addend_is_refused, setup),
        cmocka_unit_test_setup(B19_other_relocations_are_refused, setup),
        cmocka_unit_test_setup(A4_relocations_are_counted, setup),
        cmocka_unit_test_setup(B19_plt_is_refused, setup),
        cmocka_unit_test_setup(A4_ifunc_in_plt_is_named_once, setup),
        cmocka_unit_test_setup(B19_packed_relocations_are_refused, setup),
        cmocka_unit_test_setup(B19_malformed_tables_are_refused, setup),
        cmocka_unit_test_setup(B19_dynamic_section_outside_the_file_is_refused,
                               setup),
        cmocka_unit_test_setup(dynamic_section_without_end_is_read_to_its_end,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
