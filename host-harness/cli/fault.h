/* SPDX-License-Identifier: MIT */
/*
 * A guest's report of its own fault (abi §8.3): a sentence, a line of
 * registers, a backtrace of image-relative addresses. It is guest text like
 * any other: what does not look right is left out, nothing is believed.
 */
#ifndef CLI_FAULT_H
#define CLI_FAULT_H

#include <hl_host.h>

enum { FAULT_FRAMES_MAX = 32, FAULT_REGISTERS_MAX = 32 };

struct fault {
    uint64_t frames[FAULT_FRAMES_MAX]; /* [0]: where it happened */
    unsigned frame_count;
    struct {
        char name[8];
        uint64_t value;
    } registers[FAULT_REGISTERS_MAX];
    unsigned register_count;
};

/*
 * If a fault report follows the first line of message: read it into *fault
 * and cut message behind that line. False leaves message alone.
 */
bool fault_split(struct fault *fault, char *message);

/*
 * Print where (with names and lines if the image has them, and they are found
 * in time) on stderr.
 */
void fault_print(const struct fault *fault, const hl_image *image,
                 uint64_t deadline);

#endif
