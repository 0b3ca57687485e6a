/* SPDX-License-Identifier: MIT */
/*
 * Boot state, snapshots and restore (abi §2.1-§2.6): what a guest's memory
 * consists of between calls, and how a sandbox gets it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "image.h"
#include "sandbox.h"

#define LEAF       (HL_PTE_PRESENT | HL_PTE_ACCESSED | HL_PTE_DIRTY)
#define LEAF_RO    (LEAF | HL_PTE_NX)
#define LEAF_RW    (LEAF | HL_PTE_WRITE | HL_PTE_NX)
#define LEAF_COW   (LEAF | HL_PTE_COW | HL_PTE_NX)
#define LEAF_COW_X (LEAF | HL_PTE_COW)

/* Page-table entries a snapshot looks at before it gives up on a guest whose
 * tables loop or alias: enough for every page of 16 GiB, many times over. */
#define VISIT_BUDGET (64ull << 20)

static hl_status memory_map(uint8_t **memory, uint64_t size, hl_error *error)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return hl_error_set(error, HL_FAIL_NO_MEMORY,
                            "cannot map %llu bytes of guest memory: %s",
                            (unsigned long long)size, strerror(errno));
    *memory = at;
    return HL_OK;
}

static void snapshot_release(struct hl_snapshot *snapshot)
{
    if (snapshot == NULL || atomic_fetch_sub(&snapshot->references, 1) != 1)
        return;
    if (snapshot->memory != NULL)
        munmap(snapshot->memory, snapshot->memory_size);
    pagetable_free(&snapshot->tables);
    free(snapshot->state);
    free(snapshot);
}

void hl_snapshot_free(hl_snapshot *snapshot)
{
    snapshot_release(snapshot);
}

uint64_t hl_snapshot_size(const hl_snapshot *snapshot)
{
    return snapshot->memory_size;
}

