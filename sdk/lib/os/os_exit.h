/* SPDX-License-Identifier: MIT */
/* How exit() gets back to hl_main. */
#ifndef HL_OS_EXIT_H
#define HL_OS_EXIT_H

#include <setjmp.h>
#include <stdbool.h>

struct os_exit {
    bool armed; /* main runs: back is set */
    int status;
    jmp_buf back;
};
extern struct os_exit os_exit;

#endif /* HL_OS_EXIT_H */
