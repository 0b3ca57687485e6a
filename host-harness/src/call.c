/* SPDX-License-Identifier: MIT */
/* Calling a guest function (abi §8). */
#include <string.h>

#include "sandbox.h"

static hl_status ready(struct hl_sandbox *sandbox, hl_error *error)
{
    const hl_status status = kick_is_running(&sandbox->kick) ? HL_FAIL_BUSY
                             : sandbox->poisoned             ? HL_FAIL_POISONED
                                                             : HL_OK;

    if (status != HL_OK)
        hl_error_set(error, status, "%s", hl_status_text(status));
    return status;
}

static hl_status send_call(struct hl_sandbox *sandbox, hl_string name,
                           const hl_value *args, size_t count,
                           enum hl_type returns, hl_error *error)
{
    struct hl_wire_call call;
    hl_status status;
    size_t size;

    if (count > HL_ARGS_MAX)
        return hl_error_set(error, HL_FAIL_ARGUMENT,
                            "%zu arguments given, a guest function takes at "
                            "most %d",
                            count, HL_ARGS_MAX);
    call.name = name;
    call.kind = HL_WIRE_CALL_GUEST;
    call.returns = (uint8_t)returns;
    call.count = (uint32_t)count;
    if (count != 0)
        memcpy(call.args, args, count * sizeof(*args));
    status =
        sandbox->channel.ops->send_call(&sandbox->channel, &call, &size, error);
    if (status == HL_OK)
        sandbox_trace(sandbox, (hl_trace_event){.kind = HL_TRACE_CALL,
                                                .name = name,
                                                .args = args,
                                                .arg_count = count,
                                                .returns = returns,
                                                .size = size});
    return status;
}

/* Registers of every dispatch (abi §3.3). */
static void dispatch_regs(struct hl_sandbox *sandbox)
{
    struct hl_vmm_regs *regs = sandbox->vmm->ops->regs(sandbox->vmm);

    memset(regs, 0, sizeof(*regs));
    regs->rip = sandbox->dispatch;
    regs->rsp = sandbox->stack;
    regs->rflags = sandbox->flush_tlb ? HL_RFLAGS_FLUSH : HL_RFLAGS_INIT;
    sandbox->vmm->ops->set_regs(sandbox->vmm);
}

/* The guest said so itself: its error result becomes ours. */
static hl_status guest_error(const struct hl_wire_result *wire, hl_error *error)
{
    hl_error_set(error, HL_FAIL_GUEST, "%.*s", (int)wire->message.len,
                 wire->message.data);
    if (error != NULL)
        error->guest_code = (uint32_t)wire->code;
    return HL_FAIL_GUEST;
}

/* The guest's last message; logs may come before it (abi §12.4). */
static hl_status receive_last(struct hl_sandbox *sandbox,
                              struct hl_message *message, hl_error *error)
{
    hl_status status;
    bool empty;

    for (;;) {
        message->kind = HL_MESSAGE_RESULT;
        status = sandbox->channel.ops->receive(&sandbox->channel, message,
                                               &empty, error);
        if (empty)
            return hl_error_set(error, HL_FAIL_NO_RESULT, "%s",
                                hl_status_text(HL_FAIL_NO_RESULT));
        if (status != HL_OK || message->kind == HL_MESSAGE_RESULT)
            return status;
        if (message->kind != HL_MESSAGE_LOG)
            return hl_error_set(error, HL_FAIL_PROTOCOL,
                                "guest halted with a host call unserved");
        status = sandbox_log(sandbox, message, error);
        if (status != HL_OK)
            return status;
    }
}

static hl_status receive_result(struct hl_sandbox *sandbox, hl_string name,
                                enum hl_type returns, hl_value *result,
                                hl_error *error)
{
    struct hl_message message;
    struct hl_wire_result wire;
    enum hl_wire_error decoded;
    const hl_status status = receive_last(sandbox, &message, error);

    if (status != HL_OK)
        return status;
    decoded = sandbox->channel.ops->codec.decode_result(message.data,
                                                        message.size, &wire);
    if (decoded != HL_WIRE_OK)
        return hl_error_set(error, HL_FAIL_PROTOCOL,
                            "malformed result from the guest: %s",
                            hl_wire_error_text(decoded));
    if (wire.value.type == HL_TYPE_CHUNKS)
        wire.value.type = HL_TYPE_BYTES; /* as in host_call.c */
    sandbox_trace(sandbox,
                  (hl_trace_event){.kind = HL_TRACE_RESULT,
                                   .name = name,
                                   .value = wire.is_error ? NULL : &wire.value,
                                   .is_error = wire.is_error,
                                   .code = wire.code,
                                   .message = wire.message,
                                   .size = message.size});
    if (wire.is_error)
        return guest_error(&wire, error);
    if (wire.value.type != (uint32_t)returns)
        return hl_error_set(
            error, HL_FAIL_RESULT_TYPE, "result is %s, %s was asked for",
            hl_type_name((enum hl_type)wire.value.type), hl_type_name(returns));
    *result = wire.value;
    return HL_OK;
}

/* Did the guest break its queues, outside a run or after it (abi §12.7)? Its
 * own error and a result of another type are no such thing. */
static void poison_strict(struct hl_sandbox *sandbox, bool ran,
                          hl_status status)
{
    if (!sandbox->channel.ops->strict_halt || status == HL_OK)
        return;
    if (ran ? status != HL_FAIL_GUEST && status != HL_FAIL_RESULT_TYPE
            : status == HL_FAIL_PROTOCOL)
        sandbox->poisoned = true;
}

hl_status sandbox_dispatch(struct hl_sandbox *sandbox, enum hl_phase phase,
                           hl_error *error)
{
    hl_status status = HL_OK;

    if (sandbox->config->fpu_each_call)
        status = sandbox->vmm->ops->reset_fpu(sandbox->vmm, error);
    if (status == HL_OK) {
        dispatch_regs(sandbox);
        status = sandbox_run_phase(sandbox, phase, error);
    }
    if (status == HL_OK) {
        sandbox->flush_tlb = false;
        return HL_OK;
    }
    sandbox->poisoned = true;
    sandbox->channel.ops->finish(&sandbox->channel, NULL);
    return status;
}

hl_status hl_sandbox_call(hl_sandbox *sandbox, const char *name, size_t len,
                          const hl_value *args, size_t count,
                          enum hl_type returns, hl_value *result,
                          hl_error *error)
{
    const hl_string function = {name, len};
    hl_value value = {0};
    hl_error left;
    hl_status status = ready(sandbox, error);

    if (status != HL_OK)
        return status;
    status = send_call(sandbox, function, args, count, returns, error);
    poison_strict(sandbox, false, status);
    if (status != HL_OK)
        return status;
    sandbox->stats.calls++;
    status = sandbox_dispatch(sandbox, HL_PHASE_CALL, error);
    if (status != HL_OK)
        return status;
    status = receive_result(sandbox, function, returns, &value, error);
    /* Exactly one element is the contract (abi §8.1, B9). */
    if (sandbox->channel.ops->finish(&sandbox->channel, &left) != HL_OK &&
        status == HL_OK) {
        status = left.status;
        if (error != NULL)
            *error = left;
    }
    poison_strict(sandbox, true, status);
    if (status == HL_OK && result != NULL)
        *result = value;
    return status;
}
