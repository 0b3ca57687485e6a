/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B26 P6.3
 *
 * Any bytes, and messages of upstream's host with bytes changed, as what the
 * guest reads (sdk/lib/read_quick.c). B1, P6.3: what the quick reader takes
 * without the rules, the rules take with the same values. B26: it reads no
 * byte in front of the message, and behind it only what every buffer has there.
 *
 * max_len: 160
 */
#include "wire_fuzz.h"
#include "upstream_messages.h"
#include "quick_reader.h"

static bool asked;

enum hl_wire_error rules_call(const void *message, size_t size, bool external,
                              struct hl_wire_call *out)
{
    (void)message, (void)size, (void)external, (void)out;
    asked = true;
    return HL_WIRE_OK;
}

enum hl_wire_error rules_result(const void *message, size_t size, bool external,
                                struct hl_wire_result *out)
{
    (void)message, (void)size, (void)external, (void)out;
    asked = true;
    return HL_WIRE_OK;
}

static void call_check(const uint8_t *message, size_t size, bool external)
{
    static struct hl_wire_call quick, rules;

    asked = false;
    FUZZ_CHECK(quick_call(message, size, external, &quick) == HL_WIRE_OK);
    if (asked)
        return;
    FUZZ_CHECK(hl_wire_call_verify(message, size, external, &rules) ==
               HL_WIRE_OK);
    FUZZ_CHECK(fuzz_string_good(message, size, quick.name));
    FUZZ_CHECK(fuzz_calls_equal(&quick, &rules));
}

static void result_check(const uint8_t *message, size_t size, bool external)
{
    struct hl_wire_result quick, rules;

    asked = false;
    FUZZ_CHECK(quick_result(message, size, external, &quick) == HL_WIRE_OK);
    if (asked)
        return;
    FUZZ_CHECK(hl_wire_result_verify(message, size, external, &rules) ==
               HL_WIRE_OK);
    FUZZ_CHECK(fuzz_results_equal(&quick, &rules));
}

static const struct {
    const uint8_t *bytes;
    size_t size;
} bases[] = {
    {call_bare, sizeof(call_bare)},     {call_two, sizeof(call_two)},
    {call_zero, sizeof(call_zero)},     {call_all, sizeof(call_all)},
    {call_host, sizeof(call_host)},     {result_int, sizeof(result_int)},
    {result_long, sizeof(result_long)}, {result_text, sizeof(result_text)},
    {result_bool, sizeof(result_bool)},
};
enum { BASE_COUNT = sizeof(bases) / sizeof(bases[0]) };

/* Slots of parameters, of which there are at most 11, may be read behind a
 * message before one of them is found to lead nowhere. */
#define BEHIND  (4 * HL_WIRE_ARGS_MAX + 8)
#define LARGEST 512

/*
 * The first byte chooses: a base message, changed by what follows, two bytes a
 * change; else what follows is the message, its size prefix made right.
 */
static size_t message_make(uint8_t *message, const uint8_t *data, size_t size)
{
    const uint8_t which = data[0];
    size_t length = size - 1;
    uint32_t prefix;

    if (which < 8 * BASE_COUNT) {
        length = bases[which % BASE_COUNT].size;
        memcpy(message, bases[which % BASE_COUNT].bytes, length);
        for (size_t i = 1; i + 1 < size; i += 2)
            message[data[i] % length] = data[i + 1];
        return length;
    }
    memcpy(message, data + 1, length);
    prefix = (uint32_t)(length - 4);
    if (length >= 4)
        memcpy(message, &prefix, sizeof(prefix));
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[64 + LARGEST + BEHIND + 64] __attribute__((aligned(8)));
    uint8_t *message = room + 64;
    size_t length, behind;

    if (size < 2 || size > LARGEST)
        return 0;
    ASAN_UNPOISON_MEMORY_REGION(room, sizeof(room));
    length = message_make(message, data, size);
    memset(message + length, data[1], BEHIND);
    behind = (length + BEHIND + 7) / 8 * 8;
    ASAN_POISON_MEMORY_REGION(room, 64);
    ASAN_POISON_MEMORY_REGION(message + behind, LARGEST + BEHIND - behind);
    call_check(message, length, data[0] & 1);
    result_check(message, length, data[0] & 1);
    return 0;
}
