/* SPDX-License-Identifier: MIT */
/* What an opened image consists of: private to the image_*.c files. */
#ifndef HL_IMAGE_PARTS_H
#define HL_IMAGE_PARTS_H

#include "elf_dynamic.h"
#include "note.h"

struct hl_image {
    char *name;
    uint8_t *bytes; /* the file; never changes after opening */
    size_t size;
    struct elf_file elf;
    struct elf_dynamic dynamic;
    uint64_t relocation_count;
    struct note_set notes;
    char *version_note; /* NULL if none */
    bool has_debug_info;
    bool has_symbols;
};

/* The entry must lie in some PT_LOAD; 0.13 to 0.17 ask no more (abi §1.1). */
bool image_entry_verify(const struct elf_file *elf,
                        struct image_problem *problem);

#endif /* HL_IMAGE_PARTS_H */
