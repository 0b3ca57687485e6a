/* SPDX-License-Identifier: MIT */
/*
 * The guest's instructions, counted on the emulator. Upstream's host lays
 * messages out in its own way, which the guest reads in more instructions: its
 * messages (tests/unit/upstream_messages.h) go in ours' place, below the
 * library's public API.
 */
#include <stdlib.h>
#include <string.h>

#include "../../host-harness/src/sandbox.h"
#include "../../tests/unit/upstream_messages.h"
#include "rows.h"

#define BULK_IN (24 << 10)

static void store(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

/* Push the message on the input stack, whose pointer the guest may have set. */
static void push(struct hl_channel *channel, const void *message, size_t size)
{
    uint64_t sp;

    memcpy(&sp, channel->input, sizeof(sp));
    memcpy(channel->input + sp, message, size);
    store(channel->input + sp + size, sp);
    sp += size + HL_STACK_OVERHEAD;
    store(channel->input, sp);
    channel->input_written = sp;
}

static hl_status upstream_call(struct hl_channel *channel,
                               const struct hl_wire_call *call, size_t *size,
                               hl_error *error)
{
    (void)error;
    if (call->count == 0)
        push(channel, call_bare, *size = sizeof(call_bare));
    else if (call->count == 2)
        push(channel, call_two, *size = sizeof(call_two));
    else
        push(channel, call_host, *size = sizeof(call_host));
    return HL_OK;
}

static hl_status upstream_reply(struct hl_channel *channel,
                                const struct hl_wire_result *reply,
                                size_t *size, hl_error *error)
{
    (void)reply;
    (void)error;
    push(channel, result_int, *size = sizeof(result_int));
    return HL_OK;
}

static uint64_t count(hl_sandbox *sandbox, enum bench_row row)
{
    static const uint8_t bytes[BULK_IN] = {1};
    const hl_value ints[] = {{.type = HL_TYPE_INT, .as.i32 = 40},
                             {.type = HL_TYPE_INT, .as.i32 = 2}};
    const hl_value bulk = {.type = HL_TYPE_BYTES,
                           .as.bytes = {bytes, sizeof(bytes)}};
    hl_status status = HL_FAIL_ARGUMENT;
    hl_stats stats = {0};
    hl_value result;

    if (row == BENCH_ROW_NONE)
        status = hl_sandbox_call(sandbox, "none", 4, NULL, 0, HL_TYPE_INT,
                                 &result, NULL);
    else if (row == BENCH_ROW_ADD)
        status = hl_sandbox_call(sandbox, "add", 3, ints, 2, HL_TYPE_INT,
                                 &result, NULL);
    else if (row == BENCH_ROW_HOST_CALL)
        status = hl_sandbox_call(sandbox, "host_call", 9, ints, 1, HL_TYPE_INT,
                                 &result, NULL);
    else if (row == BENCH_ROW_BULK)
        status = hl_sandbox_call(sandbox, "bulk", 4, &bulk, 1, HL_TYPE_BYTES,
                                 &result, NULL);
    if (status == HL_OK)
        hl_sandbox_get_stats(sandbox, &stats);
    return stats.instructions;
}

/* Twice: the first one makes pages private. */
static uint64_t count_warm(hl_sandbox *sandbox, enum bench_row row)
{
    count(sandbox, row);
    return count(sandbox, row);
}

void rows_count(const char *guest, enum hl_abi abi,
                struct row_count counts[BENCH_ROW_COUNT])
{
    struct hl_transport_ops upstream;
    hl_config *config = ours_config(abi, HL_BACKEND_EMU, true);
    hl_sandbox *sandbox = NULL;
    hl_image *image = NULL;

    if (config && hl_image_open(&image, guest, NULL) == HL_OK &&
        hl_sandbox_open(&sandbox, image, config, NULL) == HL_OK &&
        hl_sandbox_count_instructions(sandbox, true) == HL_OK) {
        for (enum bench_row i = BENCH_ROW_NONE; i <= BENCH_ROW_BULK; i++)
            counts[i].ours = counts[i].theirs = count_warm(sandbox, i);
        upstream = *sandbox->channel.ops;
        upstream.send_call = upstream_call;
        upstream.send_reply = upstream_reply;
        if (abi == HL_ABI_STACK)
            sandbox->channel.ops = &upstream;
        for (enum bench_row i = BENCH_ROW_NONE;
             i < BENCH_ROW_BULK && abi == HL_ABI_STACK; i++)
            counts[i].theirs = count_warm(sandbox, i);
    }
    hl_sandbox_close(sandbox);
    hl_image_free(image);
    hl_config_free(config);
}
