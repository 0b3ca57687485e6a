/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P4.1 P4.2 P5.1 P6.1 P6.2 P6.3 P6.4 P6.5 B1 B7 B8 B12 B22
 *
 * Host-call dispatch: calls made from the input (granted names and near
 * misses, right and wrong types) and then damaged. A table of its own says
 * whether a handler may be entered, and which: P4.1 P4.2 only by its exact
 * name, P6.1 P6.5 only with exactly its types, P5.1 only during a call. P6.2:
 * it sees what the rules read from the message. P6.4: no call that is not
 * marked as one to the host. B12: everything else is an error reply with code
 * 17, and no failure of the run. B7: nothing is allocated. B22: the budget
 * holds.
 *
 * max_len: 64
 */
#include <sanitizer/asan_interface.h>

#include "sandbox.h"
#include "support/allocations.h"
#include "support/check.h"
#include "wire/view.h"

#define MESSAGE_MAX 1024

static unsigned entered;
static const hl_provided *entered_as;
static const hl_value *seen;
static bool handler_fails;

static void note(const hl_provided *as, hl_host_call *call)
{
    entered++;
    entered_as = as;
    if (handler_fails)
        hl_call_fail(call, HL_ERR_HOST, "as asked");
}

HL_PROVIDE(void, nop)
{
    note(&hl_provided_nop, call);
}

