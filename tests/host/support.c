/* SPDX-License-Identifier: MIT */
/* What the tests of the host's core share; see support.h. */
#include <time.h>

#include "support.h"

enum hl_backend test_backend;
bool test_is_kvm;
enum hl_abi test_abi;
hl_error test_error;

char test_stacks_only[] = "stacks only";

static const char *guests;

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECONDS(1) + (uint64_t)now.tv_nsec;
}

void assert_status_at(hl_status got, hl_status wanted, const char *file,
                      int line)
{
    if (got != wanted)
        print_error("got %d (%s), wanted %d (%s)\n", got,
                    got == HL_OK ? "ok" : test_error.message, wanted,
                    hl_status_text(wanted));
    _assert_int_equal((LargestIntegralType)got, (LargestIntegralType)wanted,
                      file, line);
}

hl_image *image_open(const char *name)
{
    hl_image *image = NULL;
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", guests, name);
    assert_status(hl_image_open(&image, path, &test_error), HL_OK);
    return image;
}

hl_config *config_new(void)
{
    hl_config *config = hl_config_new(HL_PRESET_HLKIT);

    assert_non_null(config);
    assert_status(hl_config_set_backend(config, test_backend), HL_OK);
    assert_status(hl_config_set_abi(config, test_abi), HL_OK);
    assert_status(hl_config_set_timeout(config, PATIENCE), HL_OK);
    return config;
}

hl_sandbox *sandbox_open(const hl_image *image, const hl_config *config)
{
    hl_sandbox *sandbox = NULL;

    assert_status(hl_sandbox_open(&sandbox, image, config, &test_error), HL_OK);
    return sandbox;
}

hl_snapshot *snapshot_take(hl_sandbox *sandbox)
{
    hl_snapshot *snapshot = NULL;

    assert_status(hl_sandbox_snapshot(sandbox, &snapshot, &test_error), HL_OK);
    return snapshot;
}

void snapshot_apply(hl_sandbox *sandbox, const hl_snapshot *snapshot)
{
    assert_status(hl_sandbox_restore(sandbox, snapshot, &test_error), HL_OK);
}

static hl_status call_any(hl_sandbox *sandbox, const char *name,
                          const hl_value *args, size_t count,
                          enum hl_type returns, hl_value *result)
{
    memset(&test_error, 0, sizeof(test_error));
    return hl_sandbox_call(sandbox, name, strlen(name), args, count, returns,
                           result, &test_error);
}

hl_status call_int(hl_sandbox *sandbox, const char *name, int32_t *result)
{
    hl_value value = {0};
    const hl_status status =
        call_any(sandbox, name, NULL, 0, HL_TYPE_INT, &value);

    if (status == HL_OK)
        *result = value.as.i32;
    return status;
}

hl_status call_int_int(hl_sandbox *sandbox, const char *name, int32_t argument,
                       int32_t *result)
{
    const hl_value arg = {.type = HL_TYPE_INT, .as.i32 = argument};
    hl_value value = {0};
    const hl_status status =
        call_any(sandbox, name, &arg, 1, HL_TYPE_INT, &value);

    if (status == HL_OK)
        *result = value.as.i32;
    return status;
}

hl_status call_text_text(hl_sandbox *sandbox, const char *name,
                         const char *argument, hl_string *result)
{
    const hl_value arg = {.type = HL_TYPE_STRING,
                          .as.string = {argument, strlen(argument)}};
    hl_value value = {0};
    const hl_status status =
        call_any(sandbox, name, &arg, 1, HL_TYPE_STRING, &value);

    if (status == HL_OK)
        *result = value.as.string;
    return status;
}

static int skip_all(const struct CMUnitTest *tests, size_t count,
                    const char *reason)
{
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++)
        printf("ok %zu - %s # SKIP %s\n", i + 1, tests[i].name, reason);
    return 0;
}

#define MOST_TESTS 100

/* Leave out what makes no sense over the transport. */
static size_t tests_that_apply(struct CMUnitTest *out,
                               const struct CMUnitTest *tests, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!IS_VIRTQ || tests[i].initial_state != test_stacks_only)
            out[kept++] = tests[i];
    }
    return kept;
}

int backend_tests(int argc, char **argv, const struct CMUnitTest *tests,
                  size_t count)
{
    static struct CMUnitTest apply[MOST_TESTS];
    struct hl_backend_info info;

    if ((argc != 3 && argc != 4) || count > MOST_TESTS) {
        fprintf(stderr, "usage: %s kvm|emu GUESTS [virtq]\n", argv[0]);
        return 2;
    }
    test_abi = argc == 4 && strcmp(argv[3], "virtq") == 0 ? HL_ABI_VIRTQ
                                                          : HL_ABI_STACK;
    test_is_kvm = strcmp(argv[1], "kvm") == 0;
    test_backend = test_is_kvm ? HL_BACKEND_KVM : HL_BACKEND_EMU;
    guests = argv[2];
    count = tests_that_apply(apply, tests, count);
    if (hl_backend_probe(test_backend, &info, &test_error) != HL_OK)
        return skip_all(apply, count, test_error.message);
    if (getenv("HL_TESTS") != NULL)
        cmocka_set_test_filter(getenv("HL_TESTS"));
    return _cmocka_run_group_tests(argv[0], apply, count, NULL, NULL);
}
