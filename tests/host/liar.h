/* SPDX-License-Identifier: MIT */
/*
 * A host that lies (B26): what it puts into the memory it shares with the guest
 * is changed before the guest runs. The guest answers, refuses with an error,
 * or aborts cleanly; it never faults, and its data is as before.
 *
 * The changes are made by a transport put between the library and the shared
 * memory, for which its tests alone look inside the library's structures.
 * Included once by each of hostile_host.c and hostile_host_virtq.c.
 */
#ifndef HL_LIAR_H
#define HL_LIAR_H

#include <sys/mman.h>

#include "sandbox.h"
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;

/* What is done to the memory: exclusive or of a byte, or a new word. */
static struct {
    /* Where offsets count from. */
    uint8_t *(*base)(struct hl_channel *channel);
    bool in_reply; /* after the host's reply, else after its call */
    int64_t byte;  /* -1: none */
    uint8_t flip;
    int64_t word; /* -1: none */
    size_t width; /* of the word, in bytes */
    uint64_t value;
} lie;

/* The call that is lied about. */
static struct {
    const char *name;
    hl_value args[2];
    uint32_t count;
    enum hl_type returns;
} lied_call;

static const struct hl_transport_ops *honest;
static unsigned refusals; /* the guest noticed the lie */

static void tell_lie(struct hl_channel *channel)
{
    if (lie.byte >= 0)
        lie.base(channel)[lie.byte] ^= lie.flip;
    if (lie.word >= 0)
        memcpy(lie.base(channel) + lie.word, &lie.value, lie.width);
}

static hl_status lying_call(struct hl_channel *channel,
                            const struct hl_wire_call *call, size_t *size,
                            hl_error *error)
{
    const hl_status status = honest->send_call(channel, call, size, error);

    if (!lie.in_reply)
        tell_lie(channel);
    return status;
}

static hl_status lying_reply(struct hl_channel *channel,
                             const struct hl_wire_result *reply, size_t *size,
                             hl_error *error)
{
    const hl_status status = honest->send_reply(channel, reply, size, error);

    if (lie.in_reply)
        tell_lie(channel);
    return status;
}

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    return a + b;
}

static void be_honest(void)
{
    lie.byte = -1;
    lie.word = -1;
    lie.width = sizeof(lie.value);
}

static void two_numbers(const char *name)
{
    lied_call.name = name;
    lied_call.args[0] = (hl_value){.type = HL_TYPE_INT, .as.i32 = 40};
    lied_call.args[1] = (hl_value){.type = HL_TYPE_INT, .as.i32 = 2};
    lied_call.count = 2;
    lied_call.returns = HL_TYPE_INT;
}

static int liar_up(void **state)
{
    static struct hl_transport_ops lying;

    (void)state;
    be_honest();
    lie.in_reply = false;
    refusals = 0;
    two_numbers("add");
    image = image_open("core");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostAdd, NULL);
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    honest = sandbox->channel.ops;
    lying = *honest;
    lying.send_call = lying_call;
    lying.send_reply = lying_reply;
    sandbox->channel.ops = &lying;
    return 0;
}

static int liar_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

/*
 * RESULT_TYPE: the lie made it a call of another function. On the virtqueues
 * it may also have made it a checkpoint, or a call of another number: the
 * host gets what it asked for.
 */
static bool may_end_so(hl_status status)
{
    return status == HL_OK || status == HL_FAIL_GUEST ||
           status == HL_FAIL_ABORT || status == HL_FAIL_RESULT_TYPE ||
           (test_abi == HL_ABI_VIRTQ &&
            (status == HL_FAIL_NO_RESULT ||
             (status == HL_FAIL_PROTOCOL &&
              strstr(test_error.message, "correlation id") != NULL)));
}

/*
 * The transport as sandboxes find it by themselves, to be changed for a lie
 * that is told while they start.
 */
static inline struct hl_transport_ops *transport_of_all(void)
{
    const uintptr_t at = (uintptr_t)honest;
    const uintptr_t page = at & ~(uintptr_t)4095;

    assert_int_equal(mprotect((void *)page, at + sizeof(*honest) - page,
                              PROT_READ | PROT_WRITE),
                     0);
    return (struct hl_transport_ops *)at;
}

/* A sandbox that is lied to as it starts: it runs, or says that the buffers or
 * queues are not good. */
static void start_lied_to(const char *words, uint64_t at, uint64_t value)
{
    hl_sandbox *other = NULL;
    hl_status status;

    memset(&test_error, 0, sizeof(test_error));
    status = hl_sandbox_open(&other, image, config, &test_error);
    if (status != HL_OK && strstr(test_error.message, words) == NULL)
        fail_msg("word %llx = %llx: %d %s", (unsigned long long)at,
                 (unsigned long long)value, status, test_error.message);
    refusals += status != HL_OK;
    hl_sandbox_close(other);
}

/* The call under the lie. */
static void lied_to(void)
{
    hl_value result = {0};
    hl_status status;
    int32_t count;

    memset(&test_error, 0, sizeof(test_error));
    status = hl_sandbox_call(sandbox, lied_call.name, strlen(lied_call.name),
                             lied_call.args, lied_call.count, lied_call.returns,
                             &result, &test_error);
    if (!may_end_so(status))
        fail_msg("byte %lld ^ %02x, word %lld = %llx: %d %s",
                 (long long)lie.byte, lie.flip, (long long)lie.word,
                 (unsigned long long)lie.value, status, test_error.message);
    refusals += status != HL_OK;
    be_honest();
    if (hl_sandbox_is_poisoned(sandbox))
        snapshot_apply(sandbox, fresh);
    /* count is in .data: 1 unless something has written there */
    assert_status(call_int(sandbox, "next", &count), HL_OK);
    assert_int_equal(count, 1);
    snapshot_apply(sandbox, fresh);
}

/* Each byte in [from, to), changed in several ways. */
static void flip_bytes(int64_t from, int64_t to)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xFF, 0x04, 0x10};
    const size_t ways = test_is_kvm ? 1 : COUNT_OF(flips);

    for (int64_t at = from; at < to; at++) {
        for (size_t i = 0; i < ways; i++) {
            lie.byte = at;
            lie.flip = flips[i];
            lied_to();
        }
    }
}

/* A word of width bytes, replaced by ones at the edges of things. */
static void set_words(int64_t word, size_t width)
{
    static const uint64_t values[] = {
        0,       1,          7,          9,          15,     16,    0x10000,
        0x10001, 0x7FFFFFFF, 0xFFFFFFFF, 1ull << 63, ~15ull, ~7ull, ~0ull};

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        lie.word = word;
        lie.width = width;
        lie.value = values[i];
        lied_to();
    }
}

#endif /* HL_LIAR_H */
