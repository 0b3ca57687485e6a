/* SPDX-License-Identifier: MIT */
/*
 * Put in front of every source of the fuzzing build (-include): each object
 * then needs a symbol that fuzz/support/build_mark.c alone defines, so that
 * none of them can become part of hl or of libhlhost (tests/fuzz.bats).
 */
#ifndef FUZZ_BUILD_MARK_H
#define FUZZ_BUILD_MARK_H

extern const int hl_this_object_is_for_fuzzing_only;
static const int *const fuzz_build_mark __attribute__((used)) =
    &hl_this_object_is_for_fuzzing_only;

#endif /* FUZZ_BUILD_MARK_H */
