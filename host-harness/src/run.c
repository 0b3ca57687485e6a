/* SPDX-License-Identifier: MIT */
/* The exit loop: every VM exit of a guest ends up here (abi §4). */
#include <string.h>

#include "sandbox.h"

/* The last Unicode character: the debug port prints one at a time (abi §4). */
#define DEBUG_SCALAR_MAX 0x10FFFF

void sandbox_trace(const struct hl_sandbox *sandbox, hl_trace_event event)
{
    const struct hl_config *config = sandbox->config;

    if (config->trace == NULL)
        return;
    event.time_ns = monotonic_ns() - sandbox->opened_ns;
    config->trace(config->trace_context, &event);
}

hl_status sandbox_charge(struct hl_sandbox *sandbox, enum hl_limit limit,
                         uint64_t amount, hl_error *error)
{
    static const char *const names[HL_LIMIT_COUNT] = {
        [HL_LIMIT_HOST_CALLS] = "host calls",
        [HL_LIMIT_LOGS] = "log records",
        [HL_LIMIT_PRINTED] = "printed bytes",
    };
    const uint64_t most = sandbox->config->limits[limit];

    if (most == 0)
        return HL_OK;
    if (amount > most - sandbox->used[limit])
        return hl_error_set(error, HL_FAIL_BUDGET,
                            "guest exceeded its budget of %llu %s in one call",
                            (unsigned long long)most, names[limit]);
    sandbox->used[limit] += amount;
    return HL_OK;
}

hl_status sandbox_log(struct hl_sandbox *sandbox,
                      const struct hl_message *message, hl_error *error)
{
    const struct hl_config *config = sandbox->config;
    struct hl_wire_log log;
    enum hl_wire_error wire;
    hl_status status;
    uint64_t text;

    wire = hl_wire_decode_log(message->data, message->size, &log);
    if (wire != HL_WIRE_OK)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "malformed log record from the guest: %s",
                            hl_wire_error_text(wire));
    text = log.message.len + log.source.len + log.caller.len + log.file.len;
    status = sandbox_charge(sandbox, HL_LIMIT_LOGS, 1, error);
    if (status == HL_OK)
        status = sandbox_charge(sandbox, HL_LIMIT_PRINTED, text, error);
    if (status != HL_OK)
        return status;
    sandbox->stats.logs++;
    sandbox->stats.printed += text;
    sandbox_trace(sandbox, (hl_trace_event){.kind = HL_TRACE_LOG,
                                            .name = log.source,
                                            .code = log.level,
                                            .message = log.message,
                                            .size = message->size});
    if (config->log != NULL) {
        const hl_log_record record = {
            .level = log.level,
            .line = log.line,
            .message = log.message,
            .source = log.source,
            .caller = log.caller,
            .file = log.file,
        };
        config->log(config->log_context, &record);
    }
    return HL_OK;
}

