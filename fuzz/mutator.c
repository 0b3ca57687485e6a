/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B2 B5 B7 P6.1 P6.2
 *
 * The concurrent mutator: one thread makes calls, snapshots and restores with
 * a guest in C, over both transports; another one rewrites the shared memory
 * all the time, where it hurts most. Built with AddressSanitizer and UBSan,
 * with guard zones around what the host copies. What is checked beside them:
 * no status but one that a guest may cause; a host function sees arguments of
 * its own types, and they do not change while it looks at them.
 *
 *   mutator SECONDS CALLS [SEED]
 *
 * Ends after SECONDS or CALLS, whichever is not 0 and comes first.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "sandbox.h"
#include "support/check.h"
#include "support/guest.h"

#define ROUND_CALLS 2000

static struct fuzz_guest_state guest;
static atomic_bool ended;
static atomic_uint pace;             /* of the mutator: spins between writes */
static _Atomic(uint8_t *) scribbled; /* NULL: nothing to write to */
static atomic_bool scribbling;
static atomic_ullong writes;
static uint64_t scratch_size, input_size, output_size, tables;

static uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* ---- The mutator ------------------------------------------------------ */

static uint64_t place_pick(uint64_t *state)
{
    const uint64_t n = random_next(state);
    const uint64_t low = n >> 32;

    switch (n % 9) {
    case 0:
        return input_size; /* output stack pointer, or deep in the arena */
    case 1:
        return 0; /* input stack pointer, or first descriptor */
    case 2:
        return input_size + 8 + low % 256;
    case 3:
        return low % 4096; /* rings, mailbox */
    case 4:
        return 4096 + low % 16384; /* pools */
    case 5:
        return (4096 * (low >> 8) + low % 64) % tables; /* headers */
    case 6:
        return tables + low % (8 * 4096);
    case 7:
        return scratch_size - 128 + low % 120;
    default:
        return low;
    }
}

static uint64_t value_pick(uint64_t *state, uint64_t old)
{
    static const uint64_t values[] = {
        0,          8,           15,         16,
        0x10000,    0x10001,     0x7FFFFFFF, 0xFFFFFFF8,
        0xFFFFFFFC, 0xFFFFFFFD,  ~0ull,      ~7ull,
        1ull << 63, 0x200000063, 0x8080,     0xFFFFFFFFFFFFEFF8};
    const uint64_t n = random_next(state);

    switch (n % 4) {
    case 0:
        return values[n / 4 % (sizeof(values) / sizeof(values[0]))];
    case 1:
        return old + (n >> 60) - 8;
    case 2:
        return old ^ 1ull << (n >> 58);
    default:
        return n;
    }
}

static void scribble(uint8_t *memory, uint64_t *state)
{
    const uint64_t at = place_pick(state) % (scratch_size - 8);
    uint64_t old, value;

    memcpy(&old, memory + at, sizeof(old));
    value = value_pick(state, old);
    if (value & 16)
        memcpy(memory + at, &value, sizeof(value));
    else
        memory[at] = (uint8_t)value;
}

static void *mutate(void *seed)
{
    uint64_t state = *(const uint64_t *)seed;

    while (!atomic_load(&ended)) {
        const unsigned wait = atomic_load(&pace);
        uint8_t *memory;

        atomic_store(&scribbling, true);
        memory = atomic_load(&scribbled);
        if (memory != NULL) {
            scribble(memory, &state);
            atomic_fetch_add_explicit(&writes, 1, memory_order_relaxed);
        }
        atomic_store(&scribbling, false);
        for (volatile unsigned spin = 0; spin < wait; spin++)
            ;
    }
    return NULL;
}

static void mutator_aim(uint8_t *memory)
{
    atomic_store(&scribbled, memory);
    while (memory == NULL && atomic_load(&scribbling))
        sched_yield();
}

/* ---- The guest -------------------------------------------------------- */

static uint64_t guest_state = 88172645463325252ull;
static unsigned steps_left;

static uint64_t sum(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint64_t total = len;

    for (size_t i = 0; i < len; i++)
        total = total * 31 + *(const volatile uint8_t *)&bytes[i];
    return total;
}

static unsigned entered;

HL_PROVIDE(int32_t, look, (hl_string, text), (hl_bytes, bytes), (int64_t, n))
{
    const uint64_t first = sum(text.data, text.len + 1);
    const uint64_t second = sum(bytes.data, bytes.len);

    (void)call;
    entered++;
    FUZZ_CHECK(text.data[text.len] == '\0');
    FUZZ_CHECK(hl_wire_utf8_valid(text.data, text.len));
    if (entered % 16 == 0)
        sched_yield();
    FUZZ_CHECK(sum(text.data, text.len + 1) == first);
    FUZZ_CHECK(sum(bytes.data, bytes.len) == second);
    return (int32_t)n;
}

HL_PROVIDE(hl_string, text_back, (const char *, text))
{
    char *copy = hl_call_alloc(call, 2048);

    entered++;
    memset(copy, 'x', (size_t)(1 + strlen(text) * 100 % 2000));
    return (hl_string){copy, strlen(copy)};
}

