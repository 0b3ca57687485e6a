/* SPDX-License-Identifier: MIT */
/* Calls of the scribbling guest, and what must hold after each; hostile.h. */
#include <time.h>

#include "support/hostile.h"

#define SLACK_NS 20000000000ull /* of a deadline */

struct hostile_counts hostile_counts;

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox, *neighbour;
static hl_snapshot *fresh, *kept;
static int32_t fresh_state, neighbour_state;
static unsigned entered;
static bool in_call;
static bool is_virtq;
static const char *hostile_message = ""; /* of the last call */

/* This thread's own time: a machine under load may let it wait for long. */
static uint64_t spent_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* P5.1, B18: only during a call, and never into the same sandbox. */
HL_PROVIDE(int32_t, HostInc, (int32_t, n))
{
    (void)call;
    FUZZ_CHECK(in_call);
    entered++;
    if (n % 64 == 0) {
        hl_snapshot *none = NULL;

        FUZZ_CHECK(hl_sandbox_call(sandbox, "state", 5, NULL, 0, HL_TYPE_INT,
                                   NULL, NULL) == HL_FAIL_BUSY);
        FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &none, NULL) == HL_FAIL_BUSY);
    }
    return (int32_t)((uint32_t)n + 1);
}

static void take_text(void *context, const char *text, size_t len)
{
    (void)context;
    FUZZ_CHECK(len >= 1 && len <= 4 && text[0] != (char)0xFF);
}

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    FUZZ_CHECK(record->level <= 6);
    FUZZ_CHECK(record->message.data[record->message.len] == '\0');
}

static hl_status ask(hl_sandbox *of, const char *name, int32_t *result,
                     hl_error *error)
{
    hl_value value = {0};
    const hl_status status = hl_sandbox_call(of, name, strlen(name), NULL, 0,
                                             HL_TYPE_INT, &value, error);

    if (status == HL_OK)
        *result = value.as.i32;
    return status;
}

static void must_ask(hl_sandbox *of, const char *name, int32_t *result)
{
    hl_error error = {0};
    const hl_status status = ask(of, name, result, &error);

    if (status != HL_OK)
        fprintf(stderr, "%s: %s\n", name, error.message);
    FUZZ_CHECK(status == HL_OK);
}

bool hostile_open(enum hl_backend backend, enum hl_abi abi, const char *path)
{
    hl_error error = {0};

    is_virtq = abi == HL_ABI_VIRTQ;
    if (path == NULL)
        path = is_virtq ? FUZZ_GUEST_VIRTQ : FUZZ_GUEST_STACK;
    config = hl_config_new(HL_PRESET_HLKIT);
    FUZZ_CHECK(config != NULL);
    hl_config_set_backend(config, backend);
    hl_config_set_abi(config, abi);
    hl_config_set_size(config, HL_SIZE_HEAP, 16 << 10);
    hl_config_set_size(config, HL_SIZE_SCRATCH, 160 << 10);
    hl_config_set_size(config, HL_SIZE_INPUT, 8 << 10);
    hl_config_set_size(config, HL_SIZE_OUTPUT, 8 << 10);
    hl_config_set_limit(config, HL_LIMIT_HOST_CALLS, 1000);
    hl_config_set_log(config, 5, take_log, NULL);
    hl_config_set_debug(config, take_text, NULL);
    hl_config_grant(config, &hl_provided_HostInc, NULL);
    if (hl_image_open(&image, path, &error) != HL_OK ||
        hl_sandbox_open(&sandbox, image, config, &error) != HL_OK) {
        fprintf(stderr, "%s\n", error.message);
        return false;
    }
    FUZZ_CHECK(hl_sandbox_open(&neighbour, image, config, NULL) == HL_OK);
    FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &fresh, NULL) == HL_OK);
    in_call = true;
    must_ask(sandbox, "state", &fresh_state);
    must_ask(neighbour, "state", &neighbour_state);
    in_call = false;
    hl_sandbox_set_timeout(sandbox, HOSTILE_TIMEOUT_NS);
    return true;
}

void hostile_close(void)
{
    hl_snapshot_free(kept);
    hl_snapshot_free(fresh);
    hl_sandbox_close(neighbour);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    kept = fresh = NULL;
    neighbour = sandbox = NULL;
}