/* Encode one Unicode scalar value; 0 if it is none. */
static size_t utf8_encode(uint32_t c, char text[4])
{
    if (c < 0x80) {
        text[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        text[0] = (char)(0xC0 | (c >> 6));
        text[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if ((c >= 0xD800 && c < 0xE000) || c > DEBUG_SCALAR_MAX)
        return 0;
    if (c < 0x10000) {
        text[0] = (char)(0xE0 | (c >> 12));
        text[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        text[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    text[0] = (char)(0xF0 | (c >> 18));
    text[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    text[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    text[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static hl_status debug_print(struct hl_sandbox *sandbox, uint32_t scalar,
                             hl_error *error)
{
    const struct hl_config *config = sandbox->config;
    const hl_value value = {.type = HL_TYPE_UINT, .as.u32 = scalar};
    char text[4];
    const size_t len = utf8_encode(scalar, text);
    hl_status status;

    if (len == 0)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "guest printed 0x%x to the debug port, which is no "
                            "Unicode character",
                            scalar);
    status = sandbox_charge(sandbox, HL_LIMIT_PRINTED, len, error);
    if (status != HL_OK)
        return status;
    sandbox->stats.printed += len;
    sandbox_trace(sandbox, (hl_trace_event){.kind = HL_TRACE_DEBUG,
                                            .value = &value,
                                            .message = {text, len}});
    if (config->debug != NULL)
        config->debug(config->debug_context, text, len);
    return HL_OK;
}

static hl_status abort_chunk(struct hl_sandbox *sandbox, uint32_t chunk,
                             hl_error *error)
{
    hl_error local;
    const hl_status status = abort_stream_feed(&sandbox->abort, chunk, &local);

    if (status == HL_OK)
        return HL_OK;
    sandbox_trace(
        sandbox,
        (hl_trace_event){.kind = HL_TRACE_ABORT,
                         .code = local.guest_code,
                         .message = {local.message, strlen(local.message)}});
    if (error != NULL)
        *error = local;
    return status;
}

static hl_status bad_port(const struct hl_vmm_exit *exit, const char *what,
                          hl_error *error)
{
    hl_error_set(error, HL_FAIL_PORT,
                 "guest executed `%s` on port %u, which does not exist", what,
                 exit->port);
    if (error != NULL)
        error->port = exit->port;
    return HL_FAIL_PORT;
}

/* Generation B has a port for each kind of message (abi §4). */
static hl_status message_port(struct hl_sandbox *sandbox, bool is_log,
                              hl_error *error)
{
    struct hl_message message;
    bool empty;
    hl_status status = sandbox->channel.ops->receive(&sandbox->channel,
                                                     &message, &empty, error);

    if (status != HL_OK)
        return status;
    return is_log ? sandbox_log(sandbox, &message, error)
                  : sandbox_host_call(sandbox, &message, error);
}

/*
 * The doorbell of generation C: logs, and at most one host call
 * (abi §12.4). A result has no business before the halt.
 */
static hl_status notify_port(struct hl_sandbox *sandbox, hl_error *error)
{
    struct hl_message message;
    hl_status status = HL_OK;
    bool empty = false;

    while (status == HL_OK) {
        status = sandbox->channel.ops->receive(&sandbox->channel, &message,
                                               &empty, error);
        if (empty)
            return HL_OK;
        if (status != HL_OK)
            return status;
        if (message.kind == HL_MESSAGE_CALL)
            return sandbox_host_call(sandbox, &message, error);
        if (message.kind != HL_MESSAGE_LOG)
            return hl_error_set(error, HL_FAIL_PROTOCOL,
                                "guest announced a result before it halted");
        status = sandbox_log(sandbox, &message, error);
    }
    return status;
}

/* Ports of the transport; 0 is none. */
static hl_status transport_port(struct hl_sandbox *sandbox,
                                const struct hl_vmm_exit *exit, hl_error *error)
{
    const struct hl_transport_ops *ops = sandbox->channel.ops;

    if (exit->port != 0 && exit->port == ops->call_port)
        return message_port(sandbox, false, error);
    if (exit->port != 0 && exit->port == ops->log_port)
        return message_port(sandbox, true, error);
    if (exit->port != 0 && exit->port == ops->notify_port)
        return notify_port(sandbox, error);
    return bad_port(exit, "out", error);
}

/* One OUT; *halted when it ends the run. */
static hl_status port_out(struct hl_sandbox *sandbox,
                          const struct hl_vmm_exit *exit, bool *halted,
                          hl_error *error)
{
    if (exit->count > 1)
        return bad_port(exit, "rep outs", error);
    switch (exit->port) {
    case HL_PORT_HALT:
        *halted = true;
        return HL_OK;
    case HL_PORT_ABORT:
        return abort_chunk(sandbox, exit->value, error);
    case HL_PORT_DEBUG:
        return debug_print(sandbox, exit->value, error);
    default:
        return transport_port(sandbox, exit, error);
    }
}

static hl_status memory_exit(const struct hl_vmm_exit *exit, hl_error *error)
{
    hl_error_set(error, HL_FAIL_MEMORY, "guest %s at physical address 0x%llx",
                 exit->is_write ? "wrote to read-only or missing memory"
                                : "read or executed missing memory",
                 (unsigned long long)exit->gpa);
    if (error != NULL)
        error->address = exit->gpa;
    return HL_FAIL_MEMORY;
}

static hl_status bad_instruction(const struct hl_sandbox *sandbox,
                                 const struct hl_vmm_exit *exit,
                                 hl_error *error)
{
    char hex[3 * sizeof(exit->bytes) + 1] = "";
    struct hl_image_info image;
    static const char digits[] = "0123456789abcdef";
    size_t n = exit->byte_count <= sizeof(exit->bytes) ? exit->byte_count : 0;

    for (size_t i = 0; i < n; i++) {
        hex[3 * i] = ' ';
        hex[3 * i + 1] = digits[exit->bytes[i] >> 4];
        hex[3 * i + 2] = digits[exit->bytes[i] & 15];
        hex[3 * i + 3] = '\0';
    }
    hl_image_get_info(sandbox->image, &image);
    hl_error_set(
        error, HL_FAIL_INSTRUCTION,
        "the %s backend cannot execute the instruction%s at 0x%llx: %s",
        sandbox->vmm->ops->name, hex,
        (unsigned long long)sandbox->vmm->ops->regs(sandbox->vmm)->rip,
        image.soft_float ? "use the emulator"
                         : "build the guest with -mfloat=soft or use the "
                           "emulator");
    return HL_FAIL_INSTRUCTION;
}

static hl_status stop_reason(const struct hl_sandbox *sandbox, hl_error *error)
{
    const hl_status status = kick_check(&sandbox->kick);

    if (status != HL_OK)
        hl_error_set(error, status, "%s", hl_status_text(status));
    return status;
}

/* Exits that are no port access. */
static hl_status other_exit(struct hl_sandbox *sandbox,
                            const struct hl_vmm_exit *exit, hl_error *error)
{
    switch (exit->kind) {
    case HL_VMM_EXIT_IN:
        return bad_port(exit, "in", error);
    case HL_VMM_EXIT_MEMORY:
        return memory_exit(exit, error);
    case HL_VMM_EXIT_SHUTDOWN:
        return hl_error_set(error, HL_FAIL_SHUTDOWN, "guest triple fault");
    case HL_VMM_EXIT_INSTRUCTION:
        return bad_instruction(sandbox, exit, error);
    default:
        return hl_error_set(error, HL_FAIL_SYSTEM, "unexpected VM exit: %s",
                            exit->text);
    }
}

hl_status sandbox_run(struct hl_sandbox *sandbox, hl_error *error)
{
    struct hl_vmm *vmm = sandbox->vmm;
    struct hl_vmm_exit exit;
    bool halted = false;
    hl_status status;

    while (!halted) {
        status = stop_reason(sandbox, error);
        if (status != HL_OK)
            return status;
        sandbox->stats.entries++;
        status = vmm->ops->run(vmm, &exit, error);
        if (status != HL_OK)
            return status;
        sandbox->stats.exits++;
        if (vmm->ops->instructions != NULL)
            sandbox->stats.instructions += vmm->ops->instructions(vmm);
        if (exit.kind == HL_VMM_EXIT_HALT) {
            halted = true;
        } else if (exit.kind == HL_VMM_EXIT_STOPPED) {
            /* A stray signal: if nothing is due, go on. */
            if (kick_check(&sandbox->kick) == HL_OK)
                vmm->ops->clear_stop(vmm);
        } else {
            status = exit.kind == HL_VMM_EXIT_OUT
                         ? port_out(sandbox, &exit, &halted, error)
                         : other_exit(sandbox, &exit, error);
            if (status != HL_OK)
                return status;
        }
    }
    return HL_OK;
}

/* Where the guest was when its run failed. */
static void error_locate(struct hl_sandbox *sandbox, hl_error *error)
{
    const struct hl_vmm_regs *regs = sandbox->vmm->ops->regs(sandbox->vmm);

    error->rip = regs->rip;
    error->rsp = regs->rsp;
    error->image = HL_BASE_ADDRESS;
}

/* What has no event of its own. */
static void trace_failure(struct hl_sandbox *sandbox, hl_status status,
                          const hl_error *error)
{
    if (status != HL_FAIL_ABORT && status != HL_FAIL_EXCEPTION)
        sandbox_trace(sandbox,
                      (hl_trace_event){
                          .kind = HL_TRACE_EXIT,
                          .is_error = true,
                          .code = (uint64_t)status,
                          .message = {error->message, strlen(error->message)}});
}

/* A run from the registers that are set, in a phase, under a deadline. */
hl_status sandbox_run_phase(struct hl_sandbox *sandbox, enum hl_phase phase,
                            hl_error *error)
{
    hl_error unwanted;
    hl_status status =
        kick_begin(&sandbox->kick, sandbox->config->timeout_ns, error);

    if (status != HL_OK)
        return status;
    if (error == NULL)
        error = &unwanted;
    memset(sandbox->used, 0, sizeof(sandbox->used));
    sandbox->stats.instructions = 0;
    sandbox->phase = phase;
    status = sandbox_run(sandbox, error);
    if (status != HL_OK) {
        error_locate(sandbox, error);
        trace_failure(sandbox, status, error);
    }
    sandbox->phase = HL_PHASE_IDLE;
    kick_end(&sandbox->kick);
    abort_stream_clear(&sandbox->abort);
    return status;
}
