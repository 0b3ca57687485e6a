/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P4.2 P5.1 P5.2 P5.3 P6.4 B1 B9 B10 B12 B13 B16 B17 B18 B22 B25
 *
 * Whole sessions on a machine without hardware: open, call, snapshot, restore,
 * interrupt, over both transports, with a guest that does what the input says.
 * As long as it behaves, the outcome of each call is known and must be just
 * that; once it has scribbled over shared memory, one of the outcomes that a
 * guest may cause. B16: what poisons and what does not, and that a poisoned
 * sandbox refuses. P5.1 P5.2: no handler is entered but during a call. B17:
 * an interrupt ends the call it hits and no other. B10: a call that ended well
 * leaves empty stacks. B18: a handler cannot enter its own sandbox. Leaks: by
 * the sanitizer, at the end.
 *
 * max_len: 160
 */
#include "sandbox.h"
#include "support/check.h"
#include "support/guest.h"

enum {
    BUFFER = 8 << 10,
    HOST_CALLS_MAX = 4,
    LOGS_MAX = 4,
    STEPS_MAX = 12,
    CALLS_MAX = 12
};

static struct fuzz_source *input;
static struct fuzz_guest_state guest;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh, *kept;
static uint64_t set_up; /* what the sandbox was opened with */

/* The call that runs. */
static bool in_call, starting;
static unsigned entered, entered_wanted;
static unsigned steps, host_calls, logs;
static size_t abort_len;
static bool spoiled;       /* nothing is known any more */
static hl_status expected; /* of a call that is not spoiled */
static bool has_expected;  /* the guest has come to its end */
static bool reenter;       /* the handler tries */

/* ---- The handler -------------------------------------------------------- */

HL_PROVIDE(int32_t, take, (int32_t, n))
{
    hl_snapshot *none = NULL;

    FUZZ_CHECK(in_call && !starting);
    entered++;
    if (reenter) {
        FUZZ_CHECK(hl_sandbox_call(sandbox, "f", 1, NULL, 0, HL_TYPE_INT, NULL,
                                   NULL) == HL_FAIL_BUSY);
        FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &none, NULL) == HL_FAIL_BUSY);
        FUZZ_CHECK(hl_sandbox_restore(sandbox, fresh, NULL) == HL_FAIL_BUSY);
    }
    if (n == 7)
        hl_call_fail(call, HL_ERR_HOST, "seven");
    return n;
}

/* ---- The guest ---------------------------------------------------------- */

static void end_with(hl_status status)
{
    if (!has_expected)
        expected = status;
    has_expected = true;
}

static void scribble(void)
{
    const uint64_t where = fuzz_take(input, 2) * 4;
    const uint64_t value = fuzz_take_edge(input);
    const uint64_t places[] = {0,
                               BUFFER,
                               where,
                               guest.layout.h2g_ring,
                               guest.layout.mailbox,
                               guest.scratch_size - 8 * (1 + (where & 7))};
    const uint64_t at =
        places[fuzz_take(input, 1) % 6] % (guest.scratch_size - 8);

    memcpy(guest.scratch + at, &value, sizeof(value));
    spoiled = true;
}

static void host_call(uint64_t how, struct hl_vmm_exit *exit)
{
    static uint8_t buffer[512];
    static const hl_string names[] = {{"take", 4}, {"taka", 4}};
    const bool good = (how & 3) != 3;
    const struct hl_wire_call call = {
        .name = names[how & 1],
        .kind = how & 4 && !good ? HL_WIRE_CALL_GUEST : HL_WIRE_CALL_HOST,
        .returns = how & 8 ? HL_TYPE_LONG : HL_TYPE_INT,
        .count = 1,
        .args = {{.type = HL_TYPE_INT, .as.i32 = (int32_t)(how >> 4)}}};
    size_t size;

    FUZZ_CHECK(
        (guest.virtq ? hl_wire_encode_call_external : hl_wire_encode_call)(
            &call, buffer, sizeof(buffer), &size) == HL_WIRE_OK);
    if (how & 128)
        buffer[fuzz_take(input, 1) % size] ^= (uint8_t)fuzz_take(input, 1);
    spoiled |= (how & 128) != 0;
    fuzz_guest_send(&guest, HL_MESSAGE_CALL, buffer, size, exit);
    if (call.kind != HL_WIRE_CALL_HOST)
        end_with(HL_FAIL_PROTOCOL);
    else if (++host_calls > HOST_CALLS_MAX)
        end_with(HL_FAIL_BUDGET);
    else if (!has_expected && !starting && (how & 9) == 0)
        entered_wanted++;
}

