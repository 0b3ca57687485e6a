/* SPDX-License-Identifier: MIT */
/*
 * Many calls in one VM (HL_SOAK of them; make soak CALLS=N): the guest's
 * stack and heap, its scratch memory, and the host's memory and files are at
 * the end where they were after the first few.
 */
#include <dirent.h>
#include <unistd.h>

#include "support.h"

#define BATCH 1000

HL_PROVIDE(int64_t, HostTwice, (int64_t, v))
{
    int64_t *twice = hl_call_alloc(call, sizeof(*twice));

    if (twice == NULL)
        return hl_call_fail(call, HL_ERR_HOST, "no memory");
    *twice = 2 * v;
    return *twice;
}

static hl_sandbox *sandbox;

/* Where everything is; equal means no drift. */
struct place {
    uint64_t stack, heap, scratch, dirty;
    long files;
};

static uint64_t ulong_of(const char *name)
{
    hl_value value = {0};

    assert_status(hl_sandbox_call(sandbox, name, strlen(name), NULL, 0,
                                  HL_TYPE_ULONG, &value, &test_error),
                  HL_OK);
    return value.as.u64;
}

static long files_count(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static long resident_kib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &pages, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static struct place place_now(void)
{
    hl_stats stats;
    struct place place = {.files = files_count()};

    place.stack = ulong_of("stack");
    place.heap = ulong_of("heap");
    hl_sandbox_get_stats(sandbox, &stats);
    place.scratch = stats.scratch_used;
    place.dirty = stats.dirty_pages;
    return place;
}

static void add_call(int32_t i)
{
    const hl_value args[] = {{.type = HL_TYPE_INT, .as.i32 = i},
                             {.type = HL_TYPE_INT, .as.i32 = -7}};
    hl_value sum = {0};

    assert_status(hl_sandbox_call(sandbox, "add", 3, args, 2, HL_TYPE_INT, &sum,
                                  &test_error),
                  HL_OK);
    assert_int_equal(sum.as.i32, i - 7);
}

static void echo_call(int32_t i)
{
    static const char text[] = "grüße, of a length that goes up and down";
    hl_string got;
    char part[sizeof(text)];

    /* whole characters only */
    snprintf(part, sizeof(part), "%.*s", 8 + i % 30, text);
    assert_status(call_text_text(sandbox, "echo", part, &got), HL_OK);
    assert_int_equal(got.len, strlen(part));
    assert_memory_equal(got.data, part, got.len);
}

static void twice_call(int32_t i)
{
    const hl_value arg = {.type = HL_TYPE_LONG, .as.i64 = i};
    hl_value value = {0};

    assert_status(hl_sandbox_call(sandbox, "twice", 5, &arg, 1, HL_TYPE_LONG,
                                  &value, &test_error),
                  HL_OK);
    assert_int_equal(value.as.i64, 2 * (int64_t)i);
}

static void refused_call(void)
{
    assert_status(call_int(sandbox, "refuse", &(int32_t){0}), HL_FAIL_GUEST);
}

/* Mostly the cheapest call; each other kind now and then. */
static void batch_run(void)
{
    for (int32_t i = 0; i < BATCH; i++) {
        if (i % 50 == 7)
            echo_call(i);
        else if (i % 50 == 21)
            twice_call(i);
        else if (i % 50 == 35)
            refused_call();
        else
            add_call(i);
    }
}

static uint64_t calls_wanted(void)
{
    const char *wanted = getenv("HL_SOAK");

    if (wanted != NULL)
        return strtoull(wanted, NULL, 10);
    return test_is_kvm ? 2 * BATCH : 20 * BATCH;
}

static void B10_no_drift_over_many_calls(void **state)
{
    hl_image *image = image_open("soak");
    hl_config *config = config_new();
    const uint64_t wanted = calls_wanted();
    struct place first, last;
    uint64_t done = 2 * BATCH;
    long before, after;

    (void)state;
    hl_config_grant(config, &hl_provided_HostTwice, NULL);
    sandbox = sandbox_open(image, config);
    batch_run();
    batch_run();
    first = place_now();
    before = resident_kib();
    for (; done < wanted || done < 3 * BATCH; done += BATCH)
        batch_run();
    last = place_now();
    after = resident_kib();
    print_message("# %llu calls; stack %#llx, heap %#llx, scratch %llu, dirty "
                  "pages %llu, %ld files: as at first; memory %ld -> %ld KiB\n",
                  (unsigned long long)done, (unsigned long long)last.stack,
                  (unsigned long long)last.heap,
                  (unsigned long long)last.scratch,
                  (unsigned long long)last.dirty, last.files, before, after);
    assert_int_equal(first.stack, last.stack);
    assert_int_equal(first.heap, last.heap);
    assert_int_equal(first.scratch, last.scratch);
    assert_int_equal(first.dirty, last.dirty);
    assert_int_equal(first.files, last.files);
    /* what one page a thousand calls would be, and the C library's own */
    assert_true(after - before < 1024);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(B10_no_drift_over_many_calls),
    };

    return RUN_TESTS(argc, argv, tests);
}
