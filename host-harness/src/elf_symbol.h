/* SPDX-License-Identifier: MIT */
/*
 * Symbol names for messages: what is undefined, which function is an ifunc.
 * Nothing is loaded by symbols; damaged tables count as empty.
 */
#ifndef HL_ELF_SYMBOL_H
#define HL_ELF_SYMBOL_H

#include "elf_dynamic.h"

struct elf_symbols {
    uint64_t offset;
    uint64_t count; /* symbols that are known to be there */
    uint64_t room;  /* symbols that the table has room for, >= count */
    uint64_t strings;
    uint64_t strings_size;
};

/* .dynsym through the dynamic section. */
void elf_symbols_dynamic(const struct elf_file *file,
                         const struct elf_dynamic *dynamic,
                         struct elf_symbols *symbols);
/* .symtab through the section headers. */
void elf_symbols_static(const struct elf_file *file,
                        struct elf_symbols *symbols);

/* Bytes of a symbol's name in a message, with the NUL. */
#define ELF_SYMBOL_TEXT_MAX 96

/*
 * Printable text of the string at offset, which ends at a NUL or after size
 * bytes: cut to fit, odd bytes as '?', "?" if empty or outside the file.
 */
void elf_text(const struct elf_file *file, uint64_t offset, uint64_t size,
              char text[ELF_SYMBOL_TEXT_MAX]);

/* The same of a symbol's name. */
void elf_symbol_name(const struct elf_file *file,
                     const struct elf_symbols *symbols, uint64_t index,
                     char text[ELF_SYMBOL_TEXT_MAX]);

/* The same of the string at offset of the string table. */
void elf_symbol_string(const struct elf_file *file,
                       const struct elf_symbols *symbols, uint64_t offset,
                       char text[ELF_SYMBOL_TEXT_MAX]);

/* "a, b, c and 4 more": the first names and the number of all. */
struct elf_name_list {
    uint64_t count;
    char text[3 * ELF_SYMBOL_TEXT_MAX + 40];
};
void elf_name_list_add(struct elf_name_list *list, const char *name);
void elf_name_list_end(struct elf_name_list *list);

/* Names of the symbols that are undefined and not weak. */
void elf_symbols_undefined(const struct elf_file *file,
                           const struct elf_symbols *symbols,
                           struct elf_name_list *list);
/* Names of the symbols of a type (STT_TLS, STT_GNU_IFUNC). */
void elf_symbols_of_type(const struct elf_file *file,
                         const struct elf_symbols *symbols, unsigned type,
                         struct elf_name_list *list);

#endif /* HL_ELF_SYMBOL_H */