/* A snapshot with memory_size bytes of zeroed memory and empty tables. */
static hl_status snapshot_new(struct hl_snapshot **out, const hl_image *image,
                              const struct hl_layout *layout,
                              uint64_t memory_size, hl_error *error)
{
    struct hl_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    hl_status status;

    if (snapshot == NULL) {
        hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
        return HL_FAIL_NO_MEMORY;
    }
    atomic_init(&snapshot->references, 1);
    snapshot->image = image;
    snapshot->layout = *layout;
    status = memory_map(&snapshot->memory, memory_size, error);
    if (status == HL_OK) {
        snapshot->memory_size = memory_size;
        status = pagetable_init(&snapshot->tables,
                                layout->scratch_gpa + layout->tables, error);
    }
    if (status != HL_OK) {
        snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return HL_OK;
}

/* vCPU state of a fresh guest (abi §3.1). */
static void sregs_boot(struct hl_vmm_sregs *sregs)
{
    memset(sregs, 0, sizeof(*sregs));
    sregs->cs =
        (struct hl_vmm_segment){.type = 0xB, .present = 1, .s = 1, .l = 1};
    sregs->tr =
        (struct hl_vmm_segment){.limit = 0xFFFF, .type = 0xB, .present = 1};
    sregs->cr0 = HL_CR0_INIT;
    sregs->cr4 = HL_CR4_INIT;
    sregs->efer = HL_EFER_INIT;
}

/* The windows every guest has: scratch is the same in boot and snapshots. */
static hl_status map_scratch(struct hl_snapshot *snapshot, hl_error *error)
{
    const struct hl_layout *layout = &snapshot->layout;

    return pagetable_map(&snapshot->tables, layout->scratch_gva,
                         layout->scratch_gpa,
                         layout->scratch_size / HL_PAGE_SIZE, LEAF_RW, error);
}

static hl_status map_boot(struct hl_snapshot *snapshot, hl_error *error)
{
    const struct hl_layout *layout = &snapshot->layout;
    const struct {
        uint64_t at, size, flags;
    } regions[] = {
        {HL_BASE_ADDRESS, layout->image_size, LEAF_COW_X},
        {layout->peb, HL_PAGE_SIZE, LEAF_RO},
        {layout->heap, layout->heap_size, LEAF_COW},
    };
    hl_status status = HL_OK;

    for (size_t i = 0;
         i < sizeof(regions) / sizeof(regions[0]) && status == HL_OK; i++)
        status = pagetable_map(&snapshot->tables, regions[i].at, regions[i].at,
                               regions[i].size / HL_PAGE_SIZE, regions[i].flags,
                               error);
    return status == HL_OK ? map_scratch(snapshot, error) : status;
}

hl_status snapshot_boot(struct hl_snapshot **out, const hl_image *image,
                        const struct hl_layout *layout, hl_error *error)
{
    struct hl_snapshot *snapshot;
    hl_status status;

    status = snapshot_new(&snapshot, image, layout, layout->boot_size, error);
    if (status != HL_OK)
        return status;
    snapshot->is_boot = true;
    sregs_boot(&snapshot->sregs);
    status = image_load(image, HL_BASE_ADDRESS, snapshot->memory,
                        layout->image_size, error);
    if (status != HL_OK)
        goto out;
    layout->transport->peb_write(
        snapshot->memory + (layout->peb - HL_BASE_ADDRESS), layout);
    status = map_boot(snapshot, error);
    if (status != HL_OK)
        goto out;
    status = layout_check_tables(layout, snapshot->tables.count, error);
out:
    if (status == HL_OK)
        *out = snapshot;
    else
        snapshot_release(snapshot);
    return status;
}

/* ---- Taking a snapshot ------------------------------------------------ */

struct capture {
    const struct hl_sandbox *sandbox;
    struct hl_snapshot *snapshot;
    uint32_t *copied; /* by physical page: 1 + its page in the snapshot */
    uint64_t used;    /* pages copied so far */
    hl_status status;
    hl_error *error;
};

/* Number of the physical page at gpa, counted through both slots. */
static uint64_t page_number(const struct hl_phys *phys, uint64_t gpa)
{
    const struct hl_vmm_slot *low = &phys->slots[HL_VMM_SLOT_SNAPSHOT];
    const struct hl_vmm_slot *high = &phys->slots[HL_VMM_SLOT_SCRATCH];

    if (gpa < high->gpa)
        return (gpa - low->gpa) / HL_PAGE_SIZE;
    return (low->size + (gpa - high->gpa)) / HL_PAGE_SIZE;
}

static bool is_dropped(const struct hl_layout *layout, uint64_t gva)
{
    return gva >= layout->scratch_gva ||
           (gva >= HL_TABLES_GVA_FIRST && gva <= HL_TABLES_GVA_LAST);
}

static bool capture_page(void *context, uint64_t gva, uint64_t pte)
{
    struct capture *capture = context;
    const struct hl_phys *phys = &capture->sandbox->phys;
    const uint64_t gpa = pte & HL_PTE_ADDR;
    const uint8_t *from = phys_at(phys, gpa, HL_PAGE_SIZE);
    uint64_t flags = LEAF | (pte & HL_PTE_NX);
    uint32_t *copied;

    if (from == NULL || is_dropped(&capture->sandbox->layout, gva))
        return true;
    copied = &capture->copied[page_number(phys, gpa)];
    if (*copied == 0) {
        memcpy(capture->snapshot->memory + capture->used * HL_PAGE_SIZE, from,
               HL_PAGE_SIZE);
        *copied = (uint32_t)++capture->used;
    }
    if ((pte & HL_PTE_WRITE) != 0 || (pte & HL_PTE_AVL_MASK) == HL_PTE_COW)
        flags |= HL_PTE_COW;
    capture->status =
        pagetable_map(&capture->snapshot->tables, gva,
                      HL_BASE_ADDRESS + (uint64_t)(*copied - 1) * HL_PAGE_SIZE,
                      1, flags, capture->error);
    if (capture->status == HL_OK)
        capture->status = layout_check_tables(&capture->sandbox->layout,
                                              capture->snapshot->tables.count,
                                              capture->error);
    return capture->status == HL_OK;
}

/* Give back what was mapped beyond the pages that are used. */
static void memory_shrink(struct hl_snapshot *snapshot, uint64_t pages)
{
    const uint64_t size = (pages == 0 ? 1 : pages) * HL_PAGE_SIZE;

    if (size < snapshot->memory_size &&
        munmap(snapshot->memory + size, snapshot->memory_size - size) == 0)
        snapshot->memory_size = size;
}

static hl_status capture_all(struct capture *capture)
{
    const struct hl_sandbox *sandbox = capture->sandbox;

    if (!pagetable_visit(&sandbox->phys, capture->snapshot->sregs.cr3,
                         VISIT_BUDGET, capture_page, capture) &&
        capture->status == HL_OK)
        capture->status = hl_error_set(
            capture->error, HL_FAIL_SNAPSHOT,
            "guest's page tables have too many entries for a snapshot");
    if (capture->status != HL_OK)
        return capture->status;
    memory_shrink(capture->snapshot, capture->used);
    return map_scratch(capture->snapshot, capture->error);
}

static hl_status usable(const struct hl_sandbox *sandbox, hl_error *error)
{
    if (sandbox->phase != HL_PHASE_IDLE)
        return hl_error_set(error, HL_FAIL_BUSY, "%s",
                            hl_status_text(HL_FAIL_BUSY));
    return HL_OK;
}

/* The guest's own preparations, where the transport has such (abi §12.6). */
static hl_status checkpoint(struct hl_sandbox *sandbox, hl_error *error)
{
    const struct hl_transport_ops *ops = sandbox->channel.ops;
    hl_status status;

    if (ops->checkpoint_begin == NULL)
        return HL_OK;
    status = ops->checkpoint_begin(&sandbox->channel, error);
    if (status == HL_FAIL_PROTOCOL)
        sandbox->poisoned = true;
    if (status == HL_OK)
        status = sandbox_dispatch(sandbox, HL_PHASE_CHECKPOINT, error);
    if (status != HL_OK)
        return status;
    status = ops->checkpoint_end(&sandbox->channel, error);
    if (status != HL_OK)
        sandbox->poisoned = true;
    return status;
}

static hl_status capture_state(struct hl_sandbox *sandbox,
                               struct hl_snapshot *snapshot, hl_error *error)
{
    const struct hl_transport_ops *ops = sandbox->channel.ops;

    if (ops->state_size == NULL)
        return HL_OK;
    snapshot->state = malloc(ops->state_size(&sandbox->channel));
    if (snapshot->state == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    return ops->state_save(&sandbox->channel, snapshot->state, error);
}

hl_status hl_sandbox_snapshot(hl_sandbox *sandbox, hl_snapshot **out,
                              hl_error *error)
{
    const struct hl_vmm_slot *slots = sandbox->phys.slots;
    const uint64_t bytes = slots[0].size + slots[1].size;
    struct capture capture = {.sandbox = sandbox, .error = error};
    hl_status status = usable(sandbox, error);

    if (status != HL_OK)
        return status;
    if (sandbox->poisoned)
        return hl_error_set(error, HL_FAIL_POISONED, "%s",
                            hl_status_text(HL_FAIL_POISONED));
    status = checkpoint(sandbox, error);
    if (status != HL_OK)
        return status;
    capture.copied = calloc(bytes / HL_PAGE_SIZE, sizeof(*capture.copied));
    if (capture.copied == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    status = snapshot_new(&capture.snapshot, sandbox->image, &sandbox->layout,
                          bytes, error);
    if (status == HL_OK)
        status = sandbox->vmm->ops->save(sandbox->vmm, &capture.snapshot->sregs,
                                         error);
    if (status == HL_OK)
        status = capture_all(&capture);
    if (status == HL_OK)
        status = capture_state(sandbox, capture.snapshot, error);
    free(capture.copied);
    if (status != HL_OK) {
        snapshot_release(capture.snapshot);
        return status;
    }
    capture.snapshot->generation = ++sandbox->generation;
    capture.snapshot->dispatch = sandbox->dispatch;
    capture.snapshot->stack = sandbox->stack;
    *out = capture.snapshot;
    return HL_OK;
}

/* ---- Restoring -------------------------------------------------------- */

static bool page_is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, HL_PAGE_SIZE - 1) == 0;
}

/* Pages already zero are left alone, so that they stay unbacked. */
static void scratch_clear(uint8_t *scratch, uint64_t size)
{
    for (uint64_t at = 0; at < size; at += HL_PAGE_SIZE) {
        if (!page_is_zero(scratch + at))
            memset(scratch + at, 0, HL_PAGE_SIZE);
    }
}

static void meta_write(const struct hl_sandbox *sandbox, uint64_t offset,
                       uint64_t value)
{
    memcpy(sandbox->scratch + sandbox->layout.scratch_size - offset, &value,
           sizeof(value));
}

/* A request for the guest to reseed its random numbers (abi §2.3). */
static uint64_t reseed_word(void)
{
    uint32_t seed = 0;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
        seed = (uint32_t)monotonic_ns();
    return (1ull << 32) | seed;
}

/* Tables and bookkeeping of a guest about to run from snapshot. */
static void scratch_fill(struct hl_sandbox *sandbox,
                         const struct hl_snapshot *snapshot)
{
    const struct hl_pagetable *tables = &snapshot->tables;
    const uint64_t tables_size = tables->count * HL_PAGE_SIZE;
    const struct hl_transport_ops *ops = sandbox->channel.ops;

    memcpy(sandbox->scratch + sandbox->layout.tables, tables->bytes,
           tables_size);
    meta_write(sandbox, HL_META_SCRATCH_SIZE, sandbox->layout.scratch_size);
    meta_write(sandbox, HL_META_ALLOCATOR, tables->gpa + tables_size);
    meta_write(sandbox, HL_META_ROOT_TABLE, tables->gpa);
    meta_write(sandbox, HL_META_GENERATION, snapshot->generation);
    meta_write(sandbox, HL_META_RESEED, snapshot->is_boot ? 0 : reseed_word());
    if (ops->meta_write != NULL)
        ops->meta_write(sandbox->scratch + sandbox->layout.scratch_size,
                        &sandbox->layout);
    ops->reset(&sandbox->channel);
    if (snapshot->state != NULL)
        ops->state_load(&sandbox->channel, snapshot->state);
}

static hl_status map_snapshot(struct hl_sandbox *sandbox,
                              struct hl_snapshot *snapshot, hl_error *error)
{
    const struct hl_vmm_slot slot = {
        .gpa = HL_BASE_ADDRESS,
        .size = snapshot->memory_size,
        .host = snapshot->memory,
    };
    hl_status status;

    if (sandbox->is_mapped && sandbox->current == snapshot)
        return HL_OK;
    status = sandbox->vmm->ops->map(sandbox->vmm, HL_VMM_SLOT_SNAPSHOT, &slot,
                                    error);
    if (status != HL_OK) {
        sandbox->is_mapped = false; /* the old one may be gone, too */
        return status;
    }
    atomic_fetch_add(&snapshot->references, 1);
    snapshot_release(sandbox->current);
    sandbox->current = snapshot;
    sandbox->is_mapped = true;
    sandbox->phys.slots[HL_VMM_SLOT_SNAPSHOT] = slot;
    return HL_OK;
}

hl_status sandbox_apply(struct hl_sandbox *sandbox,
                        struct hl_snapshot *snapshot, bool fresh,
                        hl_error *error)
{
    struct hl_vmm_sregs sregs = snapshot->sregs;
    hl_status status;

    sandbox->poisoned = true; /* until all of it is done */
    status = map_snapshot(sandbox, snapshot, error);
    if (status != HL_OK)
        return status;
    if (!fresh)
        scratch_clear(sandbox->scratch, sandbox->layout.scratch_size);
    scratch_fill(sandbox, snapshot);
    abort_stream_clear(&sandbox->abort);
    sregs.cr3 = snapshot->tables.gpa;
    status = sandbox->vmm->ops->reset(sandbox->vmm, &sregs, error);
    if (status != HL_OK)
        return status;
    sandbox->dispatch = snapshot->dispatch;
    sandbox->stack = snapshot->stack;
    sandbox->flush_tlb = true;
    sandbox->poisoned = false;
    return HL_OK;
}

hl_status snapshot_check(const struct hl_sandbox *sandbox,
                         const hl_snapshot *snapshot, hl_error *error)
{
    if (snapshot->image != sandbox->image ||
        !layout_is_same(&snapshot->layout, &sandbox->layout))
        return hl_error_set(error, HL_FAIL_SNAPSHOT,
                            "snapshot is of another image or of other memory "
                            "sizes than this sandbox");
    return HL_OK;
}

hl_status hl_sandbox_restore(hl_sandbox *sandbox, const hl_snapshot *snapshot,
                             hl_error *error)
{
    hl_status status = usable(sandbox, error);

    if (status == HL_OK)
        status = snapshot_check(sandbox, snapshot, error);
    if (status != HL_OK)
        return status;
    return sandbox_apply(sandbox, snapshot_of(snapshot), false, error);
}

uint64_t scratch_dirty_pages(const uint8_t *scratch, uint64_t size)
{
    uint64_t pages = 0;

    for (uint64_t at = 0; at < size; at += HL_PAGE_SIZE)
        pages += !page_is_zero(scratch + at);
    return pages;
}
