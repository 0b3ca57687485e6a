/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P3.6 B13 B14 B15 B17 B22
 *
 * Any exits, as the run loop takes them: abort chunks, debug characters, log
 * records, every port, width and kind of exit. Models of their own say what
 * each must lead to. B13: the abort stream ends at its first 0xFF or beyond
 * 1024 bytes, with just these bytes as code, vector and text. B14: a scalar
 * that is no Unicode character, a malformed log record are errors; what is
 * printed is that character's UTF-8. B15, P3.6: every other port, string I/O,
 * IN, and each other exit has its own status. B22: budgets hold. B17: the loop
 * never goes on after the input's exits have ended.
 *
 * max_len: 96
 */
#include "sandbox.h"
#include "support/check.h"
#include "support/guest.h"

enum { LOG_MAX = 256, PRINTED_MAX = 40, LOGS_MAX = 3 };

static struct fuzz_source *exits;
static struct hl_config *config;
static struct hl_sandbox sandbox;
static struct hl_vmm vmm;
static struct hl_vmm_regs regs;

/* What must come of the exit just made; HL_OK: the run goes on. */
static hl_status expected;
static bool halts;
static uint8_t abort_bytes[1024];
static size_t abort_len;
static uint8_t log_message[LOG_MAX];
static size_t log_size;
static bool log_empty;
static char printed[8]; /* what the debug callback must get */
static size_t printed_len, printed_sum, printed_calls;
static unsigned logs, logs_wanted;
static uint32_t aborted_code;

static void debug_take(void *context, const char *text, size_t len)
{
    (void)context;
    FUZZ_CHECK(len == printed_len && memcmp(text, printed, len) == 0);
    printed_calls--;
}

static void log_take(void *context, const hl_log_record *record)
{
    (void)context;
    FUZZ_CHECK(record->level <= 6);
    FUZZ_CHECK(record->message.data[record->message.len] == '\0' &&
               record->file.data[record->file.len] == '\0');
    logs++;
}

/* ---- Models ------------------------------------------------------------- */

static hl_status abort_model(uint32_t chunk)
{
    unsigned count = chunk & 0xFF;

    count = count > 3 ? 3 : count;
    for (unsigned i = 1; i <= count; i++) {
        const uint8_t byte = (uint8_t)(chunk >> (8 * i));

        if (byte == 0xFF) {
            aborted_code = abort_len > 0 ? abort_bytes[0] : 0;
            return abort_len > 1 && exception_name(abort_bytes[1]) != NULL
                       ? HL_FAIL_EXCEPTION
                       : HL_FAIL_ABORT;
        }
        if (abort_len == sizeof(abort_bytes)) {
            aborted_code = 0;
            return HL_FAIL_ABORT;
        }
        abort_bytes[abort_len++] = byte;
    }
    return HL_OK;
}

/* UTF-8 by its definition, bits counted from below. */
static hl_status debug_model(uint32_t scalar)
{
    static const uint32_t most[] = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    size_t len = 0;

    if (scalar > 0x10FFFF || (scalar & 0xFFFFF800) == 0xD800)
        return HL_FAIL_PROTOCOL;
    while (scalar > most[len])
        len++;
    for (size_t i = len; i > 0; i--) {
        printed[i] = (char)(0x80 | (scalar & 0x3F));
        scalar >>= 6;
    }
    printed[0] = (char)(lead[len] | scalar);
    printed_len = len + 1;
    if (printed_sum + printed_len > PRINTED_MAX)
        return HL_FAIL_BUDGET;
    printed_sum += printed_len;
    printed_calls++;
    return HL_OK;
}

static hl_status log_model(void)
{
    struct hl_wire_log log;
    size_t text;

    if (log_empty ||
        hl_wire_decode_log(log_message, log_size, &log) != HL_WIRE_OK)
        return HL_FAIL_PROTOCOL;
    text = log.message.len + log.source.len + log.caller.len + log.file.len;
    if (logs_wanted == LOGS_MAX || printed_sum + text > PRINTED_MAX)
        return HL_FAIL_BUDGET;
    logs_wanted++;
    printed_sum += text;
    return HL_OK;
}

static hl_status port_model(uint16_t port, uint32_t value)
{
    switch (port) {
    case HL_PORT_HALT:
        halts = true;
        return HL_OK;
    case HL_PORT_ABORT:
        return abort_model(value);
    case HL_PORT_DEBUG:
        return debug_model(value);
    case HL_PORT_LOG:
        return log_model();
    case HL_PORT_CALL: /* what lies there is no call */
        return HL_FAIL_PROTOCOL;
    default:
        return HL_FAIL_PORT;
    }
}

/* ---- A channel and a machine that play the input ------------------------ */

static hl_status receive(struct hl_channel *channel, struct hl_message *message,
                         bool *empty, hl_error *error)
{
    (void)channel;
    *empty = log_empty;
    if (log_empty)
        return hl_error_set(error, HL_FAIL_PROTOCOL, "empty");
    message->data = log_message;
    message->size = log_size;
    return HL_OK;
}

static enum hl_wire_error no_call(const void *message, size_t size,
                                  struct hl_wire_call *out)
{
    (void)message;
    (void)size;
    (void)out;
    return HL_WIRE_TRUNCATED;
}

