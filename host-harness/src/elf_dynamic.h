/* SPDX-License-Identifier: MIT */
/*
 * The dynamic section (PT_DYNAMIC): relocation tables and dynamic symbols. A
 * host applies DT_RELA and DT_REL only (abi §1.1).
 */
#ifndef HL_ELF_DYNAMIC_H
#define HL_ELF_DYNAMIC_H

#include "elf_file.h"

/* count entries of one table in the file. */
struct elf_table {
    uint64_t offset;
    uint64_t count;
};

enum { ELF_RELA, ELF_REL, ELF_PLT, ELF_RELOCATION_TABLES };

struct elf_dynamic {
    struct elf_table entries; /* of the dynamic section itself; may be empty */
    bool has[DT_NUM];         /* by tag; the last one of a tag counts */
    uint64_t value[DT_NUM];
    uint64_t gnu_hash; /* DT_GNU_HASH, 0 if none */
    struct elf_table relocations[ELF_RELOCATION_TABLES];
};

/*
 * Read the section (none: all empty) and find the tables that a host applies.
 * DT_JMPREL is found where it is well-formed (else relocations[ELF_PLT] is
 * empty) and neither it nor DT_RELR is refused here.
 */
bool elf_dynamic_read(const struct elf_file *file, struct elf_dynamic *dynamic,
                      struct image_problem *problem);

/* The index-th entry; DT_NULL past the end. */
Elf64_Dyn elf_dynamic_at(const struct elf_file *file,
                         const struct elf_dynamic *dynamic, uint64_t index);

/* Refuse tables that no host applies: DT_JMPREL, DT_RELR. */
bool elf_dynamic_verify(const struct elf_dynamic *dynamic,
                        struct image_problem *problem);

struct elf_relocation {
    uint64_t offset;
    uint32_t type;
    uint32_t symbol;
    uint64_t addend;
    bool has_addend;
};

/* index < relocations[table].count. */
struct elf_relocation elf_relocation_at(const struct elf_file *file,
                                        const struct elf_dynamic *dynamic,
                                        int table, uint64_t index);

/* The rule that a relocation breaks, IMAGE_RULE_NONE if a host applies it. */
enum image_rule elf_relocation_rule(const struct elf_file *file,
                                    const struct elf_relocation *relocation);

/* "R_X86_64_GLOB_DAT of symbol puts at 0x3000", for messages. */
void elf_relocation_describe(const struct elf_file *file,
                             const struct elf_dynamic *dynamic,
                             const struct elf_relocation *relocation,
                             char *text, size_t size);

/*
 * Every relocation is one that a host applies, inside the image; *count gets
 * the number of R_X86_64_RELATIVE ones. With any, base must be 0.
 */
bool elf_relocations_verify(const struct elf_file *file,
                            const struct elf_dynamic *dynamic, uint64_t *count,
                            struct image_problem *problem);

#endif /* HL_ELF_DYNAMIC_H */