/* B16: what poisons, and what does not; nothing else may come of a guest. */
static bool poisons(hl_status status)
{
    switch (status) {
    case HL_OK:
    case HL_FAIL_GUEST:
    case HL_FAIL_RESULT_TYPE:
        return false;
    case HL_FAIL_NO_RESULT: /* abi §12.7 */
        return is_virtq;
    case HL_FAIL_PROTOCOL: /* of a host call or a log; of a result not */
        return is_virtq || hl_sandbox_is_poisoned(sandbox);
    case HL_FAIL_TOO_BIG: /* the call, which found no buffer posted: not */
        return !is_virtq || hl_sandbox_is_poisoned(sandbox);
    case HL_FAIL_ABORT:
    case HL_FAIL_EXCEPTION:
    case HL_FAIL_PORT:
    case HL_FAIL_MEMORY:
    case HL_FAIL_SHUTDOWN:
    case HL_FAIL_INSTRUCTION:
    case HL_FAIL_TIMEOUT:
    case HL_FAIL_BUDGET:
        return true;
    case HL_FAIL_SYSTEM: /* limits of the emulator that are said so */
        FUZZ_CHECK(strstr(hostile_message, "VM exit: emulator: ") != NULL);
        return true;
    default:
        fprintf(stderr, "status %d: %s\n", status, hostile_message);
        FUZZ_CHECK(status == HL_OK); /* none that a guest may cause */
        return true;
    }
}

static void poison_check(void)
{
    hl_snapshot *none = NULL;
    int32_t result;

    FUZZ_CHECK(ask(sandbox, "state", &result, NULL) == HL_FAIL_POISONED);
    FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &none, NULL) == HL_FAIL_POISONED);
    FUZZ_CHECK(none == NULL);
    hostile_counts.poisoned++;
}

hl_status hostile_call(const struct fuzz_step *steps, size_t count)
{
    const hl_value arg = {
        .type = HL_TYPE_BYTES,
        .as.bytes = {(const uint8_t *)steps, count * sizeof(*steps)}};
    const uint64_t start = spent_ns();
    hl_error error = {0};
    hl_value value = {0};
    hl_status status;

    in_call = true;
    status = hl_sandbox_call(sandbox, "scribble", 8, &arg, 1, HL_TYPE_INT,
                             &value, &error);
    in_call = false;
    hostile_message = error.message;
    FUZZ_CHECK(spent_ns() - start < HOSTILE_TIMEOUT_NS + SLACK_NS);
    FUZZ_CHECK(status == HL_OK || error.status == status);
    FUZZ_CHECK(status == HL_OK || error.message[0] != '\0' ||
               status == HL_FAIL_ABORT || status == HL_FAIL_GUEST);
    FUZZ_CHECK(hl_sandbox_is_poisoned(sandbox) == poisons(status));
    hostile_counts.calls++;
    hostile_counts.well += status == HL_OK;
    hostile_counts.timeouts += status == HL_FAIL_TIMEOUT;
    hostile_counts.host_calls += entered;
    entered = 0;
    if (hl_sandbox_is_poisoned(sandbox)) {
        poison_check();
        hostile_restore(false);
    } else if (status == HL_FAIL_TOO_BIG) {
        hostile_restore(false); /* the next call would not fit either */
    }
    return status;
}

void hostile_restore(bool of_kept)
{
    if (of_kept && kept != NULL) {
        FUZZ_CHECK(hl_sandbox_restore(sandbox, kept, NULL) == HL_OK);
        return;
    }
    FUZZ_CHECK(hl_sandbox_restore(sandbox, fresh, NULL) == HL_OK);
}

void hostile_snapshot(bool restore)
{
    const uint64_t start = spent_ns();
    hl_snapshot *snapshot = NULL;
    hl_error error = {0};
    const hl_status status = hl_sandbox_snapshot(sandbox, &snapshot, &error);

    hostile_message = error.message;
    FUZZ_CHECK(spent_ns() - start < HOSTILE_TIMEOUT_NS + SLACK_NS);
    FUZZ_CHECK(status == HL_OK || error.status == status);
    if (status != HL_OK && status != HL_FAIL_SNAPSHOT &&
        status != HL_FAIL_LAYOUT) {
        FUZZ_CHECK(is_virtq); /* the guest ran for it (abi §12.6) */
        FUZZ_CHECK(hl_sandbox_is_poisoned(sandbox) == poisons(status));
    } else {
        FUZZ_CHECK(!hl_sandbox_is_poisoned(sandbox));
    }
    if (hl_sandbox_is_poisoned(sandbox)) {
        poison_check();
        hostile_restore(false);
    }
    if (status != HL_OK)
        return;
    hostile_counts.snapshots++;
    hl_snapshot_free(kept);
    kept = snapshot;
    if (restore)
        hostile_restore(true);
}

void hostile_interrupt(void)
{
    hl_sandbox_interrupt(sandbox);
}

void hostile_compare(void)
{
    int32_t state = 0;

    hostile_restore(false);
    hl_sandbox_set_timeout(sandbox, HOSTILE_TIMEOUT_NS + SLACK_NS);
    must_ask(sandbox, "state", &state);
    FUZZ_CHECK(state == fresh_state);
    must_ask(neighbour, "state", &state);
    FUZZ_CHECK(state == neighbour_state);
    hl_sandbox_set_timeout(sandbox, HOSTILE_TIMEOUT_NS);
    hostile_counts.calls += 2;
}
