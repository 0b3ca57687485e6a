/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B7 B19 B27
 *
 * Any bytes as a guest image: opened, listed, checked, loaded. B19: what is
 * accepted has an entry inside its memory, loads into just that memory, and
 * each function's text parses back to its signature; what hl_image_check
 * passes, opening accepts. B7: no allocation is larger than a small multiple
 * of the file. B27: of two versions, one at most is the image's own.
 *
 * The first byte says how the rest is read: 0 as the file; else as changes to
 * a good image, for which random bytes would hardly be taken.
 *
 * max_len: 96
 */
#include "image.h"
#include "elf_builder.h"
#include "support/allocations.h"
#include "support/check.h"

enum { MEMORY_MAX = 1 << 16, FILE_MAX = 1 << 16 };

static uint8_t good[3][IMAGE_SIZE];

static void good_make(void)
{
    static struct elf_builder b;

    for (int i = 0; i < 3; i++) {
        elf_builder_init(&b);
        if (i > 0)
            elf_builder_version(&b, "Hyperlight", 1, "0.17.0", 7);
        if (i > 1)
            elf_builder_symbol(&b, "open", STB_GLOBAL, SHN_UNDEF);
        elf_builder_write(&b);
        memcpy(good[i], b.bytes, IMAGE_SIZE);
    }
}

/* Where the loader looks: headers, notes, relocations, tables of all kinds. */
static size_t place_take(struct fuzz_source *source)
{
    static const uint16_t places[] = {0,           sizeof(Elf64_Ehdr),
                                      IN_NOTES,    IN_RELA,
                                      IN_REL,      IN_PLT,
                                      IN_SYMBOLS,  IN_STRINGS,
                                      IN_HASH,     IN_GNU_HASH,
                                      IN_DYNAMIC,  IN_VERSION,
                                      IN_SYMTAB,   IN_SECTION_NAMES,
                                      IN_SECTIONS, IN_CODE};
    const uint64_t how = fuzz_take(source, 1);

    return places[how & 15] +
           (how & 16 ? fuzz_take(source, 1) * 4 : fuzz_take(source, 1));
}

static void image_change(uint8_t *bytes, struct fuzz_source *source)
{
    while (source->left != 0) {
        const size_t at = place_take(source);
        const size_t width = 1u << (fuzz_take(source, 1) & 3);
        const uint64_t value = fuzz_take_edge(source);

        if (at <= IMAGE_SIZE - width)
            memcpy(bytes + at, &value, width);
    }
}

static void list_functions(const hl_image *image)
{
    for (size_t i = 0; i < hl_image_function_count(image); i++) {
        const struct hl_image_function *f = hl_image_function_at(image, i);
        char text[SIGNATURE_TEXT_MAX];
        hl_signature parsed;
        size_t len;

        FUZZ_CHECK(hl_image_function_find(image, f->kind, f->name,
                                          strlen(f->name)) == f);
        FUZZ_CHECK(hl_signature_format("f", f->signature, text, sizeof text) <
                   sizeof text);
        FUZZ_CHECK(hl_signature_parse(text, &len, &parsed));
        FUZZ_CHECK(len == 1 && parsed == f->signature);
    }
}

static void load(const hl_image *image, uint64_t span)
{
    uint8_t *memory;

    if (span > MEMORY_MAX)
        return;
    memory = calloc(1, span);
    FUZZ_CHECK(memory != NULL);
    FUZZ_CHECK(image_load(image, 0x4000, memory, span, NULL) == HL_OK);
    FUZZ_CHECK(image_load(image, 0x4000, memory, span - 1, NULL) ==
               HL_FAIL_IMAGE);
    free(memory);
}

static void report(void *context, const char *rule, const char *problem,
                   const char *fix)
{
    FUZZ_CHECK(*rule && *problem && *fix);
    ++*(size_t *)context;
}

/* Checking and loading take most of the time: not always. */
static void image_try(const uint8_t *data, size_t size, bool check_too,
                      bool load_too)
{
    struct hl_image_segment segment;
    struct hl_image_info info;
    hl_image *image = NULL;
    size_t reports = 0;
    hl_status check = HL_OK;

    if (check_too) {
        check = hl_image_check(data, size, report, &reports);
        FUZZ_CHECK((check == HL_OK) == (reports == 0));
    }
    fuzz_allocated = 0;
    if (hl_image_from_memory(&image, "fuzz", data, size, NULL) != HL_OK) {
        FUZZ_CHECK(image == NULL && (!check_too || check != HL_OK));
        return;
    }
    FUZZ_CHECK(fuzz_allocated <= 16 * size + 65536);
    hl_image_get_info(image, &info);
    FUZZ_CHECK(info.entry < info.memory_size);
    for (size_t i = 0; i < info.segment_count; i++)
        FUZZ_CHECK(hl_image_segment_at(image, i, &segment));
    FUZZ_CHECK(!hl_image_segment_at(image, info.segment_count, &segment));
    if (info.version_note != NULL)
        FUZZ_CHECK(image_version_check(image, "0.17.0", NULL) != HL_OK ||
                   image_version_check(image, "0.16.0", NULL) != HL_OK);
    list_functions(image);
    if (load_too)
        load(image, info.memory_size);
    hl_image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[IMAGE_SIZE];
    struct fuzz_source source = {data, size};
    uint64_t how;

    if (good[0][0] == 0) {
        good_make();
        fuzz_allocations_watch();
    }
    if (size == 0 || size > FILE_MAX)
        return 0;
    how = fuzz_take(&source, 1);
    if (how == 0) {
        image_try(source.data, source.left, true, true);
        return 0;
    }
    memcpy(bytes, good[how % 3], IMAGE_SIZE);
    image_change(bytes, &source);
    image_try(bytes, IMAGE_SIZE, (how & 28) == 0, (how & 224) == 0);
    return 0;
}
