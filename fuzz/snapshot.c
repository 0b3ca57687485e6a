/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P2.2 P3.7 B7 B16 B23
 *
 * Any bytes as the page tables of a guest that is put into a snapshot and
 * restored. P2.2: what the guest could read at an address before it can read
 * there after the restore, as far as a snapshot keeps it; and what it could
 * not, it cannot. P3.7: tables that loop, alias or lead outside are not
 * followed there. B7: a snapshot holds no more than the machine's memory. B16:
 * a snapshot that fails leaves a healthy sandbox. B23: only a snapshot of the
 * same image and sizes is taken back.
 *
 * max_len: 160
 */
#include "sandbox.h"
#include "support/check.h"
#include "support/guest.h"

enum { PROBES = 8, PATCHES_MAX = 16 };

static struct fuzz_guest_state guest;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;

static void play(struct fuzz_vmm *vm, struct hl_vmm_exit *exit)
{
    vm->regs = (struct hl_vmm_regs){.rax = FUZZ_DISPATCH, .rsp = FUZZ_STACK};
    fuzz_exit_out(exit, HL_PORT_HALT, 0);
}

static void set_up(void)
{
    fuzz_guest = play;
    config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_set_backend(config, HL_BACKEND_KVM);
    hl_config_set_size(config, HL_SIZE_HEAP, 8 << 10);
    hl_config_set_size(config, HL_SIZE_SCRATCH, 128 << 10);
    hl_config_set_size(config, HL_SIZE_INPUT, 8 << 10);
    hl_config_set_size(config, HL_SIZE_OUTPUT, 8 << 10);
    FUZZ_CHECK(hl_sandbox_open(&sandbox, fuzz_guest_image(), config, NULL) ==
               HL_OK);
    FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &fresh, NULL) == HL_OK);
    fuzz_guest_reset(&guest, false, 8 << 10, 8 << 10);
}

/* ---- What the guest sees ------------------------------------------------ */

struct probe {
    uint64_t gva;
    bool there, writable, executable;
    uint64_t word; /* the first of its page */
};

/* A page of a snapshot is one that a 4 KiB leaf shows, outside of what every
 * start makes anew (abi §2.6). */
static bool is_kept(uint64_t gva)
{
    return gva < sandbox->layout.scratch_gva &&
           !(gva >= HL_TABLES_GVA_FIRST && gva <= HL_TABLES_GVA_LAST);
}

static void look(struct probe *probe)
{
    struct hl_walk walk;
    const uint8_t *at;

    probe->there = false;
    if (!pagetable_walk(&sandbox->phys, fuzz_machine.sregs.cr3, probe->gva,
                        HL_ACCESS_READ, false, &walk) ||
        walk.size != HL_PAGE_SIZE)
        return;
    at = phys_at(&sandbox->phys, walk.gpa, HL_PAGE_SIZE);
    if (at == NULL)
        return;
    probe->there = true;
    /* Flags of the leaf: those of the tables above it are not kept. */
    probe->writable = (walk.pte & HL_PTE_WRITE) != 0 ||
                      (walk.pte & HL_PTE_AVL_MASK) == HL_PTE_COW;
    probe->executable = (walk.pte & HL_PTE_NX) == 0;
    memcpy(&probe->word, at, sizeof(probe->word));
}

static void compare(const struct probe *before, struct probe *after)
{
    after->gva = before->gva;
    look(after);
    if (!is_kept(before->gva))
        return;
    FUZZ_CHECK(after->there == before->there);
    if (!before->there)
        return;
    FUZZ_CHECK(after->word == before->word);
    FUZZ_CHECK(after->writable == before->writable);
    FUZZ_CHECK(after->executable == before->executable);
}

/* ---- What the guest did ------------------------------------------------- */

