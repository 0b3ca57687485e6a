/* SPDX-License-Identifier: MIT */
/* hl_sandbox: open and close (abi §3.1, §3.2); calls are in call.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "image.h"
#include "sandbox.h"

/* ---- Opening ---------------------------------------------------------- */

/* Every required import granted, with the same types (B27, D7). */
static hl_status check_imports(const hl_image *image,
                               const struct hl_config *config, hl_error *error)
{
    const struct hl_image_function *function;
    char wanted[256];
    char granted[256];

    for (size_t i = 0; (function = hl_image_function_at(image, i)) != NULL;
         i++) {
        const hl_string name = {function->name, strlen(function->name)};
        const struct hl_grant *grant;

        if (function->kind == HL_NOTE_KIND_EXPORT)
            continue;
        grant = config_find_grant(config, name);
        if (grant == NULL && function->kind == HL_NOTE_KIND_IMPORT_OPTIONAL)
            continue;
        hl_signature_format(function->name, function->signature, wanted,
                            sizeof(wanted));
        if (grant == NULL)
            return hl_error_set(error, HL_FAIL_GRANT,
                                "%s needs host function %s, which is not "
                                "granted: grant it",
                                hl_image_name(image), wanted);
        if (grant->provided->signature == function->signature)
            continue;
        hl_signature_format(function->name, grant->provided->signature, granted,
                            sizeof(granted));
        return hl_error_set(error, HL_FAIL_GRANT,
                            "%s needs host function %s, but the host provides "
                            "%s: make the declarations equal",
                            hl_image_name(image), wanted, granted);
    }
    return HL_OK;
}

/* The transport that was asked for is one the image has. */
static hl_status check_abi(const hl_image *image,
                           const struct hl_config *config, hl_error *error)
{
    const uint32_t abi = image_abi(image);
    const uint32_t wanted = config->abi == HL_ABI_VIRTQ ? 2 : 1;

    if (abi == 0 || (abi & wanted) != 0)
        return HL_OK;
    return hl_error_set(error, HL_FAIL_IMAGE,
                        "%s was not built for the %s transport: rebuild it "
                        "with this hl-cc, or choose the other --abi",
                        hl_image_name(image), wanted == 1 ? "stack" : "virtq");
}

static hl_status check_image(const hl_image *image,
                             const struct hl_config *config, hl_error *error)
{
    hl_status status = HL_OK;

    if (config->version[0] != '\0')
        status = image_version_check(image, config->version, error);
    if (status == HL_OK)
        status = check_abi(image, config, error);
    return status == HL_OK ? check_imports(image, config, error) : status;
}

static hl_status scratch_open(struct hl_sandbox *sandbox, hl_error *error)
{
    const struct hl_layout *layout = &sandbox->layout;
    struct hl_vmm_slot *slot = &sandbox->phys.slots[HL_VMM_SLOT_SCRATCH];
    hl_status status;
    void *at = mmap(NULL, layout->scratch_size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return hl_error_set(error, HL_FAIL_NO_MEMORY,
                            "cannot map %llu bytes of scratch memory: %s",
                            (unsigned long long)layout->scratch_size,
                            strerror(errno));
    sandbox->scratch = at;
    *slot = (struct hl_vmm_slot){
        .gpa = layout->scratch_gpa,
        .size = layout->scratch_size,
        .host = sandbox->scratch,
    };
    status = layout->transport->open(&sandbox->channel, layout,
                                     sandbox->scratch, error);
    if (status != HL_OK)
        return status;
    return sandbox->vmm->ops->map(sandbox->vmm, HL_VMM_SLOT_SCRATCH, slot,
                                  error);
}

static uint64_t random_seed(void)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
        seed = monotonic_ns();
    return seed;
}

