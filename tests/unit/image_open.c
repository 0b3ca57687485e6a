/* SPDX-License-Identifier: MIT */
/* guarantees: B19 B20 B27 */
/* Opening images: every reason to refuse one, and that odd but legal pass. */
#include "elf_builder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hl/abi.h>

#include "image.h"

static struct elf_builder b;

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    return 0;
}

static void good_image_tells_what_it_is(void **state)
{
    struct hl_image_segment segment;
    struct hl_image_info info;
    hl_image *image;
    size_t size;

    (void)state;
    image = expect_opened(&b);
    assert_string_equal(hl_image_name(image), "guest");
    assert_memory_equal(hl_image_bytes(image, &size), b.bytes, IMAGE_SIZE);
    assert_int_equal(size, IMAGE_SIZE);
    hl_image_get_info(image, &info);
    assert_int_equal(info.file_size, IMAGE_SIZE);
    assert_int_equal(info.memory_size, IMAGE_SPAN);
    assert_int_equal(info.entry, IN_ENTRY);
    assert_int_equal(info.segment_count, 3);
    assert_int_equal(info.relocation_count, 2);
    assert_true(info.has_hlkit_note);
    assert_false(info.soft_float);
    assert_true(info.has_debug_info);
    assert_true(info.has_symbols);
    assert_string_equal(info.sdk_version, "0.1.0");
    assert_null(info.version_note);
    assert_int_equal(image_memory_size(image), 0x4000);
    assert_int_equal(image_entry(image), IN_ENTRY);
    assert_int_equal(image_fixed_address(image), 0);
    assert_int_equal(image_abi(image), 1);
    assert_true(hl_image_segment_at(image, 1, &segment));
    assert_int_equal(segment.vaddr, IN_CODE);
    assert_int_equal(segment.file_size, 0x100);
    assert_int_equal(segment.memory_size, 0x100);
    assert_int_equal(segment.flags, PF_R | PF_X);
    assert_true(hl_image_segment_at(image, 2, &segment));
    assert_int_equal(segment.vaddr, IN_DATA);
    assert_false(hl_image_segment_at(image, 3, &segment));
    hl_image_free(image);
    hl_image_free(NULL);
}

/* Nothing but program headers and segments is needed. */
static void bare_image_is_accepted(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    b.header.e_phnum = PH_DYNAMIC;
    b.header.e_shoff = 0;
    b.header.e_shnum = 0;
    b.header.e_shstrndx = 0;
    image = expect_opened(&b);
    hl_image_get_info(image, &info);
    assert_int_equal(info.relocation_count, 0);
    assert_false(info.has_hlkit_note);
    assert_false(info.has_debug_info);
    assert_false(info.has_symbols);
    assert_null(info.sdk_version);
    assert_int_equal(image_abi(image), 0);
    assert_int_equal(hl_image_function_count(image), 0);
    hl_image_free(image);
}

/* abi §1.1: segment flags, types and the entry's segment are not looked at. */
static void fixed_address_and_any_flags_are_accepted(void **state)
{
    hl_image *image;

    (void)state;
    b.header.e_type = ET_EXEC;
    b.header.e_phnum = PH_DYNAMIC;
    for (int i = PH_TEXT_HEADERS; i <= PH_DATA; i++) {
        b.phdr[i].p_vaddr += 0x400000;
        b.phdr[i].p_flags = PF_R | PF_W | PF_X;
    }
    b.header.e_entry = 0x400008;
    image = expect_opened(&b);
    assert_int_equal(image_entry(image), 8);
    assert_int_equal(image_fixed_address(image), 0x400000);
    hl_image_free(image);
}

static void B19_other_files_are_refused(void **state)
{
    (void)state;
    expect_bytes_refused(NULL, 0, HL_FAIL_IMAGE, "guest: not an ELF file");
    expect_bytes_refused("\x7f"
                         "EL",
                         3, HL_FAIL_IMAGE, "not an ELF file");
    expect_bytes_refused("#!/bin/sh\n", 10, HL_FAIL_IMAGE, "not an ELF file");
    elf_builder_write(&b);
    expect_bytes_refused(b.bytes, 63, HL_FAIL_IMAGE,
                         "the ELF header is cut short: 63 of 64 bytes");
}

