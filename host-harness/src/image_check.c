/* SPDX-License-Identifier: MIT */
/*
 * Would every Hyperlight host take this image? Stricter than opening: what one
 * host version ignores, another refuses, or the guest would miss at run time.
 */
#include <string.h>

#include <hl/abi.h>

#include "image_check.h"
#include "image_parts.h"

/* 0.13 hosts take image, heap and the rest up to 1 GiB - BASE (abi §1.1). */
#define CHECK_SPAN_MAX ((UINT64_C(1) << 30) - HL_BASE_ADDRESS)

void image_check_report(struct image_check *check,
                        const struct image_problem *problem)
{
    check->failed = true;
    if (check->reported[problem->rule])
        return;
    check->reported[problem->rule] = true;
    if (check->report)
        check->report(check->context, image_rule_name(problem->rule),
                      problem->text, image_rule_fix(problem->rule));
}

/* Report a problem, formatted as image_problem_set does. */
#define CHECK_FAIL(check, rule, ...)                                           \
    do {                                                                       \
        struct image_problem problem_;                                         \
        image_problem_set(&problem_, (rule), __VA_ARGS__);                     \
        image_check_report((check), &problem_);                                \
    } while (0)

static void check_entry(struct image_check *check)
{
    uint64_t entry = check->elf.header.e_entry;
    Elf64_Phdr segment;

    if (entry == 0)
        CHECK_FAIL(check, IMAGE_RULE_ENTRY,
                   "no entry point: the entry symbol is not defined");
    else if (!elf_segment_at(&check->elf, entry, &segment))
        CHECK_FAIL(check, IMAGE_RULE_ENTRY,
                   "the entry point %#llx lies outside every segment",
                   (unsigned long long)entry);
    else if (!(segment.p_flags & PF_X))
        CHECK_FAIL(check, IMAGE_RULE_ENTRY,
                   "the entry point %#llx lies in a segment that is not "
                   "executable",
                   (unsigned long long)entry);
}

static void check_place(struct image_check *check)
{
    const struct elf_file *elf = &check->elf;

    if (elf->header.e_type == ET_EXEC)
        CHECK_FAIL(check, IMAGE_RULE_PIE,
                   "linked for a fixed address (ET_EXEC), but hosts load "
                   "images where they like");
    if (elf->base != 0)
        CHECK_FAIL(check, IMAGE_RULE_BASE,
                   "the first segment is at %#llx, not at 0",
                   (unsigned long long)elf->base);
    if (elf->span > CHECK_SPAN_MAX)
        CHECK_FAIL(check, IMAGE_RULE_SPAN,
                   "the segments span %llu bytes of memory; the most that "
                   "every host takes is %llu",
                   (unsigned long long)elf->span,
                   (unsigned long long)CHECK_SPAN_MAX);
}

static void check_load(struct image_check *check, size_t index,
                       const Elf64_Phdr *p)
{
    if ((p->p_flags & PF_W) && (p->p_flags & PF_X))
        CHECK_FAIL(check, IMAGE_RULE_WRITE_EXECUTE,
                   "segment %zu, %#llx bytes at %#llx, is writable and "
                   "executable",
                   index, (unsigned long long)p->p_memsz,
                   (unsigned long long)p->p_vaddr);
    /* 0.13 to 0.17 slice the file even for no bytes, and panic. */
    if (p->p_offset > check->elf.size)
        CHECK_FAIL(check, IMAGE_RULE_SEGMENT,
                   "segment %zu has no bytes in the file, but its offset %#llx "
                   "lies behind the end of the file",
                   index, (unsigned long long)p->p_offset);
}

static void check_tls(struct image_check *check, const Elf64_Phdr *p)
{
    struct elf_name_list names;
    struct elf_symbols symbols;

    if (check->reported[IMAGE_RULE_TLS])
        return; /* one walk over the symbols, however many headers there are */
    elf_symbols_static(&check->elf, &symbols);
    elf_symbols_of_type(&check->elf, &symbols, STT_TLS, &names);
    CHECK_FAIL(check, IMAGE_RULE_TLS,
               "there are thread-local variables (PT_TLS, %llu bytes)%s%s",
               (unsigned long long)p->p_memsz, names.count ? ": " : "",
               names.text);
}

static void check_interpreter(struct image_check *check, const Elf64_Phdr *p)
{
    char path[ELF_SYMBOL_TEXT_MAX];

    elf_text(&check->elf, p->p_offset, p->p_filesz, path);
    CHECK_FAIL(check, IMAGE_RULE_INTERPRETER,
               "the image wants a dynamic linker (PT_INTERP): %s", path);
}

static void check_segments(struct image_check *check)
{
    for (size_t i = 0; i < check->elf.header.e_phnum; i++) {
        Elf64_Phdr p = elf_phdr(&check->elf, i);

        if (p.p_type == PT_LOAD)
            check_load(check, i, &p);
        else if (p.p_type == PT_TLS && p.p_memsz > 0)
            check_tls(check, &p);
        else if (p.p_type == PT_INTERP)
            check_interpreter(check, &p);
    }
}

static void check_notes(struct image_check *check)
{
    struct image_problem problem;
    struct note_set notes;

    if (!note_set_read(&check->elf, &notes, &problem)) {
        image_check_report(check, &problem);
        return;
    }
    for (size_t i = 1; i < notes.count; i++) {
        if (note_pair_rule(&notes.functions[i - 1], &notes.functions[i],
                           &problem) != IMAGE_RULE_NONE)
            image_check_report(check, &problem);
    }
    note_set_free(&notes);
}

hl_status hl_image_check(const void *bytes, size_t size,
                         hl_image_report_fn *report, void *context)
{
    struct image_check check = {.report = report, .context = context};
    struct image_problem problem;

    if (size > HL_IMAGE_SIZE_MAX) {
        CHECK_FAIL(&check, IMAGE_RULE_SIZE,
                   "Binary too large: %zu bytes (max: %d bytes)", size,
                   HL_IMAGE_SIZE_MAX);
        return HL_FAIL_IMAGE;
    }
    /* Without these, nothing more can be said. */
    if (!elf_open(&check.elf, bytes, size, &problem) ||
        !elf_segments_verify(&check.elf, &problem)) {
        image_check_report(&check, &problem);
        return HL_FAIL_IMAGE;
    }
    check_entry(&check);
    check_place(&check);
    check_segments(&check);
    image_check_dynamic(&check);
    check_notes(&check);
    return check.failed ? HL_FAIL_IMAGE : HL_OK;
}
