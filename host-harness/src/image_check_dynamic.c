/* SPDX-License-Identifier: MIT */
/* What hl_image_check says of the dynamic section and its relocations. */
#include <string.h>

#include "image_check.h"

/* Relocations that break one rule: how many, and the first of them. */
struct relocation_tally {
    uint64_t count;
    struct elf_relocation first;
};

static void check_needed(struct image_check *check,
                         const struct elf_dynamic *dynamic)
{
    struct elf_name_list names = {0};
    struct image_problem problem;
    struct elf_symbols symbols;

    elf_symbols_dynamic(&check->elf, dynamic, &symbols);
    for (uint64_t i = 0;; i++) {
        Elf64_Dyn entry = elf_dynamic_at(&check->elf, dynamic, i);
        char name[ELF_SYMBOL_TEXT_MAX];

        if (entry.d_tag == DT_NULL)
            break;
        if (entry.d_tag != DT_NEEDED)
            continue;
        elf_symbol_string(&check->elf, &symbols, entry.d_un.d_val, name);
        elf_name_list_add(&names, name);
    }
    elf_name_list_end(&names);
    if (names.count == 0)
        return;
    image_problem_set(&problem, IMAGE_RULE_NEEDED,
                      "shared libraries are needed (DT_NEEDED): %s",
                      names.text);
    image_check_report(check, &problem);
}

static void check_undefined(struct image_check *check,
                            const struct elf_dynamic *dynamic)
{
    struct elf_name_list names;
    struct image_problem problem;
    struct elf_symbols symbols;

    elf_symbols_dynamic(&check->elf, dynamic, &symbols);
    elf_symbols_undefined(&check->elf, &symbols, &names);
    if (names.count == 0)
        return;
    image_problem_set(&problem, IMAGE_RULE_UNDEFINED, "undefined symbols: %s",
                      names.text);
    image_check_report(check, &problem);
}

static void check_ifunc(struct image_check *check, const char *relocation)
{
    struct elf_name_list names;
    struct image_problem problem;
    struct elf_symbols symbols;

    elf_symbols_static(&check->elf, &symbols);
    elf_symbols_of_type(&check->elf, &symbols, STT_GNU_IFUNC, &names);
    image_problem_set(&problem, IMAGE_RULE_IFUNC,
                      "functions are chosen by resolvers at start (ifunc): "
                      "%s%s%s",
                      names.text, names.count ? ", " : "", relocation);
    image_check_report(check, &problem);
}

static void check_relocation(struct image_check *check,
                             const struct elf_dynamic *dynamic,
                             enum image_rule rule,
                             const struct relocation_tally *tally)
{
    struct image_problem problem;
    char text[256];

    elf_relocation_describe(&check->elf, dynamic, &tally->first, text,
                            sizeof text);
    if (rule == IMAGE_RULE_IFUNC) {
        check_ifunc(check, text);
        return;
    }
    image_problem_set(&problem, rule,
                      "%llu %s that hosts do not apply, first %s",
                      (unsigned long long)tally->count,
                      tally->count == 1 ? "relocation" : "relocations", text);
    image_check_report(check, &problem);
}

static void check_relocations(struct image_check *check,
                              const struct elf_dynamic *dynamic)
{
    struct relocation_tally tallies[IMAGE_RULE_COUNT];

    memset(tallies, 0, sizeof tallies);
    for (int table = 0; table < ELF_RELOCATION_TABLES; table++) {
        for (uint64_t i = 0; i < dynamic->relocations[table].count; i++) {
            struct elf_relocation r =
                elf_relocation_at(&check->elf, dynamic, table, i);
            enum image_rule rule = elf_relocation_rule(&check->elf, &r);

            if (table == ELF_PLT && rule != IMAGE_RULE_IFUNC)
                rule = IMAGE_RULE_PLT;
            if (tallies[rule].count++ == 0)
                tallies[rule].first = r;
        }
    }
    for (int rule = IMAGE_RULE_NONE + 1; rule < IMAGE_RULE_COUNT; rule++) {
        if (tallies[rule].count > 0)
            check_relocation(check, dynamic, (enum image_rule)rule,
                             &tallies[rule]);
    }
}

/* What is refused as a whole table: DT_RELR, and a DT_JMPREL without names. */
static void check_tables(struct image_check *check,
                         const struct elf_dynamic *dynamic)
{
    struct elf_dynamic tables = *dynamic;
    struct image_problem problem;

    if (dynamic->relocations[ELF_PLT].count > 0)
        tables.value[DT_PLTRELSZ] = 0; /* told one by one */
    if (!elf_dynamic_verify(&tables, &problem))
        image_check_report(check, &problem);
    tables.value[DT_PLTRELSZ] = 0;
    if (!elf_dynamic_verify(&tables, &problem))
        image_check_report(check, &problem);
}

void image_check_dynamic(struct image_check *check)
{
    struct elf_dynamic dynamic;
    struct image_problem problem;

    if (!elf_dynamic_read(&check->elf, &dynamic, &problem))
        image_check_report(check, &problem);
    check_needed(check, &dynamic);
    check_undefined(check, &dynamic);
    check_tables(check, &dynamic);
    check_relocations(check, &dynamic);
}