static void log_record(uint64_t how, struct hl_vmm_exit *exit)
{
    static uint8_t buffer[256];
    const struct hl_wire_log log = {.message = {"m", 1},
                                    .source = {"s", 1},
                                    .caller = {"c", 1},
                                    .file = {"f", 1},
                                    .level = (uint8_t)(how & 3)};
    size_t size;

    FUZZ_CHECK(hl_wire_encode_log(&log, buffer, sizeof(buffer), &size) ==
               HL_WIRE_OK);
    if (how & 128)
        buffer[fuzz_take(input, 1) % size] ^= (uint8_t)fuzz_take(input, 1);
    spoiled |= (how & 128) != 0;
    fuzz_guest_send(&guest, HL_MESSAGE_LOG, buffer, size, exit);
    if (++logs > LOGS_MAX)
        end_with(HL_FAIL_BUDGET);
}

/* A result; what is the matter with it is in how. */
static void result(uint64_t how, struct hl_vmm_exit *exit)
{
    static uint8_t buffer[256];
    struct hl_wire_result wire = {
        .is_error = (how & 7) == 1,
        .code = HL_ERR_GUEST,
        .message = {"error", 5},
        .value = {.type = (how & 7) == 2 ? HL_TYPE_LONG : HL_TYPE_INT,
                  .as.i32 = 42}};
    size_t size;

    FUZZ_CHECK(
        (guest.virtq ? hl_wire_encode_result_external : hl_wire_encode_result)(
            &wire, buffer, sizeof(buffer), &size) == HL_WIRE_OK);
    if ((how & 7) == 3) { /* two of them */
        fuzz_guest_send(&guest, HL_MESSAGE_RESULT, buffer, size, exit);
        guest.sp += guest.virtq ? 0 : size + 8;
    }
    fuzz_guest_send(&guest, HL_MESSAGE_RESULT, buffer, size, exit);
    end_with((how & 7) == 1   ? HL_FAIL_GUEST
             : (how & 7) == 2 ? HL_FAIL_RESULT_TYPE
             : (how & 7) == 3 ? HL_FAIL_PROTOCOL
                              : HL_OK);
}

static void abort_chunk(struct hl_vmm_exit *exit)
{
    const uint32_t chunk = (uint32_t)fuzz_take(input, 4);
    unsigned count = chunk & 0xFF;

    fuzz_exit_out(exit, HL_PORT_ABORT, chunk);
    count = count > 3 ? 3 : count;
    for (unsigned i = 1; i <= count; i++, abort_len++) {
        if ((chunk >> 8 * i & 0xFF) == HL_ABORT_END) {
            end_with(HL_FAIL_ABORT); /* or EXCEPTION: see outcome_check */
            break;
        }
    }
}

static void debug_character(struct hl_vmm_exit *exit)
{
    const uint32_t scalar = (uint32_t)fuzz_take(input, 3);

    fuzz_exit_out(exit, HL_PORT_DEBUG, scalar);
    if (scalar > 0x10FFFF || scalar >> 11 == 0x1B)
        end_with(HL_FAIL_PROTOCOL);
}

static void other_exit(struct hl_vmm_exit *exit)
{
    const uint64_t how = fuzz_take(input, 1);

    switch (how % 6) {
    case 0:
        exit->kind = HL_VMM_EXIT_IN;
        end_with(HL_FAIL_PORT);
        break;
    case 1:
        exit->kind = HL_VMM_EXIT_MEMORY;
        end_with(HL_FAIL_MEMORY);
        break;
    case 2:
        exit->kind = HL_VMM_EXIT_SHUTDOWN;
        end_with(HL_FAIL_SHUTDOWN);
        break;
    case 3:
        fuzz_exit_out(exit, 77, 0);
        end_with(HL_FAIL_PORT);
        break;
    case 4:
        exit->kind = HL_VMM_EXIT_STOPPED; /* nothing is due: it goes on */
        break;
    default:
        fuzz_exit_out(exit, HL_PORT_ABORT, 0);
        if (starting) /* nobody has the sandbox yet */
            break;
        hl_sandbox_interrupt(sandbox);
        end_with(HL_FAIL_INTERRUPTED);
    }
}

