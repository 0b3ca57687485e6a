/* SPDX-License-Identifier: MIT */
/* One run of hl_image_check: private to image_check*.c. */
#ifndef HL_IMAGE_CHECK_H
#define HL_IMAGE_CHECK_H

#include "elf_symbol.h"

struct image_check {
    struct elf_file elf;
    hl_image_report_fn *report;
    void *context;
    bool failed;
    bool reported[IMAGE_RULE_COUNT]; /* each rule once */
};

void image_check_report(struct image_check *check,
                        const struct image_problem *problem);

/* The rules of the dynamic section: libraries, symbols, relocations. */
void image_check_dynamic(struct image_check *check);

#endif /* HL_IMAGE_CHECK_H */
