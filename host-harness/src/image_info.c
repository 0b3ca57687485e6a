/* SPDX-License-Identifier: MIT */
/* What an opened image tells about itself. */
#include <string.h>

#include <hl/abi.h>

#include "image.h"
#include "image_parts.h"

const char *hl_image_name(const hl_image *image)
{
    return image->name;
}

const void *hl_image_bytes(const hl_image *image, size_t *size)
{
    *size = image->size;
    return image->bytes;
}

size_t hl_image_function_count(const hl_image *image)
{
    return image->notes.count;
}

const struct hl_image_function *hl_image_function_at(const hl_image *image,
                                                     size_t index)
{
    if (index >= image->notes.count)
        return NULL;
    return &image->notes.functions[index];
}

const struct hl_image_function *hl_image_function_find(const hl_image *image,
                                                       enum hl_note_kind kind,
                                                       const char *name,
                                                       size_t name_len)
{
    for (size_t i = 0; i < image->notes.count; i++) {
        const struct hl_image_function *f = &image->notes.functions[i];

        if (f->kind == kind && strlen(f->name) == name_len &&
            memcmp(f->name, name, name_len) == 0)
            return f;
    }
    return NULL;
}

void hl_image_get_info(const hl_image *image, struct hl_image_info *info)
{
    *info = (struct hl_image_info){
        .file_size = image->size,
        .memory_size = image->elf.span,
        .entry = image_entry(image),
        .segment_count = image->elf.load_count,
        .relocation_count = image->relocation_count,
        .has_hlkit_note = image->notes.has_sdk || image->notes.count > 0,
        .soft_float = image->notes.soft_float,
        .has_debug_info = image->has_debug_info,
        .has_symbols = image->has_symbols,
        .abi = image->notes.abi,
        .sdk_version = image->notes.sdk_version,
        .version_note = image->version_note,
    };
}

bool hl_image_segment_at(const hl_image *image, size_t index,
                         struct hl_image_segment *segment)
{
    for (size_t i = 0; i < image->elf.header.e_phnum; i++) {
        Elf64_Phdr p = elf_phdr(&image->elf, i);

        if (p.p_type != PT_LOAD || index-- > 0)
            continue;
        *segment = (struct hl_image_segment){
            .vaddr = p.p_vaddr,
            .file_size = p.p_filesz,
            .memory_size = p.p_memsz,
            .flags = p.p_flags,
        };
        return true;
    }
    return false;
}

uint64_t image_memory_size(const hl_image *image)
{
    return (image->elf.span + HL_PAGE_SIZE - 1) & ~(uint64_t)(HL_PAGE_SIZE - 1);
}

uint64_t image_entry(const hl_image *image)
{
    return image->elf.header.e_entry - image->elf.base;
}

uint64_t image_fixed_address(const hl_image *image)
{
    return image->elf.header.e_type == ET_EXEC ? image->elf.base : 0;
}

uint32_t image_abi(const hl_image *image)
{
    return image->notes.abi;
}
