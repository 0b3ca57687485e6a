/* SPDX-License-Identifier: MIT */
/*
 * For the libc_* guests: each is a program whose exit status is the number of
 * checks that failed, and which prints them and then how many were made.
 */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int checks, failures;

#define CHECK(condition)                                                       \
    do {                                                                       \
        checks++;                                                              \
        if (!(condition)) {                                                    \
            failures++;                                                        \
            printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);     \
        }                                                                      \
    } while (0)

/* condition holds and sets errno to error */
#define CHECK_ERRNO(condition, error)                                          \
    do {                                                                       \
        errno = 0;                                                             \
        CHECK(condition);                                                      \
        CHECK(errno == (error));                                               \
    } while (0)

#define CHECK_TEXT(got, want)                                                  \
    do {                                                                       \
        const char *got_ = (got), *want_ = (want);                             \
        checks++;                                                              \
        if (strcmp(got_, want_) != 0) {                                        \
            failures++;                                                        \
            printf("%s:%d: got \"%s\", want \"%s\"\n", __FILE__, __LINE__,     \
                   got_, want_);                                               \
        }                                                                      \
    } while (0)

static inline int check_done(void)
{
    printf("%d checks, %d failed\n", checks, failures);
    return failures;
}

#endif /* CHECK_H */
