/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P2.1 P2.2 P2.3 P3.6 P3.7 B1 B3 B4 B5 B16 B17 B18
 *
 * In-VM fuzzing: random programs for the scribbling guest on a real backend.
 * support/hostile.c says what must hold after each call; here, beside it: no
 * memory, descriptor or mapping is left behind over many calls, and at the end
 * nothing at all (the leak sanitizer).
 *
 *   vm-emu|vm-kvm|vm-emu-virtq|vm-kvm-virtq SECONDS CALLS [SEED] [IMAGE]
 *
 * Ends after SECONDS or CALLS, whichever is not 0 and comes first.
 */
#include <dirent.h>
#include <time.h>

#include "support/hostile.h"

#define ROUND 500

/* No such backend on this machine: tests/fuzz-briefly skips. */
#define NOT_HERE 77

static uint64_t random_state;

static uint64_t random_next(void)
{
    uint64_t x = random_state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    random_state = x;
    return x * 0x2545F4914F6CDD1D;
}

static uint64_t seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

/* ---- Programs ----------------------------------------------------------- */

static uint64_t value_make(void)
{
    static const uint64_t values[] = {
        0,          1,          7,          8,          15,
        16,         0x48,       0x1FF8,     0x2000,     0x2001,
        0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFD, 0xFFFFFFFF,
        ~0ull,      ~7ull,      1ull << 63, 0x4063,     0x300000063};
    const uint64_t n = random_next();

    return n & 3 ? values[n / 4 % (sizeof(values) / sizeof(values[0]))]
                 : random_next();
}

static struct fuzz_step step_make(void)
{
    const uint64_t n = random_next();
    struct fuzz_step step = {.op = (uint8_t)(n % FUZZ_OP_COUNT),
                             .a = (uint8_t)(n >> 8),
                             .b = (uint16_t)(n >> 16),
                             .c = (uint32_t)(n >> 32),
                             .value = value_make()};

    if (n >> 63)
        step.c &= 0xFFFF;
    if (step.op == FUZZ_OP_OUT_OTHER)
        step.c = n >> 40 & 1 ? 98 + step.c % 12 : step.c;
    /* To spin for ever takes as long as the deadline: rarely. */
    if (step.op == FUZZ_OP_SPIN && step.a == 255 && (n >> 32 & 0xFFF) != 0)
        step.a = 0;
    return step;
}

static void program_run(void)
{
    struct fuzz_step steps[FUZZ_STEPS_MAX];
    const size_t count = 1 + random_next() % 8;

    for (size_t i = 0; i < count; i++)
        steps[i] = step_make();
    if (random_next() % 2)
        steps[count - 1].op = FUZZ_OP_RETURN;
    hostile_call(steps, count);
}

/* ---- What the process holds --------------------------------------------- */

struct holdings {
    uint64_t pages, descriptors, mappings;
};

static uint64_t lines_of(const char *path)
{
    FILE *file = fopen(path, "r");
    uint64_t lines = 0;

    FUZZ_CHECK(file != NULL);
    for (int c; (c = getc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static struct holdings holdings_now(void)
{
    struct holdings now = {.mappings = lines_of("/proc/self/maps")};
    FILE *file = fopen("/proc/self/statm", "r");
    DIR *dir = opendir("/proc/self/fd");
    unsigned long size, resident;

    FUZZ_CHECK(file != NULL && dir != NULL);
    FUZZ_CHECK(fscanf(file, "%lu %lu", &size, &resident) == 2);
    now.pages = resident;
    while (readdir(dir) != NULL)
        now.descriptors++;
    closedir(dir);
    fclose(file);
    return now;
}

/* Room for what the sanitizer's allocator and the emulator's code buffer keep;
 * a leak of a page a call is far beyond it. */
static void holdings_check(const struct holdings *first)
{
    const struct holdings now = holdings_now();

    FUZZ_CHECK(now.descriptors == first->descriptors);
    FUZZ_CHECK(now.mappings < first->mappings + 4000);
    FUZZ_CHECK(now.pages < first->pages + (256u << 20) / 4096);
}

/* With virtqueues the guest runs for each snapshot: more of them. */
static void round_run(enum hl_abi abi)
{
    const uint64_t often = abi == HL_ABI_VIRTQ ? 16 : 128;

    for (unsigned i = 0; i < ROUND; i++) {
        const uint64_t n = random_next();

        program_run();
        if (n % often == 0)
            hostile_snapshot(n & 256);
        else if (n % 64 == 1)
            hostile_restore(n & 256);
        else if (n % 64 == 2)
            hostile_interrupt();
    }
    hostile_compare();
}

static int run(enum hl_backend backend, enum hl_abi abi, const char *image,
               uint64_t seconds, uint64_t calls)
{
    const uint64_t start = seconds_now();
    struct holdings first = {0};
    uint64_t rounds = 0, took;

    if (!hostile_open(backend, abi, image))
        return NOT_HERE;
    do {
        round_run(abi);
        if (++rounds == 8)
            first = holdings_now();
        if (rounds > 8)
            holdings_check(&first);
        took = seconds_now() - start;
    } while ((seconds == 0 || took < seconds) &&
             (calls == 0 || hostile_counts.calls < calls));
    hostile_close();
    printf("vm: %llu calls (%llu well, %llu poisoned, %llu timed out), %llu "
           "host calls, %llu snapshots, no report\n",
           (unsigned long long)hostile_counts.calls,
           (unsigned long long)hostile_counts.well,
           (unsigned long long)hostile_counts.poisoned,
           (unsigned long long)hostile_counts.timeouts,
           (unsigned long long)hostile_counts.host_calls,
           (unsigned long long)hostile_counts.snapshots);
    printf("stat::number_of_executed_units: %llu\n"
           "stat::average_exec_per_sec: %llu\n",
           (unsigned long long)hostile_counts.calls,
           (unsigned long long)(hostile_counts.calls / (took + 1)));
    return 0;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash != NULL ? slash + 1 : argv[0];
    const bool emu = strstr(name, "-emu") != NULL;
    const bool virtq = strstr(name, "-virtq") != NULL;
    const uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 10;
    const uint64_t calls = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const uint64_t seed =
        argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL);

    printf("vm: seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    random_state = seed * 0x9E3779B97F4A7C15ull + 1;
    return run(emu ? HL_BACKEND_EMU : HL_BACKEND_KVM,
               virtq ? HL_ABI_VIRTQ : HL_ABI_STACK, argc > 4 ? argv[4] : NULL,
               seconds, calls);
}
