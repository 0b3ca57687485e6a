/* SPDX-License-Identifier: MIT */
/* ELF notes: one after another, and Hyperlight's version note (abi §1.4). */
#include "note.h"

#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>
#include <hl/wire.h>

void note_cursor_of_segment(struct note_cursor *cursor,
                            const struct elf_file *file, const Elf64_Phdr *p)
{
    *cursor = (struct note_cursor){
        .bytes = file->bytes + p->p_offset,
        .size = p->p_filesz,
        .alignment = 4,
        .has_gaps = p->p_align == 8,
    };
}

void note_cursor_of_section(struct note_cursor *cursor,
                            const struct elf_file *file, const Elf64_Shdr *s)
{
    *cursor = (struct note_cursor){
        .bytes = file->bytes + s->sh_offset,
        .size = s->sh_size,
        .alignment = s->sh_addralign == 8 ? 8 : 4,
    };
}

static bool note_bytes_zero(const uint8_t *bytes, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static uint64_t note_align(const struct note_cursor *cursor, uint64_t position)
{
    return (position + cursor->alignment - 1) & ~(cursor->alignment - 1);
}

static void note_gap_skip(struct note_cursor *cursor)
{
    enum { WORD = 4 };

    if (cursor->has_gaps && cursor->position % 8 == WORD &&
        cursor->size - cursor->position >= WORD &&
        note_bytes_zero(cursor->bytes + cursor->position, WORD))
        cursor->position += WORD;
}

enum note_step note_cursor_next(struct note_cursor *cursor, struct note *note)
{
    Elf64_Nhdr header;
    const uint8_t *start;
    uint64_t left, owner, bytes, end;

    note_gap_skip(cursor);
    start = cursor->bytes + cursor->position;
    left = cursor->size - cursor->position;
    if (left < sizeof header)
        return note_bytes_zero(start, left) ? NOTE_STEP_END : NOTE_STEP_BAD;
    memcpy(&header, start, sizeof header);
    /* 32-bit sizes in 64-bit sums: nothing wraps. */
    owner = cursor->position + sizeof header;
    bytes = note_align(cursor, owner + header.n_namesz);
    end = bytes + header.n_descsz;
    if (end > cursor->size)
        return NOTE_STEP_BAD;
    note->type = header.n_type;
    note->owner_size = header.n_namesz;
    note->size = header.n_descsz;
    note->owner = cursor->bytes + owner;
    note->bytes = cursor->bytes + bytes;
    cursor->position = note_align(cursor, end);
    if (cursor->position > cursor->size) /* no padding behind the last */
        cursor->position = cursor->size;
    return NOTE_STEP_FOUND;
}

bool note_is_of(const struct note *note, const char *owner)
{
    size_t size = strlen(owner) + 1;

    return note->owner_size == size && memcmp(note->owner, owner, size) == 0;
}

static char *note_text_copy(const struct note *note, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = note->bytes[i];

        text[i] = c < ' ' || c == 0x7f ? '?' : (char)c;
    }
    text[size] = 0;
    return text;
}

bool note_version_read(const struct elf_file *file, char **text)
{
    struct note_cursor cursor;
    struct note note;
    Elf64_Shdr section;
    size_t size;

    *text = NULL;
    if (!elf_section_find(file, HL_VERSION_NOTE_SECTION, SHT_NOTE, &section))
        return true;
    note_cursor_of_section(&cursor, file, &section);
    do {
        if (note_cursor_next(&cursor, &note) != NOTE_STEP_FOUND)
            return true;
    } while (note.type != HL_VERSION_NOTE_TYPE ||
             !note_is_of(&note, HL_VERSION_NOTE_OWNER));
    size = note.size;
    while (size > 0 && note.bytes[size - 1] == 0)
        size--;
    if (!hl_wire_utf8_valid((const char *)note.bytes, size))
        return true;
    *text = note_text_copy(&note, size);
    return *text != NULL;
}