/* Registers of the first entry (abi §3.2). */
static void start_regs(struct hl_sandbox *sandbox)
{
    struct hl_vmm_regs *regs = sandbox->vmm->ops->regs(sandbox->vmm);

    memset(regs, 0, sizeof(*regs));
    regs->rip = HL_BASE_ADDRESS + image_entry(sandbox->image);
    regs->rsp = HL_SCRATCH_GVA_END - sandbox->layout.transport->meta_end -
                sizeof(uint64_t);
    regs->rdi = sandbox->layout.peb;
    regs->rsi = random_seed();
    regs->rdx = HL_PAGE_SIZE;
    regs->rcx = sandbox->config->max_level;
    regs->rflags = HL_RFLAGS_INIT;
    sandbox->vmm->ops->set_regs(sandbox->vmm);
}

/* Name the image; keep what *error already knows of the fault. */
static hl_status start_failed(const struct hl_sandbox *sandbox,
                              hl_status status, const char *why,
                              hl_error *error)
{
    const hl_status as = status == HL_FAIL_TIMEOUT ? status : HL_FAIL_START;
    hl_error named;

    hl_error_set(&named, as, "start-up of %.512s failed: %s",
                 hl_image_name(sandbox->image), why);
    if (error != NULL) {
        error->status = as;
        memcpy(error->message, named.message, sizeof(error->message));
    }
    return as;
}

/* What the guest left behind, and its checkpoint where there is one. */
static hl_status start_finish(struct hl_sandbox *sandbox, hl_error *error)
{
    const struct hl_transport_ops *ops = sandbox->channel.ops;
    const hl_status status =
        ops->checkpoint_end == NULL
            ? ops->finish(&sandbox->channel, error)
            : ops->checkpoint_end(&sandbox->channel, error);

    if (status != HL_OK && error != NULL) {
        const hl_error why = *error;

        return start_failed(sandbox, status, why.message, error);
    }
    return status;
}

static hl_status start(struct hl_sandbox *sandbox, hl_error *error)
{
    const struct hl_vmm_regs *regs;
    hl_error why;
    hl_status status;

    start_regs(sandbox);
    sandbox_trace(sandbox, (hl_trace_event){.kind = HL_TRACE_ENTER,
                                            .name = {"start", 5}});
    status = sandbox_run_phase(sandbox, HL_PHASE_START, &why);
    if (status != HL_OK) {
        if (error != NULL)
            *error = why;
        return start_failed(sandbox, status, why.message, error);
    }
    regs = sandbox->vmm->ops->regs(sandbox->vmm);
    if (regs->rsp % 16 != 0)
        return hl_error_set(error, HL_FAIL_START,
                            "start-up of %s left an unaligned stack pointer "
                            "0x%llx",
                            hl_image_name(sandbox->image),
                            (unsigned long long)regs->rsp);
    sandbox->dispatch = regs->rax;
    sandbox->stack = regs->rsp;
    sandbox->flush_tlb = false;
    sandbox->stats.scratch_used = 0;
    return start_finish(sandbox, error);
}

static hl_status memory_open(struct hl_sandbox *sandbox, hl_error *error)
{
    const hl_status status = scratch_open(sandbox, error);

    return status == HL_OK ? kick_open(&sandbox->kick, sandbox->vmm, error)
                           : status;
}

static hl_status sandbox_boot(struct hl_sandbox *sandbox, hl_error *error)
{
    struct hl_snapshot *boot = NULL;
    hl_status status;

    status = memory_open(sandbox, error);
    if (status == HL_OK)
        status = snapshot_boot(&boot, sandbox->image, &sandbox->layout, error);
    if (status == HL_OK)
        status = sandbox_apply(sandbox, boot, true, error);
    hl_snapshot_free(boot); /* the sandbox holds its own reference */
    return status == HL_OK ? start(sandbox, error) : status;
}

/* As after a restore: start-up was run before the snapshot was taken. */
static hl_status sandbox_resume(struct hl_sandbox *sandbox,
                                const hl_snapshot *snapshot, hl_error *error)
{
    hl_status status = snapshot_check(sandbox, snapshot, error);

    if (status == HL_OK)
        status = memory_open(sandbox, error);
    if (status != HL_OK)
        return status;
    sandbox->generation = snapshot->generation;
    return sandbox_apply(sandbox, snapshot_of(snapshot), true, error);
}

