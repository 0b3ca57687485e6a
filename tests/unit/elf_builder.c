/* SPDX-License-Identifier: MIT */
#include "elf_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hl/abi.h>

static void put(struct elf_builder *b, size_t at, const void *bytes,
                size_t size)
{
    assert_true(at <= sizeof b->bytes && size <= sizeof b->bytes - at);
    memcpy(b->bytes + at, bytes, size);
}

static uint32_t add_string(struct elf_builder *b, const char *text)
{
    size_t at = b->strings_size;

    assert_true(at + strlen(text) + 1 <= sizeof b->strings);
    memcpy(b->strings + at, text, strlen(text) + 1);
    b->strings_size += strlen(text) + 1;
    return (uint32_t)at;
}

static void set_load(Elf64_Phdr *p, uint32_t flags, uint64_t at, uint64_t file,
                     uint64_t memory)
{
    *p = (Elf64_Phdr){.p_type = PT_LOAD,
                      .p_flags = flags,
                      .p_offset = at,
                      .p_vaddr = at,
                      .p_paddr = at,
                      .p_filesz = file,
                      .p_memsz = memory,
                      .p_align = 0x1000};
}

static void init_headers(struct elf_builder *b)
{
    b->header = (Elf64_Ehdr){
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = IN_ENTRY,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_shoff = IN_SECTIONS,
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = PH_COUNT,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SH_COUNT,
        .e_shstrndx = SH_NAMES,
    };
    set_load(&b->phdr[PH_TEXT_HEADERS], PF_R, 0, IN_CODE, IN_CODE);
    set_load(&b->phdr[PH_CODE], PF_R | PF_X, IN_CODE, 0x100, 0x100);
    set_load(&b->phdr[PH_DATA], PF_R | PF_W, IN_DATA, IN_LOADED_END - IN_DATA,
             IMAGE_SPAN - IN_DATA);
    b->phdr[PH_DYNAMIC] = (Elf64_Phdr){.p_type = PT_DYNAMIC,
                                       .p_flags = PF_R | PF_W,
                                       .p_offset = IN_DYNAMIC,
                                       .p_vaddr = IN_DYNAMIC,
                                       .p_filesz = IN_LOADED_END - IN_DYNAMIC,
                                       .p_memsz = IN_LOADED_END - IN_DYNAMIC,
                                       .p_align = 8};
    b->phdr[PH_NOTE] = (Elf64_Phdr){.p_type = PT_NOTE,
                                    .p_flags = PF_R,
                                    .p_offset = IN_NOTES,
                                    .p_vaddr = IN_NOTES,
                                    .p_align = 4};
}

/* Each name has NAME_ROOM bytes in the name table. */
static const char *const section_names[SH_COUNT] = {
    [SH_NULL] = "",
    [SH_NAMES] = ".shstrtab",
    [SH_VERSION] = HL_VERSION_NOTE_SECTION,
    [SH_SYMTAB] = ".symtab",
    [SH_DYNSYM] = ".dynsym",
    [SH_STRINGS] = ".strtab",
    [SH_DEBUG] = ".debug_info",
};
enum { NAME_ROOM = 32 };

static void init_sections(struct elf_builder *b)
{
    static const uint32_t types[SH_COUNT] = {
        SHT_NULL,   SHT_STRTAB, SHT_NOTE,    SHT_SYMTAB,
        SHT_DYNSYM, SHT_STRTAB, SHT_PROGBITS};
    static const uint64_t places[SH_COUNT] = {
        0,          IN_SECTION_NAMES, IN_VERSION, IN_SYMTAB,
        IN_SYMBOLS, IN_STRINGS,       IN_SYMTAB};

    for (size_t i = 0; i < SH_COUNT; i++)
        b->section[i] = (Elf64_Shdr){.sh_name = (uint32_t)(i * NAME_ROOM),
                                     .sh_type = types[i],
                                     .sh_offset = places[i],
                                     .sh_addralign = 8};
    b->section[SH_NAMES].sh_size = (uint64_t)SH_COUNT * NAME_ROOM;
    b->section[SH_DEBUG].sh_size = 8;
    b->section[SH_SYMTAB].sh_link = SH_STRINGS;
}

