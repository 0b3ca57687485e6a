/* SPDX-License-Identifier: MIT */
/* Opening images (abi §1) and looking into them. */
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>

#include "image_file.h"
#include "image_parts.h"

bool image_entry_verify(const struct elf_file *elf,
                        struct image_problem *problem)
{
    Elf64_Phdr segment;

    if (elf_segment_at(elf, elf->header.e_entry, &segment))
        return true;
    return image_problem_set(problem, IMAGE_RULE_ENTRY,
                             "the entry point %#llx lies outside every segment",
                             (unsigned long long)elf->header.e_entry);
}

static bool image_parse(hl_image *image, struct image_problem *problem)
{
    struct elf_file *elf = &image->elf;
    Elf64_Shdr section;

    if (!elf_open(elf, image->bytes, image->size, problem) ||
        !elf_segments_verify(elf, problem) ||
        !image_entry_verify(elf, problem) ||
        !elf_dynamic_read(elf, &image->dynamic, problem) ||
        !elf_dynamic_verify(&image->dynamic, problem) ||
        !elf_relocations_verify(elf, &image->dynamic, &image->relocation_count,
                                problem) ||
        !note_set_read(elf, &image->notes, problem) ||
        !note_set_merge(&image->notes, problem))
        return false;
    if (!note_version_read(elf, &image->version_note))
        return image_problem_set(problem, IMAGE_RULE_NO_MEMORY,
                                 "no memory for the version note");
    image->has_debug_info =
        elf_section_find(elf, ".debug_info", SHT_PROGBITS, &section);
    image->has_symbols = elf_section_find(elf, ".symtab", SHT_SYMTAB, &section);
    return true;
}

/* Make an image of malloc'ed bytes, which it owns from now on. */
static hl_status image_make(hl_image **out, const char *name, uint8_t *bytes,
                            size_t size, hl_error *error)
{
    hl_image *image = calloc(1, sizeof *image);
    struct image_problem problem;
    hl_status status = HL_OK;

    if (image)
        image->name = strdup(name);
    if (!image || !image->name) {
        free(bytes);
        free(image);
        return hl_error_set(error, HL_FAIL_NO_MEMORY,
                            "%s: no memory for the image; free memory on this "
                            "machine",
                            name);
    }
    image->bytes = bytes;
    image->size = size;
    if (!image_parse(image, &problem)) {
        status =
            hl_error_set(error, image_rule_status(problem.rule), "%s: %s; %s",
                         name, problem.text, image_rule_fix(problem.rule));
        hl_image_free(image);
        image = NULL;
    }
    if (image)
        *out = image;
    return status;
}

hl_status hl_image_open(hl_image **image, const char *path, hl_error *error)
{
    uint8_t *bytes;
    size_t size;
    hl_status status = image_file_read(path, &bytes, &size, error);

    if (status != HL_OK)
        return status;
    return image_make(image, path, bytes, size, error);
}

hl_status hl_image_from_memory(hl_image **image, const char *name,
                               const void *bytes, size_t size, hl_error *error)
{
    hl_status status = image_size_check(size, error);
    uint8_t *copy;

    if (status != HL_OK)
        return status;
    copy = malloc(size ? size : 1);
    if (!copy)
        return hl_error_set(error, HL_FAIL_NO_MEMORY,
                            "%s: no memory for its %zu bytes; free memory on "
                            "this machine",
                            name, size);
    if (size > 0)
        memcpy(copy, bytes, size);
    return image_make(image, name, copy, size, error);
}

void hl_image_free(hl_image *image)
{
    if (!image)
        return;
    note_set_free(&image->notes);
    free(image->version_note);
    free(image->bytes);
    free(image->name);
    free(image);
}

hl_status image_version_check(const hl_image *image, const char *version,
                              hl_error *error)
{
    const char *note = image->version_note;

    if (!note || strcmp(note, version) == 0)
        return HL_OK;
    return hl_error_set(error, HL_FAIL_IMAGE,
                        "%s: made for Hyperlight %s, not for %s (version "
                        "note); %s",
                        image->name, note, version,
                        image_rule_fix(IMAGE_RULE_VERSION));
}
