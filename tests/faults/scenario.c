/* SPDX-License-Identifier: MIT */
/* The life of a sandbox, each step checked; see faults.h. */
#include "faults.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE 30000000000ull

/* Everything a sandbox is used with; what is NULL was not made. */
struct life {
    struct outcome *outcome;
    hl_config *config;
    hl_image *image;
    hl_sandbox *sandbox;
    hl_snapshot *snapshot;
};

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    int32_t *sum = hl_call_alloc(call, sizeof(*sum));

    if (!sum)
        return hl_call_fail(call, HL_ERR_HOST, "no memory for the sum");
    *sum = a + b;
    return *sum;
}

HL_PROVIDE(int32_t, HostWait, (int32_t, ms))
{
    const struct life *life = hl_call_context(call);

    hl_sandbox_interrupt(life->sandbox);
    return ms;
}

/* The step gave another status than it should, or a wrong value. */
static bool step_end(struct life *life, const char *step, hl_status status,
                     hl_status wanted, bool right)
{
    struct outcome *outcome = life->outcome;

    if (status == wanted && right)
        return true;
    outcome->step = step;
    outcome->status = status;
    if (status == HL_OK)
        outcome->wrong = "a wrong result instead of an error";
    return false;
}

static hl_status call(struct life *life, const char *name, const hl_value *args,
                      size_t count, int32_t *result)
{
    hl_value value = {0};
    const hl_status status =
        hl_sandbox_call(life->sandbox, name, strlen(name), args, count,
                        HL_TYPE_INT, &value, &life->outcome->error);

    *result = value.as.i32;
    return status;
}

static bool call_step(struct life *life, const char *name, int32_t wanted)
{
    const hl_value args[] = {{.type = HL_TYPE_INT, .as.i32 = 2},
                             {.type = HL_TYPE_INT, .as.i32 = 3}};
    const bool has_args = strcmp(name, "next") != 0;
    int32_t result;
    const hl_status status =
        call(life, name, has_args ? args : NULL, has_args ? 2 : 0, &result);

    return step_end(life, name, status, HL_OK, result == wanted);
}

/* A call that ends badly poisons, and the restore heals. */
static bool bad_step(struct life *life, const char *name, hl_status wanted)
{
    const hl_value one = {.type = HL_TYPE_INT, .as.i32 = 1};
    const bool has_args = strcmp(name, "wait") == 0;
    int32_t result;
    hl_status status;

    if (wanted == HL_FAIL_TIMEOUT)
        hl_sandbox_set_timeout(life->sandbox, 20000000);
    status = call(life, name, has_args ? &one : NULL, has_args, &result);
    hl_sandbox_set_timeout(life->sandbox, PATIENCE);
    if (!step_end(life, name, status, wanted,
                  hl_sandbox_is_poisoned(life->sandbox)))
        return false;
    status = hl_sandbox_restore(life->sandbox, life->snapshot,
                                &life->outcome->error);
    return step_end(life, "restore", status, HL_OK, true) &&
           call_step(life, "next", 2);
}

static bool config_step(struct life *life, const struct scenario *scenario)
{
    hl_status status;

    life->config = hl_config_new(HL_PRESET_HLKIT);
    if (!life->config) {
        hl_error_set(&life->outcome->error, HL_FAIL_NO_MEMORY, "no memory");
        return step_end(life, "config", HL_FAIL_NO_MEMORY, HL_OK, true);
    }
    hl_config_set_backend(life->config, scenario->backend);
    hl_config_set_abi(life->config, scenario->abi);
    hl_config_set_timeout(life->config, PATIENCE);
    status = hl_config_grant(life->config, &hl_provided_HostAdd, NULL);
    if (status == HL_OK)
        status = hl_config_grant(life->config, &hl_provided_HostWait, life);
    if (status != HL_OK)
        hl_error_set(&life->outcome->error, status, "grant");
    return step_end(life, "grant", status, HL_OK, true);
}

static bool open_step(struct life *life, const struct scenario *scenario)
{
    hl_error *error = &life->outcome->error;
    hl_status status = hl_backend_probe(scenario->backend, NULL, error);

    if (!step_end(life, "probe", status, HL_OK, true))
        return false;
    status = hl_image_open(&life->image, scenario->guest, error);
    if (!step_end(life, "image", status, HL_OK, true))
        return false;
    status = hl_sandbox_open(&life->sandbox, life->image, life->config, error);
    return step_end(life, "open", status, HL_OK, true);
}

static bool snapshot_step(struct life *life)
{
    const hl_status status = hl_sandbox_snapshot(life->sandbox, &life->snapshot,
                                                 &life->outcome->error);

    return step_end(life, "snapshot", status, HL_OK, true);
}

/* The emulator counts, KVM says that it cannot. */
static bool count_step(struct life *life, const struct scenario *scenario)
{
    const bool is_emu = scenario->backend == HL_BACKEND_EMU;
    const hl_status status = hl_sandbox_count_instructions(life->sandbox, true);
    hl_stats stats;

    if (status != HL_OK)
        hl_error_set(&life->outcome->error, status, "counting");
    if (!step_end(life, "count", status, is_emu ? HL_OK : HL_FAIL_BACKEND,
                  true) ||
        !call_step(life, "next", 3))
        return false;
    hl_sandbox_get_stats(life->sandbox, &stats);
    return step_end(life, "count", HL_OK, HL_OK,
                    (stats.instructions > 0) == is_emu);
}

/* After a failure: what the sandbox says of itself is true. */
static void state_check(struct life *life)
{
    struct outcome *outcome = life->outcome;
    const struct outcome first = *outcome;
    int32_t result;
    hl_status status;

    if (!hl_sandbox_is_poisoned(life->sandbox)) {
        status = call(life, "next", NULL, 0, &result);
        if (status != HL_OK || result < 1 || result > 4)
            outcome->wrong = "a healthy sandbox does not serve";
    } else if (call(life, "next", NULL, 0, &result) != HL_FAIL_POISONED) {
        outcome->wrong = "a poisoned sandbox serves";
    }
    if (life->snapshot && !outcome->wrong) {
        status =
            hl_sandbox_restore(life->sandbox, life->snapshot, &outcome->error);
        if (status != HL_OK || call(life, "next", NULL, 0, &result) != HL_OK ||
            result != 2)
            outcome->wrong = "restore does not heal";
    }
    if (!outcome->wrong)
        *outcome = first;
}

void scenario_run(const struct scenario *scenario, struct outcome *outcome)
{
    struct life life = {.outcome = outcome};
    bool done;

    memset(outcome, 0, sizeof(*outcome));
    done = config_step(&life, scenario) && open_step(&life, scenario) &&
           call_step(&life, "next", 1) && call_step(&life, "call_host", 5) &&
           snapshot_step(&life) && call_step(&life, "next", 2) &&
           bad_step(&life, "crash", HL_FAIL_EXCEPTION) &&
           bad_step(&life, "wait", HL_FAIL_INTERRUPTED) &&
           bad_step(&life, "loop", HL_FAIL_TIMEOUT) &&
           count_step(&life, scenario);
    if (!done) {
        fault_disarm();
        if (life.sandbox)
            state_check(&life);
    }
    hl_snapshot_free(life.snapshot);
    hl_sandbox_close(life.sandbox);
    hl_image_free(life.image);
    hl_config_free(life.config);
}
