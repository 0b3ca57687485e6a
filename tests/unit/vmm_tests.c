/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm_tests.h"

static const struct hl_vmm_ops *tested;
static hl_error probe_error;

int guest_setup(void **state)
{
    struct guest *g = calloc(1, sizeof(*g));

    if (!g)
        return -1;
    *state = g;
    if (guest_open(g, tested))
        return 0;
    print_error("%s\n", g->error.message);
    return -1;
}

int guest_teardown(void **state)
{
    guest_close(*state);
    free(*state);
    return 0;
}

/* What a machine may lack; that a backend does not work is another thing. */
static bool is_absent(void)
{
    return tested == &hl_vmm_kvm
               ? access("/dev/kvm", R_OK | W_OK) != 0
               : strstr(probe_error.message, "cannot be loaded") != NULL;
}

static void backend_is_usable_here(void **state)
{
    (void)state;
    if (!is_absent())
        fail_msg("%s", probe_error.message);
    skip_because(probe_error.message);
}

static void append(struct CMUnitTest *all, size_t *count,
                   const struct CMUnitTest *some, size_t how_many)
{
    memcpy(all + *count, some, how_many * sizeof(*some));
    *count += how_many;
}

int vmm_tests_run(const struct hl_vmm_ops *ops)
{
    const struct CMUnitTest none[] = {cmocka_unit_test(backend_is_usable_here)};
    struct CMUnitTest all[100];
    size_t count = 0;
    bool executes_sse;

    tested = ops;
    if (ops->probe(&executes_sse, &probe_error) != HL_OK)
        return _cmocka_run_group_tests(ops->name, none, 1, NULL, NULL);
    append(all, &count, vmm_exits_tests, vmm_exits_count);
    append(all, &count, vmm_faults_tests, vmm_faults_count);
    append(all, &count, vmm_state_tests, vmm_state_count);
    return _cmocka_run_group_tests(ops->name, all, count, NULL, NULL);
}
