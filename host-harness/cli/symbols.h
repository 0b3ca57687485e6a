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
 * Limit the address space of this process, as far as it can be read how much
 * there is: before a filter forbids both. symbols_find does it by itself
 * otherwise, for its own process. Is there a limit?
 */
bool symbols_limit_memory(void);

/*
 * Describe count image-relative addresses, the first one exact, the others
 * return addresses. Debug information is guest data, and libdw is not made
 * for hostile input: it runs in a process of its own, with limits of memory
 * and time that the kernel keeps; it ends before the emulator's process is
 * killed because of the deadline (0 = none, child.h).
 */
void symbols_find(const hl_image *image, const uint64_t *addresses,
                  unsigned count, uint64_t deadline, struct symbol *symbols);

#endif
