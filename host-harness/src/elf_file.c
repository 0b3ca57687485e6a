/* SPDX-License-Identifier: MIT */
#include "elf_file.h"

#include <string.h>

static const char *elf_machine_name(uint16_t machine)
{
    switch (machine) {
    case EM_386:
        return "32-bit x86";
    case EM_ARM:
        return "32-bit ARM";
    case EM_AARCH64:
        return "AArch64";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "another machine";
    }
}

static const char *elf_type_name(uint16_t type)
{
    switch (type) {
    case ET_REL:
        return "an object file, not linked yet";
    case ET_CORE:
        return "a core dump";
    default:
        return "not an executable";
    }
}

static bool elf_header_verify(const struct elf_file *file,
                              struct image_problem *problem)
{
    const Elf64_Ehdr *h = &file->header;

    if (h->e_ident[EI_CLASS] != ELFCLASS64)
        return image_problem_set(problem, IMAGE_RULE_CLASS,
                                 "ELF class is %u, not 2 (64-bit)",
                                 h->e_ident[EI_CLASS]);
    if (h->e_ident[EI_DATA] != ELFDATA2LSB)
        return image_problem_set(problem, IMAGE_RULE_CLASS,
                                 "ELF data encoding is %u, not 1 "
                                 "(little-endian)",
                                 h->e_ident[EI_DATA]);
    if (h->e_machine != EM_X86_64)
        return image_problem_set(problem, IMAGE_RULE_MACHINE,
                                 "built for %s (e_machine %u), not for x86-64 "
                                 "(62)",
                                 elf_machine_name(h->e_machine), h->e_machine);
    if (h->e_type != ET_DYN && h->e_type != ET_EXEC)
        return image_problem_set(problem, IMAGE_RULE_TYPE,
                                 "the file is %s (e_type %u)",
                                 elf_type_name(h->e_type), h->e_type);
    return true;
}

bool elf_open(struct elf_file *file, const void *bytes, size_t size,
              struct image_problem *problem)
{
    Elf64_Ehdr *h = &file->header;

    memset(file, 0, sizeof *file);
    file->bytes = bytes;
    file->size = size;
    if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return image_problem_set(problem, IMAGE_RULE_ELF, "not an ELF file");
    if (!elf_read(file, 0, h, sizeof *h))
        return image_problem_set(problem, IMAGE_RULE_ELF,
                                 "the ELF header is cut short: %zu of %zu "
                                 "bytes",
                                 size, sizeof *h);
    if (!elf_header_verify(file, problem))
        return false;
    if (h->e_phnum == 0)
        return image_problem_set(problem, IMAGE_RULE_NO_LOAD,
                                 "no program headers, so nothing to load");
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == PN_XNUM)
        return image_problem_set(problem, IMAGE_RULE_HEADERS,
                                 "%u program headers of %u bytes (a header "
                                 "has %zu bytes)",
                                 h->e_phnum, h->e_phentsize,
                                 sizeof(Elf64_Phdr));
    if (!elf_range_valid(file, h->e_phoff, h->e_phnum * sizeof(Elf64_Phdr)))
        return image_problem_set(problem, IMAGE_RULE_HEADERS,
                                 "the %u program headers at offset %#llx end "
                                 "outside the file (%llu bytes)",
                                 h->e_phnum, (unsigned long long)h->e_phoff,
                                 (unsigned long long)file->size);
    return true;
}

bool elf_range_valid(const struct elf_file *file, uint64_t offset, uint64_t len)
{
    return offset <= file->size && len <= file->size - offset;
}

bool elf_read(const struct elf_file *file, uint64_t offset, void *out,
              size_t len)
{
    if (!elf_range_valid(file, offset, len)) {
        memset(out, 0, len);
        return false;
    }
    memcpy(out, file->bytes + offset, len);
    return true;
}

Elf64_Phdr elf_phdr(const struct elf_file *file, size_t index)
{
    Elf64_Phdr phdr;

    (void)elf_read(file, file->header.e_phoff + index * sizeof phdr, &phdr,
                   sizeof phdr);
    return phdr;
}

bool elf_phdr_find(const struct elf_file *file, uint32_t type, Elf64_Phdr *out)
{
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        *out = elf_phdr(file, i);
        if (out->p_type == type)
            return true;
    }
    memset(out, 0, sizeof *out);
    return false;
}

bool elf_section_at(const struct elf_file *file, size_t index, Elf64_Shdr *out)
{
    const Elf64_Ehdr *h = &file->header;

    memset(out, 0, sizeof *out);
    if (index >= h->e_shnum || h->e_shentsize != sizeof *out ||
        !elf_range_valid(file, h->e_shoff, h->e_shnum * sizeof *out))
        return false;
    (void)elf_read(file, h->e_shoff + index * sizeof *out, out, sizeof *out);
    return true;
}

/* Does the string table names hold name, with its NUL, at offset? */
static bool elf_name_equals(const struct elf_file *file,
                            const Elf64_Shdr *names, uint32_t offset,
                            const char *name)
{
    size_t size = strlen(name) + 1;

    return offset <= names->sh_size && size <= names->sh_size - offset &&
           memcmp(file->bytes + names->sh_offset + offset, name, size) == 0;
}

bool elf_section_find(const struct elf_file *file, const char *name,
                      uint32_t type, Elf64_Shdr *out)
{
    Elf64_Shdr names;

    if (!elf_section_at(file, file->header.e_shstrndx, &names) ||
        !elf_range_valid(file, names.sh_offset, names.sh_size))
        return false;
    for (size_t i = 0; elf_section_at(file, i, out); i++) {
        if (out->sh_type == type &&
            elf_name_equals(file, &names, out->sh_name, name))
            return elf_range_valid(file, out->sh_offset, out->sh_size);
    }
    return false;
}