/* A log record of the input, whole or damaged. */
static void log_make(void)
{
    size_t lens[4];
    const char *texts[4];
    struct hl_wire_log log;
    uint64_t damage;

    for (int i = 0; i < 4; i++)
        texts[i] = (const char *)fuzz_take_bytes(exits, 16, &lens[i]);
    log = (struct hl_wire_log){.message = {texts[0], lens[0]},
                               .source = {texts[1], lens[1]},
                               .caller = {texts[2], lens[2]},
                               .file = {texts[3], lens[3]},
                               .level = (uint8_t)(fuzz_take(exits, 1) % 7)};
    damage = fuzz_take(exits, 1);
    log_empty = damage == 1;
    log_size = 0;
    if (hl_wire_encode_log(&log, log_message, LOG_MAX, &log_size) != HL_WIRE_OK)
        log_size = 0;
    for (; damage > 250 && log_size != 0; damage--)
        log_message[fuzz_take(exits, 1) % log_size] ^=
            (uint8_t)fuzz_take(exits, 1);
}

static void out_make(struct hl_vmm_exit *exit)
{
    static const uint16_t ports[] = {
        HL_PORT_ABORT, HL_PORT_ABORT, HL_PORT_DEBUG, HL_PORT_DEBUG,
        HL_PORT_LOG,   HL_PORT_CALL,  HL_PORT_HALT};
    const uint64_t how = fuzz_take(exits, 1);

    exit->kind = HL_VMM_EXIT_OUT;
    exit->width = (uint8_t)(1u << (how >> 6 & 1));
    exit->count = how == 255 ? (uint32_t)fuzz_take_edge(exits) : 1;
    exit->port = (how & 7) < 7 ? ports[how & 7] : (uint16_t)fuzz_take(exits, 2);
    exit->value = (uint32_t)fuzz_take(exits, how & 32 ? 4 : 2);
    if (exit->port == HL_PORT_LOG)
        log_make();
    expected =
        exit->count > 1 ? HL_FAIL_PORT : port_model(exit->port, exit->value);
}

static hl_status run(struct hl_vmm *machine, struct hl_vmm_exit *exit,
                     hl_error *error)
{
    static const hl_status others[] = {
        [HL_VMM_EXIT_IN] = HL_FAIL_PORT,
        [HL_VMM_EXIT_MEMORY] = HL_FAIL_MEMORY,
        [HL_VMM_EXIT_SHUTDOWN] = HL_FAIL_SHUTDOWN,
        [HL_VMM_EXIT_INSTRUCTION] = HL_FAIL_INSTRUCTION,
        [HL_VMM_EXIT_OTHER] = HL_FAIL_SYSTEM,
    };
    const uint64_t what = fuzz_take(exits, 1);

    (void)machine;
    (void)error;
    FUZZ_CHECK(expected == HL_OK && !halts); /* else the run has ended */
    memset(exit, 0, sizeof(*exit));
    if (exits->left == 0) {
        exit->kind = HL_VMM_EXIT_HALT;
        halts = true;
    } else if (what < 240) {
        out_make(exit);
    } else {
        exit->kind = (enum hl_vmm_exit_kind)(what % (HL_VMM_EXIT_OTHER + 1));
        exit->port = (uint16_t)fuzz_take(exits, 2);
        exit->gpa = fuzz_take_edge(exits);
        exit->is_write = what & 1;
        exit->byte_count = (uint8_t)fuzz_take(exits, 1);
        if (exit->kind == HL_VMM_EXIT_OUT)
            exit->port = 1;
        expected =
            exit->kind == HL_VMM_EXIT_OUT ? HL_FAIL_PORT : others[exit->kind];
        halts = exit->kind == HL_VMM_EXIT_HALT;
    }
    return HL_OK;
}

static struct hl_vmm_regs *get_regs(struct hl_vmm *machine)
{
    (void)machine;
    return &regs;
}

static void clear_stop(struct hl_vmm *machine)
{
    (void)machine;
}

static const struct hl_vmm_ops vmm_ops = {
    .name = "fuzz", .run = run, .regs = get_regs, .clear_stop = clear_stop};
static const struct hl_transport_ops channel_ops = {
    .name = "fuzz",
    .codec = {.decode_call = no_call},
    .call_port = HL_PORT_CALL,
    .log_port = HL_PORT_LOG,
    .receive = receive,
};

static void sandbox_set_up(void)
{
    config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_set_debug(config, debug_take, NULL);
    hl_config_set_log(config, 5, log_take, NULL);
    hl_config_set_limit(config, HL_LIMIT_PRINTED, PRINTED_MAX);
    hl_config_set_limit(config, HL_LIMIT_LOGS, LOGS_MAX);
    vmm.ops = &vmm_ops;
    sandbox.vmm = &vmm;
    sandbox.config = config;
    sandbox.channel.ops = &channel_ops;
    sandbox.image = fuzz_guest_image();
}

static void error_check(hl_status status, const hl_error *error)
{
    FUZZ_CHECK(error->status == status);
    FUZZ_CHECK(memchr(error->message, '\0', sizeof(error->message)) != NULL);
    FUZZ_CHECK(hl_wire_utf8_valid(error->message, strlen(error->message)));
    if (status == HL_FAIL_ABORT || status == HL_FAIL_EXCEPTION)
        FUZZ_CHECK(error->guest_code == aborted_code);
    if (status == HL_FAIL_EXCEPTION)
        FUZZ_CHECK(error->vector == abort_bytes[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hl_error error;
    struct fuzz_source source = {data, size};
    hl_status status;

    if (config == NULL)
        sandbox_set_up();
    exits = &source;
    expected = HL_OK;
    halts = false;
    abort_len = printed_sum = printed_calls = 0;
    logs = logs_wanted = 0;
    abort_stream_clear(&sandbox.abort);
    memset(sandbox.used, 0, sizeof(sandbox.used));
    sandbox.phase = HL_PHASE_CALL;
    status = sandbox_run(&sandbox, &error);
    FUZZ_CHECK(status == expected);
    FUZZ_CHECK(status != HL_OK || halts);
    FUZZ_CHECK(logs == logs_wanted && printed_calls == 0);
    if (status != HL_OK)
        error_check(status, &error);
    return 0;
}
