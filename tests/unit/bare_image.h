/* SPDX-License-Identifier: MIT */
/* The smallest image that the loader takes: one page of code that a fake VM
 * never runs. For tests and fuzzers whose guest is written in C. */
#ifndef BARE_IMAGE_H
#define BARE_IMAGE_H

#include <elf.h>
#include <hl/abi.h>
#include <stdint.h>
#include <string.h>

static inline void bare_image_make(uint8_t bytes[HL_PAGE_SIZE])
{
    const Elf64_Ehdr header = {
        .e_ident = {0x7F, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 1,
    };
    const Elf64_Phdr code = {
        .p_type = PT_LOAD,
        .p_flags = PF_R | PF_X,
        .p_filesz = HL_PAGE_SIZE,
        .p_memsz = HL_PAGE_SIZE,
        .p_align = HL_PAGE_SIZE,
    };

    memset(bytes, 0, HL_PAGE_SIZE);
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + sizeof(header), &code, sizeof(code));
}

#endif /* BARE_IMAGE_H */