static void B19_wrong_class_is_refused(void **state)
{
    (void)state;
    b.header.e_ident[EI_CLASS] = ELFCLASS32;
    expect_refused(&b, HL_FAIL_IMAGE, "ELF class is 1, not 2 (64-bit)");
}

static void B19_wrong_byte_order_is_refused(void **state)
{
    (void)state;
    b.header.e_ident[EI_DATA] = ELFDATA2MSB;
    expect_refused(&b, HL_FAIL_IMAGE, "ELF data encoding is 2, not 1");
}

static void B19_wrong_machine_is_refused(void **state)
{
    static const struct {
        uint16_t machine;
        const char *text;
    } rows[] = {
        {EM_386, "32-bit x86 (e_machine 3), not for x86-64"},
        {EM_ARM, "32-bit ARM"},
        {EM_AARCH64, "AArch64 (e_machine 183), not for x86-64"},
        {EM_RISCV, "RISC-V"},
        {EM_S390, "another machine (e_machine 22)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        b.header.e_machine = rows[i].machine;
        expect_refused(&b, HL_FAIL_IMAGE, rows[i].text);
    }
}

static void B19_unlinked_or_core_files_are_refused(void **state)
{
    (void)state;
    b.header.e_type = ET_REL;
    expect_refused(&b, HL_FAIL_IMAGE, "an object file, not linked yet");
    b.header.e_type = ET_CORE;
    expect_refused(&b, HL_FAIL_IMAGE, "a core dump");
    b.header.e_type = ET_NONE;
    expect_refused(&b, HL_FAIL_IMAGE, "not an executable (e_type 0)");
}

static void B19_bad_program_headers_are_refused(void **state)
{
    (void)state;
    b.header.e_phnum = 0;
    expect_refused(&b, HL_FAIL_IMAGE, "no program headers");
    b.header.e_phnum = PN_XNUM;
    expect_refused(&b, HL_FAIL_IMAGE, "65535 program headers of 56 bytes");
    b.header.e_phnum = PH_COUNT;
    b.header.e_phentsize = 55;
    expect_refused(&b, HL_FAIL_IMAGE, "5 program headers of 55 bytes");
    b.header.e_phentsize = sizeof(Elf64_Phdr);
    b.header.e_phoff = IMAGE_SIZE - 279;
    expect_refused(&b, HL_FAIL_IMAGE, "end outside the file");
    b.header.e_phoff = UINT64_MAX;
    expect_refused(&b, HL_FAIL_IMAGE, "end outside the file");
}

static void B19_no_segment_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < PH_DYNAMIC; i++)
        b.phdr[i].p_type = PT_NULL;
    expect_refused(&b, HL_FAIL_IMAGE, "no PT_LOAD segment");
}

static void B19_more_file_than_memory_is_refused(void **state)
{
    (void)state;
    b.phdr[PH_CODE].p_memsz = 0xff;
    expect_refused(&b, HL_FAIL_IMAGE,
                   "segment 1 has more bytes in the file (0x100) than in "
                   "memory (0xff)");
}

static void B19_wrapping_segment_is_refused(void **state)
{
    (void)state;
    b.phdr[PH_DATA].p_memsz = UINT64_MAX - IN_DATA + 1;
    expect_refused(&b, HL_FAIL_IMAGE, "segment 2 wraps around");
}

static void B19_segment_outside_the_file_is_refused(void **state)
{
    (void)state;
    b.phdr[PH_DATA].p_offset = IMAGE_SIZE - (IN_LOADED_END - IN_DATA) + 1;
    expect_refused(&b, HL_FAIL_IMAGE, "segment 2 lies outside the file");
    b.phdr[PH_DATA].p_offset = UINT64_MAX;
    expect_refused(&b, HL_FAIL_IMAGE, "segment 2 lies outside the file");
}

