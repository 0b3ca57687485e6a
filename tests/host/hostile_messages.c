/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 B14 P6.1 P6.3 */
/* Messages that are damaged, confused or blown up: each ends as a named error
 * or a value. */
#include "messages.h"

static void B1_P6_1_calls_with_any_byte_changed(void **state)
{
    static const uint8_t flips[] = {0x01, 0x03, 0x04, 0x80, 0xFF};
    const size_t size = mixed_encode();

    (void)state;
    ask(size);
    assert_int_equal(entered, 1);
    for (size_t at = 0; at < size; at++) {
        for (size_t i = test_is_kvm ? 4 : 0; i < COUNT_OF(flips); i++) {
            bytes[at] ^= flips[i];
            ask(size);
            bytes[at] ^= flips[i];
        }
    }
}

/* Every offset at every edge: all 32-bit words, the values that wrap. */
static void B1_P6_1_calls_with_any_word_replaced(void **state)
{
    static const uint32_t words[] = {0,          4,          0x7FFFFFFF,
                                     0x80000000, 0xFFFFFFF8, 0xFFFFFFFC,
                                     0xFFFFFFFD, 0xFFFFFFFF};
    const size_t size = mixed_encode();

    (void)state;
    for (size_t at = 0; at + 4 <= size; at += 4) {
        for (size_t i = test_is_kvm ? 5 : 0; i < COUNT_OF(words); i++) {
            uint32_t before;

            memcpy(&before, bytes + at, 4);
            memcpy(bytes + at, &words[i], 4);
            ask(size);
            memcpy(bytes + at, &before, 4);
        }
    }
}

static void B1_calls_cut_short(void **state)
{
    const size_t size = mixed_encode();

    (void)state;
    for (size_t cut = 8; cut < size; cut += test_is_kvm ? 7 : 1)
        ask(cut);
}

/* P6.3 on a real VM: a tag that is not that of its value. */
static void P6_3_union_confusion(void **state)
{
    struct hl_wire_call call = call_of("HostInc", 7);
    const size_t size = encode(&call);

    (void)state;
    for (size_t at = 0; at < size; at++) {
        if (bytes[at] != 1) /* the tag of hlint, wherever it lies */
            continue;
        for (unsigned tag = 0; tag < 13; tag++) {
            bytes[at] = (uint8_t)tag;
            ask(size);
        }
        bytes[at] = 255;
        ask(size);
        bytes[at] = 1;
    }
    assert_in_range(entered, 1, 10);
}

static void B1_results_with_any_byte_changed(void **state)
{
    const struct hl_wire_result value = {.value = {.type = HL_TYPE_INT}};
    size_t size = 0;

    (void)state;
    (IS_VIRTQ ? hl_wire_encode_result_external
              : hl_wire_encode_result)(&value, bytes, sizeof(bytes), &size);
    for (size_t at = 0; at < size; at++) {
        for (unsigned i = test_is_kvm ? 7 : 0; i < 8; i++) {
            int32_t result;
            hl_status status;

            bytes[at] ^= (uint8_t)(1u << i);
            status = send(size, NO_PORT, &result);
            if (status != HL_OK && status != HL_FAIL_RESULT_TYPE &&
                status != HL_FAIL_GUEST)
                assert_status(status, HL_FAIL_PROTOCOL);
            /* a queue cannot be set right as a stack can */
            assert_int_equal(hl_sandbox_is_poisoned(sandbox),
                             IS_VIRTQ && status == HL_FAIL_PROTOCOL);
            assert_alive();
            bytes[at] ^= (uint8_t)(1u << i);
        }
    }
    assert_int_equal(entered, 0);
}

static void B14_logs_with_any_byte_changed(void **state)
{
    const struct hl_wire_log record = {.level = 2,
                                       .message = {"text", 4},
                                       .source = {"s", 1},
                                       .caller = {"c", 1},
                                       .file = {"f", 1}};
    unsigned delivered = 0;
    size_t size = 0;

    (void)state;
    assert_int_equal(hl_wire_encode_log(&record, bytes, sizeof(bytes), &size),
                     HL_WIRE_OK);
    for (size_t at = 0; at < size; at++) {
        for (unsigned i = test_is_kvm ? 7 : 0; i < 8; i++) {
            int32_t result;
            hl_status status;

            bytes[at] ^= (uint8_t)(1u << i);
            status = send(size, HL_PORT_LOG, &result);
            delivered += status == HL_OK;
            if (status != HL_OK)
                assert_status(status, HL_FAIL_PROTOCOL);
            assert_int_equal(hl_sandbox_is_poisoned(sandbox), status != HL_OK);
            assert_alive();
            bytes[at] ^= (uint8_t)(1u << i);
        }
    }
    assert_int_equal(logs, delivered);
}

/* Many arguments that are all one long string: they cost no memory of their
 * own, and their number ends at the host's cap. */
static void B7_arguments_that_are_all_one_string(void **state)
{
    static char text[64 << 10];
    const size_t len = MOST_BYTES / 2;
    struct hl_wire_call call = call_of("Mixed", 5);
    uint32_t at;
    size_t size;

    (void)state;
    memset(text, 'x', sizeof(text));
    call.count = 32;
    call.args[0] = (hl_value){.type = HL_TYPE_STRING, .as.string = {text, len}};
    for (unsigned i = 1; i < 32; i++)
        call.args[i] = value_of(HL_TYPE_INT);
    size = encode(&call);
    /* the list of 32 offsets; all of them to where the first one leads */
    for (at = 8; memcmp(bytes + at, "\x20\0\0\0", 4) != 0; at += 4)
        assert_true(at < 0x80);
    for (uint32_t i = 1; i < 32; i++) {
        uint32_t first;

        memcpy(&first, bytes + at + 4, 4);
        first -= 4 * i;
        memcpy(bytes + at + 4 + 4 * (size_t)i, &first, 4);
    }
    ask(size);
    memcpy(bytes + at, "\x21\0\0\0", 4); /* 33 */
    ask(size);
    memcpy(bytes + at, "\xFF\xFF\xFF\x3F", 4);
    ask(size);
    assert_int_equal(entered, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        MESSAGES_TEST(B1_P6_1_calls_with_any_byte_changed),
        MESSAGES_TEST(B1_P6_1_calls_with_any_word_replaced),
        MESSAGES_TEST(B1_calls_cut_short),
        MESSAGES_TEST(P6_3_union_confusion),
        MESSAGES_TEST(B1_results_with_any_byte_changed),
        MESSAGES_TEST(B14_logs_with_any_byte_changed),
        MESSAGES_TEST(B7_arguments_that_are_all_one_string),
    };

    return RUN_TESTS(argc, argv, tests);
}
