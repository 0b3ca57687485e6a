/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include "clock.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIBDW      "libdw.so.1"
#define SECOND     UINT64_C(1000000000)
#define TIME_LIMIT (2 * SECOND)
/* Behind the deadline; hl kills the emulator's process a second behind it. */
#define TIME_GRACE (SECOND / 2)
#define MORE_BYTES ((rlim_t)1 << 30)

/* What is used of libdw and libelf: X(name). */
#define LIBDW_TABLE(X)                                                         \
    X(elf_version)                                                             \
    X(elf_memory)                                                              \
    X(elf_nextscn)                                                             \
    X(elf_getdata)                                                             \
    X(elf_strptr)                                                              \
    X(gelf_getshdr)                                                            \
    X(gelf_getsym)                                                             \
    X(dwarf_begin_elf)                                                         \
    X(dwarf_nextcu)                                                            \
    X(dwarf_offdie)                                                            \
    X(dwarf_haspc)                                                             \
    X(dwarf_getscopes)                                                         \
    X(dwarf_tag)                                                               \
    X(dwarf_diename)                                                           \
    X(dwarf_getsrc_die)                                                        \
    X(dwarf_linesrc)                                                           \
    X(dwarf_lineno)

static struct {
#define LIBDW_MEMBER(name) __typeof__(name) *name;
    LIBDW_TABLE(LIBDW_MEMBER)
#undef LIBDW_MEMBER
    bool loaded;
} libdw;

static bool libdw_load(void)
{
    if (libdw.loaded)
        return true;
    void *library = dlopen(LIBDW, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
#define LIBDW_LOAD(function)                                                   \
    *(void **)&libdw.function = dlsym(library, #function);                     \
    if (!libdw.function)                                                       \
        return false;
    LIBDW_TABLE(LIBDW_LOAD)
#undef LIBDW_LOAD
    libdw.loaded = true;
    return true;
}

static bool image_has_names(const hl_image *image)
{
    struct hl_image_info info;
    hl_image_get_info(image, &info);
    return info.has_debug_info || info.has_symbols;
}

bool symbols_prepare(const hl_image *image)
{
    return image_has_names(image) && libdw_load();
}

/* clang writes no .debug_aranges, so the units are asked one by one. */
static bool unit_find(Dwarf *dwarf, Dwarf_Addr address, Dwarf_Die *unit)
{
    Dwarf_Off offset = 0, next;
    size_t header;

    while (
        !libdw.dwarf_nextcu(dwarf, offset, &next, &header, NULL, NULL, NULL)) {
        if (libdw.dwarf_offdie(dwarf, offset + header, unit) &&
            libdw.dwarf_haspc(unit, address) == 1)
            return true;
        offset = next;
    }
    return false;
}

static const char *function_name(Dwarf_Die *unit, Dwarf_Addr address)
{
    Dwarf_Die *scopes = NULL;
    int count = libdw.dwarf_getscopes(unit, address, &scopes);

    for (int i = 0; i < count; i++) {
        int tag = libdw.dwarf_tag(&scopes[i]);
        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
            return libdw.dwarf_diename(&scopes[i]);
    }
    return NULL;
}

static void symbol_find(Dwarf *dwarf, Dwarf_Addr address, struct symbol *symbol)
{
    Dwarf_Die unit;
    int number = 0;

    if (!unit_find(dwarf, address, &unit))
        return;
    const char *name = function_name(&unit, address);
    Dwarf_Line *line = libdw.dwarf_getsrc_die(&unit, address);
    const char *file = line ? libdw.dwarf_linesrc(line, NULL, NULL) : NULL;
    if (line)
        libdw.dwarf_lineno(line, &number);
    if (file)
        snprintf(symbol->text, sizeof symbol->text, "%s (%s:%d)",
                 name ? name : "?", file, number);
    else if (name)
        snprintf(symbol->text, sizeof symbol->text, "%s", name);
}

/* The function of one symbol table that the address is in, as NAME+0xN. */
static void table_search(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
                         uint64_t address, struct symbol *symbol)
{
    Elf_Data *data = libdw.elf_getdata(section, NULL);
    GElf_Sym entry;

    for (int i = 0; data && libdw.gelf_getsym(data, i, &entry); i++) {
        if (GELF_ST_TYPE(entry.st_info) != STT_FUNC ||
            address - entry.st_value >= entry.st_size)
            continue;
        const char *name =
            libdw.elf_strptr(elf, header->sh_link, entry.st_name);
        if (name)
            snprintf(symbol->text, sizeof symbol->text, "%s+0x%" PRIx64, name,
                     address - entry.st_value);
        return;
    }
}

/* Without debug information, the symbol table still tells the function. */
static void symbol_search(Elf *elf, uint64_t address, struct symbol *symbol)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = libdw.elf_nextscn(elf, section)) != NULL)
        if (libdw.gelf_getshdr(section, &header) &&
            header.sh_type == SHT_SYMTAB)
            table_search(elf, section, &header, address, symbol);
}

