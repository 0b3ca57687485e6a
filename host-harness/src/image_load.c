/* SPDX-License-Identifier: MIT */
/* Copying an image to where the guest sees it (abi §1.1). */
#include <string.h>

#include "image.h"
#include "image_parts.h"

/*
 * The one way to write to the guest's memory here. A range that does not fit
 * is not written and remembered; the checks at opening should leave none.
 */
struct image_target {
    uint8_t *memory;
    uint64_t size;
    bool overrun;
};

static void target_write(struct image_target *target, uint64_t offset,
                         const void *bytes, uint64_t len)
{
    if (offset > target->size || len > target->size - offset)
        target->overrun = true;
    else
        memcpy(target->memory + offset, bytes, len);
}

static void segments_copy(const hl_image *image, struct image_target *target)
{
    const struct elf_file *elf = &image->elf;

    for (size_t i = 0; i < elf->header.e_phnum; i++) {
        Elf64_Phdr p = elf_phdr(elf, i);

        /* No file bytes: memory is zero already, and p_offset is anything. */
        if (p.p_type == PT_LOAD && p.p_filesz > 0)
            target_write(target, p.p_vaddr - elf->base, elf->bytes + p.p_offset,
                         p.p_filesz);
    }
}

static void relocations_apply(const hl_image *image, uint64_t load_address,
                              struct image_target *target)
{
    const struct elf_dynamic *dynamic = &image->dynamic;

    /* DT_REL holds R_X86_64_NONE only, or the image was refused. */
    for (uint64_t i = 0; i < dynamic->relocations[ELF_RELA].count; i++) {
        struct elf_relocation r =
            elf_relocation_at(&image->elf, dynamic, ELF_RELA, i);
        uint64_t value = load_address + r.addend;

        if (r.type == R_X86_64_RELATIVE)
            target_write(target, r.offset, &value, sizeof value);
    }
}

hl_status image_load(const hl_image *image, uint64_t load_address,
                     uint8_t *memory, size_t memory_size, hl_error *error)
{
    struct image_target target = {memory, memory_size, false};

    segments_copy(image, &target);
    relocations_apply(image, load_address, &target);
    if (target.overrun || memory_size < image->elf.span)
        return hl_error_set(error, HL_FAIL_IMAGE,
                            "%s: needs %llu bytes of memory, got %zu; give "
                            "the sandbox more memory",
                            image->name, (unsigned long long)image->elf.span,
                            memory_size);
    return HL_OK;
}
