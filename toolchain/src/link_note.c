/* SPDX-License-Identifier: MIT */
/* The optional Hyperlight version note, written as an ELF object. */
#include "link.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hl/abi.h>

#define VERSION_MAX 31

/* The layout of abi §1.4: 8-aligned, name and text each with their NUL. */
struct note {
    uint32_t name_size;
    uint32_t text_size;
    uint32_t type;
    char name[12];
    char text[VERSION_MAX + 1];
};
_Static_assert(sizeof(HL_VERSION_NOTE_OWNER) == 11, "as abi §1.4 has it");
_Static_assert(offsetof(struct note, text) == 24, "the text is 8-aligned");

struct object {
    Elf64_Ehdr header;
    Elf64_Shdr sections[3];
    struct note note;
    char names[64];
};

static void object_fill(struct object *object, const char *version)
{
    static const char names[] = "\0" HL_VERSION_NOTE_SECTION "\0.shstrtab";
    size_t length = strlen(version);

    object->header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_REL,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = offsetof(struct object, sections),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2,
    };
    object->sections[1] = (Elf64_Shdr){
        .sh_name = 1,
        .sh_type = SHT_NOTE,
        .sh_flags = SHF_ALLOC,
        .sh_offset = offsetof(struct object, note),
        .sh_size = offsetof(struct note, text) + ((length + 1 + 7) & ~7ul),
        .sh_addralign = 8,
    };
    object->sections[2] = (Elf64_Shdr){
        .sh_name = 2 + sizeof(HL_VERSION_NOTE_SECTION) - 1,
        .sh_type = SHT_STRTAB,
        .sh_offset = offsetof(struct object, names),
        .sh_size = sizeof(names),
        .sh_addralign = 1,
    };
    object->note.name_size = sizeof(HL_VERSION_NOTE_OWNER);
    object->note.text_size = (uint32_t)length + 1;
    object->note.type = HL_VERSION_NOTE_TYPE;
    memcpy(object->note.name, HL_VERSION_NOTE_OWNER,
           sizeof(HL_VERSION_NOTE_OWNER));
    memcpy(object->note.text, version, length);
    memcpy(object->names, names, sizeof(names));
}

const char *note_object(const char *version)
{
    struct object object = {0};
    size_t length = strlen(version);
    int fd;

    for (const char *p = version; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr(".-+", *p))
            length = 0;
    if (length == 0 || length > VERSION_MAX)
        tool_fail("--hl-note=%s: a version is %d characters at most, as in "
                  "--hl-note=0.17.0; leave the option out to run under any "
                  "host",
                  version, VERSION_MAX);
    object_fill(&object, version);

    /* memory, not a temporary file: nothing is left behind, however we end */
    fd = memfd_create("hl-note", 0);
    if (fd < 0 || write(fd, &object, sizeof(object)) != sizeof(object))
        tool_fail("cannot make the version note: %s", strerror(errno));
    return text_format("/proc/self/fd/%d", fd);
}
