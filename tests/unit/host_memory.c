/* SPDX-License-Identifier: MIT */
/* guarantees: B16 */
/*
 * Every allocation and mapping of a sandbox made to fail, one at a time: a
 * named error, no leak (the sanitizer's), nothing half made. Linked with
 * --wrap; make faults does the same with real guests and system calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bare_image.h"
#include "fake_sandbox.h"
#include "failing_memory.h"

static uint64_t mapped; /* bytes, now */

void *__real_realloc(void *at, size_t size);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd,
                  off_t offset);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd,
                  off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);

void *__wrap_realloc(void *at, size_t size)
{
    return fails_now() ? NULL : __real_realloc(at, size);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd,
                  off_t offset)
{
    errno = ENOMEM;
    if (fails_now())
        return MAP_FAILED;
    mapped += size;
    return __real_mmap(at, size, prot, flags, fd, offset);
}

int __wrap_munmap(void *at, size_t size)
{
    const int failed = __real_munmap(at, size);

    mapped -= failed == 0 ? size : 0;
    return failed;
}

static bool allocated;

HL_PROVIDE(void, allocates)
{
    fail_in = 0;
    allocated = hl_call_alloc(call, 100) != NULL;
    fail_in = -1;
}

static hl_image *image;
static hl_config *config;
static hl_error error;

static int memory_up(void **state)
{
    (void)state;
    fail_in = -1;
    mapped = 0;
    fake_startup = NULL;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    return hl_config_grant(config, &hl_provided_allocates, NULL);
}

static int memory_down(void **state)
{
    (void)state;
    hl_config_free(config);
    hl_image_free(image);
    assert_int_equal(mapped, 0);
    return 0;
}

static void assert_told(void)
{
    assert_int_equal(error.status, HL_FAIL_NO_MEMORY);
    assert_true(strstr(error.message, "memory") != NULL);
}

static void B16_settings_without_memory(void **state)
{
    static hl_provided other;

    (void)state;
    fail_in = 0;
    assert_null(hl_config_new(HL_PRESET_HLKIT));
    other = hl_provided_allocates;
    other.name = "other";
    other.name_len = 5;
    fail_in = 0;
    assert_int_equal(hl_config_grant(config, &other, NULL), HL_FAIL_NO_MEMORY);
    assert_ptr_equal(hl_config_grant_at(config, 0), &hl_provided_allocates);
    assert_null(hl_config_grant_at(config, 1));
}

/* Each allocation that opening needs fails once; returns how many. */
static int fail_openings(void)
{
    hl_sandbox *sandbox = NULL;
    int failures = 0;

    while (sandbox == NULL) {
        assert_int_equal(mapped, 0);
        memset(&error, 0, sizeof(error));
        fail_in = failures;
        sandbox = fake_sandbox_open(image, config, &error);
        fail_in = -1;
        if (sandbox == NULL) {
            assert_told();
            failures++;
        }
        assert_true(failures < 100);
    }
    hl_sandbox_close(sandbox);
    return failures;
}

static int openings_need(void)
{
    hl_sandbox *sandbox;

    allocations_made = 0;
    sandbox = fake_sandbox_open(image, config, &error);
    assert_non_null(sandbox);
    hl_sandbox_close(sandbox);
    return allocations_made;
}

static void B16_opening_without_memory(void **state)
{
    const int needed = openings_need();

    (void)state;
    assert_in_range(needed, 8, 99);
    assert_int_equal(fail_openings(), needed);
}

/* An image so large that its page tables alone outgrow their first memory. */
static void B16_opening_a_large_image_without_memory(void **state)
{
    static uint8_t bytes[HL_PAGE_SIZE];
    const uint64_t memory_size = 64 << 20;
    const int small = openings_need();
    int needed;

    (void)state;
    bare_image_make(bytes);
    memcpy(bytes + sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz),
           &memory_size, sizeof(memory_size));
    hl_image_free(image);
    assert_int_equal(
        hl_image_from_memory(&image, "large", bytes, sizeof(bytes), &error),
        HL_OK);
    needed = openings_need();
    assert_true(needed > small);
    assert_int_equal(fail_openings(), needed);
}

/* A snapshot that failed leaves the sandbox as it was; a restore needs none. */
static void B16_snapshots_without_memory(void **state)
{
    static fake_step_fn *const answering[] = {fake_answers_42, NULL};
    hl_sandbox *sandbox = fake_sandbox_open(image, config, &error);
    hl_snapshot *snapshot = NULL;
    int failures = 0;
    int32_t result;

    (void)state;
    fake_call = answering;
    while (snapshot == NULL) {
        memset(&error, 0, sizeof(error));
        fail_in = failures;
        if (hl_sandbox_snapshot(sandbox, &snapshot, &error) != HL_OK) {
            fail_in = -1;
            assert_null(snapshot);
            assert_told();
            failures++;
            assert_false(hl_sandbox_is_poisoned(sandbox));
            assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                             HL_OK);
            assert_int_equal(result, 42);
        }
        fail_in = -1;
        assert_true(failures < 100);
    }
    assert_in_range(failures, 4, 99);
    fail_in = 0;
    assert_int_equal(hl_sandbox_restore(sandbox, snapshot, &error), HL_OK);
    fail_in = -1;
    hl_snapshot_free(snapshot);
    hl_sandbox_close(sandbox);
}

static void asks(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    const struct hl_wire_call call = {.name = {"allocates", 9},
                                      .kind = HL_WIRE_CALL_HOST,
                                      .returns = HL_TYPE_VOID};

    fake_push_call(vm, &call);
    fake_out(exit, HL_PORT_CALL, 0);
}

static void B16_handlers_without_memory(void **state)
{
    static fake_step_fn *const asking[] = {asks, fake_answers_42, NULL};
    hl_sandbox *sandbox = fake_sandbox_open(image, config, &error);
    int32_t result;

    (void)state;
    fake_call = asking;
    allocated = true;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_false(allocated);
    hl_sandbox_close(sandbox);
}

/* The channels of both transports. */
static void B16_channels_without_memory(void **state)
{
    static uint8_t scratch[0x20000];
    const struct hl_transport_ops *const both[] = {&hl_transport_stack,
                                                   &hl_transport_virtq};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct hl_layout layout = {.input_size = 0x3000,
                                   .output_size = 0x2000,
                                   .scratch_size = sizeof(scratch),
                                   .transport = both[i]};
        struct hl_channel channel;
        hl_status status;
        int failures = -1;

        both[i]->plan(&layout);
        do {
            memset(&channel, 0, sizeof(channel));
            memset(&error, 0, sizeof(error));
            fail_in = ++failures;
            status = both[i]->open(&channel, &layout, scratch, &error);
            fail_in = -1;
            if (status != HL_OK)
                assert_told();
            both[i]->close(&channel);
        } while (status != HL_OK && failures < 100);
        assert_in_range(failures, 1, 99);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, memory_up, memory_down)
    const struct CMUnitTest tests[] = {
        TEST(B16_settings_without_memory),
        TEST(B16_opening_without_memory),
        TEST(B16_opening_a_large_image_without_memory),
        TEST(B16_snapshots_without_memory),
        TEST(B16_handlers_without_memory),
        TEST(B16_channels_without_memory),
    };

    return cmocka_run_group_tests_name("host_memory", tests, NULL, NULL);
}
