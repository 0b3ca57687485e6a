/* SPDX-License-Identifier: MIT */
/*
 * Makes guest images for tests, good ones and, by editing the parts before
 * elf_builder_write, any kind of bad one. Everything has a fixed place:
 *
 *   0x0000 headers, notes and relocation tables, dynamic symbols   (R)
 *   0x1000 code, the entry at 0x1010                               (RX)
 *   0x2000 data, the dynamic section, .bss                         (RW)
 *   0x2400 not loaded: version note, .symtab, section headers
 *
 * File offsets are addresses.
 */
#ifndef ELF_BUILDER_H
#define ELF_BUILDER_H

#include <elf.h>

#include <hl_host.h>

#include "test.h"

enum { /* the good image's program headers */
       PH_TEXT_HEADERS,
       PH_CODE,
       PH_DATA,
       PH_DYNAMIC,
       PH_NOTE,
       PH_COUNT
};

enum { /* its sections */
       SH_NULL,
       SH_NAMES,
       SH_VERSION,
       SH_SYMTAB,
       SH_DYNSYM,
       SH_STRINGS, /* of both symbol tables */
       SH_DEBUG,
       SH_COUNT
};

enum {
    IN_NOTES = 0x400,
    IN_RELA = 0xa00,
    IN_REL = 0xb00,
    IN_PLT = 0xc00,
    IN_SYMBOLS = 0xd00,
    IN_STRINGS = 0xe00,
    IN_HASH = 0xf00,
    IN_GNU_HASH = 0xf80,
    IN_CODE = 0x1000,
    IN_ENTRY = 0x1010,
    IN_DATA = 0x2000,
    IN_DYNAMIC = 0x2100,
    IN_LOADED_END = 0x2400,
    IN_VERSION = 0x2400,
    IN_SYMTAB = 0x2500,
    IN_SECTION_NAMES = 0x2580,
    IN_SECTIONS = 0x2680,
    IMAGE_SIZE = 0x2880,
    IMAGE_SPAN = 0x3080
};

struct elf_builder {
    Elf64_Ehdr header;
    Elf64_Phdr phdr[12];
    Elf64_Shdr section[SH_COUNT];
    Elf64_Rela rela[8];
    size_t rela_count;
    Elf64_Rel rel[4];
    size_t rel_count;
    Elf64_Rela plt[4];
    size_t plt_count;
    Elf64_Sym symbol[8]; /* .dynsym, the empty one included */
    size_t symbol_count;
    char strings[0x100]; /* of .dynsym and .symtab */
    size_t strings_size;
    Elf64_Sym symtab[5];
    size_t symtab_count;
    Elf64_Dyn dynamic[16]; /* behind those made from the above */
    size_t dynamic_count;
    bool no_hash;
    uint8_t notes[0x600];
    size_t notes_size;
    uint8_t version[0x100];
    size_t version_size;
    uint8_t bytes[IMAGE_SIZE];
};

/* A good image: one export, one import, SDK note, two relocations, symbols. */
void elf_builder_init(struct elf_builder *b);

/* A program header more; returns it. */
Elf64_Phdr *elf_builder_phdr(struct elf_builder *b, uint32_t type);
void elf_builder_rela(struct elf_builder *b, uint64_t offset, uint32_t type,
                      uint32_t symbol, int64_t addend);
void elf_builder_dynamic(struct elf_builder *b, int64_t tag, uint64_t value);
/* Adds to .dynsym; returns its index. */
uint32_t elf_builder_symbol(struct elf_builder *b, const char *name,
                            unsigned bind, uint16_t section);
/* Adds to .symtab. */
void elf_builder_local(struct elf_builder *b, const char *name, unsigned type);

/* Any note, 4-aligned, appended to notes. */
void elf_builder_note(struct elf_builder *b, const char *owner, uint32_t type,
                      const void *descriptor, size_t size);
void elf_builder_function(struct elf_builder *b, uint32_t type,
                          const char *name, hl_signature signature);
void elf_builder_sdk(struct elf_builder *b, uint32_t abi, uint32_t soft,
                     const char *version);
/* The Hyperlight version note's text (none: NULL). */
void elf_builder_version(struct elf_builder *b, const char *owner,
                         uint32_t type, const char *text, size_t size);

/* Lay it all out in b->bytes, IMAGE_SIZE of them. */
void elf_builder_write(struct elf_builder *b);

/* Signature of return type r and up to two parameters. */
hl_signature signature_of(enum hl_type r, enum hl_type a, enum hl_type b);

/* Write and open; the image must be accepted. */
hl_image *expect_opened(struct elf_builder *b);
/* Write and open: refused with that status and a message that has text. */
void expect_refused(struct elf_builder *b, hl_status status, const char *text);
/* Open size bytes as they are: the same. */
void expect_bytes_refused(const void *bytes, size_t size, hl_status status,
                          const char *text);

/* What hl_image_check reported. */
struct reports {
    size_t count;
    struct {
        char rule[32];
        char problem[640];
        char fix[256];
    } of[32];
};
void reports_collect(const void *bytes, size_t size, struct reports *reports);
/* Is the rule among them, with text in its problem? */
bool reports_has(const struct reports *reports, const char *rule,
                 const char *text);
/* Write and check: exactly one rule is broken, with text in the problem. */
void expect_rule(struct elf_builder *b, const char *rule, const char *text);
/* Write and check: that rule, with text, is among those broken. */
void expect_rule_among(struct elf_builder *b, const char *rule,
                       const char *text);

#endif /* ELF_BUILDER_H */
