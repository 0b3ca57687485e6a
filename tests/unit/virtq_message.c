/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B2 B4 B5 B6 B9 P6.4 */
/* Messages of the guest, as the host takes them (abi §12.4). */
#include "virtq_fixture.h"

/* Put a message down, publish it, and see it refused by name: no request is
 * open, and no byte of memory changed. */
static void refused(struct fixture *f, uint32_t len, uint32_t room,
                    const char *why)
{
    struct hl_message message = {0};
    bool empty = true;

    publish_message(f, len, room);
    memory_keep(f);
    assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
    assert_false(empty);
    assert_says(f, why);
    assert_false(f->channel.virtq.request_open);
    assert_memory_kept(f);
    fixture_restart(f);
}

static void B9_nothing_there_is_told_apart(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty = false;

    assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
    assert_true(empty);
    assert_says(f, "queue is empty");
}

static void B4_messages_shorter_than_a_header(void **state)
{
    struct fixture *f = *state;

    for (uint32_t len = 0; len < HEADER_SIZE; len++) {
        header_put(f, HL_VQ_REQUEST, 1, 0);
        refused(f, len, 64, "length");
    }
}

static void B4_messages_longer_than_the_pool(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    /* As long as the pool is fine, one byte more is not. */
    header_put(f, HL_VQ_RESPONSE, 0, OUTPUT_SIZE - HEADER_SIZE);
    publish_message(f, OUTPUT_SIZE, 0);
    assert_ok(f, receive(f, &message, &empty));
    assert_int_equal(message.size, OUTPUT_SIZE - HEADER_SIZE);
    fixture_restart(f);
    header_put(f, HL_VQ_RESPONSE, 0, OUTPUT_SIZE + 1 - HEADER_SIZE);
    refused(f, OUTPUT_SIZE + 1, 0, "length");
    /* Nor is the pool several times over. */
    header_put(f, HL_VQ_RESPONSE, 0, 8 * OUTPUT_SIZE - HEADER_SIZE);
    for (int i = 0; i < 7; i++)
        publish(f, pool_gva(f, 0), OUTPUT_SIZE, HL_VQ_NEXT);
    refused(f, OUTPUT_SIZE, 0, "length");
}

static void B4_payload_lengths_that_are_wrong(void **state)
{
    static const uint32_t bad[] = {
        0,          19,         21,         20 + HEADER_SIZE, 0x2000,
        0x7FFFFFFF, 0x80000000, 0xFFFFFFF4, 0xFFFFFFF3,       0xFFFFFFFF};
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        header_put(f, HL_VQ_REQUEST, 1, bad[i]);
        refused(f, HEADER_SIZE + 20, 64, "payload length");
        header_put(f, HL_VQ_RESPONSE, 0, bad[i]);
        refused(f, HEADER_SIZE + 20, 0, "payload length");
    }
}

static void B1_reserved_header_bytes_are_zero(void **state)
{
    struct fixture *f = *state;

    for (uint32_t at = 1; at <= 3; at++) {
        for (uint32_t bit = 1; bit < 256; bit *= 2) {
            header_put(f, HL_VQ_RESPONSE, 0, 20);
            pool_at(f, at)[0] = (uint8_t)bit;
            refused(f, HEADER_SIZE + 20, 0, "reserved header bytes");
        }
    }
}

static void B1_kinds_that_do_not_exist(void **state)
{
    struct fixture *f = *state;

    for (uint32_t kind = 0; kind < 256; kind++) {
        if (kind == HL_VQ_REQUEST || kind == HL_VQ_RESPONSE ||
            kind == HL_VQ_LOG)
            continue;
        header_put(f, (uint8_t)kind, 0, 20);
        refused(f, HEADER_SIZE + 20, 0, "kind");
    }
}

static void P6_4_requests_have_an_id_and_room_for_a_reply(void **state)
{
    struct fixture *f = *state;

    header_put(f, HL_VQ_REQUEST, 0, 20);
    refused(f, HEADER_SIZE + 20, 64, "correlation id");
    header_put(f, HL_VQ_REQUEST, 1, 20);
    refused(f, HEADER_SIZE + 20, 0, "reply space");
    /* An empty writable descriptor is no room. */
    header_put(f, HL_VQ_REQUEST, 1, 20);
    publish(f, pool_gva(f, 0), HEADER_SIZE + 20, HL_VQ_NEXT);
    publish(f, pool_gva(f, REPLY_AT), 0, HL_VQ_WRITE | HL_VQ_NEXT);
    memory_keep(f);
    publish(f, pool_gva(f, REPLY_AT), 0, HL_VQ_WRITE);
    assert_int_equal(receive(f, &(struct hl_message){0}, &(bool){false}),
                     HL_FAIL_PROTOCOL);
    assert_says(f, "reply space");
}

static void B9_responses_are_to_the_newest_call(void **state)
{
    static const uint32_t bad[] = {0, 1, 6, 8, 0x80000007, 0xFFFFFFFF};
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    f->channel.virtq.call_id = 7;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        header_put(f, HL_VQ_RESPONSE, bad[i], 20);
        refused(f, HEADER_SIZE + 20, 0, "correlation id");
    }
    header_put(f, HL_VQ_RESPONSE, 7, 20);
    refused(f, HEADER_SIZE + 20, 64, "reply space");
    header_put(f, HL_VQ_RESPONSE, 7, 20);
    publish_message(f, HEADER_SIZE + 20, 0);
    assert_ok(f, receive(f, &message, &empty));
    assert_int_equal(message.kind, HL_MESSAGE_RESULT);
    assert_int_equal(g2h_at(f, 0)->flags, HL_VQ_AVAIL | HL_VQ_USED);
}

