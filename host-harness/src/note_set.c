/* SPDX-License-Identifier: MIT */
/* hlkit's notes: exports, imports and the SDK's (docs/abi.md "Notes"). */
#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>
#include <hl/wire.h>

#include "image.h"
#include "note.h"

/* What has been read so far; the first pass counts, the second fills. */
struct note_reader {
    struct note_set *set;
    struct image_problem *problem;
    bool fill;
    size_t count;
    size_t text_size;
};

static bool note_bad(struct note_reader *reader, const struct note *note,
                     const char *why)
{
    return image_problem_set(reader->problem, IMAGE_RULE_NOTE,
                             "hlkit note of type %u, %u bytes: %s", note->type,
                             note->size, why);
}

/* Text of a note behind its 8 fixed bytes, without trailing NULs. */
static bool note_text_verify(struct note_reader *reader,
                             const struct note *note, size_t *size)
{
    const uint8_t *text = note->bytes + 8;

    if (note->size < 8)
        return note_bad(reader, note, "shorter than 8 bytes");
    *size = note->size - 8;
    while (*size > 0 && text[*size - 1] == 0)
        --*size;
    if (*size > NOTE_NAME_MAX)
        return note_bad(reader, note, "text is longer than 255 bytes");
    if (!hl_wire_utf8_valid((const char *)text, *size))
        return note_bad(reader, note, "text is not valid UTF-8");
    for (size_t i = 0; i < *size; i++) {
        /* C0, DEL, and C1 as UTF-8 (C2 80 to C2 9F) */
        if (text[i] < ' ' || text[i] == 0x7f ||
            (text[i] == 0xc2 && text[i + 1] < 0xa0))
            return note_bad(reader, note, "text has control characters");
    }
    return true;
}

/* Copy the text if this is the pass that fills. */
static const char *note_text_add(struct note_reader *reader,
                                 const struct note *note, size_t size)
{
    char *text = NULL;

    if (reader->fill) {
        text = reader->set->texts + reader->text_size;
        memcpy(text, note->bytes + 8, size);
        text[size] = 0;
    }
    reader->text_size += size + 1;
    return text;
}

static bool note_function_read(struct note_reader *reader,
                               const struct note *note)
{
    struct hl_image_function function = {.kind = note->type};
    size_t size;

    if (!note_text_verify(reader, note, &size))
        return false;
    if (size == 0)
        return note_bad(reader, note, "the function has no name");
    memcpy(&function.signature, note->bytes, sizeof function.signature);
    if (!signature_is_valid(function.signature))
        return note_bad(reader, note, "the signature has invalid type codes");
    function.name = note_text_add(reader, note, size);
    if (reader->fill)
        reader->set->functions[reader->count] = function;
    reader->count++;
    return true;
}

/* The word that an SDK note has instead of a signature (hl/abi.h). */
enum { SDK_ABI_SHIFT = 8, SDK_FIELD_MASK = 0xff };

_Static_assert(HL_NOTE_SDK_ABI_STACK >> SDK_ABI_SHIFT == NOTE_ABI_STACK &&
                   HL_NOTE_SDK_ABI_VIRTQ >> SDK_ABI_SHIFT == NOTE_ABI_VIRTQ,
               "ABI bits of the SDK note");

static bool note_sdk_read(struct note_reader *reader, const struct note *note)
{
    struct note_set *set = reader->set;
    uint32_t abi, variant;
    uint64_t word;
    size_t size;

    if (!note_text_verify(reader, note, &size))
        return false;
    memcpy(&word, note->bytes, sizeof word);
    variant = (uint32_t)word & SDK_FIELD_MASK;
    abi = (uint32_t)(word >> SDK_ABI_SHIFT) & SDK_FIELD_MASK;
    if (variant != 0 && variant != HL_NOTE_SDK_SOFT)
        return note_bad(reader, note, "unknown float variant");
    if ((abi & (NOTE_ABI_STACK | NOTE_ABI_VIRTQ)) == 0)
        return image_problem_set(reader->problem, IMAGE_RULE_ABI,
                                 "the guest speaks ABIs %#x; this host knows 1 "
                                 "(stack) and 2 (virtqueues)",
                                 abi);
    if (!reader->fill && set->has_sdk &&
        set->soft_float != (variant == HL_NOTE_SDK_SOFT))
        return image_problem_set(reader->problem, IMAGE_RULE_FLOAT,
                                 "the image mixes objects of -mfloat=sse2 and "
                                 "-mfloat=soft");
    if (!reader->fill && set->has_sdk && set->abi != abi)
        return image_problem_set(reader->problem, IMAGE_RULE_ABI,
                                 "the image mixes objects for ABIs %#x and %#x",
                                 set->abi, abi);
    set->has_sdk = true;
    set->abi = abi;
    set->soft_float = variant == HL_NOTE_SDK_SOFT;
    set->sdk_version = note_text_add(reader, note, size);
    return true;
}

