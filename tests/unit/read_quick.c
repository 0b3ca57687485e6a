/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B26 P6.3 */
/*
 * The guest's quick reader of upstream's layouts (sdk/lib/read_quick.c): it
 * takes upstream's messages without asking the rules, and whatever it takes
 * the rules take with the same values.
 */
#include <stdlib.h>

#include "wire_support.h"
#include "upstream_messages.h"
#include "quick_reader.h"

static unsigned asked;

enum hl_wire_error rules_call(const void *message, size_t size, bool external,
                              struct hl_wire_call *out)
{
    asked++;
    return hl_wire_call_verify(message, size, external, out);
}

enum hl_wire_error rules_result(const void *message, size_t size, bool external,
                                struct hl_wire_result *out)
{
    asked++;
    return hl_wire_result_verify(message, size, external, out);
}

/* Seven bytes may be read behind a message (transport.h). */
#define BEHIND 8

static uint8_t room[512 + BEHIND] __attribute__((aligned(8)));

/* Both ways for the message in room; was the quick one enough? */
static bool call_same(size_t size, bool external)
{
    struct hl_wire_call quick, rules;
    enum hl_wire_error error;

    asked = 0;
    error = quick_call(room, size, external, &quick);
    if (asked != 0)
        return false;
    assert_int_equal(error, HL_WIRE_OK);
    assert_int_equal(hl_wire_call_verify(room, size, external, &rules),
                     HL_WIRE_OK);
    assert_true(wire_calls_equal(&quick, &rules));
    assert_ptr_equal(quick.name.data, rules.name.data);
    return true;
}

static bool result_same(size_t size, bool external)
{
    struct hl_wire_result quick, rules;
    enum hl_wire_error error;

    asked = 0;
    error = quick_result(room, size, external, &quick);
    if (asked != 0)
        return false;
    assert_int_equal(error, HL_WIRE_OK);
    assert_int_equal(hl_wire_result_verify(room, size, external, &rules),
                     HL_WIRE_OK);
    assert_true(wire_results_equal(&quick, &rules));
    assert_int_equal(quick.code, rules.code);
    return true;
}

static const struct sample {
    const uint8_t *bytes;
    size_t size;
    bool (*same)(size_t size, bool external);
} samples[] = {
    {call_bare, sizeof(call_bare), call_same},
    {call_two, sizeof(call_two), call_same},
    {call_zero, sizeof(call_zero), call_same},
    {call_all, sizeof(call_all), call_same},
    {call_host, sizeof(call_host), call_same},
    {result_int, sizeof(result_int), result_same},
    {result_long, sizeof(result_long), result_same},
    {result_text, sizeof(result_text), result_same},
    {result_bool, sizeof(result_bool), result_same},
};

static void sample_put(const struct sample *sample)
{
    memcpy(room, sample->bytes, sample->size);
    memset(room + sample->size, 0xFF, BEHIND);
}

static void P6_3_upstreams_messages_are_read_quickly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        sample_put(&samples[i]);
        assert_true(samples[i].same(samples[i].size, false));
        /* with byte values inside it is not generation C's */
        assert_int_equal(samples[i].same(samples[i].size, true),
                         samples[i].bytes != call_all);
    }
}

/* Each byte changed in each way; most of it is refused, none wrongly taken. */
static void B1_what_is_taken_quickly_the_rules_take(void **state)
{
    unsigned taken = 0, left = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++)
        for (size_t at = 0; at < samples[i].size; at++)
            for (unsigned change = 1; change < 256; change++) {
                sample_put(&samples[i]);
                room[at] = (uint8_t)(room[at] + change);
                if (samples[i].same(samples[i].size, change & 1))
                    taken++;
                else
                    left++;
            }
    assert_true(taken > 1000); /* values and names */
    assert_true(left > 1000);
}

static void B1_also_with_several_changes(void **state)
{
    static const uint8_t likely[] = {0, 1, 2, 3, 4, 6, 7, 8, 12, 16, 0xFF};
    unsigned seed = 1;

    (void)state;
    for (unsigned i = 0; i < 400000; i++) {
        const struct sample *sample = &samples[i % COUNT_OF(samples)];

        sample_put(sample);
        for (unsigned n = i % 3; n < 3; n++) {
            size_t at = (size_t)rand_r(&seed) % sample->size;

            if (rand_r(&seed) & 1)
                room[at] = likely[(size_t)rand_r(&seed) % sizeof(likely)];
            else
                room[at] = (uint8_t)(room[at] + 4 * (rand_r(&seed) % 9) - 16);
        }
        sample->same(sample->size, false);
    }
}

/* A vtable that is what it should be, save where it lies. */
static void P6_3_vtables_have_even_positions(void **state)
{
    const size_t size = sizeof(result_int), table = 4 + result_int[4];

    (void)state;
    for (size_t at = size; at < size + 4; at++) {
        const uint32_t prefix = (uint32_t)size + 16 - 4;
        const int32_t back = (int32_t)table - (int32_t)at;

        sample_put(&samples[5]);
        memset(room + size, 0, 16 + BEHIND);
        memcpy(room + at, room + table - room[table], 8);
        memcpy(room, &prefix, sizeof(prefix));
        memcpy(room + table, &back, sizeof(back));
        assert_int_equal(result_same(size + 16, false), at % 2 == 0);
    }
}

/* Cut anywhere, with and without a size prefix that knows. */
static void B1_cut_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++)
        for (size_t size = 0; size < samples[i].size; size++) {
            const uint32_t prefix = (uint32_t)size - 4;

            sample_put(&samples[i]);
            assert_false(samples[i].same(size, false));
            memcpy(room, &prefix, sizeof(prefix));
            samples[i].same(size, false);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P6_3_upstreams_messages_are_read_quickly),
        cmocka_unit_test(B1_what_is_taken_quickly_the_rules_take),
        cmocka_unit_test(B1_also_with_several_changes),
        cmocka_unit_test(P6_3_vtables_have_even_positions),
        cmocka_unit_test(B1_cut_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
