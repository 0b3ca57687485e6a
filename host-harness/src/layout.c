/* SPDX-License-Identifier: MIT */
/* Memory layout of a sandbox (abi §2.1). */
#include "layout.h"

#define MEMORY_MAX ((16ull << 30) - HL_BASE_ADDRESS)

static hl_status too_small(const char *option, uint64_t have, uint64_t need,
                           hl_error *error)
{
    return hl_error_set(error, HL_FAIL_LAYOUT,
                        "%s is %llu bytes, at least %llu are needed: raise it",
                        option, (unsigned long long)have,
                        (unsigned long long)need);
}

static const struct hl_transport_ops *transport_of(enum hl_abi abi)
{
    return abi == HL_ABI_VIRTQ ? &hl_transport_virtq : &hl_transport_stack;
}

/* Where scratch must end at least: arena, tables, what the ABI reserves. */
static uint64_t scratch_need(const struct hl_layout *layout, uint64_t tables)
{
    return layout->arena_size +
           (tables + layout->transport->min_pages) * HL_PAGE_SIZE;
}

/* Buffers and scratch; every size is at most 16 GiB: sums cannot wrap. */
static hl_status layout_scratch(struct hl_layout *layout, const uint64_t *sizes,
                                hl_error *error)
{
    const uint64_t least = layout->transport->min_buffer;

    if (sizes[HL_SIZE_INPUT] < least)
        return too_small("input buffer (--input-size)", sizes[HL_SIZE_INPUT],
                         least, error);
    if (sizes[HL_SIZE_OUTPUT] < least)
        return too_small("output buffer (--output-size)", sizes[HL_SIZE_OUTPUT],
                         least, error);
    layout->input_size = sizes[HL_SIZE_INPUT];
    layout->output_size = sizes[HL_SIZE_OUTPUT];
    layout->transport->plan(layout);
    layout->tables = layout->arena_size;
    layout->scratch_size = sizes[HL_SIZE_SCRATCH];
    return layout_check_tables(layout, 0, error);
}

hl_status layout_compute(struct hl_layout *layout,
                         const struct hl_config *config, uint64_t image_size,
                         hl_error *error)
{
    const uint64_t *sizes = config->sizes;
    const uint64_t scratch = sizes[HL_SIZE_SCRATCH];
    hl_status status;

    layout->transport = transport_of(config->abi);
    status = layout_scratch(layout, sizes, error);
    if (status != HL_OK)
        return status;
    if (scratch > MEMORY_MAX || image_size > MEMORY_MAX ||
        image_size + HL_PAGE_SIZE + sizes[HL_SIZE_HEAP] > MEMORY_MAX)
        return hl_error_set(error, HL_FAIL_LAYOUT,
                            "image and heap, and scratch, may have at most "
                            "16 GiB each: lower --heap or --scratch");
    layout->image_size = image_size;
    layout->peb = HL_BASE_ADDRESS + image_size;
    layout->heap = layout->peb + HL_PAGE_SIZE;
    layout->heap_size = sizes[HL_SIZE_HEAP];
    layout->boot_size = image_size + HL_PAGE_SIZE + layout->heap_size;
    layout->scratch_gpa = HL_SCRATCH_GPA_END - scratch;
    layout->scratch_gva = HL_SCRATCH_GVA_END - scratch;
    return HL_OK;
}

hl_status layout_check_tables(const struct hl_layout *layout, uint64_t pages,
                              hl_error *error)
{
    const uint64_t need = scratch_need(layout, pages);

    if (layout->scratch_size < need)
        return too_small("scratch memory (--scratch)", layout->scratch_size,
                         need, error);
    return HL_OK;
}
