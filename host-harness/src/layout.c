/* SPDX-License-Identifier: MIT */
/* Memory layout of a sandbox (abi §2.1). */
#include "layout.h"

#define MEMORY_MAX        ((16ull << 30) - HL_BASE_ADDRESS)
#define SCRATCH_MIN_PAGES 12 /* beside the buffers (abi §2.1) */

static hl_status too_small(const char *option, uint64_t have, uint64_t need,
                           hl_error *error)
{
    return hl_error_set(error, HL_FAIL_LAYOUT,
                        "%s is %llu bytes, at least %llu are needed: raise it",
                        option, (unsigned long long)have,
                        (unsigned long long)need);
}

hl_status layout_compute(struct hl_layout *layout,
                         const struct hl_config *config, uint64_t image_size,
                         hl_error *error)
{
    const uint64_t *sizes = config->sizes;
    const uint64_t io = sizes[HL_SIZE_INPUT] + sizes[HL_SIZE_OUTPUT];
    const uint64_t scratch = sizes[HL_SIZE_SCRATCH];
    const uint64_t scratch_min = io + SCRATCH_MIN_PAGES * HL_PAGE_SIZE;

    if (sizes[HL_SIZE_INPUT] < HL_STACK_SIZE_MIN)
        return too_small("input buffer (--input-size)", sizes[HL_SIZE_INPUT],
                         HL_STACK_SIZE_MIN, error);
    if (sizes[HL_SIZE_OUTPUT] < HL_STACK_SIZE_MIN)
        return too_small("output buffer (--output-size)", sizes[HL_SIZE_OUTPUT],
                         HL_STACK_SIZE_MIN, error);
    if (scratch < scratch_min)
        return too_small("scratch memory (--scratch)", scratch, scratch_min,
                         error);
    /* Each term is at most 16 GiB, so that the sums cannot wrap. */
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
    layout->scratch_size = scratch;
    layout->scratch_gpa = HL_SCRATCH_GPA_END - scratch;
    layout->scratch_gva = HL_SCRATCH_GVA_END - scratch;
    layout->input_size = sizes[HL_SIZE_INPUT];
    layout->output_size = sizes[HL_SIZE_OUTPUT];
    layout->tables = io;
    return HL_OK;
}

hl_status layout_check_tables(const struct hl_layout *layout, uint64_t pages,
                              hl_error *error)
{
    const uint64_t need =
        layout->tables + (pages + SCRATCH_MIN_PAGES) * HL_PAGE_SIZE;

    if (layout->scratch_size < need)
        return too_small("scratch memory (--scratch)", layout->scratch_size,
                         need, error);
    return HL_OK;
}
