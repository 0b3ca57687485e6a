/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the host's core share: each is one program, run once a
 * backend and float variant as `PROGRAM kvm|emu GUESTS [virtq]`, GUESTS being
 * the folder of the guests' images. They use the public API alone.
 */
#ifndef HL_SUPPORT_H
#define HL_SUPPORT_H

#include <stdlib.h>
#include <string.h>

#include <hl_host.h>

#include "test.h"

#define MS(n)      ((uint64_t)(n) * 1000000)
#define SECONDS(n) MS((uint64_t)(n) * 1000)

/* Enough for anything here, on a slow machine under load. */
#define PATIENCE SECONDS(60)

extern enum hl_backend test_backend;
extern bool test_is_kvm;
extern enum hl_abi test_abi;
extern hl_error test_error; /* of the last call that took one */

uint64_t now_ns(void);

/* Open a guest of the GUESTS folder; the test fails if that fails. */
hl_image *image_open(const char *name);
/* A configuration for the backend under test, with a long time limit. */
hl_config *config_new(void);
/* Open; the test fails if that fails. */
hl_sandbox *sandbox_open(const hl_image *image, const hl_config *config);
hl_snapshot *snapshot_take(hl_sandbox *sandbox);
void snapshot_apply(hl_sandbox *sandbox, const hl_snapshot *snapshot);

/* Call a function of type () -> Int, (Int) -> Int; status in the return. */
hl_status call_int(hl_sandbox *sandbox, const char *name, int32_t *result);
hl_status call_int_int(hl_sandbox *sandbox, const char *name, int32_t argument,
                       int32_t *result);
/* (String) -> String; *result lives until the next call. */
hl_status call_text_text(hl_sandbox *sandbox, const char *name,
                         const char *argument, hl_string *result);

/* Assert that the last call gave status, showing test_error if not. */
#define assert_status(got, wanted)                                             \
    assert_status_at(got, wanted, __FILE__, __LINE__)
void assert_status_at(hl_status got, hl_status wanted, const char *file,
                      int line);

/* Guests without the SDK speak one transport each. */
#define IS_VIRTQ (test_abi == HL_ABI_VIRTQ)

/* A test of the stacks themselves, not run over virtqueues. */
#define STACKS_TEST(name, up, down) {#name, name, up, down, test_stacks_only}
extern char test_stacks_only[];

/*
 * main of each program: run the tests, or, where the backend is not usable,
 * report each as skipped with the reason. HL_TESTS=PATTERN runs
 * only the tests of that name.
 */
int backend_tests(int argc, char **argv, const struct CMUnitTest *tests,
                  size_t count);
#define RUN_TESTS(argc, argv, tests)                                           \
    backend_tests(argc, argv, tests, COUNT_OF(tests))

#endif /* HL_SUPPORT_H */
