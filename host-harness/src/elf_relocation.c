/* SPDX-License-Identifier: MIT */
/* Relocations: which ones a host applies (abi §1.1), and their names. */
#include <stdio.h>

#include "elf_dynamic.h"
#include "elf_symbol.h"

struct elf_relocation elf_relocation_at(const struct elf_file *file,
                                        const struct elf_dynamic *dynamic,
                                        int table, uint64_t index)
{
    uint64_t offset = dynamic->relocations[table].offset;
    struct elf_relocation out = {.has_addend = table != ELF_REL};
    Elf64_Rela entry = {0};

    if (out.has_addend)
        (void)elf_read(file, offset + index * sizeof entry, &entry,
                       sizeof entry);
    else
        (void)elf_read(file, offset + index * sizeof(Elf64_Rel), &entry,
                       sizeof(Elf64_Rel));
    out.offset = entry.r_offset;
    out.type = (uint32_t)ELF64_R_TYPE(entry.r_info);
    out.symbol = (uint32_t)ELF64_R_SYM(entry.r_info);
    out.addend = (uint64_t)entry.r_addend;
    return out;
}

enum image_rule elf_relocation_rule(const struct elf_file *file,
                                    const struct elf_relocation *relocation)
{
    switch (relocation->type) {
    case R_X86_64_NONE:
        return IMAGE_RULE_NONE;
    case R_X86_64_RELATIVE:
        if (!relocation->has_addend)
            return IMAGE_RULE_RELOCATION;
        /* Hosts take r_offset and addend as relative to the image. */
        if (file->base != 0)
            return IMAGE_RULE_BASE;
        if (relocation->offset > file->span ||
            file->span - relocation->offset < sizeof(uint64_t))
            return IMAGE_RULE_RELOCATION_RANGE;
        return IMAGE_RULE_NONE;
    case R_X86_64_IRELATIVE:
        return IMAGE_RULE_IFUNC;
    case R_X86_64_DTPMOD64:
    case R_X86_64_DTPOFF64:
    case R_X86_64_TPOFF64:
    case R_X86_64_TLSDESC:
        return IMAGE_RULE_TLS;
    default:
        return IMAGE_RULE_RELOCATION;
    }
}

static const char *elf_relocation_name(uint32_t type)
{
    static const char *const names[] = {
        [R_X86_64_64] = "R_X86_64_64",
        [R_X86_64_PC32] = "R_X86_64_PC32",
        [R_X86_64_COPY] = "R_X86_64_COPY",
        [R_X86_64_GLOB_DAT] = "R_X86_64_GLOB_DAT",
        [R_X86_64_JUMP_SLOT] = "R_X86_64_JUMP_SLOT",
        [R_X86_64_RELATIVE] = "R_X86_64_RELATIVE",
        [R_X86_64_32] = "R_X86_64_32",
        [R_X86_64_DTPMOD64] = "R_X86_64_DTPMOD64",
        [R_X86_64_DTPOFF64] = "R_X86_64_DTPOFF64",
        [R_X86_64_TPOFF64] = "R_X86_64_TPOFF64",
        [R_X86_64_TLSDESC] = "R_X86_64_TLSDESC",
        [R_X86_64_IRELATIVE] = "R_X86_64_IRELATIVE",
    };

    return type < sizeof names / sizeof names[0] ? names[type] : NULL;
}

void elf_relocation_describe(const struct elf_file *file,
                             const struct elf_dynamic *dynamic,
                             const struct elf_relocation *relocation,
                             char *text, size_t size)
{
    const char *type = elf_relocation_name(relocation->type);
    char number[32], symbol[ELF_SYMBOL_TEXT_MAX + 16] = "";
    struct elf_symbols symbols;

    if (!type) {
        snprintf(number, sizeof number, "type %u", relocation->type);
        type = number;
    }
    if (relocation->symbol != 0) {
        char name[ELF_SYMBOL_TEXT_MAX];

        elf_symbols_dynamic(file, dynamic, &symbols);
        elf_symbol_name(file, &symbols, relocation->symbol, name);
        snprintf(symbol, sizeof symbol, " of symbol %s", name);
    }
    snprintf(text, size, "%s%s at %#llx%s", type, symbol,
             (unsigned long long)relocation->offset,
             relocation->has_addend ? "" : " without addend");
}

static bool elf_relocation_refuse(const struct elf_file *file,
                                  const struct elf_dynamic *dynamic,
                                  const struct elf_relocation *relocation,
                                  enum image_rule rule,
                                  struct image_problem *problem)
{
    char text[256];

    elf_relocation_describe(file, dynamic, relocation, text, sizeof text);
    if (rule == IMAGE_RULE_RELOCATION_RANGE)
        return image_problem_set(problem, rule,
                                 "relocation %s lies outside the image, which "
                                 "has %#llx bytes",
                                 text, (unsigned long long)file->span);
    if (rule == IMAGE_RULE_BASE)
        return image_problem_set(problem, rule,
                                 "an image with relocations must start at "
                                 "address 0, not at %#llx",
                                 (unsigned long long)file->base);
    return image_problem_set(problem, rule,
                             "relocation %s: hosts apply R_X86_64_RELATIVE "
                             "with addend only",
                             text);
}

bool elf_relocations_verify(const struct elf_file *file,
                            const struct elf_dynamic *dynamic, uint64_t *count,
                            struct image_problem *problem)
{
    *count = 0;
    for (int table = ELF_RELA; table <= ELF_REL; table++) {
        for (uint64_t i = 0; i < dynamic->relocations[table].count; i++) {
            struct elf_relocation r =
                elf_relocation_at(file, dynamic, table, i);
            enum image_rule rule = elf_relocation_rule(file, &r);

            if (rule != IMAGE_RULE_NONE)
                return elf_relocation_refuse(file, dynamic, &r, rule, problem);
            *count += r.type == R_X86_64_RELATIVE;
        }
    }
    return true;
}