static void halt(struct hl_vmm_exit *exit)
{
    exit->kind = HL_VMM_EXIT_HALT;
    end_with(starting ? HL_OK : HL_FAIL_NO_RESULT);
}

static void step(struct hl_vmm_exit *exit)
{
    const uint64_t how = fuzz_take(input, 1);

    if (input->left == 0 || ++steps > STEPS_MAX) {
        if (starting)
            halt(exit);
        else
            result(0, exit);
        return;
    }
    switch (how & 15) {
    case 0:
    case 1:
    case 2:
        host_call(fuzz_take(input, 1), exit);
        break;
    case 3:
        log_record(fuzz_take(input, 1), exit);
        break;
    case 4:
        debug_character(exit);
        break;
    case 5:
        abort_chunk(exit);
        break;
    case 6:
        other_exit(exit);
        break;
    case 7:
    case 8:
        scribble();
        fuzz_exit_out(exit, HL_PORT_ABORT, 0);
        break;
    case 9:
        halt(exit);
        break;
    default:
        if (starting)
            halt(exit);
        else
            result(how >> 4, exit);
    }
}

static bool is_checkpoint(void)
{
    const struct hl_virtq_layout *layout = &guest.layout;

    return guest.virtq && !in_call &&
           guest.scratch[layout->h2g_pool +
                         guest.h2g % layout->slots * layout->h2g_buffer] ==
               HL_VQ_CHECKPOINT;
}

static void play(struct fuzz_vmm *vm, struct hl_vmm_exit *exit)
{
    const bool enters = vm->regs.rip != 0;
    const bool starts = enters && vm->regs.rip != FUZZ_DISPATCH;

    if (enters) {
        if (starts || vm->regs.rflags == HL_RFLAGS_FLUSH)
            fuzz_guest_reset(&guest, guest.virtq, BUFFER, BUFFER);
        if (starts && guest.virtq)
            fuzz_guest_checkpoint(&guest);
        vm->regs =
            (struct hl_vmm_regs){.rax = FUZZ_DISPATCH, .rsp = FUZZ_STACK};
        if (!starts && (is_checkpoint() || !in_call)) {
            fuzz_guest_checkpoint(&guest);
            fuzz_exit_out(exit, HL_PORT_HALT, 0);
            return;
        }
        if (!starts)
            fuzz_guest_enter(&guest);
    }
    step(exit);
}

/* ---- The host ----------------------------------------------------------- */

static void call_begin(void)
{
    in_call = true;
    spoiled = has_expected = false;
    expected = HL_OK;
    entered = entered_wanted = steps = host_calls = logs = 0;
    abort_len = 0;
}

static bool poisons(hl_status status)
{
    switch (status) {
    case HL_OK:
    case HL_FAIL_GUEST:
    case HL_FAIL_RESULT_TYPE:
        return false;
    case HL_FAIL_NO_RESULT:
        return guest.virtq;
    case HL_FAIL_PROTOCOL: /* of a result: with virtqueues alone */
    case HL_FAIL_TOO_BIG:  /* of the call itself: not */
        return hl_sandbox_is_poisoned(sandbox);
    default:
        return true;
    }
}

static void outcome_check(hl_status status, const hl_value *value)
{
    FUZZ_CHECK(hl_sandbox_is_poisoned(sandbox) == poisons(status));
    if (spoiled) {
        FUZZ_CHECK(
            status == HL_OK ||
            (status >= HL_FAIL_GUEST && status <= HL_FAIL_SHUTDOWN) ||
            (status >= HL_FAIL_INTERRUPTED && status <= HL_FAIL_RESULT_TYPE) ||
            status == HL_FAIL_TOO_BIG);
        return;
    }
    if (status == HL_FAIL_EXCEPTION)
        status = HL_FAIL_ABORT;
    FUZZ_CHECK(status == expected);
    FUZZ_CHECK(entered == entered_wanted);
    if (status == HL_OK)
        FUZZ_CHECK(value->type == HL_TYPE_INT && value->as.i32 == 42);
}

static void stacks_check(void)
{
    uint64_t in, out;

    memcpy(&in, guest.scratch, 8);
    memcpy(&out, guest.scratch + BUFFER, 8);
    FUZZ_CHECK(in == HL_STACK_EMPTY && out == HL_STACK_EMPTY);
}