/* snapshot: to begin with, or NULL. */
static hl_status sandbox_open(hl_sandbox **out, const hl_image *image,
                              const hl_config *config,
                              const hl_snapshot *snapshot, hl_error *error)
{
    struct hl_sandbox *sandbox = calloc(1, sizeof(*sandbox));
    hl_status status;

    if (sandbox == NULL)
        return hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
    sandbox->opened_ns = monotonic_ns();
    sandbox->image = image;
    sandbox->config = config_copy(config);
    if (sandbox->config == NULL) {
        status = hl_error_set(error, HL_FAIL_NO_MEMORY, "out of host memory");
        goto out;
    }
    status = check_image(image, config, error);
    if (status == HL_OK)
        status = layout_compute(&sandbox->layout, config,
                                image_memory_size(image), error);
    if (status == HL_OK)
        status = backend_open(sandbox, error);
    if (status == HL_OK)
        status = snapshot != NULL ? sandbox_resume(sandbox, snapshot, error)
                                  : sandbox_boot(sandbox, error);
out:
    if (status == HL_OK)
        *out = sandbox;
    else
        hl_sandbox_close(sandbox);
    return status;
}

hl_status hl_sandbox_open(hl_sandbox **out, const hl_image *image,
                          const hl_config *config, hl_error *error)
{
    return sandbox_open(out, image, config, NULL, error);
}

hl_status hl_sandbox_open_snapshot(hl_sandbox **out,
                                   const hl_snapshot *snapshot,
                                   const hl_config *config, hl_error *error)
{
    return sandbox_open(out, snapshot->image, config, snapshot, error);
}

void hl_sandbox_close(hl_sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    kick_close(&sandbox->kick);
    if (sandbox->vmm != NULL)
        sandbox->vmm->ops->close(sandbox->vmm);
    hl_snapshot_free(sandbox->current);
    if (sandbox->scratch != NULL)
        munmap(sandbox->scratch, sandbox->layout.scratch_size);
    if (sandbox->channel.ops != NULL)
        sandbox->channel.ops->close(&sandbox->channel);
    hl_config_free(sandbox->config);
    free(sandbox);
}

void hl_sandbox_set_timeout(hl_sandbox *sandbox, uint64_t ns)
{
    sandbox->config->timeout_ns = ns;
}

void hl_sandbox_interrupt(hl_sandbox *sandbox)
{
    kick_interrupt(&sandbox->kick);
}

bool hl_sandbox_is_poisoned(const hl_sandbox *sandbox)
{
    return sandbox->poisoned;
}

/* ---- Looking at it ---------------------------------------------------- */

void hl_sandbox_get_stats(const hl_sandbox *sandbox, hl_stats *stats)
{
    const struct hl_vmm_ops *ops = sandbox->vmm->ops;
    const struct hl_layout *layout = &sandbox->layout;
    uint64_t word;

    *stats = sandbox->stats;
    /* The guest's own allocator word: shown, never used. */
    memcpy(&word, sandbox->scratch + layout->scratch_size - HL_META_ALLOCATOR,
           sizeof(word));
    stats->scratch_used =
        word >= layout->scratch_gpa && word <= HL_SCRATCH_GPA_END
            ? word - layout->scratch_gpa
            : layout->scratch_size;
    stats->dirty_pages =
        scratch_dirty_pages(sandbox->scratch, layout->scratch_size);
    stats->snapshot_size = sandbox->current->memory_size;
    stats->pages_written =
        ops->pages_written != NULL ? ops->pages_written(sandbox->vmm) : 0;
}

hl_status hl_sandbox_count_instructions(hl_sandbox *sandbox, bool on)
{
    if (sandbox->vmm->ops->count_instructions == NULL)
        return HL_FAIL_BACKEND;
    return sandbox->vmm->ops->count_instructions(sandbox->vmm, on)
               ? HL_OK
               : HL_FAIL_NO_MEMORY;
}

void hl_sandbox_get_backend(const hl_sandbox *sandbox,
                            struct hl_backend_info *info)
{
    const struct hl_vmm_ops *ops = sandbox->vmm->ops;

    *info = (struct hl_backend_info){
        .name = ops->name,
        .is_boundary = ops->is_boundary,
        .reason = sandbox->backend_reason,
    };
}
