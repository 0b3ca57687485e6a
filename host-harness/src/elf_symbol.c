/* SPDX-License-Identifier: MIT */
#include "elf_symbol.h"

#include <stdio.h>
#include <string.h>

/* Word 1 of a hash table at vaddr, 0 if there is no such table. */
static uint64_t elf_hash_word(const struct elf_file *file, uint64_t vaddr)
{
    uint32_t words[2] = {0, 0};
    uint64_t offset;

    if (vaddr != 0 && elf_offset_of(file, vaddr, sizeof words, &offset, NULL))
        (void)elf_read(file, offset, words, sizeof words);
    return words[1];
}

/*
 * No field gives the size of .dynsym. DT_HASH does (nchain); DT_GNU_HASH has
 * the first symbol that is hashed, and linkers place the undefined ones before
 * it; the section header does, where it was not stripped.
 */
static uint64_t elf_dynamic_symbol_count(const struct elf_file *file,
                                         const struct elf_dynamic *dynamic)
{
    uint64_t count = elf_hash_word(file, dynamic->value[DT_HASH]);
    uint64_t hashed = elf_hash_word(file, dynamic->gnu_hash);
    Elf64_Shdr section;

    if (hashed > count)
        count = hashed;
    if (elf_section_find(file, ".dynsym", SHT_DYNSYM, &section) &&
        section.sh_size / sizeof(Elf64_Sym) > count)
        count = section.sh_size / sizeof(Elf64_Sym);
    return count;
}

void elf_symbols_dynamic(const struct elf_file *file,
                         const struct elf_dynamic *dynamic,
                         struct elf_symbols *symbols)
{
    memset(symbols, 0, sizeof *symbols);
    if (!elf_offset_of(file, dynamic->value[DT_STRTAB],
                       dynamic->value[DT_STRSZ], &symbols->strings, NULL) ||
        !elf_offset_of(file, dynamic->value[DT_SYMTAB], 0, &symbols->offset,
                       &symbols->room))
        return;
    symbols->strings_size = dynamic->value[DT_STRSZ];
    symbols->room /= sizeof(Elf64_Sym);
    symbols->count = elf_dynamic_symbol_count(file, dynamic);
    if (symbols->count > symbols->room)
        symbols->count = symbols->room;
}

void elf_symbols_static(const struct elf_file *file,
                        struct elf_symbols *symbols)
{
    Elf64_Shdr table, names;

    memset(symbols, 0, sizeof *symbols);
    if (!elf_section_find(file, ".symtab", SHT_SYMTAB, &table) ||
        !elf_section_at(file, table.sh_link, &names) ||
        !elf_range_valid(file, names.sh_offset, names.sh_size))
        return;
    symbols->offset = table.sh_offset;
    symbols->count = symbols->room = table.sh_size / sizeof(Elf64_Sym);
    symbols->strings = names.sh_offset;
    symbols->strings_size = names.sh_size;
}

static Elf64_Sym elf_symbol_at(const struct elf_file *file,
                               const struct elf_symbols *symbols,
                               uint64_t index)
{
    Elf64_Sym symbol = {0};

    if (index < symbols->room)
        (void)elf_read(file, symbols->offset + index * sizeof symbol, &symbol,
                       sizeof symbol);
    return symbol;
}

void elf_text(const struct elf_file *file, uint64_t offset, uint64_t size,
              char text[ELF_SYMBOL_TEXT_MAX])
{
    size_t len = 0;

    if (!elf_range_valid(file, offset, size))
        size = 0;
    while (len < size && len < ELF_SYMBOL_TEXT_MAX - 1) {
        uint8_t c = file->bytes[offset + len];

        if (c == 0)
            break;
        text[len++] = c > ' ' && c < 0x7f ? (char)c : '?';
    }
    if (len == 0)
        text[len++] = '?';
    text[len] = 0;
}

void elf_symbol_string(const struct elf_file *file,
                       const struct elf_symbols *symbols, uint64_t offset,
                       char text[ELF_SYMBOL_TEXT_MAX])
{
    uint64_t size = symbols->strings_size;

    if (offset > size)
        offset = size;
    elf_text(file, symbols->strings + offset, size - offset, text);
}

void elf_symbol_name(const struct elf_file *file,
                     const struct elf_symbols *symbols, uint64_t index,
                     char text[ELF_SYMBOL_TEXT_MAX])
{
    elf_symbol_string(file, symbols,
                      elf_symbol_at(file, symbols, index).st_name, text);
}

void elf_name_list_add(struct elf_name_list *list, const char *name)
{
    size_t len = strlen(list->text);

    if (list->count++ < 3)
        snprintf(list->text + len, sizeof list->text - len, "%s%s",
                 len ? ", " : "", name);
}

void elf_name_list_end(struct elf_name_list *list)
{
    size_t len = strlen(list->text);

    if (list->count > 3)
        snprintf(list->text + len, sizeof list->text - len, " and %llu more",
                 (unsigned long long)list->count - 3);
}

void elf_symbols_undefined(const struct elf_file *file,
                           const struct elf_symbols *symbols,
                           struct elf_name_list *list)
{
    memset(list, 0, sizeof *list);
    /* Symbol 0 is the empty one. */
    for (uint64_t i = 1; i < symbols->count; i++) {
        Elf64_Sym symbol = elf_symbol_at(file, symbols, i);
        char name[ELF_SYMBOL_TEXT_MAX];

        if (symbol.st_shndx != SHN_UNDEF ||
            ELF64_ST_BIND(symbol.st_info) == STB_WEAK)
            continue;
        elf_symbol_string(file, symbols, symbol.st_name, name);
        elf_name_list_add(list, name);
    }
    elf_name_list_end(list);
}

void elf_symbols_of_type(const struct elf_file *file,
                         const struct elf_symbols *symbols, unsigned type,
                         struct elf_name_list *list)
{
    memset(list, 0, sizeof *list);
    for (uint64_t i = 1; i < symbols->count; i++) {
        Elf64_Sym symbol = elf_symbol_at(file, symbols, i);
        char name[ELF_SYMBOL_TEXT_MAX];

        if (ELF64_ST_TYPE(symbol.st_info) != type)
            continue;
        elf_symbol_string(file, symbols, symbol.st_name, name);
        elf_name_list_add(list, name);
    }
    elf_name_list_end(list);
}