static void call(void)
{
    const bool poisoned = hl_sandbox_is_poisoned(sandbox);
    hl_error error = {0};
    hl_value value = {0};
    hl_status status;

    call_begin();
    reenter = fuzz_take(input, 1) & 1;
    status =
        hl_sandbox_call(sandbox, "f", 1, NULL, 0, HL_TYPE_INT, &value, &error);
    in_call = false;
    if (poisoned) {
        FUZZ_CHECK(status == HL_FAIL_POISONED && steps == 0);
        return;
    }
    FUZZ_CHECK(status == HL_OK || error.status == status);
    /* The rings may have been left broken by an earlier call. */
    spoiled |= guest.virtq && steps == 0;
    outcome_check(status, &value);
    if (!guest.virtq && !hl_sandbox_is_poisoned(sandbox))
        stacks_check();
    if (spoiled && !hl_sandbox_is_poisoned(sandbox))
        FUZZ_CHECK(hl_sandbox_restore(sandbox, fresh, NULL) == HL_OK);
}

static void snapshot(void)
{
    const bool poisoned = hl_sandbox_is_poisoned(sandbox);
    hl_snapshot *taken = NULL;
    const hl_status status = hl_sandbox_snapshot(sandbox, &taken, NULL);

    if (poisoned) {
        FUZZ_CHECK(status == HL_FAIL_POISONED && taken == NULL);
        return;
    }
    FUZZ_CHECK(status == HL_OK);
    hl_snapshot_free(kept);
    kept = taken;
}

static void restore(bool of_kept)
{
    FUZZ_CHECK(hl_sandbox_restore(sandbox,
                                  of_kept && kept != NULL ? kept : fresh,
                                  NULL) == HL_OK);
    FUZZ_CHECK(!hl_sandbox_is_poisoned(sandbox));
}

static void session_close(void)
{
    hl_snapshot_free(kept);
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    kept = fresh = NULL;
    sandbox = NULL;
    config = NULL;
}

/* False: start-up failed, as it had to. */
static bool session_open(uint64_t how)
{
    hl_status status;

    session_close();
    config = hl_config_new(HL_PRESET_HLKIT);
    FUZZ_CHECK(config != NULL);
    guest.virtq = how & 1;
    hl_config_set_backend(config, HL_BACKEND_KVM);
    hl_config_set_abi(config, how & 1 ? HL_ABI_VIRTQ : HL_ABI_STACK);
    hl_config_set_size(config, HL_SIZE_HEAP, 4 << 10);
    hl_config_set_size(config, HL_SIZE_SCRATCH,
                       how & 1 ? 192 << 10 : 112 << 10);
    hl_config_set_size(config, HL_SIZE_INPUT, BUFFER);
    hl_config_set_size(config, HL_SIZE_OUTPUT, BUFFER);
    hl_config_set_limit(config, HL_LIMIT_HOST_CALLS, HOST_CALLS_MAX);
    hl_config_set_limit(config, HL_LIMIT_LOGS, LOGS_MAX);
    hl_config_grant(config, &hl_provided_take, NULL);
    starting = true;
    call_begin();
    if ((how & 2) == 0) /* a start-up without anything */
        steps = STEPS_MAX;
    status = hl_sandbox_open(&sandbox, fuzz_guest_image(), config, NULL);
    in_call = starting = false;
    FUZZ_CHECK(entered == 0);
    FUZZ_CHECK(status == HL_OK || status == HL_FAIL_START ||
               status == HL_FAIL_PROTOCOL);
    if (!spoiled)
        FUZZ_CHECK((status == HL_OK) == (expected == HL_OK));
    if (status != HL_OK)
        return false;
    if (spoiled) /* what it left may not be fit for a snapshot */
        return false;
    FUZZ_CHECK(hl_sandbox_snapshot(sandbox, &fresh, NULL) == HL_OK);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_source source = {data, size};
    const uint64_t how = fuzz_take(&source, 1) & 7;
    unsigned calls = 0;

    fuzz_guest = play;
    input = &source;
    if (sandbox == NULL || fresh == NULL || how & 2 || how != set_up) {
        set_up = how;
        if (!session_open(how)) {
            session_close();
            return 0;
        }
    } else {
        restore(false);
    }
    while (source.left != 0 && calls++ < CALLS_MAX) {
        switch (fuzz_take(&source, 1) & 7) {
        case 0:
            snapshot();
            break;
        case 1:
            restore(false);
            break;
        case 2:
            restore(true);
            break;
        case 3:
            hl_sandbox_interrupt(sandbox); /* no call runs */
            break;
        default:
            call();
        }
    }
    return 0;
}
