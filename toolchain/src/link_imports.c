/* SPDX-License-Identifier: MIT */
/*
 * One import, declared with hl_string in one file and const char * in another:
 * signature and symbol are the same, so lld gives both files one function and
 * one of the calls goes wrong. The notes tell which it is (HL_NOTE_C_TYPES).
 */
#include "link.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>
#include <hl/types.h>

#include "note.h"

/* Bits of HL_NOTE_C_TYPES: the result and the parameters. */
#define TYPES_MASK ((1u << (HL_ARGS_MAX + 1)) - 1)

struct import {
    const char *name; /* in the image, name_size bytes */
    size_t name_size;
    uint16_t c_types;
};

struct imports {
    struct import *at;
    size_t count;
};

static void import_add(struct imports *imports, const struct note *note)
{
    struct import *import;

    imports->at = realloc(imports->at, (imports->count + 1) * sizeof(*import));
    if (!imports->at)
        tool_fail("no memory for %zu imports", imports->count + 1);
    import = &imports->at[imports->count++];
    import->name = (const char *)note->bytes + sizeof(hl_signature);
    import->name_size = note->size - sizeof(hl_signature);
    memcpy(&import->c_types, note->owner + sizeof(HL_NOTE_OWNER),
           sizeof(import->c_types));
}

/* Those that tell their types; the notes are known to be good. */
static void imports_read(struct imports *imports, const struct elf_file *file)
{
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        Elf64_Phdr p = elf_phdr(file, i);
        struct note_cursor cursor;
        struct note note;

        if (p.p_type != PT_NOTE)
            continue;
        note_cursor_of_segment(&cursor, file, &p);
        while (note_cursor_next(&cursor, &note) == NOTE_STEP_FOUND) {
            if (note_is_of(&note, HL_NOTE_OWNER) &&
                (note.type == HL_NOTE_IMPORT ||
                 note.type == HL_NOTE_IMPORT_OPTIONAL))
                import_add(imports, &note);
        }
    }
}

static bool import_told(const struct import *import)
{
    return import->c_types & HL_NOTE_C_TYPES;
}

static int import_compare(const void *left, const void *right)
{
    const struct import *a = left, *b = right;
    size_t least = a->name_size < b->name_size ? a->name_size : b->name_size;
    int order = import_told(a) - import_told(b);

    if (order == 0)
        order = memcmp(a->name, b->name, least);
    if (order == 0)
        order = (a->name_size > b->name_size) - (a->name_size < b->name_size);
    return order;
}

static bool pair_check(const char *path, const struct import *a,
                       const struct import *b)
{
    const unsigned differ = (a->c_types ^ b->c_types) & TYPES_MASK;
    const char *place = "the result";

    if (!import_told(a) || import_compare(a, b) != 0 || differ == 0)
        return true;
    if (!(differ & 1))
        place = text_format("parameter %d", __builtin_ctz(differ));
    tool_error("%s: %.*s is imported twice, with %s as hl_string and as const "
               "char *",
               path, (int)a->name_size, a->name, place);
    tool_note("declare the host function with the same types everywhere, best "
              "in one header");
    return false;
}

bool imports_check(const char *path, const void *bytes, size_t size)
{
    struct image_problem problem;
    struct imports imports = {0};
    struct elf_file file;
    bool good = true;

    if (!elf_open(&file, bytes, size, &problem))
        return false;
    imports_read(&imports, &file);
    if (imports.count > 0)
        qsort(imports.at, imports.count, sizeof(*imports.at), import_compare);
    for (size_t i = 1; i < imports.count && good; i++)
        good = pair_check(path, &imports.at[i - 1], &imports.at[i]);
    free(imports.at);
    return good;
}