static void host_call_send(struct hl_vmm_exit *exit)
{
    static uint8_t buffer[4096];
    static const char letters[] = "0123456789abcdef0123456789abcdef";
    struct hl_wire_call call = {
        .name = {"look", 4},
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_INT,
        .count = 3,
        .args = {{.type = HL_TYPE_STRING, .as.string = {letters, 0}},
                 {.type = HL_TYPE_BYTES, .as.string = {letters, 0}},
                 {.type = HL_TYPE_LONG}}};
    const uint64_t n = random_next(&guest_state);
    size_t size;

    if (n & 1) {
        call.name = (hl_string){"text_back", 9};
        call.returns = HL_TYPE_STRING;
        call.count = 1;
    }
    call.args[0].as.string.len = n >> 8 & 31;
    call.args[1].as.string.len = n >> 16 & 31;
    if ((guest.virtq ? hl_wire_encode_call_external : hl_wire_encode_call)(
            &call, buffer, sizeof(buffer), &size) == HL_WIRE_OK)
        fuzz_guest_send(&guest, HL_MESSAGE_CALL, buffer, size, exit);
}

static void log_send(struct hl_vmm_exit *exit)
{
    static uint8_t buffer[512];
    const struct hl_wire_log log = {.message = {"message", 7},
                                    .source = {"source", 6},
                                    .caller = {"caller", 6},
                                    .file = {"file.c", 6},
                                    .level = 2};
    size_t size;

    if (hl_wire_encode_log(&log, buffer, sizeof(buffer), &size) == HL_WIRE_OK)
        fuzz_guest_send(&guest, HL_MESSAGE_LOG, buffer, size, exit);
}

static void result_send(struct hl_vmm_exit *exit)
{
    static uint8_t buffer[4096];
    static const char text[1024];
    struct hl_wire_result result = {
        .value = {.type = HL_TYPE_BYTES, .as.string = {text, 0}}};
    size_t size;

    result.value.as.string.len = random_next(&guest_state) % sizeof(text);
    if ((guest.virtq ? hl_wire_encode_result_external : hl_wire_encode_result)(
            &result, buffer, sizeof(buffer), &size) == HL_WIRE_OK)
        fuzz_guest_send(&guest, HL_MESSAGE_RESULT, buffer, size, exit);
}

static bool is_checkpoint(void)
{
    const struct hl_virtq_layout *layout = &guest.layout;

    return guest.virtq &&
           guest.scratch[layout->h2g_pool +
                         guest.h2g % layout->slots * layout->h2g_buffer] ==
               HL_VQ_CHECKPOINT;
}

static void enter(const struct fuzz_vmm *vm, struct hl_vmm_exit *exit)
{
    steps_left = 0;
    if (vm->regs.rip != FUZZ_DISPATCH || vm->regs.rflags == HL_RFLAGS_FLUSH)
        fuzz_guest_reset(&guest, guest.virtq, input_size, output_size);
    if (vm->regs.rip != FUZZ_DISPATCH || is_checkpoint()) {
        if (guest.virtq)
            fuzz_guest_checkpoint(&guest);
        fuzz_exit_out(exit, HL_PORT_HALT, 0);
        return;
    }
    fuzz_guest_enter(&guest);
    steps_left = (unsigned)(random_next(&guest_state) % 5);
}

static void play(struct fuzz_vmm *vm, struct hl_vmm_exit *exit)
{
    exit->kind = HL_VMM_EXIT_HALT;
    if (vm->regs.rip != 0) {
        enter(vm, exit);
        vm->regs =
            (struct hl_vmm_regs){.rax = FUZZ_DISPATCH, .rsp = FUZZ_STACK};
        if (exit->kind == HL_VMM_EXIT_OUT)
            return;
    }
    if (steps_left == 0)
        result_send(exit);
    else if (random_next(&guest_state) % 3 == 0)
        log_send(exit);
    else
        host_call_send(exit);
    steps_left -= steps_left != 0;
}

/* ---- The host --------------------------------------------------------- */

static uint64_t outcomes[32]; /* by status, HL_OK first */
static uint64_t snapshots, logs;

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    FUZZ_CHECK(record->level <= 6);
    FUZZ_CHECK(record->message.data[record->message.len] == '\0');
    logs++;
}

static void outcome_count(hl_status status)
{
    FUZZ_CHECK(status == HL_OK || status == HL_FAIL_PROTOCOL ||
               status == HL_FAIL_NO_RESULT || status == HL_FAIL_RESULT_TYPE ||
               status == HL_FAIL_GUEST || status == HL_FAIL_TOO_BIG ||
               status == HL_FAIL_POISONED || status == HL_FAIL_SNAPSHOT ||
               status == HL_FAIL_LAYOUT);
    outcomes[status == HL_OK ? 0 : status - 99]++;
}