static bool note_read(struct note_reader *reader, const struct note *note)
{
    if (!note_is_of(note, HL_NOTE_OWNER))
        return true;
    switch (note->type) {
    case HL_NOTE_EXPORT:
    case HL_NOTE_IMPORT:
    case HL_NOTE_IMPORT_OPTIONAL:
        return note_function_read(reader, note);
    case HL_NOTE_SDK:
        return note_sdk_read(reader, note);
    default:
        return true;
    }
}

static bool note_segment_read(struct note_reader *reader,
                              const struct elf_file *file, const Elf64_Phdr *p)
{
    struct note_cursor cursor;
    struct note note;
    enum note_step step;

    note_cursor_of_segment(&cursor, file, p);
    while ((step = note_cursor_next(&cursor, &note)) == NOTE_STEP_FOUND) {
        if (!note_read(reader, &note))
            return false;
    }
    if (step == NOTE_STEP_BAD)
        return image_problem_set(reader->problem, IMAGE_RULE_NOTE,
                                 "the note at offset %#llx runs over the end "
                                 "of its segment",
                                 (unsigned long long)p->p_offset +
                                     cursor.position);
    return true;
}

/* One pass over all note segments. */
static bool note_segments_read(struct note_reader *reader,
                               const struct elf_file *file)
{
    uint64_t total = 0;

    reader->count = 0;
    reader->text_size = 0;
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        Elf64_Phdr p = elf_phdr(file, i);

        if (p.p_type != PT_NOTE)
            continue;
        /* Bounded work: headers that all name one range are refused. */
        if (!elf_range_valid(file, p.p_offset, p.p_filesz) ||
            p.p_filesz > file->size - total)
            return image_problem_set(reader->problem, IMAGE_RULE_NOTE,
                                     "note segment %zu lies outside the file "
                                     "or over another: %#llx bytes at offset "
                                     "%#llx of %llu",
                                     i, (unsigned long long)p.p_filesz,
                                     (unsigned long long)p.p_offset,
                                     (unsigned long long)file->size);
        total += p.p_filesz;
        if (!note_segment_read(reader, file, &p))
            return false;
    }
    return true;
}

static bool function_is_import(const struct hl_image_function *function)
{
    return function->kind != HL_NOTE_KIND_EXPORT;
}

/* Exports first; by name; required before optional. */
static int function_compare(const void *left, const void *right)
{
    const struct hl_image_function *a = left, *b = right;
    int order = function_is_import(a) - function_is_import(b);

    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    if (order == 0)
        order = (a->signature > b->signature) - (a->signature < b->signature);
    return order;
}

bool note_set_read(const struct elf_file *file, struct note_set *set,
                   struct image_problem *problem)
{
    struct note_reader reader = {.set = set, .problem = problem};

    memset(set, 0, sizeof *set);
    if (!note_segments_read(&reader, file))
        goto fail;
    set->count = reader.count;
    set->text_size = reader.text_size;
    if (set->text_size == 0)
        return true;
    /* One more than needed: no allocation of 0 bytes. */
    set->functions = calloc(set->count + 1, sizeof *set->functions);
    set->texts = malloc(set->text_size);
    if (!set->functions || !set->texts) {
        image_problem_set(problem, IMAGE_RULE_NO_MEMORY,
                          "no memory for %zu functions", set->count);
        goto fail;
    }
    /* The same bytes pass the same checks: this pass cannot fail. */
    reader.fill = true;
    (void)note_segments_read(&reader, file);
    qsort(set->functions, set->count, sizeof *set->functions, function_compare);
    return true;
fail:
    note_set_free(set);
    return false;
}

enum image_rule note_pair_rule(const struct hl_image_function *a,
                               const struct hl_image_function *b,
                               struct image_problem *problem)
{
    bool import = function_is_import(a);
    enum image_rule rule = import ? IMAGE_RULE_IMPORT : IMAGE_RULE_EXPORT;
    char first[SIGNATURE_TEXT_MAX], second[SIGNATURE_TEXT_MAX];

    if (import != function_is_import(b) || strcmp(a->name, b->name) != 0 ||
        (import && a->signature == b->signature))
        return IMAGE_RULE_NONE;
    hl_signature_format("", a->signature, first, sizeof first);
    hl_signature_format("", b->signature, second, sizeof second);
    image_problem_set(problem, rule, "%s is %s twice, as %s and as %s", a->name,
                      import ? "imported" : "exported", first, second);
    return rule;
}

bool note_set_merge(struct note_set *set, struct image_problem *problem)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        struct hl_image_function *last = &set->functions[kept ? kept - 1 : 0];
        struct hl_image_function *next = &set->functions[i];

        if (kept > 0 && strcmp(last->name, next->name) == 0 &&
            function_is_import(last) == function_is_import(next)) {
            if (last->signature == next->signature)
                continue;
            (void)note_pair_rule(last, next, problem);
            return false;
        }
        set->functions[kept++] = *next;
    }
    set->count = kept;
    return true;
}

void note_set_free(struct note_set *set)
{
    free(set->functions);
    free(set->texts);
    memset(set, 0, sizeof *set);
}
