/* SPDX-License-Identifier: MIT */
/*
 * Stands between the host and libunicorn (HL_UNICORN names it): writes down
 * which bytes of which guest's code were executed. tests/coverage/guest-lines
 * makes lines of it.
 *
 * The record is a shared mapping of the file HL_BLOCKS, made when the library
 * is loaded: nothing is written when a process ends, which hl's filter of
 * system calls would refuse. A guest is known by the hash of its code.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hl/abi.h>

#include "vmm_emu_unicorn.h"

/* guest-lines reads this layout. */
enum { SLOTS = 1024, HEADERS_SIZE = 0x10000, CODE_MAX = 0x100000 };
struct slot {
    _Atomic uint64_t hash; /* 0: free */
    uint64_t start, size;  /* the code's address in the file's view */
};

enum { HOOK_BLOCK = 1 << 3 };

struct engine {
    uint8_t *ran; /* of the guest's code; NULL: not known yet */
    uint64_t start, size;
};

static uint8_t *record;

int uc_open(int arch, int mode, uc_engine **uc); /* stands in for Unicorn's */
int uc_mem_read(uc_engine *uc, uint64_t address, void *bytes, uint64_t size);
int uc_hook_add(uc_engine *uc, uc_hook *hook, int type, void *callback,
                void *context, uint64_t begin, uint64_t end, ...);

__attribute__((constructor)) static void record_open(void)
{
    const size_t size = HEADERS_SIZE + (size_t)SLOTS * CODE_MAX;
    const char *path = getenv("HL_BLOCKS");
    int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;

    if (file < 0 || ftruncate(file, (off_t)size) != 0) {
        perror("HL_BLOCKS");
        abort();
    }
    record = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (record == MAP_FAILED)
        abort();
    close(file);
}

/* FNV-1a, as guest-lines has it. */
static uint64_t hash_of(const uint8_t *bytes, uint64_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (uint64_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

/* The slot of a guest's code; NULL if there are too many guests. */
static uint8_t *slot_find(uint64_t hash, const Elf64_Phdr *code)
{
    struct slot *slots = (struct slot *)record;

    for (size_t i = 0; i < SLOTS; i++) {
        uint64_t found = 0;

        if (atomic_compare_exchange_strong(&slots[i].hash, &found, hash)) {
            slots[i].start = code->p_vaddr;
            slots[i].size = code->p_filesz;
            found = hash;
        }
        if (found == hash)
            return record + HEADERS_SIZE + i * CODE_MAX;
    }
    return NULL;
}

static void guest_find(uc_engine *uc, struct engine *engine)
{
    static uint8_t none[CODE_MAX];
    Elf64_Ehdr header;
    Elf64_Phdr code = {.p_type = PT_NULL};

    engine->ran = none;
    engine->size = 0;
    if (uc_mem_read(uc, HL_BASE_ADDRESS, &header, sizeof(header)) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return;
    for (uint64_t i = 0; i < header.e_phnum; i++) {
        if (uc_mem_read(uc, HL_BASE_ADDRESS + header.e_phoff + i * sizeof(code),
                        &code, sizeof(code)))
            return;
        if (code.p_type == PT_LOAD && code.p_flags & PF_X)
            break;
    }
    if (code.p_type != PT_LOAD || !(code.p_flags & PF_X) ||
        code.p_filesz > CODE_MAX)
        return;
    uint8_t *bytes = malloc(code.p_filesz);
    if (bytes && uc_mem_read(uc, HL_BASE_ADDRESS + code.p_vaddr, bytes,
                             code.p_filesz) == 0) {
        uint8_t *ran = slot_find(hash_of(bytes, code.p_filesz), &code);
        if (ran) {
            engine->ran = ran;
            engine->start = HL_BASE_ADDRESS + code.p_vaddr;
            engine->size = code.p_filesz;
        }
    }
    free(bytes);
}

static void block_ran(uc_engine *uc, uint64_t address, uint32_t size,
                      void *context)
{
    struct engine *engine = context;

    if (!engine->ran)
        guest_find(uc, engine);
    if (address - engine->start < engine->size &&
        size <= engine->size - (address - engine->start))
        memset(engine->ran + (address - engine->start), 1, size);
}

int uc_open(int arch, int mode, uc_engine **uc)
{
    int (*real)(int, int, uc_engine **);
    void *found = dlsym(RTLD_NEXT, "uc_open");
    void (*callback)(uc_engine *, uint64_t, uint32_t, void *) = block_ran;
    void *as_data;
    uc_hook hook;

    memcpy(&real, &found, sizeof(real));
    memcpy(&as_data, &callback, sizeof(as_data));
    int error = real(arch, mode, uc);
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!error && engine)
        error = uc_hook_add(*uc, &hook, HOOK_BLOCK, as_data, engine, 1, 0);
    return error;
}
