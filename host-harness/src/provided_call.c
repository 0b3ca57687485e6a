/* SPDX-License-Identifier: MIT */
/*
 * A host function called without a guest: by the same dispatch as a guest's
 * call (host_call.c), with a transport that hands over values as they are.
 */
#include <string.h>

#include "sandbox.h"

struct direct_call {
    struct hl_sandbox sandbox;
    hl_result_fn *take;
    void *to;
    hl_status status;
    hl_error *error;
};

static enum hl_wire_error direct_decode(const void *message, size_t size,
                                        struct hl_wire_call *out)
{
    memcpy(out, message, size);
    return HL_WIRE_OK;
}

/* What has no form on the wire is refused as every transport does. */
static bool has_form(const hl_value *value)
{
    return value->type != HL_TYPE_NONE &&
           (value->type != HL_TYPE_STRING ||
            hl_wire_utf8_valid(value->as.string.data, value->as.string.len));
}

static hl_status direct_reply(struct hl_channel *channel,
                              const struct hl_wire_result *reply, size_t *size,
                              hl_error *error)
{
    struct direct_call *direct =
        (struct direct_call *)((uint8_t *)channel -
                               offsetof(struct direct_call, sandbox.channel));

    (void)error;
    *size = 0;
    if (!reply->is_error && !has_form(&reply->value)) {
        direct->status = HL_FAIL_ARGUMENT; /* an error reply follows */
        return HL_FAIL_ARGUMENT;
    }
    if (!reply->is_error) {
        if (direct->take != NULL)
            direct->take(direct->to, &reply->value);
        return HL_OK;
    }
    if (direct->status == HL_OK)
        direct->status = direct->sandbox.stats.host_calls == 0
                             ? HL_FAIL_ARGUMENT
                             : HL_FAIL_GUEST;
    hl_error_set(direct->error, direct->status, "%.*s", (int)reply->message.len,
                 reply->message.data);
    if (direct->error != NULL)
        direct->error->guest_code = (uint32_t)reply->code;
    return HL_OK;
}

static const struct hl_transport_ops direct_ops = {
    .name = "direct",
    .codec = {.decode_call = direct_decode},
    .send_reply = direct_reply,
};

hl_status hl_provided_call(const hl_provided *provided, void *context,
                           const hl_value *args, size_t count,
                           hl_result_fn *take, void *to, hl_error *error)
{
    struct hl_grant grant = {provided, context};
    struct hl_config config = {.grants = &grant, .grant_count = 1};
    struct hl_wire_call wire = {
        .name = {provided->name, provided->name_len},
        .kind = HL_WIRE_CALL_HOST,
        .returns = (uint8_t)hl_signature_return(provided->signature),
        .count = (uint32_t)count,
    };
    const struct hl_message message = {HL_MESSAGE_CALL, (const uint8_t *)&wire,
                                       sizeof(wire)};
    struct direct_call direct = {
        .sandbox = {.config = &config,
                    .channel = {.ops = &direct_ops},
                    .phase = HL_PHASE_CALL},
        .take = take,
        .to = to,
        .error = error,
    };
    hl_status status;

    if (count > HL_ARGS_MAX)
        return hl_error_set(error, HL_FAIL_ARGUMENT,
                            "%zu arguments given, a function takes at most %d",
                            count, HL_ARGS_MAX);
    if (count != 0)
        memcpy(wire.args, args, count * sizeof(*args));
    status = sandbox_host_call(&direct.sandbox, &message, error);
    return status == HL_OK ? direct.status : status;
}
