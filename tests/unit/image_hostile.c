/* SPDX-License-Identifier: MIT */
/* guarantees: B19 */
/*
 * Damaged images: cut off at every byte, bytes flipped at random. No crash (of
 * the sanitizers), and either a named error or an image that loads.
 */
#include "elf_builder.h"

#include <stdlib.h>
#include <string.h>

#include "image.h"

enum { MEMORY_MAX = 1 << 20, ROUNDS = 20000 };

static struct elf_builder b;
static uint8_t memory[MEMORY_MAX];

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    elf_builder_version(&b, "Hyperlight", 1, "0.17.0", 7);
    elf_builder_symbol(&b, "open", STB_GLOBAL, SHN_UNDEF);
    elf_builder_local(&b, "local", STT_TLS);
    elf_builder_rela(&b, IN_DATA + 8, R_X86_64_NONE, 1, 0);
    elf_builder_phdr(&b, PT_INTERP)->p_offset = IN_STRINGS;
    elf_builder_phdr(&b, PT_TLS)->p_memsz = 8;
    elf_builder_write(&b);
    return 0;
}

/* All that can be done with an image; true if it was accepted. */
static bool exercise(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1); /* no slack behind it */
    struct hl_image_info info;
    struct reports reports;
    hl_image *image = NULL;
    hl_error error;
    hl_status status;

    memcpy(exact, bytes, size);
    reports_collect(exact, size, &reports);
    status = hl_image_from_memory(&image, "x", exact, size, &error);
    free(exact);
    if (status != HL_OK) {
        assert_null(image);
        assert_true(strlen(error.message) > 3);
        assert_true(reports.count > 0); /* check is the stricter one */
        return false;
    }
    hl_image_get_info(image, &info);
    assert_true(info.entry < info.memory_size);
    if (info.memory_size <= MEMORY_MAX)
        assert_int_equal(
            image_load(image, 0x4000, memory, info.memory_size, &error), HL_OK);
    hl_image_free(image);
    return true;
}

static void B19_truncation_at_every_byte(void **state)
{
    (void)state;
    for (size_t size = 0; size < IN_LOADED_END; size++)
        assert_false(exercise(b.bytes, size));
    /* Behind that are section headers only, which nothing needs. */
    for (size_t size = IN_LOADED_END; size <= IMAGE_SIZE; size++)
        assert_true(exercise(b.bytes, size));
}

static uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Offsets where a change matters: headers, tables, notes; not code. */
static size_t random_place(uint32_t *seed)
{
    static const uint16_t places[][2] = {
        {0, 0x2a0},           {IN_NOTES, 0x90},
        {IN_RELA, 0x60},      {IN_SYMBOLS, 0x40},
        {IN_HASH, 8},         {IN_DYNAMIC, 0xc0},
        {IN_VERSION, 0x20},   {IN_SYMTAB, 0x30},
        {IN_SECTIONS, 0x1c0}, {IN_SECTION_NAMES, 0xe0},
    };
    const uint16_t *place =
        places[random_next(seed) % (sizeof places / sizeof places[0])];

    return place[0] + random_next(seed) % place[1];
}

static void B19_random_bytes(void **state)
{
    static uint8_t damaged[IMAGE_SIZE];
    uint32_t seed = 0x9e3779b9;
    size_t accepted = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t changes = 1 + random_next(&seed) % 4;

        memcpy(damaged, b.bytes, sizeof damaged);
        while (changes-- > 0)
            damaged[random_place(&seed)] ^=
                (uint8_t)(random_next(&seed) % 3 == 0
                              ? 0xff
                              : 1U << random_next(&seed) % 8);
        accepted += exercise(damaged, sizeof damaged);
    }
    /* Both outcomes must have been seen, often. */
    assert_in_range(accepted, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

/* Many headers naming one range may not multiply the work (guarantees B7). */
static void B19_repeated_note_segments_cost_nothing(void **state)
{
    enum { HEADERS = 60000, SIZE = 6 << 20 };
    static uint8_t bytes[SIZE];
    Elf64_Ehdr header = b.header;
    Elf64_Phdr note = {.p_type = PT_NOTE, .p_align = 4};

    (void)state;
    header.e_phoff = IN_DATA * 2;
    header.e_phnum = HEADERS;
    note.p_filesz = SIZE; /* zero bytes: 12 a note */
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + header.e_phoff, b.phdr, PH_DYNAMIC * sizeof note);
    for (size_t i = PH_DYNAMIC; i < HEADERS; i++)
        memcpy(bytes + header.e_phoff + i * sizeof note, &note, sizeof note);
    expect_bytes_refused(bytes, SIZE, HL_FAIL_IMAGE, "note");
}

/* The same for the symbols that each PT_TLS header is explained with. */
static void B19_repeated_tls_segments_cost_nothing(void **state)
{
    enum { HEADERS = 60000, SIZE = 12 << 20 };
    static uint8_t bytes[SIZE];
    const Elf64_Phdr tls = {.p_type = PT_TLS, .p_memsz = 8};
    struct reports reports;

    (void)state;
    memcpy(bytes, b.bytes, sizeof b.bytes);
    b.section[SH_SYMTAB].sh_size = SIZE - IN_SYMTAB;
    memcpy(bytes + IN_SECTIONS, b.section, sizeof b.section);
    b.header.e_phoff = sizeof b.bytes;
    b.header.e_phnum = HEADERS;
    memcpy(bytes, &b.header, sizeof b.header);
    memcpy(bytes + b.header.e_phoff, b.phdr, PH_COUNT * sizeof tls);
    for (size_t i = PH_COUNT; i < HEADERS; i++)
        memcpy(bytes + b.header.e_phoff + i * sizeof tls, &tls, sizeof tls);
    reports_collect(bytes, SIZE, &reports);
    assert_true(reports_has(&reports, "tls", "PT_TLS, 8 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(B19_truncation_at_every_byte, setup),
        cmocka_unit_test_setup(B19_random_bytes, setup),
        cmocka_unit_test_setup(B19_repeated_note_segments_cost_nothing, setup),
        cmocka_unit_test_setup(B19_repeated_tls_segments_cost_nothing, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