HL_PROVIDE(int32_t, add, (int32_t, a), (int32_t, b))
{
    note(&hl_provided_add, call);
    FUZZ_CHECK(a == seen[0].as.i32 && b == seen[1].as.i32);
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

HL_PROVIDE(hl_string, text, (const char *, c), (hl_string, s))
{
    note(&hl_provided_text, call);
    FUZZ_CHECK(strlen(c) == seen[0].as.string.len);
    FUZZ_CHECK(c == seen[0].as.string.data && s.data == seen[1].as.string.data);
    FUZZ_CHECK(s.len == seen[1].as.string.len && s.data[s.len] == '\0');
    FUZZ_CHECK(hl_wire_utf8_valid(s.data, s.len));
    return s;
}

HL_PROVIDE(hl_bytes, blob, (hl_bytes, b), (bool, flag))
{
    note(&hl_provided_blob, call);
    FUZZ_CHECK(b.len == seen[0].as.bytes.len && flag == seen[1].as.boolean);
    FUZZ_CHECK(b.len == 0 || b.data == seen[0].as.bytes.data);
    return b;
}

HL_PROVIDE(double, wide, (int64_t, a), (uint64_t, b), (float, f), (double, d),
           (uint32_t, u))
{
    note(&hl_provided_wide, call);
    FUZZ_CHECK(a == seen[0].as.i64 && b == seen[1].as.u64);
    FUZZ_CHECK(memcmp(&f, &seen[2].as.f32, 4) == 0 &&
               memcmp(&d, &seen[3].as.f64, 8) == 0 && u == seen[4].as.u32);
    return d;
}

HL_PROVIDE(uint64_t, nops, (uint32_t, u))
{
    note(&hl_provided_nops, call);
    FUZZ_CHECK(u == seen[0].as.u32);
    return u;
}

/* What each may be called with, written down by hand: not HL_PROVIDE's own. */
static const struct {
    const hl_provided *provided;
    const char *name;
    uint8_t returns, count, types[5];
    bool cstr; /* argument 0 may hold no NUL */
} table[] = {
    {&hl_provided_nop, "nop", HL_TYPE_VOID, 0, {0}, false},
    {&hl_provided_add,
     "add",
     HL_TYPE_INT,
     2,
     {HL_TYPE_INT, HL_TYPE_INT},
     false},
    {&hl_provided_text,
     "text",
     HL_TYPE_STRING,
     2,
     {HL_TYPE_STRING, HL_TYPE_STRING},
     true},
    {&hl_provided_blob,
     "blob",
     HL_TYPE_BYTES,
     2,
     {HL_TYPE_BYTES, HL_TYPE_BOOL},
     false},
    {&hl_provided_wide,
     "wide",
     HL_TYPE_DOUBLE,
     5,
     {HL_TYPE_LONG, HL_TYPE_ULONG, HL_TYPE_FLOAT, HL_TYPE_DOUBLE, HL_TYPE_UINT},
     false},
    {&hl_provided_nops, "nops", HL_TYPE_ULONG, 1, {HL_TYPE_UINT}, false},
};
#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

/* The grant that must be entered for this call, or NULL. */
static const hl_provided *model(const struct hl_wire_call *wire, bool allowed)
{
    for (size_t i = 0; allowed && i < TABLE_COUNT; i++) {
        bool good =
            wire->name.len == strlen(table[i].name) &&
            memcmp(wire->name.data, table[i].name, wire->name.len) == 0 &&
            wire->count == table[i].count && wire->returns == table[i].returns;

        for (size_t n = 0; good && n < table[i].count; n++)
            good = wire->args[n].type == table[i].types[n];
        if (good && table[i].cstr)
            good = memchr(wire->args[0].as.string.data, 0,
                          wire->args[0].as.string.len) == NULL;
        if (good)
            return table[i].provided;
    }
    return NULL;
}

/* ---- A channel that only takes replies ---------------------------------- */

static struct hl_wire_result replied;
static char replied_text[600];
static unsigned replies;

static hl_status reply_take(struct hl_channel *channel,
                            const struct hl_wire_result *reply, size_t *size,
                            hl_error *error)
{
    (void)channel;
    (void)error;
    replies++;
    replied = *reply;
    if (reply->is_error) {
        FUZZ_CHECK(reply->message.len < sizeof(replied_text));
        FUZZ_CHECK(hl_wire_utf8_valid(reply->message.data, reply->message.len));
        memcpy(replied_text, reply->message.data, reply->message.len);
    }
    *size = 0;
    return HL_OK;
}

static const struct hl_transport_ops channel_ops = {
    .name = "fuzz",
    .codec = {hl_wire_decode_call, hl_wire_decode_result},
    .send_reply = reply_take,
};

static struct hl_config *config;
static struct hl_sandbox sandbox;

static void sandbox_open(void)
{
    config = hl_config_new(HL_PRESET_HLKIT);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        FUZZ_CHECK(hl_config_grant(config, table[i].provided, NULL) == HL_OK);
    sandbox.config = config;
    sandbox.channel.ops = &channel_ops;
    fuzz_allocations_watch();
}

/* ---- Calls from the input ----------------------------------------------- */

static hl_value value_make(struct fuzz_source *source, uint32_t type)
{
    static const uint8_t widths[] = {0, 4, 4, 8, 8, 4, 8, 0, 1, 0, 0};
    hl_value value = {.type = type};
    size_t len;
    const uint8_t *bytes;

    if (type != HL_TYPE_STRING && type != HL_TYPE_BYTES) {
        value.as.u64 = fuzz_take(source, widths[type]);
        if (type == HL_TYPE_BOOL)
            value.as.u64 &= 1;
        return value;
    }
    bytes = fuzz_take_bytes(source, 40, &len);
    value.as.bytes = (hl_bytes){bytes, len};
    return value;
}

static hl_string name_make(struct fuzz_source *source, size_t *which)
{
    static const hl_string near[] = {
        {"", 0},      {"Add", 3},   {"ad", 2},    {"add ", 4},
        {"add\0", 4}, {"nop\0", 4}, {"texts", 5}, {"HostPrint", 9},
        {"blo", 3},   {"wid\0", 4}, {"nopss", 5}};
    const uint64_t n = fuzz_take(source, 1);
    size_t len;
    const uint8_t *bytes;

    *which = n % TABLE_COUNT;
    if (n < 200)
        return (hl_string){table[*which].name, strlen(table[*which].name)};
    if (n < 240)
        return near[n % (sizeof(near) / sizeof(near[0]))];
    bytes = fuzz_take_bytes(source, 80, &len);
    return (hl_string){(const char *)bytes, len};
}

/* The granted function's own call, with what the input changes of it. */
static size_t call_make(struct fuzz_source *source, uint8_t *message)
{
    static struct hl_wire_call wire;
    size_t which, size = 0;
    uint64_t change;

    wire.name = name_make(source, &which);
    change = fuzz_take(source, 1);
    wire.kind = change & 1 ? (uint8_t)(1 + (change >> 1 & 1)) : 2;
    wire.returns = change & 4 ? (uint8_t)(1 + fuzz_take(source, 1) % 10)
                              : table[which].returns;
    wire.count =
        change & 8 ? (uint32_t)(fuzz_take(source, 1) % 13) : table[which].count;
    for (uint32_t i = 0; i < wire.count; i++) {
        uint32_t type = i < 5 && table[which].types[i] != 0
                            ? table[which].types[i]
                            : HL_TYPE_INT;

        if (change & 16)
            type = 1 + (uint32_t)(fuzz_take(source, 1) % HL_TYPE_BYTES);
        wire.args[i] = value_make(source, type);
    }
    if (hl_wire_encode_call(&wire, message, MESSAGE_MAX, &size) != HL_WIRE_OK)
        return 0;
    for (uint64_t n = change >> 5; n > 0; n--)
        message[fuzz_take(source, 2) % size] ^= (uint8_t)fuzz_take(source, 1);
    return size;
}

static void replied_check(const hl_provided *expected)
{
    FUZZ_CHECK(replies == 1);
    FUZZ_CHECK(replied.is_error == (expected == NULL || handler_fails));
    if (replied.is_error)
        FUZZ_CHECK(replied.code == HL_ERR_HOST && replied.message.len != 0);
    else
        FUZZ_CHECK(expected != NULL &&
                   replied.value.type ==
                       (uint32_t)hl_signature_return(expected->signature));
}

static void dispatch(const uint8_t *data, size_t size, bool allowed)
{
    static struct hl_wire_call wire;
    const struct hl_message message = {HL_MESSAGE_CALL, data, size};
    const hl_provided *expected = NULL;
    const uint64_t used = sandbox.used[HL_LIMIT_HOST_CALLS];
    hl_status status;

    /* What a handler is to see: by the rules, not by the quick reader. */
    const bool good =
        hl_wire_call_verify(data, size, false, &wire) == HL_WIRE_OK &&
        wire.kind == HL_WIRE_CALL_HOST && sandbox.phase != HL_PHASE_CHECKPOINT;
    const bool in_budget = used < config->limits[HL_LIMIT_HOST_CALLS];

    seen = wire.args;
    entered = replies = 0;
    entered_as = NULL;
    fuzz_allocated = 0;
    status = sandbox_host_call(&sandbox, &message, NULL);
    FUZZ_CHECK(fuzz_allocated == 0);
    if (!good || !in_budget) {
        FUZZ_CHECK(status == (good ? HL_FAIL_BUDGET : HL_FAIL_PROTOCOL));
        FUZZ_CHECK(entered == 0 && replies == 0);
        FUZZ_CHECK(sandbox.used[HL_LIMIT_HOST_CALLS] == used);
        return;
    }
    expected = model(&wire, allowed);
    FUZZ_CHECK(status == HL_OK && entered == (expected != NULL));
    FUZZ_CHECK(entered_as == expected);
    FUZZ_CHECK(sandbox.used[HL_LIMIT_HOST_CALLS] == used + 1);
    replied_check(expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The sanitizer lets nobody touch a byte around the message. */
    static uint8_t room[MESSAGE_MAX + 128] __attribute__((aligned(8)));
    uint8_t *const message = room + 64;
    struct fuzz_source source = {data, size};
    uint64_t mode;
    size_t len;

    if (config == NULL)
        sandbox_open();
    mode = fuzz_take(&source, 1);
    sandbox.phase = mode & 3 ? HL_PHASE_CALL : (enum hl_phase)(mode >> 2 & 3);
    config->allow_startup_calls = (mode & 16) != 0;
    handler_fails = (mode & 32) != 0;
    config->limits[HL_LIMIT_HOST_CALLS] = mode & 64 ? 1 : 1000;
    sandbox.used[HL_LIMIT_HOST_CALLS] = mode >> 7;
    len = call_make(&source, message);
    ASAN_POISON_MEMORY_REGION(room, 64);
    ASAN_POISON_MEMORY_REGION(message + len / 8 * 8, 64);
    ASAN_UNPOISON_MEMORY_REGION(message, len);
    dispatch(message, len,
             sandbox.phase == HL_PHASE_CALL || config->allow_startup_calls);
    ASAN_UNPOISON_MEMORY_REGION(message, MESSAGE_MAX);
    return 0;
}
