/* SPDX-License-Identifier: MIT */
/* guarantees: B19 B27 */
/* Hyperlight's version note (abi §1.4). */
#include "elf_builder.h"

#include <string.h>

#include "image.h"

static struct elf_builder b;

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    return 0;
}

static void expect_version(const char *text)
{
    struct hl_image_info info;
    hl_image *image = expect_opened(&b);

    hl_image_get_info(image, &info);
    if (text)
        assert_string_equal(info.version_note, text);
    else
        assert_null(info.version_note);
    hl_image_free(image);
}

static void version_note_is_read_through_section_headers(void **state)
{
    (void)state;
    elf_builder_version(&b, "Hyperlight", 2, "other type", 10);
    elf_builder_version(&b, "Someone", 1, "other owner", 11);
    elf_builder_version(&b, "Hyperlight", 1, "0.16.0", 7);
    elf_builder_version(&b, "Hyperlight", 1, "0.17.0", 7);
    expect_version("0.16.0");
    b.header.e_shnum = 0;
    expect_version(NULL);
    setup(NULL);
    elf_builder_version(&b, "Hyperlight", 1, "\0\0", 2);
    expect_version(""); /* there, but equal to no version */
}

/* abi §1.4: the bytes of the note as upstream writes it. */
static void version_note_has_upstreams_layout(void **state)
{
    static const uint8_t bytes[] = {0x0b, 0,   0,   0,   7,   0,   0,   0,
                                    1,    0,   0,   0,   'H', 'y', 'p', 'e',
                                    'r',  'l', 'i', 'g', 'h', 't', 0,   0,
                                    '0',  '.', '1', '6', '.', '0', 0,   0};

    (void)state;
    memcpy(b.version, bytes, sizeof bytes);
    b.version_size = sizeof bytes;
    b.section[SH_VERSION].sh_size = sizeof bytes;
    expect_version("0.16.0");
}

/* abi §1.4: a note that is none is accepted. */
static void damaged_version_note_is_no_note(void **state)
{
    (void)state;
    elf_builder_version(&b, "Hyperlight", 1, "\xff", 1);
    expect_version(NULL);
    setup(NULL);
    elf_builder_version(&b, "Hyperlight", 1, "0.16.0", 7);
    b.section[SH_VERSION].sh_size = 20;
    expect_version(NULL);
    b.section[SH_VERSION].sh_size = 0;
    expect_version(NULL);
    setup(NULL);
    elf_builder_version(&b, "Hyperlight", 1, "0.16.0", 7);
    b.section[SH_VERSION].sh_type = SHT_PROGBITS;
    expect_version(NULL);
}

static void B27_other_version_is_refused(void **state)
{
    hl_image *image;
    hl_error error;

    (void)state;
    image = expect_opened(&b);
    assert_int_equal(image_version_check(image, "0.17.0", &error), HL_OK);
    hl_image_free(image);
    elf_builder_version(&b, "Hyperlight", 1, "0.17.0", 7);
    image = expect_opened(&b);
    assert_int_equal(image_version_check(image, "0.17.0", &error), HL_OK);
    assert_int_equal(image_version_check(image, "0.17", &error), HL_FAIL_IMAGE);
    assert_string_equal(
        error.message,
        "guest: made for Hyperlight 0.17.0, not for 0.17 (version note); link "
        "without --hl-note, so that every host takes the image, or with this "
        "host's version");
    hl_image_free(image);
}

/* A NUL or an escape inside never makes a version equal to another. */
static void B27_version_with_control_characters_equals_none(void **state)
{
    hl_image *image;

    (void)state;
    elf_builder_version(&b, "Hyperlight", 1, "0.17.0\0\x1b\x7f!", 10);
    expect_version("0.17.0??\?!");
    image = expect_opened(&b);
    assert_int_equal(image_version_check(image, "0.17.0", NULL), HL_FAIL_IMAGE);
    hl_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(version_note_is_read_through_section_headers,
                               setup),
        cmocka_unit_test_setup(version_note_has_upstreams_layout, setup),
        cmocka_unit_test_setup(damaged_version_note_is_no_note, setup),
        cmocka_unit_test_setup(B27_other_version_is_refused, setup),
        cmocka_unit_test_setup(B27_version_with_control_characters_equals_none,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
