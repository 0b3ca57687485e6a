/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B2 B3 B4 B5 B6 B9 B10 B11
 *
 * Any bytes as generation B's I/O stacks, while the host receives, sends and
 * ends calls. A model in wide arithmetic says what must come of each:
 * B3 B4 B5: a stack pointer, size prefix or back-pointer outside is refused by
 * name and, B1, nothing is changed; what is accepted is the bytes between, in
 * the host's own copy. B2: no shared byte is read twice in one operation.
 * B9 B10: an end of a call leaves both stacks empty and zero, and says if
 * something was there. B11: a reply that does not fit changes nothing below
 * the stack pointer. B6: no byte outside the buffers is touched (poisoned).
 *
 * max_len: 64
 */
#include <sanitizer/asan_interface.h>

#include "layout.h"
#include "support/check.h"
#include "support/touch.h"

enum { INPUT = 256, OUTPUT = 384, BOTH = INPUT + OUTPUT, GUARD = 256 };

static uint8_t room[BOTH + 2 * GUARD] __attribute__((aligned(64)));
static uint8_t *const shared = room + GUARD;
static uint8_t *const output = room + GUARD + INPUT;
static uint8_t before[BOTH];
static const uint8_t nothing[BOTH];
static struct hl_channel channel;
static const struct hl_transport_ops *const ops = &hl_transport_stack;

static uint64_t load64(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint32_t load32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static void channel_open(void)
{
    const struct hl_layout layout = {
        .input_size = INPUT, .output_size = OUTPUT, .transport = ops};

    FUZZ_CHECK(ops->open(&channel, &layout, shared, NULL) == HL_OK);
    ASAN_POISON_MEMORY_REGION(room, GUARD);
    ASAN_POISON_MEMORY_REGION(room + GUARD + BOTH, GUARD);
}

/* By words, and unwatched: these run several times an input. */
#define UNWATCHED __attribute__((no_sanitize("address", "undefined")))

UNWATCHED static bool words_equal(const uint8_t *a, const uint8_t *b,
                                  size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t left, right;

        __builtin_memcpy(&left, a + i, 8);
        __builtin_memcpy(&right, b + i, 8);
        if (left != right)
            return false;
    }
    return true;
}

UNWATCHED static void words_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word;

        __builtin_memcpy(&word, from + i, 8);
        __builtin_memcpy(to + i, &word, 8);
    }
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    return words_equal(bytes, nothing, len);
}

/* ---- What the guest did ------------------------------------------------- */

/* An element of any bytes, pushed as it should be. */
static void push(struct fuzz_source *source)
{
    const uint64_t sp = load64(output);
    const uint32_t most = 64;
    uint32_t prefix;
    size_t len;
    const uint8_t *bytes = fuzz_take_bytes(source, most, &len);

    if (sp < 8 || sp > OUTPUT - 4 - most - 8)
        return;
    prefix = (uint32_t)len;
    memcpy(output + sp, &prefix, sizeof(prefix));
    memcpy(output + sp + 4, bytes, len);
    memcpy(output + sp + 4 + len, &sp, sizeof(sp));
    prefix += 12;
    memcpy(output, &(uint64_t){sp + prefix}, 8);
}

/* One of the words that matter, or any. */
static void corrupt(struct fuzz_source *source)
{
    const uint64_t what = fuzz_take(source, 1);
    const uint64_t value = fuzz_take_edge(source);
    const uint64_t sp = load64(output);

    switch (what % 5) {
    case 0:
        memcpy(output, &value, 8);
        break;
    case 1:
        if (sp >= 8 && sp <= OUTPUT)
            memcpy(output + sp - 8, &value, 8);
        break;
    case 2:
        if (sp >= 16 && sp <= OUTPUT && load64(output + sp - 8) <= OUTPUT - 4)
            memcpy(output + load64(output + sp - 8), &value, 4);
        break;
    case 3:
        memcpy(shared, &value, 8);
        break;
    default:
        memcpy(shared + fuzz_take(source, 2) % (BOTH - 8), &value, 8);
    }
}

/* ---- What the host does, and what must come of it ----------------------- */

enum expected { EMPTY, REFUSED, TAKEN };

/* The rules of abi §5.3 on a copy; *start and *length of what is taken. */
static enum expected receive_model(uint64_t *start, uint64_t *length)
{
    const uint8_t *copy = before + INPUT;
    const unsigned __int128 sp = load64(copy);
    unsigned __int128 back, size;

    if (sp == 8)
        return EMPTY;
    if (sp < 16 || sp > OUTPUT)
        return REFUSED;
    back = load64(copy + (size_t)sp - 8);
    if (back < 8 || back + 16 > sp)
        return REFUSED;
    size = (unsigned __int128)load32(copy + (size_t)back) + 4;
    if (back + size + 8 > sp)
        return REFUSED;
    *start = (uint64_t)back;
    *length = (uint64_t)size;
    return TAKEN;
}