static void call_once(hl_sandbox *sandbox)
{
    const hl_value arg = {.type = HL_TYPE_BYTES,
                          .as.string = {"0123456789", 10}};
    hl_value value;
    hl_error error;
    uint64_t first;
    const hl_status status = hl_sandbox_call(sandbox, "f", 1, &arg, 1,
                                             HL_TYPE_BYTES, &value, &error);

    outcome_count(status);
    if (status != HL_OK)
        return;
    first = sum(value.as.bytes.data, value.as.bytes.len);
    sched_yield();
    FUZZ_CHECK(sum(value.as.bytes.data, value.as.bytes.len) == first);
}

static hl_config *config_make(bool virtq)
{
    hl_config *config = hl_config_new(HL_PRESET_HLKIT);

    FUZZ_CHECK(config != NULL);
    hl_config_set_backend(config, HL_BACKEND_KVM);
    hl_config_set_abi(config, virtq ? HL_ABI_VIRTQ : HL_ABI_STACK);
    hl_config_set_size(config, HL_SIZE_HEAP, 16 << 10);
    hl_config_set_size(config, HL_SIZE_SCRATCH, 256 << 10);
    hl_config_set_size(config, HL_SIZE_INPUT, 16 << 10);
    hl_config_set_size(config, HL_SIZE_OUTPUT, 16 << 10);
    hl_config_set_log(config, 5, take_log, NULL);
    hl_config_grant(config, &hl_provided_look, NULL);
    hl_config_grant(config, &hl_provided_text_back, NULL);
    return config;
}

static void round_run(bool virtq, uint64_t n)
{
    hl_config *config = config_make(virtq);
    hl_sandbox *sandbox = NULL;
    hl_snapshot *fresh = NULL, *later = NULL;

    input_size = output_size = 16 << 10;
    guest.virtq = virtq;
    FUZZ_CHECK(hl_sandbox_open(&sandbox, fuzz_guest_image(), config, NULL) ==
               HL_OK);
    FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &fresh, NULL) == HL_OK);
    scratch_size = sandbox->layout.scratch_size;
    tables = sandbox->layout.tables;
    atomic_store(&pace, n % 4 == 0 ? 0 : (unsigned)(1u << n % 12));
    mutator_aim(sandbox->scratch);
    for (unsigned i = 1; i <= ROUND_CALLS; i++) {
        call_once(sandbox);
        if (i % 64 == 0) {
            const hl_status status = hl_sandbox_snapshot(sandbox, &later, NULL);

            outcome_count(status);
            snapshots += status == HL_OK;
            hl_snapshot_free(later);
            later = NULL;
        }
        if (hl_sandbox_is_poisoned(sandbox) || i % 16 == 0)
            FUZZ_CHECK(hl_sandbox_restore(sandbox, fresh, NULL) == HL_OK);
    }
    mutator_aim(NULL);
    /* Left alone it works: nothing of all that has stuck. */
    FUZZ_CHECK(hl_sandbox_restore(sandbox, fresh, NULL) == HL_OK);
    for (int i = 0; i < 3; i++) {
        const uint64_t before = outcomes[0];

        call_once(sandbox);
        FUZZ_CHECK(outcomes[0] == before + 1);
    }
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
}

/* The last two lines are for the ledger (fuzz/campaign). */
static void report(uint64_t ns, uint64_t calls)
{
    printf("mutator: %llu calls (%llu well, %llu malformed), %llu host calls, "
           "%llu logs, %llu snapshots, %llu writes, no report\n",
           (unsigned long long)calls, (unsigned long long)outcomes[0],
           (unsigned long long)outcomes[HL_FAIL_PROTOCOL - 99],
           (unsigned long long)entered, (unsigned long long)logs,
           (unsigned long long)snapshots, (unsigned long long)writes);
    printf("stat::number_of_executed_units: %llu\n"
           "stat::average_exec_per_sec: %llu\n",
           (unsigned long long)calls,
           (unsigned long long)(calls * 1000 / (ns / 1000000 + 1)));
}

static uint64_t calls_made(void)
{
    uint64_t calls = 0;

    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        calls += outcomes[i];
    return calls;
}

int main(int argc, char **argv)
{
    const uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 10;
    const uint64_t most = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t seed =
        argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL);
    const uint64_t start = monotonic_ns();
    uint64_t rounds = 0;
    pthread_t thread;

    printf("mutator: seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    seed = seed * 0x9E3779B97F4A7C15ull + 1;
    guest_state ^= seed;
    fuzz_guest = play;
    FUZZ_CHECK(pthread_create(&thread, NULL, mutate, &seed) == 0);
    do {
        round_run(rounds & 1, rounds / 2);
        rounds++;
    } while (
        (seconds == 0 || monotonic_ns() - start < seconds * 1000000000ull) &&
        (most == 0 || calls_made() < most));
    atomic_store(&ended, true);
    pthread_join(thread, NULL);
    FUZZ_CHECK(outcomes[0] != 0 && outcomes[HL_FAIL_PROTOCOL - 99] != 0);
    report(monotonic_ns() - start, calls_made());
    return 0;
}