void elf_builder_init(struct elf_builder *b)
{
    memset(b, 0, sizeof *b);
    init_headers(b);
    init_sections(b);
    add_string(b, "");
    b->symbol_count = 1;
    b->symtab_count = 1;
    elf_builder_rela(b, IN_DATA, R_X86_64_RELATIVE, 0, IN_ENTRY);
    elf_builder_rela(b, IN_DATA + 16, R_X86_64_RELATIVE, 0, -8);
    elf_builder_sdk(b, 1, 0, "0.1.0");
    elf_builder_function(b, HL_NOTE_EXPORT, "add",
                         signature_of(HL_TYPE_INT, HL_TYPE_INT, HL_TYPE_INT));
    elf_builder_function(b, HL_NOTE_IMPORT, "hl_get_time",
                         signature_of(HL_TYPE_ULONG, 0, 0));
}

Elf64_Phdr *elf_builder_phdr(struct elf_builder *b, uint32_t type)
{
    Elf64_Phdr *p = &b->phdr[b->header.e_phnum++];

    assert_true(p < b->phdr + sizeof b->phdr / sizeof b->phdr[0]);
    *p = (Elf64_Phdr){.p_type = type, .p_flags = PF_R, .p_align = 8};
    return p;
}

void elf_builder_rela(struct elf_builder *b, uint64_t offset, uint32_t type,
                      uint32_t symbol, int64_t addend)
{
    assert_true(b->rela_count < sizeof b->rela / sizeof b->rela[0]);
    b->rela[b->rela_count++] =
        (Elf64_Rela){offset, ELF64_R_INFO((uint64_t)symbol, type), addend};
}

void elf_builder_dynamic(struct elf_builder *b, int64_t tag, uint64_t value)
{
    assert_true(b->dynamic_count < sizeof b->dynamic / sizeof b->dynamic[0]);
    b->dynamic[b->dynamic_count].d_tag = tag;
    b->dynamic[b->dynamic_count++].d_un.d_val = value;
}

uint32_t elf_builder_symbol(struct elf_builder *b, const char *name,
                            unsigned bind, uint16_t section)
{
    assert_true(b->symbol_count < sizeof b->symbol / sizeof b->symbol[0]);
    b->symbol[b->symbol_count] = (Elf64_Sym){
        .st_name = add_string(b, name),
        .st_info = (unsigned char)ELF64_ST_INFO(bind, STT_NOTYPE),
        .st_shndx = section,
    };
    return (uint32_t)b->symbol_count++;
}

void elf_builder_local(struct elf_builder *b, const char *name, unsigned type)
{
    assert_true(b->symtab_count < sizeof b->symtab / sizeof b->symtab[0]);
    b->symtab[b->symtab_count++] = (Elf64_Sym){
        .st_name = add_string(b, name),
        .st_info = (unsigned char)ELF64_ST_INFO(STB_LOCAL, type),
        .st_shndx = 1,
    };
}

static size_t note_put(uint8_t *out, size_t room, size_t align,
                       const char *owner, uint32_t type, const void *bytes,
                       size_t size)
{
    Elf64_Nhdr header = {(uint32_t)strlen(owner) + 1, (uint32_t)size, type};
    size_t at = (sizeof header + header.n_namesz + align - 1) & ~(align - 1);
    size_t end = (at + size + align - 1) & ~(align - 1);

    assert_true(end <= room);
    memset(out, 0, end);
    memcpy(out, &header, sizeof header);
    memcpy(out + sizeof header, owner, header.n_namesz);
    memcpy(out + at, bytes, size);
    return end;
}