static void segment_without_file_bytes_may_have_any_offset(void **state)
{
    Elf64_Phdr *bss;

    (void)state;
    bss = elf_builder_phdr(&b, PT_LOAD);
    bss->p_vaddr = 0x8000;
    bss->p_memsz = 0x1000;
    bss->p_offset = UINT64_MAX;
    hl_image_free(expect_opened(&b));
    expect_rule(&b, "segment", "segment 5 has no bytes in the file, but");
}

static void B19_overlapping_segments_are_refused(void **state)
{
    (void)state;
    b.phdr[PH_CODE].p_vaddr = IN_CODE - 1;
    expect_refused(&b, HL_FAIL_IMAGE,
                   "segment 1 at 0xfff overlaps the one before it (0 to "
                   "0x1000)");
}

static void B19_descending_segments_are_refused(void **state)
{
    (void)state;
    b.phdr[PH_DATA].p_vaddr = IN_CODE - 8;
    expect_refused(&b, HL_FAIL_IMAGE,
                   "segment 2 at 0xff8 lies below the one before it");
}

static void B19_huge_memory_is_refused(void **state)
{
    uint64_t most = (UINT64_C(16) << 30) - 0x4000;
    hl_image *image;

    (void)state;
    b.phdr[PH_DATA].p_memsz = most - IN_DATA;
    image = expect_opened(&b);
    assert_int_equal(image_memory_size(image), most);
    hl_image_free(image);
    b.phdr[PH_DATA].p_memsz++;
    expect_refused(&b, HL_FAIL_IMAGE, "the most is 17179852800");
}

static void B19_entry_outside_is_refused(void **state)
{
    static const uint64_t bad[] = {IN_CODE + 0x100, IMAGE_SPAN, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        b.header.e_entry = bad[i];
        expect_refused(&b, HL_FAIL_IMAGE, "lies outside every segment");
    }
    b.header.e_entry = IMAGE_SPAN - 1;
    hl_image_free(expect_opened(&b));
}

/* B20: the exact text, from memory and from a file, before reading it. */
static void B20_large_images_are_refused(void **state)
{
    static const char text[] =
        "Binary too large: 52428801 bytes (max: 52428800 bytes)";
    char path[] = "/tmp/hl-image-XXXXXX";
    int fd = mkstemp(path);
    hl_image *image = NULL;
    struct reports reports;
    hl_error error;

    (void)state;
    assert_int_equal(hl_image_from_memory(&image, "x", b.bytes,
                                          HL_IMAGE_SIZE_MAX + 1, &error),
                     HL_FAIL_IMAGE_TOO_BIG);
    assert_string_equal(error.message, text);
    reports_collect(b.bytes, HL_IMAGE_SIZE_MAX + 1, &reports);
    assert_string_equal(reports.of[0].rule, "size");
    assert_string_equal(reports.of[0].problem, text);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, HL_IMAGE_SIZE_MAX + 1), 0);
    assert_int_equal(hl_image_open(&image, path, &error),
                     HL_FAIL_IMAGE_TOO_BIG);
    assert_string_equal(error.message, text);
    /* A byte less is looked at (and is no ELF file). */
    assert_int_equal(ftruncate(fd, HL_IMAGE_SIZE_MAX), 0);
    assert_int_equal(hl_image_open(&image, path, &error), HL_FAIL_IMAGE);
    assert_non_null(strstr(error.message, "not an ELF file"));
    assert_null(image);
    close(fd);
    unlink(path);
}

static void file_is_opened_and_named(void **state)
{
    char path[] = "/tmp/hl-image-XXXXXX";
    int fd = mkstemp(path);
    hl_image *image = NULL;
    hl_error error;

    (void)state;
    elf_builder_write(&b);
    assert_int_equal(write(fd, b.bytes, sizeof b.bytes), sizeof b.bytes);
    close(fd);
    assert_int_equal(hl_image_open(&image, path, &error), HL_OK);
    assert_string_equal(hl_image_name(image), path);
    hl_image_free(image);
    /* 0 is a descriptor like others, where the embedder has closed stdin. */
    fd = dup(0);
    close(0);
    image = NULL;
    assert_int_equal(hl_image_open(&image, path, &error), HL_OK);
    hl_image_free(image);
    dup2(fd, 0);
    close(fd);
    image = NULL;
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(hl_image_open(&image, path, NULL), HL_FAIL_IMAGE);
    unlink(path);
    assert_int_equal(hl_image_open(&image, path, &error), HL_FAIL_NO_FILE);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, strerror(ENOENT)));
    assert_null(image);
}

