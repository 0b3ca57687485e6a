/* SPDX-License-Identifier: MIT */
/* Where everything lies in a sandbox's memory (abi §2.1). */
#ifndef HL_LAYOUT_H
#define HL_LAYOUT_H

#include <hl/abi.h>
#include "channel.h"
#include "config.h"

/* All sizes are multiples of the page size; all checked against overflow. */
struct hl_layout {
    uint64_t image_size;
    uint64_t peb; /* GVA = GPA */
    uint64_t heap;
    uint64_t heap_size;
    uint64_t boot_size; /* of the snapshot region of a fresh guest */
    uint64_t scratch_size;
    uint64_t scratch_gpa;
    uint64_t scratch_gva;
    uint64_t input_size;
    uint64_t output_size;
    uint64_t arena_size; /* of the transport, at scratch offset 0 */
    uint64_t tables;     /* scratch offset of the page tables */
    const struct hl_transport_ops *transport;
    struct hl_virtq_layout virtq; /* generation C alone */
};

/* HL_FAIL_LAYOUT names the size that does not fit and the option to change. */
hl_status layout_compute(struct hl_layout *layout,
                         const struct hl_config *config, uint64_t image_size,
                         hl_error *error);

/* Do page tables of that many pages leave the pages abi §2.1 asks for? */
hl_status layout_check_tables(const struct hl_layout *layout, uint64_t pages,
                              hl_error *error);

/* Do guests laid out so fit each other? All else follows from these members
 * (and padding may hold anything: no memcmp). */
static inline bool layout_is_same(const struct hl_layout *a,
                                  const struct hl_layout *b)
{
    return a->transport == b->transport && a->image_size == b->image_size &&
           a->heap_size == b->heap_size && a->scratch_size == b->scratch_size &&
           a->input_size == b->input_size && a->output_size == b->output_size;
}

#endif /* HL_LAYOUT_H */
