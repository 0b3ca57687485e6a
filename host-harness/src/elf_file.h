/* SPDX-License-Identifier: MIT */
/*
 * The ELF file of a guest: header, program headers, section headers (abi
 * §1.1). Every access is checked against the file's size; nothing is
 * allocated. bytes must be private memory that nobody changes.
 */
#ifndef HL_ELF_FILE_H
#define HL_ELF_FILE_H

#include <elf.h>

#include "image_problem.h"

struct elf_file {
    const uint8_t *bytes;
    uint64_t size;
    Elf64_Ehdr header;
    /* Set by elf_segments_verify. */
    uint64_t base; /* p_vaddr of the first PT_LOAD */
    uint64_t span; /* end of the last PT_LOAD - base */
    size_t load_count;
};

/* Header and place of the program header table. */
bool elf_open(struct elf_file *file, const void *bytes, size_t size,
              struct image_problem *problem);

/* True if len bytes at offset lie inside the file. */
bool elf_range_valid(const struct elf_file *file, uint64_t offset,
                     uint64_t len);

/* Copy len bytes at offset to out; zeros and false if they are not there. */
bool elf_read(const struct elf_file *file, uint64_t offset, void *out,
              size_t len);

/* The index-th program header; index < header.e_phnum of an opened file. */
Elf64_Phdr elf_phdr(const struct elf_file *file, size_t index);

/* The first program header of that type; false and zeros if there is none. */
bool elf_phdr_find(const struct elf_file *file, uint32_t type, Elf64_Phdr *out);

/* PT_LOADs: inside the file, ascending, apart, of a sensible span. */
bool elf_segments_verify(struct elf_file *file, struct image_problem *problem);

/* The PT_LOAD whose memory holds vaddr; false if none does. */
bool elf_segment_at(const struct elf_file *file, uint64_t vaddr,
                    Elf64_Phdr *out);

/*
 * File offset of the len bytes at vaddr, which must be file bytes of one
 * verified PT_LOAD; *room (may be NULL) gets the bytes from there to its end.
 */
bool elf_offset_of(const struct elf_file *file, uint64_t vaddr, uint64_t len,
                   uint64_t *offset, uint64_t *room);

/*
 * The first section of that name and type, its bytes inside the file. False
 * if there is none or the section headers, which nothing needs, are damaged.
 */
bool elf_section_find(const struct elf_file *file, const char *name,
                      uint32_t type, Elf64_Shdr *out);

/* The index-th section header; false and zeros if there is none. */
bool elf_section_at(const struct elf_file *file, size_t index, Elf64_Shdr *out);

#endif /* HL_ELF_FILE_H */
