/* SPDX-License-Identifier: MIT */
/* guarantees: B19 B20 */
/*
 * Every allocation and every read of opening an image made to fail: a named
 * error, no leak (the sanitizer's), no image. Linked with --wrap.
 */
#include "elf_builder.h"
#include "failing_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct elf_builder b;
static char path[] = "/tmp/hl-image-XXXXXX";

/* How read behaves: 0 as always, else that errno, -1 end of file. */
static int read_fails;
static int reads;
static bool fstat_fails;

char *__real_strdup(const char *text);
ssize_t __real_read(int fd, void *buffer, size_t size);
int __real_fstat(int fd, struct stat *st);
char *__wrap_strdup(const char *text);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
int __wrap_fstat(int fd, struct stat *st);

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

/* Also short reads: never more than 1000 bytes at once. */
ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (reads++ == 1 && read_fails != 0) {
        errno = read_fails;
        return read_fails < 0 ? 0 : -1;
    }
    return __real_read(fd, buffer, size < 1000 ? size : 1000);
}

int __wrap_fstat(int fd, struct stat *st)
{
    errno = EIO;
    return fstat_fails ? -1 : __real_fstat(fd, st);
}

static int group_setup(void **state)
{
    FILE *file = fdopen(mkstemp(path), "wb");

    (void)state;
    elf_builder_init(&b);
    elf_builder_version(&b, "Hyperlight", 1, "0.17.0", 7);
    elf_builder_write(&b);
    if (!file || fwrite(b.bytes, sizeof b.bytes, 1, file) != 1)
        return -1;
    return fclose(file);
}

static int group_teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static int setup(void **state)
{
    (void)state;
    read_fails = 0;
    reads = 0;
    fstat_fails = false;
    fail_in = -1;
    return 0;
}

static hl_status open_file(hl_image **image, hl_error *error)
{
    return hl_image_open(image, path, error);
}

static hl_status open_memory(hl_image **image, hl_error *error)
{
    return hl_image_from_memory(image, path, b.bytes, sizeof b.bytes, error);
}

static void every_allocation_may_fail(void **state)
{
    hl_status (*const opens[])(hl_image **, hl_error *) = {open_file,
                                                           open_memory};

    (void)state;
    for (int i = 0; i < 2; i++) {
        hl_status status = HL_FAIL_NO_MEMORY;
        int allocations = 0;

        for (; status != HL_OK; allocations++) {
            hl_image *image = NULL;
            hl_error error;

            fail_in = allocations;
            status = opens[i](&image, &error);
            fail_in = -1;
            if (status == HL_OK) {
                hl_image_free(image);
                break;
            }
            assert_int_equal(status, HL_FAIL_NO_MEMORY);
            assert_non_null(strstr(error.message, path));
            assert_non_null(strstr(error.message, "no memory for"));
            assert_null(image);
        }
        /* bytes, image, name, functions, texts, version */
        assert_int_equal(allocations, 6);
    }
}

static void expect_memory_rule(void *context, const char *rule,
                               const char *problem, const char *fix)
{
    assert_string_equal(rule, "host-memory");
    assert_string_equal(problem, "no memory for 2 functions");
    assert_non_null(fix);
    ++*(int *)context;
}

static void check_tells_that_memory_ran_out(void **state)
{
    int reported = 0;

    (void)state;
    for (int allocation = 0; allocation < 2; allocation++) {
        fail_in = allocation;
        assert_int_equal(hl_image_check(b.bytes, sizeof b.bytes,
                                        expect_memory_rule, &reported),
                         HL_FAIL_IMAGE);
        assert_int_equal(fail_in, -1);
        assert_int_equal(reported, allocation + 1);
    }
}

static void short_and_interrupted_reads_go_on(void **state)
{
    hl_image *image = NULL;

    (void)state;
    read_fails = EINTR;
    assert_int_equal(hl_image_open(&image, path, NULL), HL_OK);
    assert_true(reads > IMAGE_SIZE / 1000);
    hl_image_free(image);
}

static void B19_shrinking_file_is_refused(void **state)
{
    hl_image *image = NULL;
    hl_error error;

    (void)state;
    read_fails = -1;
    assert_int_equal(hl_image_open(&image, path, &error), HL_FAIL_IMAGE);
    assert_non_null(strstr(error.message, "became shorter while it was read"));
    assert_null(image);
}

static void read_and_fstat_may_fail(void **state)
{
    hl_image *image = NULL;
    hl_error error;

    (void)state;
    read_fails = EIO;
    assert_int_equal(hl_image_open(&image, path, &error), HL_FAIL_NO_FILE);
    assert_non_null(strstr(error.message, "cannot read the image: Input"));
    fstat_fails = true;
    assert_int_equal(hl_image_open(&image, path, &error), HL_FAIL_NO_FILE);
    assert_non_null(strstr(error.message, "cannot examine the image: Input"));
    assert_null(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_allocation_may_fail, setup),
        cmocka_unit_test_setup(check_tells_that_memory_ran_out, setup),
        cmocka_unit_test_setup(short_and_interrupted_reads_go_on, setup),
        cmocka_unit_test_setup(B19_shrinking_file_is_refused, setup),
        cmocka_unit_test_setup(read_and_fstat_may_fail, setup),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
