/* SPDX-License-Identifier: MIT */
/* A missing or wrong emulator library is refused by name, with the way on. */
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "vmm.h"

static void expect_refusal(const char *library, const char *word)
{
    struct hl_vmm *vmm = NULL;
    hl_error error;
    bool executes_sse;

    setenv("HL_UNICORN", library, 1);
    assert_int_equal(hl_vmm_emu.probe(&executes_sse, &error), HL_FAIL_BACKEND);
    assert_int_equal(error.status, HL_FAIL_BACKEND);
    assert_non_null(strstr(error.message, word));
    assert_non_null(strstr(error.message, "HL_UNICORN"));
    assert_int_equal(hl_vmm_emu.open(&vmm, &error), HL_FAIL_BACKEND);
    assert_null(vmm);
}

static void a_missing_library_is_named(void **state)
{
    (void)state;
    expect_refusal("/nowhere/libunicorn.so.2", "/nowhere/libunicorn.so.2");
}

static void another_library_is_refused(void **state)
{
    (void)state;
    expect_refusal("libm.so.6", "uc_version");
}

static void an_absent_error_is_fine(void **state)
{
    bool executes_sse;

    (void)state;
    setenv("HL_UNICORN", "/nowhere", 1);
    assert_int_equal(hl_vmm_emu.probe(&executes_sse, NULL), HL_FAIL_BACKEND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_library_is_named),
        cmocka_unit_test(another_library_is_refused),
        cmocka_unit_test(an_absent_error_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
