/* SPDX-License-Identifier: MIT */
/*
 * The notes of an image (abi §1.4, §1.5): hlkit's own, read through
 * PT_NOTE only, and Hyperlight's version note, read through section headers
 * only. Both are hostile data.
 *
 * A hlkit note has owner "hlkit" and stands on a 4-byte boundary:
 *   type 1, 2, 3 (export, import, optional import): u64 signature, then the
 *     name, 1 to NOTE_NAME_MAX bytes of UTF-8 without control characters;
 *   type 4 (SDK): u64 of HL_NOTE_SDK_ bits: byte 0 the float variant (0 sse2,
 *     1 soft), byte 1 the ABIs the guest speaks (bit 0 stack, bit 1
 *     virtqueues), the others not looked at; then the SDK's version, 0 to
 *     NOTE_NAME_MAX bytes of such text.
 * NUL bytes that end a text are not part of it. Other types are ignored.
 */
#ifndef HL_NOTE_H
#define HL_NOTE_H

#include "elf_file.h"

#define NOTE_NAME_MAX 255

enum { NOTE_ABI_STACK = 1, NOTE_ABI_VIRTQ = 2 };

struct note_set {
    struct hl_image_function *functions; /* names point into texts */
    size_t count;
    char *texts;
    size_t text_size;
    bool has_sdk;
    bool soft_float;
    uint32_t abi;            /* 0 without SDK note */
    const char *sdk_version; /* NULL without SDK note */
};

/*
 * Read and validate every hlkit note; functions come out sorted: exports by
 * name, then imports by name, nothing merged yet. On failure *set is empty.
 */
bool note_set_read(const struct elf_file *file, struct note_set *set,
                   struct image_problem *problem);

/*
 * Make one function of those that agree: exports of one name and signature;
 * imports too, required before optional. Fails where signatures differ.
 */
bool note_set_merge(struct note_set *set, struct image_problem *problem);

/* The rule that two neighbours of the sorted list break together, or NONE. */
enum image_rule note_pair_rule(const struct hl_image_function *a,
                               const struct hl_image_function *b,
                               struct image_problem *problem);

void note_set_free(struct note_set *set);

/*
 * Text of Hyperlight's version note, to be freed; control characters come out
 * as '?'. *text is NULL if there is none (or a damaged one: abi §1.4). False
 * only when out of memory.
 */
bool note_version_read(const struct elf_file *file, char **text);

/* One note of a note segment or section. */
struct note {
    uint32_t type;
    uint32_t owner_size;
    uint32_t size;
    const uint8_t *owner;
    const uint8_t *bytes;
};

/* Where the next note starts. All inside [file->bytes + start, + end). */
struct note_cursor {
    const uint8_t *bytes;
    uint64_t position;
    uint64_t size;
    uint64_t alignment; /* of owner and descriptor: 4 or 8 */
    bool has_gaps;      /* notes start on 8 bytes or on 4, behind zeros */
};

enum note_step { NOTE_STEP_FOUND, NOTE_STEP_END, NOTE_STEP_BAD };

/*
 * size bytes at offset, which must lie in the file. A segment of alignment 8
 * may hold notes of both kinds, those of hlkit being 4-aligned: so all are
 * read as such, and a zero word that fills up to 8 bytes is skipped.
 */
void note_cursor_of_segment(struct note_cursor *cursor,
                            const struct elf_file *file, const Elf64_Phdr *p);
/* A section's notes are all aligned as it is. */
void note_cursor_of_section(struct note_cursor *cursor,
                            const struct elf_file *file, const Elf64_Shdr *s);
enum note_step note_cursor_next(struct note_cursor *cursor, struct note *note);
bool note_is_of(const struct note *note, const char *owner);

#endif /* HL_NOTE_H */
