/* SPDX-License-Identifier: MIT */
/*
 * Addresses of an image to function, file and line, by its own DWARF, or by
 * its symbol table.
 */
#ifndef CLI_SYMBOLS_H
#define CLI_SYMBOLS_H

#include <hl_host.h>

struct symbol {
    char text[200]; /* "name (file:line)", "name+0xN", or empty */
};

/*
 * Load libdw if the image has names to look up, while files can still be
 * opened; symbols_find does it by itself otherwise. Are names to be expected?
 */
bool symbols_prepare(const hl_image *image);

/*
 * Describe count image-relative addresses, the first one exact, the others
 * return addresses. Debug information is guest data, and libdw is not made
 * for hostile input: it runs in a process of its own, under a time limit.
 */
void symbols_find(const hl_image *image, const uint64_t *addresses,
                  unsigned count, struct symbol *symbols);

#endif
