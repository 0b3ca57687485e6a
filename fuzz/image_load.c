/* SPDX-License-Identifier: MIT */
/* guarantees: B19 B20 */
/*
 * Any bytes as a guest image: opened, listed, checked, loaded. Oracle beside
 * the sanitizers: what is accepted has an entry inside its memory, loads into
 * just that memory, and each function's text parses back to its signature;
 * what hl_image_check passes, opening accepts.
 *
 * Without a corpus the mutator starts from a good image, for which random
 * bytes would hardly be taken.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "elf_builder.h"

enum { MEMORY_MAX = 1 << 20 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed)
{
    static struct elf_builder b;

    (void)seed;
    if (size < sizeof(Elf64_Ehdr) && max_size >= sizeof b.bytes) {
        elf_builder_init(&b);
        elf_builder_version(&b, "Hyperlight", 1, "0.17.0", 7);
        elf_builder_symbol(&b, "open", STB_GLOBAL, SHN_UNDEF);
        elf_builder_write(&b);
        memcpy(data, b.bytes, sizeof b.bytes);
        return sizeof b.bytes;
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

static void list_functions(const hl_image *image)
{
    for (size_t i = 0; i < hl_image_function_count(image); i++) {
        const struct hl_image_function *f = hl_image_function_at(image, i);
        char text[SIGNATURE_TEXT_MAX];
        hl_signature parsed;
        size_t len;

        require(hl_image_function_find(image, f->kind, f->name,
                                       strlen(f->name)) == f);
        require(hl_signature_format("f", f->signature, text, sizeof text) <
                sizeof text);
        require(hl_signature_parse(text, &len, &parsed));
        require(len == 1 && parsed == f->signature);
    }
}

static void load(const hl_image *image, uint64_t span)
{
    uint8_t *memory;

    if (span > MEMORY_MAX)
        return;
    memory = calloc(1, span);
    require(memory != NULL);
    require(image_load(image, 0x4000, memory, span, NULL) == HL_OK);
    require(image_load(image, 0x4000, memory, span - 1, NULL) == HL_FAIL_IMAGE);
    free(memory);
}

static void report(void *context, const char *rule, const char *problem,
                   const char *fix)
{
    require(*rule && *problem && *fix);
    ++*(size_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_image_segment segment;
    struct hl_image_info info;
    hl_image *image = NULL;
    size_t reports = 0;
    hl_status check = hl_image_check(data, size, report, &reports);

    require((check == HL_OK) == (reports == 0));
    if (hl_image_from_memory(&image, "fuzz", data, size, NULL) != HL_OK) {
        require(image == NULL && check != HL_OK);
        return 0;
    }
    hl_image_get_info(image, &info);
    require(info.entry < info.memory_size);
    for (size_t i = 0; i < info.segment_count; i++)
        require(hl_image_segment_at(image, i, &segment));
    require(!hl_image_segment_at(image, info.segment_count, &segment));
    (void)image_version_check(image, "0.17.0", NULL);
    list_functions(image);
    load(image, info.memory_size);
    hl_image_free(image);
    return 0;
}
