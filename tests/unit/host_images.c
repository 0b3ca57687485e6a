/* SPDX-License-Identifier: MIT */
/* guarantees: B16 B27 */
/* What a sandbox asks of its image before it makes a VM: the version, the
 * transport; and what it says of one whose floats the backend has not. */
#include <string.h>

#include "elf_builder.h"
#include "fake_sandbox.h"

static struct elf_builder builder;
static hl_image *image;
static hl_config *config;
static hl_error error;

static int images_up(void **state)
{
    (void)state;
    fake_startup = fake_call = NULL;
    elf_builder_init(&builder);
    image = NULL;
    config = hl_config_new(HL_PRESET_HLKIT);
    return 0;
}

static int images_down(void **state)
{
    (void)state;
    hl_image_free(image);
    hl_config_free(config);
    return 0;
}

/* No functions, so that nothing need be granted. */
static void notes_only(uint32_t abis, uint32_t soft)
{
    builder.notes_size = 0;
    elf_builder_sdk(&builder, abis, soft, "1");
}

/* A VM was made for it. (With queues the guest of these tests fails then.) */
static void assert_taken(void)
{
    fake_last = NULL;
    hl_sandbox_close(fake_sandbox_open(image, config, &error));
    assert_non_null(fake_last);
}

static void assert_refused(const char *text)
{
    fake_last = NULL;
    memset(&error, 0, sizeof(error));
    assert_null(fake_sandbox_open(image, config, &error));
    assert_int_equal(error.status, HL_FAIL_IMAGE);
    if (strstr(error.message, text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, error.message);
    assert_null(fake_last);
}

static void B27_a_version_is_compared_where_one_was_set(void **state)
{
    (void)state;
    notes_only(1, 0);
    elf_builder_version(&builder, "Hyperlight", 1, "0.17.0", 7);
    image = expect_opened(&builder);
    assert_taken();
    assert_int_equal(hl_config_set_version(config, "0.17.0"), HL_OK);
    assert_taken();
    assert_int_equal(hl_config_set_version(config, "0.17.1"), HL_OK);
    assert_refused("not for 0.17.1");
}

static void B27_the_transport_is_one_the_image_has(void **state)
{
    static const enum hl_abi hosts[] = {HL_ABI_STACK, HL_ABI_VIRTQ};
    static const char *const names[] = {"stack transport", "virtq transport"};

    (void)state;
    for (uint32_t abis = 1; abis <= 3; abis++) {
        notes_only(abis, 0);
        image = expect_opened(&builder);
        for (unsigned i = 0; i < COUNT_OF(hosts); i++) {
            assert_int_equal(hl_config_set_abi(config, hosts[i]), HL_OK);
            if (abis & 1u << i)
                assert_taken();
            else
                assert_refused(names[i]);
        }
        hl_image_free(image);
    }
    image = NULL;
}

static void cannot(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    (void)vm;
    *exit = (struct hl_vmm_exit){.kind = HL_VMM_EXIT_INSTRUCTION};
}

static void B16_advice_depends_on_the_images_floats(void **state)
{
    static fake_step_fn *const starting[] = {cannot, NULL};

    (void)state;
    fake_startup = starting;
    for (uint32_t soft = 0; soft <= 1; soft++) {
        notes_only(1, soft);
        image = expect_opened(&builder);
        assert_null(fake_sandbox_open(image, config, &error));
        assert_int_equal(error.status, HL_FAIL_START);
        assert_non_null(strstr(error.message, "use the emulator"));
        assert_int_equal(strstr(error.message, "-mfloat=soft") == NULL, soft);
        hl_image_free(image);
    }
    image = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, images_up, images_down)
    const struct CMUnitTest tests[] = {
        TEST(B27_a_version_is_compared_where_one_was_set),
        TEST(B27_the_transport_is_one_the_image_has),
        TEST(B16_advice_depends_on_the_images_floats),
    };

    return cmocka_run_group_tests_name("host_images", tests, NULL, NULL);
}
