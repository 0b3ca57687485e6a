/* SPDX-License-Identifier: MIT */
/* PT_LOAD segments: what the loader copies (abi §1.1). */
#include <hl/abi.h>

#include "elf_file.h"

/* Image, PEB, heap and data end below 16 GiB (abi §1.1 "Size"). */
#define ELF_SPAN_MAX ((UINT64_C(16) << 30) - HL_BASE_ADDRESS)

static bool elf_segment_verify(const struct elf_file *file, size_t index,
                               const Elf64_Phdr *p,
                               struct image_problem *problem)
{
    if (p->p_filesz > p->p_memsz)
        return image_problem_set(
            problem, IMAGE_RULE_SEGMENT,
            "segment %zu has more bytes in the file (%#llx)"
            " than in memory (%#llx)",
            index, (unsigned long long)p->p_filesz,
            (unsigned long long)p->p_memsz);
    if (p->p_vaddr > UINT64_MAX - p->p_memsz)
        return image_problem_set(problem, IMAGE_RULE_SEGMENT,
                                 "segment %zu wraps around the address space: "
                                 "%#llx bytes at %#llx",
                                 index, (unsigned long long)p->p_memsz,
                                 (unsigned long long)p->p_vaddr);
    /* Linkers may give a segment of .bss alone any offset: nothing is read. */
    if (p->p_filesz > 0 && !elf_range_valid(file, p->p_offset, p->p_filesz))
        return image_problem_set(problem, IMAGE_RULE_SEGMENT,
                                 "segment %zu lies outside the file: %#llx "
                                 "bytes at offset %#llx of %llu",
                                 index, (unsigned long long)p->p_filesz,
                                 (unsigned long long)p->p_offset,
                                 (unsigned long long)file->size);
    return true;
}

bool elf_segments_verify(struct elf_file *file, struct image_problem *problem)
{
    uint64_t start = 0, end = 0;

    file->load_count = 0;
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        Elf64_Phdr p = elf_phdr(file, i);

        if (p.p_type != PT_LOAD)
            continue;
        if (!elf_segment_verify(file, i, &p, problem))
            return false;
        if (file->load_count == 0)
            file->base = p.p_vaddr;
        else if (p.p_vaddr < end)
            return image_problem_set(
                problem, IMAGE_RULE_ORDER,
                "segment %zu at %#llx %s the one before it (%#llx to %#llx)", i,
                (unsigned long long)p.p_vaddr,
                p.p_vaddr < start ? "lies below" : "overlaps",
                (unsigned long long)start, (unsigned long long)end);
        start = p.p_vaddr;
        end = p.p_vaddr + p.p_memsz;
        file->load_count++;
    }
    if (file->load_count == 0)
        return image_problem_set(problem, IMAGE_RULE_NO_LOAD,
                                 "no PT_LOAD segment, so nothing to load");
    file->span = end - file->base;
    if (file->span > ELF_SPAN_MAX)
        return image_problem_set(problem, IMAGE_RULE_SPAN,
                                 "the segments span %llu bytes of memory; the "
                                 "most is %llu",
                                 (unsigned long long)file->span,
                                 (unsigned long long)ELF_SPAN_MAX);
    return true;
}

bool elf_segment_at(const struct elf_file *file, uint64_t vaddr,
                    Elf64_Phdr *out)
{
    for (size_t i = 0; i < file->header.e_phnum; i++) {
        *out = elf_phdr(file, i);
        if (out->p_type == PT_LOAD && vaddr >= out->p_vaddr &&
            vaddr - out->p_vaddr < out->p_memsz)
            return true;
    }
    return false;
}

bool elf_offset_of(const struct elf_file *file, uint64_t vaddr, uint64_t len,
                   uint64_t *offset, uint64_t *room)
{
    Elf64_Phdr p;
    uint64_t skip, left;

    if (!elf_segment_at(file, vaddr, &p))
        return false;
    skip = vaddr - p.p_vaddr;
    if (skip > p.p_filesz || len > p.p_filesz - skip)
        return false;
    left = p.p_filesz - skip;
    *offset = p.p_offset + skip;
    if (room)
        *room = left;
    return true;
}