static uint64_t entry_make(struct fuzz_source *source)
{
    const uint64_t how = fuzz_take(source, 1);
    const uint64_t page = fuzz_take(source, 1);
    uint64_t gpa;

    switch (how & 3) {
    case 0: /* the tables themselves: loops and aliases */
        gpa = sandbox->layout.scratch_gpa + sandbox->layout.tables +
              page % 8 * HL_PAGE_SIZE;
        break;
    case 1:
        gpa = sandbox->layout.scratch_gpa + page % 32 * HL_PAGE_SIZE;
        break;
    case 2:
        gpa = HL_BASE_ADDRESS + page % 8 * HL_PAGE_SIZE;
        break;
    default:
        gpa = fuzz_take(source, 5) << 4 & HL_PTE_ADDR;
    }
    if ((how & 4) == 0)
        gpa |= HL_PTE_PRESENT;
    if (how & 8)
        gpa |= HL_PTE_WRITE;
    if (how & 16)
        gpa |= HL_PTE_COW;
    if (how & 32)
        gpa |= HL_PTE_NX;
    return gpa | (how & 64) << 1 | (how & 128) << 3; /* PS, another AVL */
}

static uint64_t gva_make(struct fuzz_source *source)
{
    const uint64_t how = fuzz_take(source, 1);
    const uint64_t page = fuzz_take(source, 2) & ~0ull >> 1;

    if (how & 1)
        return HL_BASE_ADDRESS + (page & 7) * HL_PAGE_SIZE;
    if (how & 2)
        return (how >> 4) << 39 | (how >> 4) << 30 | (page & 511) << 12;
    if (how & 4)
        return 0xFFFF000000000000 | 1ull << 47 | (how >> 3) << 39 |
               (page & 1023) << 12;
    return page << 12;
}

static void patch(struct fuzz_source *source, uint64_t gva)
{
    const uint64_t how = fuzz_take(source, 1);
    const uint64_t level = how & 3;
    const uint64_t table =
        sandbox->layout.tables + (how >> 2 & 7) * HL_PAGE_SIZE;
    const uint64_t index =
        how & 32 ? fuzz_take(source, 2) & 511 : gva >> (12 + 9 * level) & 511;
    const uint64_t entry = entry_make(source);

    if (table + HL_PAGE_SIZE <= sandbox->layout.scratch_size)
        memcpy(sandbox->scratch + table + index * 8, &entry, 8);
}

static void round_trip(const struct probe *before)
{
    const uint64_t memory = sandbox->phys.slots[0].size + guest.scratch_size;
    hl_snapshot *snapshot = NULL;
    struct probe after;
    const hl_status status = hl_sandbox_snapshot(sandbox, &snapshot, NULL);

    FUZZ_CHECK(!hl_sandbox_is_poisoned(sandbox));
    FUZZ_CHECK(status == HL_OK || status == HL_FAIL_SNAPSHOT ||
               status == HL_FAIL_LAYOUT);
    if (status != HL_OK) {
        FUZZ_CHECK(snapshot == NULL);
        return;
    }
    FUZZ_CHECK(hl_snapshot_size(snapshot) <= memory);
    memset(sandbox->scratch, 0xA5, HL_PAGE_SIZE * 8);
    FUZZ_CHECK(hl_sandbox_restore(sandbox, snapshot, NULL) == HL_OK);
    for (size_t i = 0; i < PROBES; i++)
        compare(&before[i], &after);
    snapshot->layout.heap_size ^= HL_PAGE_SIZE;
    FUZZ_CHECK(hl_sandbox_restore(sandbox, snapshot, NULL) == HL_FAIL_SNAPSHOT);
    FUZZ_CHECK(!hl_sandbox_is_poisoned(sandbox));
    hl_snapshot_free(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_source source = {data, size};
    struct probe probes[PROBES];
    unsigned patches = 0;

    if (sandbox == NULL)
        set_up();
    FUZZ_CHECK(hl_sandbox_restore(sandbox, fresh, NULL) == HL_OK);
    for (uint64_t i = 0; i < 32; i++) /* each page has a face */
        memcpy(sandbox->scratch + i * HL_PAGE_SIZE + 64, &i, 8);
    for (size_t i = 0; i < PROBES; i++)
        probes[i] = (struct probe){.gva = gva_make(&source)};
    while (source.left != 0 && patches++ < PATCHES_MAX)
        patch(&source, probes[patches % PROBES].gva);
    for (size_t i = 0; i < PROBES; i++)
        look(&probes[i]);
    round_trip(probes);
    return 0;
}
