/* SPDX-License-Identifier: MIT */
/* The tests of struct hl_vmm_ops, one list a subject, run on each backend. */
#ifndef VMM_TESTS_H
#define VMM_TESTS_H

#include "test.h"
#include "vmm_guest.h"

extern const struct CMUnitTest vmm_exits_tests[];
extern const size_t vmm_exits_count;
extern const struct CMUnitTest vmm_faults_tests[];
extern const size_t vmm_faults_count;
extern const struct CMUnitTest vmm_state_tests[];
extern const size_t vmm_state_count;

/* Run them all; skipped as one, with the reason, where ops is not usable. */
int vmm_tests_run(const struct hl_vmm_ops *ops);

/* Each test gets a struct guest of its own as its state. */
int guest_setup(void **state);
int guest_teardown(void **state);
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

#endif /* VMM_TESTS_H */