static uint32_t log_put(struct fixture *f)
{
    static const struct hl_wire_log log = {.message = {"text", 4}, .level = 3};
    size_t size;

    assert_int_equal(
        hl_wire_encode_log(&log, pool_at(f, HEADER_SIZE), 0x800, &size),
        HL_WIRE_OK);
    header_put(f, HL_VQ_LOG, 0, (uint32_t)size);
    return (uint32_t)size;
}

static void B1_logs_have_no_id_no_room_and_nothing_behind(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    struct hl_wire_log log;
    bool empty;
    uint32_t size = log_put(f);

    publish_message(f, HEADER_SIZE + size, 0);
    assert_ok(f, receive(f, &message, &empty));
    assert_int_equal(message.kind, HL_MESSAGE_LOG);
    assert_int_equal(hl_wire_decode_log(message.data, message.size, &log),
                     HL_WIRE_OK);
    fixture_restart(f);
    size = log_put(f);
    header_put(f, HL_VQ_LOG, 1, size);
    refused(f, HEADER_SIZE + size, 0, "correlation id");
    size = log_put(f);
    refused(f, HEADER_SIZE + size, 64, "reply space");
    for (uint32_t more = 1; more <= 8; more++) {
        size = log_put(f) + more;
        header_put(f, HL_VQ_LOG, 0, size);
        refused(f, HEADER_SIZE + size, 0, "log record");
    }
    for (size = 0; size < 8; size++) {
        log_put(f);
        header_put(f, HL_VQ_LOG, 0, size);
        refused(f, HEADER_SIZE + size, 0, "log record");
    }
    /* A prefix of nothing is whole: what it is worth the decoder says. */
    header_put(f, HL_VQ_LOG, 0, 4);
    memset(pool_at(f, HEADER_SIZE), 0, 4);
    publish_message(f, HEADER_SIZE + 4, 0);
    assert_ok(f, receive(f, &message, &empty));
    assert_int_equal(hl_wire_decode_log(message.data, message.size, &log),
                     HL_WIRE_TRUNCATED);
}

/* A message cut into descriptors anywhere is one, in the host's own copy. */
static void B2_messages_are_copied_once_from_all_their_parts(void **state)
{
    struct fixture *f = *state;

    for (uint32_t cut = 0; cut <= HEADER_SIZE + 20; cut++) {
        struct hl_message message;
        bool empty;

        fixture_restart(f);
        header_put(f, HL_VQ_REQUEST, 9, 20);
        for (uint32_t i = 0; i < 20; i++)
            *pool_at(f, HEADER_SIZE + i) = (uint8_t)(i + 1);
        memmove(pool_at(f, 0x800 + cut), pool_at(f, cut), 64);
        publish(f, pool_gva(f, 0), cut, HL_VQ_NEXT);
        publish(f, pool_gva(f, 0x800 + cut), HEADER_SIZE + 20 - cut,
                HL_VQ_NEXT);
        publish(f, pool_gva(f, REPLY_AT), 64, HL_VQ_WRITE);
        assert_ok(f, receive(f, &message, &empty));
        assert_int_equal(message.kind, HL_MESSAGE_CALL);
        assert_int_equal(message.size, 20);
        memset(f->scratch, 0xFF, SCRATCH); /* the guest scribbles */
        for (uint32_t i = 0; i < 20; i++)
            assert_int_equal(message.data[i], i + 1);
        assert_int_equal(f->channel.virtq.request_id, 9);
        assert_int_equal(f->channel.virtq.request.writable_len, 64);
    }
}

static void B9_nothing_may_be_left_after_a_call(void **state)
{
    struct fixture *f = *state;

    assert_ok(f, f->channel.ops->finish(&f->channel, &f->error));
    f->channel.virtq.request_open = true;
    header_put(f, HL_VQ_RESPONSE, 0, 20);
    publish_message(f, HEADER_SIZE + 20, 0);
    assert_int_equal(f->channel.ops->finish(&f->channel, &f->error),
                     HL_FAIL_PROTOCOL);
    assert_says(f, "left in the queue");
    assert_false(f->channel.virtq.request_open);
    fixture_restart(f);
    publish(f, 0, 20, 0);
    assert_int_equal(f->channel.ops->finish(&f->channel, &f->error),
                     HL_FAIL_PROTOCOL);
    assert_says(f, "descriptor address");
}

/* Logs over several rounds of the ring: each is taken, none twice. */
static void B1_messages_over_many_rounds(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    for (uint32_t n = 0; n < 500; n++) {
        const uint32_t size = log_put(f);

        publish_message(f, HEADER_SIZE + size, 0);
        assert_ok(f, receive(f, &message, &empty));
        assert_int_equal(message.kind, HL_MESSAGE_LOG);
        assert_int_equal(receive(f, &message, &empty), HL_FAIL_PROTOCOL);
        assert_true(empty);
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(B9_nothing_there_is_told_apart),
        TEST(B4_messages_shorter_than_a_header),
        TEST(B4_messages_longer_than_the_pool),
        TEST(B4_payload_lengths_that_are_wrong),
        TEST(B1_reserved_header_bytes_are_zero),
        TEST(B1_kinds_that_do_not_exist),
        TEST(P6_4_requests_have_an_id_and_room_for_a_reply),
        TEST(B9_responses_are_to_the_newest_call),
        TEST(B1_logs_have_no_id_no_room_and_nothing_behind),
        TEST(B2_messages_are_copied_once_from_all_their_parts),
        TEST(B9_nothing_may_be_left_after_a_call),
        TEST(B1_messages_over_many_rounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
