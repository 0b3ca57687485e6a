/* SPDX-License-Identifier: MIT */
/*
 * Does any input define main? Then the guest gets the object that exports it
 * (hl_main.o). Read from the symbol tables, before anything is linked; inputs
 * that cannot be read are lld's to complain about.
 */
#include "link.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ARCHIVE_MAGIC "!<arch>\n"
#define THIN_MAGIC    "!<thin>\n"
#define MAGIC_SIZE    8

struct bytes {
    const unsigned char *at;
    size_t size;
};

/* The part [offset, offset+size) of bytes, or NULL if it is not all there. */
static const void *part(struct bytes bytes, uint64_t offset, uint64_t size)
{
    if (offset > bytes.size || size > bytes.size - offset)
        return NULL;
    return bytes.at + offset;
}

static bool section_header(struct bytes file, const Elf64_Ehdr *header,
                           uint64_t index, Elf64_Shdr *section)
{
    const void *at;

    if (index >= header->e_shnum)
        return false;
    at = part(file, header->e_shoff + index * sizeof(*section),
              sizeof(*section));
    if (at)
        memcpy(section, at, sizeof(*section));
    return at != NULL;
}

static bool symbols_define_main(struct bytes file, const Elf64_Shdr *symbols,
                                const Elf64_Shdr *strings)
{
    const unsigned char *table =
        part(file, symbols->sh_offset, symbols->sh_size);
    struct bytes names = {
        part(file, strings->sh_offset, strings->sh_size),
        strings->sh_size,
    };

    if (!table || !names.at)
        return false;
    for (uint64_t i = 0; i < symbols->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        const char *name;

        memcpy(&symbol, table + i * sizeof(symbol), sizeof(symbol));
        name = part(names, symbol.st_name, sizeof("main"));
        if (name && memcmp(name, "main", sizeof("main")) == 0 &&
            symbol.st_shndx != SHN_UNDEF &&
            ELF64_ST_BIND(symbol.st_info) != STB_LOCAL)
            return true;
    }
    return false;
}

static bool object_defines_main(struct bytes file)
{
    Elf64_Ehdr header;
    Elf64_Shdr symbols, strings;

    if (file.size < sizeof(header))
        return false;
    memcpy(&header, file.at, sizeof(header));
    for (uint64_t i = 0; section_header(file, &header, i, &symbols); i++)
        if (symbols.sh_type == SHT_SYMTAB &&
            section_header(file, &header, symbols.sh_link, &strings) &&
            symbols_define_main(file, &symbols, &strings))
            return true;
    return false;
}

/* The first member "/" is the archive's symbol index: a big-endian count, as
 * many offsets, then the names. */
static bool archive_defines_main(struct bytes file)
{
    const char *member = part(file, MAGIC_SIZE, 60);
    struct bytes index;
    uint64_t count, at;

    if (!member || memcmp(member, "/ ", 2) != 0)
        return false;
    index.size = strtoull(member + 48, NULL, 10);
    index.at = part(file, MAGIC_SIZE + 60, index.size);
    if (!index.at || index.size < 4)
        return false;
    count = (uint64_t)index.at[0] << 24 | (uint64_t)index.at[1] << 16 |
            (uint64_t)index.at[2] << 8 | index.at[3];
    for (at = 4 + 4 * count; at < index.size; at++) {
        const char *name = (const char *)index.at + at;
        size_t length = strnlen(name, index.size - at);

        if (length == 4 && memcmp(name, "main", 4) == 0)
            return true;
        at += length;
    }
    return false;
}

/* Pure bitcode (-flto -fno-fat-lto-objects, -emit-llvm) has no symbol table
 * that is stable enough to be read here: LLVM's own tool reads it. */
static bool bitcode_defines_main(const char *path)
{
    char line[256], *quoted = text_format("%s", ""), *old;
    bool found = false;
    FILE *pipe;

    for (const char *p = path; *p; p++) {
        old = quoted;
        quoted = text_format(*p == '\'' ? "%s'\\''" : "%s%c", old, *p);
        free(old);
    }
    fflush(NULL);
    pipe = popen(text_format("llvm-nm-19 -g --defined-only "
                             "--format=just-symbols -- '%s' 2>/dev/null",
                             quoted),
                 "r");
    if (!pipe)
        return false;
    while (fgets(line, sizeof(line), pipe))
        found = found || strcmp(line, "main\n") == 0;
    pclose(pipe);
    return found;
}

static bool file_defines_main(const char *path)
{
    static const unsigned char bitcode[] = {'B', 'C', 0xC0, 0xDE};
    static const unsigned char wrapper[] = {0xDE, 0xC0, 0x17, 0x0B};
    struct bytes file;
    struct stat status;
    bool found = false;
    char *text;

    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    text = file_read(path, &file.size);
    file.at = (const unsigned char *)text;
    if (!text || file.size < MAGIC_SIZE)
        found = false;
    else if (memcmp(text, ELFMAG, SELFMAG) == 0)
        found = object_defines_main(file);
    else if (memcmp(text, ARCHIVE_MAGIC, MAGIC_SIZE) == 0 ||
             memcmp(text, THIN_MAGIC, MAGIC_SIZE) == 0)
        found = archive_defines_main(file);
    else if (memcmp(text, bitcode, sizeof(bitcode)) == 0 ||
             memcmp(text, wrapper, sizeof(wrapper)) == 0)
        found = bitcode_defines_main(path);
    free(text);
    return found;
}

bool link_defines_main(const struct link *link)
{
    for (size_t i = 0; i < link->inputs.count; i++) {
        const char *input = link->inputs.at[i];
        const char *name = text_after(input, "-l");

        if (name)
            input = link_find_library(link, name);
        if (input && file_defines_main(input))
            return true;
    }
    return false;
}