static void receive(void)
{
    struct hl_message message = {0};
    uint64_t start = 0, length = 0;
    enum expected expected;
    hl_status status;
    bool empty;

    words_copy(before, shared, BOTH);
    expected = receive_model(&start, &length);
    touch_begin(shared, BOTH, 1);
    status = ops->receive(&channel, &message, &empty, NULL);
    touch_end();
    FUZZ_CHECK(empty == (expected == EMPTY));
    FUZZ_CHECK(status == (expected == TAKEN ? HL_OK : HL_FAIL_PROTOCOL));
    if (expected == TAKEN) {
        const uint64_t sp = load64(before + INPUT);

        FUZZ_CHECK(message.data == channel.copy && message.size == length);
        FUZZ_CHECK(memcmp(message.data, before + INPUT + start, length) == 0);
        memset(before + INPUT + start, 0, sp - start);
        memcpy(before + INPUT, &start, 8);
    }
    FUZZ_CHECK(words_equal(before, shared, BOTH));
}

static void reply(struct fuzz_source *source)
{
    static const char text[INPUT];
    const struct hl_wire_result result = {
        .value = {.type = HL_TYPE_STRING,
                  .as.string = {text, fuzz_take(source, 1) * 2}}};
    const uint64_t sp = load64(shared);
    size_t size = 0;
    hl_status status;

    words_copy(before, shared, BOTH);
    touch_begin(shared, BOTH, 1);
    status = ops->send_reply(&channel, &result, &size, NULL);
    touch_end();
    if (sp < 8 || sp > INPUT) {
        FUZZ_CHECK(status == HL_FAIL_PROTOCOL);
        FUZZ_CHECK(words_equal(before, shared, BOTH));
        return;
    }
    FUZZ_CHECK(status == HL_OK || status == HL_FAIL_TOO_BIG);
    FUZZ_CHECK(memcmp(before + 8, shared + 8, sp - 8) == 0);
    FUZZ_CHECK(words_equal(before + INPUT, output, OUTPUT));
    if (status == HL_FAIL_TOO_BIG) {
        FUZZ_CHECK(load64(shared) == sp);
        return;
    }
    FUZZ_CHECK(size <= INPUT - sp - 8 && load64(shared) == sp + size + 8);
    FUZZ_CHECK(load64(shared + sp + size) == sp);
    FUZZ_CHECK(load32(shared + sp) + 4 == size);
}

static void call(struct fuzz_source *source)
{
    static const uint8_t bytes[INPUT];
    const struct hl_wire_call wire = {
        .name = {"f", 1},
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_INT,
        .count = 1,
        .args = {{.type = HL_TYPE_BYTES,
                  .as.bytes = {bytes, fuzz_take(source, 1) * 2}}}};
    size_t size;
    hl_status status;

    words_copy(before, shared, BOTH);
    touch_begin(shared, BOTH, 0); /* nothing of the guest's is needed */
    status = ops->send_call(&channel, &wire, &size, NULL);
    touch_end();
    FUZZ_CHECK(status == HL_OK || status == HL_FAIL_TOO_BIG);
    FUZZ_CHECK(words_equal(before + INPUT, output, OUTPUT));
    if (status == HL_OK)
        FUZZ_CHECK(load64(shared) == size + 16 &&
                   load64(shared + 8 + size) == 8);
}

static void finish(void)
{
    const bool clean = load64(output) == HL_STACK_EMPTY;
    hl_status status;

    words_copy(before, shared, BOTH);
    touch_begin(shared, BOTH, 1);
    status = ops->finish(&channel, NULL);
    touch_end();
    FUZZ_CHECK(status == (clean ? HL_OK : HL_FAIL_PROTOCOL));
    FUZZ_CHECK(load64(shared) == HL_STACK_EMPTY &&
               load64(output) == HL_STACK_EMPTY);
    if (clean)
        FUZZ_CHECK(words_equal(before + INPUT, output, OUTPUT));
    else
        FUZZ_CHECK(all_zero(output + 8, OUTPUT - 8));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_source source = {data, size};

    if (channel.ops == NULL)
        channel_open();
    words_copy(shared, nothing, BOTH);
    ops->reset(&channel);
    while (source.left != 0) {
        switch (fuzz_take(&source, 1) % 8) {
        case 0:
        case 1:
            push(&source);
            break;
        case 2:
        case 3:
            corrupt(&source);
            break;
        case 4:
            receive();
            break;
        case 5:
            reply(&source);
            break;
        case 6:
            call(&source);
            break;
        default:
            finish();
        }
    }
    return 0;
}