/* A FIFO would block, a device may have no end. */
static void B19_files_that_are_none_are_refused(void **state)
{
    char dir[] = "/tmp/hl-image-XXXXXX";
    char path[64];
    hl_image *image = NULL;
    hl_error error;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(hl_image_open(&image, dir, &error), HL_FAIL_IMAGE);
    assert_non_null(strstr(error.message, "is a directory"));
    snprintf(path, sizeof path, "%s/fifo", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(hl_image_open(&image, path, &error), HL_FAIL_IMAGE);
    assert_non_null(strstr(error.message, "device, pipe or socket"));
    assert_int_equal(hl_image_open(&image, "/dev/zero", &error), HL_FAIL_IMAGE);
    unlink(path);
    rmdir(dir);
}

static void damaged_section_headers_are_ignored(void **state)
{
    struct hl_image_info info;
    hl_image *image;

    (void)state;
    for (int damage = 0; damage < 6; damage++) {
        elf_builder_init(&b);
        elf_builder_version(&b, HL_VERSION_NOTE_OWNER, 1, "0.17.0", 7);
        switch (damage) {
        case 0:
            b.header.e_shoff = UINT64_MAX - 8;
            break;
        case 1:
            b.header.e_shentsize = 63;
            break;
        case 2:
            b.header.e_shstrndx = SH_COUNT;
            break;
        case 3:
            b.section[SH_NAMES].sh_offset = UINT64_MAX;
            break;
        case 4:
            b.section[SH_VERSION].sh_name = UINT32_MAX;
            b.section[SH_DEBUG].sh_name = SH_COUNT * 32 - 1;
            break;
        default:
            b.section[SH_VERSION].sh_size = IMAGE_SIZE;
            b.section[SH_DEBUG].sh_offset = IMAGE_SIZE;
            break;
        }
        image = expect_opened(&b);
        hl_image_get_info(image, &info);
        assert_null(info.version_note);
        assert_false(info.has_debug_info);
        hl_image_free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_image_tells_what_it_is, setup),
        cmocka_unit_test_setup(bare_image_is_accepted, setup),
        cmocka_unit_test_setup(fixed_address_and_any_flags_are_accepted, setup),
        cmocka_unit_test_setup(B19_other_files_are_refused, setup),
        cmocka_unit_test_setup(B19_wrong_class_is_refused, setup),
        cmocka_unit_test_setup(B19_wrong_byte_order_is_refused, setup),
        cmocka_unit_test_setup(B19_wrong_machine_is_refused, setup),
        cmocka_unit_test_setup(B19_unlinked_or_core_files_are_refused, setup),
        cmocka_unit_test_setup(B19_bad_program_headers_are_refused, setup),
        cmocka_unit_test_setup(B19_no_segment_is_refused, setup),
        cmocka_unit_test_setup(B19_more_file_than_memory_is_refused, setup),
        cmocka_unit_test_setup(B19_wrapping_segment_is_refused, setup),
        cmocka_unit_test_setup(B19_segment_outside_the_file_is_refused, setup),
        cmocka_unit_test_setup(segment_without_file_bytes_may_have_any_offset,
                               setup),
        cmocka_unit_test_setup(B19_overlapping_segments_are_refused, setup),
        cmocka_unit_test_setup(B19_descending_segments_are_refused, setup),
        cmocka_unit_test_setup(B19_huge_memory_is_refused, setup),
        cmocka_unit_test_setup(B19_entry_outside_is_refused, setup),
        cmocka_unit_test_setup(B20_large_images_are_refused, setup),
        cmocka_unit_test_setup(file_is_opened_and_named, setup),
        cmocka_unit_test_setup(B19_files_that_are_none_are_refused, setup),
        cmocka_unit_test_setup(damaged_section_headers_are_ignored, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