void elf_builder_note(struct elf_builder *b, const char *owner, uint32_t type,
                      const void *descriptor, size_t size)
{
    b->notes_size +=
        note_put(b->notes + b->notes_size, sizeof b->notes - b->notes_size, 4,
                 owner, type, descriptor, size);
    b->phdr[PH_NOTE].p_filesz = b->phdr[PH_NOTE].p_memsz = b->notes_size;
}

void elf_builder_function(struct elf_builder *b, uint32_t type,
                          const char *name, hl_signature signature)
{
    uint8_t bytes[512];

    assert_true(strlen(name) <= sizeof bytes - 8);
    memcpy(bytes, &signature, 8);
    memcpy(bytes + 8, name, strlen(name));
    elf_builder_note(b, HL_NOTE_OWNER, type, bytes, 8 + strlen(name));
}

void elf_builder_sdk(struct elf_builder *b, uint32_t abi, uint32_t soft,
                     const char *version)
{
    elf_builder_function(b, HL_NOTE_SDK, version, soft | (uint64_t)abi << 8);
}

void elf_builder_version(struct elf_builder *b, const char *owner,
                         uint32_t type, const char *text, size_t size)
{
    b->version_size += note_put(b->version + b->version_size,
                                sizeof b->version - b->version_size, 8, owner,
                                type, text, size);
    b->section[SH_VERSION].sh_size = b->version_size;
}

static void write_dynamic(struct elf_builder *b)
{
    Elf64_Dyn made[] = {
        {DT_STRTAB, {IN_STRINGS}},
        {DT_STRSZ, {b->strings_size}},
        {DT_SYMTAB, {IN_SYMBOLS}},
        {b->rela_count ? DT_RELA : DT_DEBUG, {IN_RELA}},
        {b->rela_count ? DT_RELASZ : DT_DEBUG,
         {b->rela_count * sizeof(Elf64_Rela)}},
        {DT_RELAENT, {sizeof(Elf64_Rela)}},
        {b->rel_count ? DT_REL : DT_DEBUG, {IN_REL}},
        {b->rel_count ? DT_RELSZ : DT_DEBUG,
         {b->rel_count * sizeof(Elf64_Rel)}},
        {b->plt_count ? DT_JMPREL : DT_DEBUG, {IN_PLT}},
        {b->plt_count ? DT_PLTRELSZ : DT_DEBUG,
         {b->plt_count * sizeof(Elf64_Rela)}},
        {b->no_hash ? DT_DEBUG : DT_HASH, {IN_HASH}},
    };
    uint32_t hash[2] = {1, (uint32_t)b->symbol_count};

    put(b, IN_DYNAMIC, made, sizeof made);
    put(b, IN_DYNAMIC + sizeof made, b->dynamic,
        b->dynamic_count * sizeof b->dynamic[0]);
    put(b, IN_HASH, hash, sizeof hash);
    put(b, IN_GNU_HASH, hash, sizeof hash);
}

static void write_sections(struct elf_builder *b)
{
    for (size_t i = 0; i < SH_COUNT; i++)
        put(b, IN_SECTION_NAMES + i * NAME_ROOM, section_names[i],
            strlen(section_names[i]) + 1);
    put(b, IN_VERSION, b->version, b->version_size);
    put(b, IN_SYMTAB, b->symtab, b->symtab_count * sizeof b->symtab[0]);
    b->section[SH_SYMTAB].sh_size = b->symtab_count * sizeof b->symtab[0];
    b->section[SH_STRINGS].sh_size = b->strings_size;
    put(b, IN_SECTIONS, b->section, sizeof b->section);
}