/* How much address space this process has; 0 if nobody tells. */
static rlim_t space_used(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (file && fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* The guest's memory is in it, a snapshot and a copy on its way may come. */
bool symbols_limit_memory(void)
{
    static bool limited;
    const rlim_t used = space_used();
    struct rlimit limit;

    if (limited || !used || getrlimit(RLIMIT_AS, &limit))
        return limited;
    if (limit.rlim_cur > 3 * used + MORE_BYTES)
        limit.rlim_cur = limit.rlim_max = 3 * used + MORE_BYTES;
    limited = setrlimit(RLIMIT_AS, &limit) == 0;
    return limited;
}

/* The kernel ends this process then, even if nobody else is left to do it. */
static bool end_set(uint64_t end)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGKILL};
    const struct itimerspec at = {
        .it_value = {(time_t)(end / SECOND), (long)(end % SECOND)}};
    timer_t timer;

    return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
           timer_settime(timer, TIMER_ABSTIME, &at, NULL) == 0;
}

/* The child's whole life: find, write all symbols in one go. */
static void child_run(const hl_image *image, const uint64_t *addresses,
                      unsigned count, struct symbol *symbols, int to)
{
    size_t size;
    const void *bytes = hl_image_bytes(image, &size);
    char *copy = malloc(size); /* libelf wants it writable */

    if (!copy || libdw.elf_version(EV_CURRENT) == EV_NONE)
        goto out;
    memcpy(copy, bytes, size);
    Elf *elf = libdw.elf_memory(copy, size);
    Dwarf *dwarf = elf ? libdw.dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    for (unsigned i = 0; i < count; i++) {
        /* A return address may be the first byte of the next line. */
        uint64_t address = addresses[i] - (i > 0);
        if (dwarf)
            symbol_find(dwarf, address, &symbols[i]);
        if (elf && !symbols[i].text[0])
            symbol_search(elf, address, &symbols[i]);
    }
    /* The parent sees whether they are all there. */
    const ssize_t sent = write(to, symbols, count * sizeof *symbols);
    (void)sent;
out:
    free(copy);
}

/* All or nothing: what a dead or late child has written is not used. */
static void symbols_receive(int from, struct symbol *symbols, size_t size,
                            uint64_t end)
{
    size_t have = 0;
    ssize_t got = 1;

    while (have < size && got > 0 && clock_wait_fd(from, false, end)) {
        got = read(from, (char *)symbols + have, size - have);
        have += got > 0 ? (size_t)got : 0;
    }
    if (have < size)
        memset(symbols, 0, size);
}

void symbols_find(const hl_image *image, const uint64_t *addresses,
                  unsigned count, uint64_t deadline, struct symbol *symbols)
{
    size_t size = count * sizeof *symbols;
    uint64_t end = clock_now() + TIME_LIMIT;
    int ends[2];

    if (deadline && end > deadline + TIME_GRACE)
        end = deadline + TIME_GRACE;

    memset(symbols, 0, size);
    if (!count || !image || !image_has_names(image) || !libdw_load() ||
        pipe(ends))
        return;
    pid_t child = fork();
    if (!child) {
        signal(SIGPIPE, SIG_IGN);
        if (end_set(end) && symbols_limit_memory())
            child_run(image, addresses, count, symbols, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    if (child > 0)
        symbols_receive(ends[0], symbols, size, end);
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (unsigned i = 0; i < count; i++)
        symbols[i].text[sizeof symbols[i].text - 1] = '\0';
}
