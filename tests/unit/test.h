/* SPDX-License-Identifier: MIT */
/*
 * What every cmocka test includes: cmocka with the headers it wants first, and
 * a skip that says why (tests/tap.awk reads the line).
 *
 * A test that proves a promise (make guarantees) begins with its id:
 * B4_prefix_near_wrap_is_refused, P6_1_…, or several: B3_B5_….
 */
#ifndef HL_TEST_H
#define HL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define skip_because(reason)                                                   \
    do {                                                                       \
        print_message("# skip: %s\n", reason);                                 \
        skip();                                                                \
    } while (0)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif /* HL_TEST_H */
