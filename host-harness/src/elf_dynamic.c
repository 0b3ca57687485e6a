/* SPDX-License-Identifier: MIT */
#include "elf_dynamic.h"

#include <string.h>

Elf64_Dyn elf_dynamic_at(const struct elf_file *file,
                         const struct elf_dynamic *dynamic, uint64_t index)
{
    Elf64_Dyn entry = {.d_tag = DT_NULL};

    if (index < dynamic->entries.count)
        (void)elf_read(file, dynamic->entries.offset + index * sizeof entry,
                       &entry, sizeof entry);
    return entry;
}

static void elf_dynamic_values(const struct elf_file *file,
                               struct elf_dynamic *dynamic)
{
    for (uint64_t i = 0;; i++) {
        Elf64_Dyn entry = elf_dynamic_at(file, dynamic, i);

        if (entry.d_tag == DT_NULL)
            return;
        if (entry.d_tag > 0 && entry.d_tag < DT_NUM) {
            dynamic->has[entry.d_tag] = true;
            dynamic->value[entry.d_tag] = entry.d_un.d_val;
        } else if (entry.d_tag == DT_GNU_HASH) {
            dynamic->gnu_hash = entry.d_un.d_ptr;
        }
    }
}

struct table_tags {
    int address, size, entry_size;
    size_t expected;
    const char *name;
};

static bool elf_table_find(const struct elf_file *file,
                           const struct elf_dynamic *dynamic,
                           const struct table_tags *tags,
                           struct elf_table *table,
                           struct image_problem *problem)
{
    uint64_t size = dynamic->value[tags->size];
    uint64_t address = dynamic->value[tags->address];
    uint64_t entry_size = tags->expected;

    if (size == 0)
        return true;
    if (dynamic->has[tags->entry_size])
        entry_size = dynamic->value[tags->entry_size];
    if (entry_size != tags->expected || size % tags->expected != 0)
        return image_problem_set(problem, IMAGE_RULE_DYNAMIC,
                                 "the %s table has %#llx bytes in entries of "
                                 "%#llx (an entry has %zu)",
                                 tags->name, (unsigned long long)size,
                                 (unsigned long long)entry_size,
                                 tags->expected);
    if (!dynamic->has[tags->address] ||
        !elf_offset_of(file, address, size, &table->offset, NULL))
        return image_problem_set(problem, IMAGE_RULE_DYNAMIC,
                                 "the %s table, %#llx bytes at %#llx, is not "
                                 "inside a segment's file bytes",
                                 tags->name, (unsigned long long)size,
                                 (unsigned long long)address);
    table->count = size / tags->expected;
    return true;
}

bool elf_dynamic_read(const struct elf_file *file, struct elf_dynamic *dynamic,
                      struct image_problem *problem)
{
    static const struct table_tags rela = {DT_RELA, DT_RELASZ, DT_RELAENT,
                                           sizeof(Elf64_Rela), "DT_RELA"};
    static const struct table_tags rel = {DT_REL, DT_RELSZ, DT_RELENT,
                                          sizeof(Elf64_Rel), "DT_REL"};
    /* PLT relocations have addends on x86-64 (psABI), like DT_RELA. */
    static const struct table_tags plt = {DT_JMPREL, DT_PLTRELSZ, DT_RELAENT,
                                          sizeof(Elf64_Rela), "DT_JMPREL"};
    struct image_problem ignored;
    Elf64_Phdr p;

    memset(dynamic, 0, sizeof *dynamic);
    if (!elf_phdr_find(file, PT_DYNAMIC, &p))
        return true;
    if (!elf_range_valid(file, p.p_offset, p.p_filesz))
        return image_problem_set(problem, IMAGE_RULE_DYNAMIC,
                                 "the dynamic section lies outside the file: "
                                 "%#llx bytes at offset %#llx of %llu",
                                 (unsigned long long)p.p_filesz,
                                 (unsigned long long)p.p_offset,
                                 (unsigned long long)file->size);
    dynamic->entries.offset = p.p_offset;
    dynamic->entries.count = p.p_filesz / sizeof(Elf64_Dyn);
    elf_dynamic_values(file, dynamic);
    (void)elf_table_find(file, dynamic, &plt, &dynamic->relocations[ELF_PLT],
                         &ignored);
    return elf_table_find(file, dynamic, &rela, &dynamic->relocations[ELF_RELA],
                          problem) &&
           elf_table_find(file, dynamic, &rel, &dynamic->relocations[ELF_REL],
                          problem);
}

bool elf_dynamic_verify(const struct elf_dynamic *dynamic,
                        struct image_problem *problem)
{
    if (dynamic->value[DT_PLTRELSZ] != 0)
        return image_problem_set(
            problem, IMAGE_RULE_PLT,
            "there are PLT relocations (DT_JMPREL, %llu "
            "bytes)",
            (unsigned long long)dynamic->value[DT_PLTRELSZ]);
    if (dynamic->value[DT_RELRSZ] != 0)
        return image_problem_set(problem, IMAGE_RULE_RELR,
                                 "there are packed relative relocations "
                                 "(DT_RELR, %llu bytes)",
                                 (unsigned long long)dynamic->value[DT_RELRSZ]);
    return true;
}