void elf_builder_write(struct elf_builder *b)
{
    memset(b->bytes, 0, sizeof b->bytes);
    write_sections(b);
    put(b, 0, &b->header, sizeof b->header);
    put(b, sizeof b->header, b->phdr, sizeof b->phdr);
    put(b, IN_NOTES, b->notes, b->notes_size);
    put(b, IN_RELA, b->rela, b->rela_count * sizeof b->rela[0]);
    put(b, IN_REL, b->rel, b->rel_count * sizeof b->rel[0]);
    put(b, IN_PLT, b->plt, b->plt_count * sizeof b->plt[0]);
    put(b, IN_SYMBOLS, b->symbol, b->symbol_count * sizeof b->symbol[0]);
    put(b, IN_STRINGS, b->strings, b->strings_size);
    memset(b->bytes + IN_CODE, 0xf4, 0x100); /* hlt */
    memset(b->bytes + IN_DATA, 0xd0, IN_DYNAMIC - IN_DATA);
    write_dynamic(b);
}

hl_signature signature_of(enum hl_type r, enum hl_type a, enum hl_type b)
{
    return (hl_signature)r | (hl_signature)a << 4 | (hl_signature)b << 8;
}

hl_image *expect_opened(struct elf_builder *b)
{
    hl_image *image = NULL;
    hl_error error;
    hl_status status;

    elf_builder_write(b);
    status = hl_image_from_memory(&image, "guest", b->bytes, sizeof b->bytes,
                                  &error);
    if (status != HL_OK)
        fail_msg("refused: %s", error.message);
    assert_non_null(image);
    return image;
}

void expect_bytes_refused(const void *bytes, size_t size, hl_status status,
                          const char *text)
{
    hl_error error;
    hl_image *const untouched = (hl_image *)(void *)&error;
    hl_image *image = untouched;

    assert_int_equal(hl_image_from_memory(&image, "guest", bytes, size, &error),
                     status);
    assert_ptr_equal(image, untouched);
    assert_int_equal(error.status, status);
    if (!strstr(error.message, text))
        fail_msg("\"%s\" is not in \"%s\"", text, error.message);
}

void expect_refused(struct elf_builder *b, hl_status status, const char *text)
{
    elf_builder_write(b);
    expect_bytes_refused(b->bytes, sizeof b->bytes, status, text);
}

static void collect(void *context, const char *rule, const char *problem,
                    const char *fix)
{
    struct reports *r = context;

    assert_true(r->count < sizeof r->of / sizeof r->of[0]);
    assert_true(strlen(fix) > 10);
    snprintf(r->of[r->count].rule, sizeof r->of[0].rule, "%s", rule);
    snprintf(r->of[r->count].problem, sizeof r->of[0].problem, "%s", problem);
    snprintf(r->of[r->count++].fix, sizeof r->of[0].fix, "%s", fix);
}

void reports_collect(const void *bytes, size_t size, struct reports *reports)
{
    hl_status status;

    reports->count = 0;
    status = hl_image_check(bytes, size, collect, reports);
    assert_int_equal(status, reports->count ? HL_FAIL_IMAGE : HL_OK);
    assert_int_equal(hl_image_check(bytes, size, NULL, NULL), status);
}

bool reports_has(const struct reports *reports, const char *rule,
                 const char *text)
{
    for (size_t i = 0; i < reports->count; i++) {
        if (strcmp(reports->of[i].rule, rule) == 0 &&
            strstr(reports->of[i].problem, text))
            return true;
    }
    for (size_t i = 0; i < reports->count; i++)
        print_error("reported: %s: %s\n", reports->of[i].rule,
                    reports->of[i].problem);
    return false;
}

void expect_rule_among(struct elf_builder *b, const char *rule,
                       const char *text)
{
    struct reports reports;

    elf_builder_write(b);
    reports_collect(b->bytes, sizeof b->bytes, &reports);
    assert_true(reports_has(&reports, rule, text));
}

void expect_rule(struct elf_builder *b, const char *rule, const char *text)
{
    struct reports reports;

    elf_builder_write(b);
    reports_collect(b->bytes, sizeof b->bytes, &reports);
    assert_true(reports_has(&reports, rule, text));
    assert_int_equal(reports.count, 1);
}
