/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B5 B6 B11 P6.2 */
/* Calls and replies into the guest's buffers (abi §12.4). */
#include "virtq_fixture.h"

#define SLOTS 3

/* A call with one argument of len bytes, of text or bytes. */
static hl_status send(struct fixture *f, enum hl_type type, size_t len)
{
    static uint8_t many[2 * INPUT_SIZE];
    struct hl_wire_call call = {
        .name = {"f", 1},
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_VOID,
        .count = 1,
        .args = {{.type = type}},
    };
    size_t size;

    memset(many, 'x', sizeof(many));
    memset(&f->error, 0, sizeof(f->error));
    if (type == HL_TYPE_BYTES)
        call.args[0].as.bytes = (hl_bytes){many, len};
    else
        call.args[0].as.string = (hl_string){(const char *)many, len};
    return f->channel.ops->send_call(&f->channel, &call, &size, &f->error);
}

/* A call without arguments, in memory with more behind them. */
static hl_status send_bare(struct fixture *f)
{
    const struct hl_wire_call call = {
        .name = {"f", 1},
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_VOID,
        .args = {{.type = HL_TYPE_BYTES}},
    };
    size_t size;

    memset(&f->error, 0, sizeof(f->error));
    return f->channel.ops->send_call(&f->channel, &call, &size, &f->error);
}

/* Nothing of a refused message is seen, and all buffers are free again. */
static void refused(struct fixture *f, hl_status wanted, enum hl_type type,
                    size_t len, const char *why)
{
    const struct hl_virtq *queue = &f->channel.virtq.h2g;
    const struct hl_virtq_cursor avail = queue->avail, used = queue->used;

    memory_keep(f);
    assert_int_equal(send(f, type, len), wanted);
    assert_says(f, why);
    assert_memory_kept(f);
    assert_int_equal(queue->avail.index, avail.index);
    assert_int_equal(queue->used.index, used.index);
    for (uint32_t id = 0; id < queue->size; id++)
        assert_false(queue->outstanding[id]);
}

/* Put the message in the used buffers together again; returns its length. */
static size_t collect(struct fixture *f, uint8_t *to)
{
    size_t len = 0;

    for (uint32_t i = 0; i < SLOTS; i++) {
        const struct hl_abi_vq_desc *desc = h2g_at(f, i);

        if (desc->flags != (HL_VQ_AVAIL | HL_VQ_USED))
            break;
        assert_int_equal(desc->addr, 0);
        assert_int_equal(desc->id, i);
        assert_in_range(desc->len, 1, HL_PAGE_SIZE);
        memcpy(to + len, slot_at(f, i), desc->len);
        len += desc->len;
    }
    return len;
}

static void P6_2_calls_arrive_over_as_many_buffers_as_they_need(void **state)
{
    struct fixture *f = *state;
    static uint8_t message[INPUT_SIZE];
    struct hl_abi_vq_header header;
    struct hl_wire_call call;

    for (size_t len = 0; len < 2 * HL_PAGE_SIZE - 200; len += 13) {
        size_t size;

        fixture_restart(f);
        assert_ok(f, send(f, HL_TYPE_BYTES, len));
        size = collect(f, message);
        memcpy(&header, message, sizeof(header));
        assert_int_equal(header.kind, HL_VQ_REQUEST);
        assert_int_equal(header.zero[0] | header.zero[1] | header.zero[2], 0);
        assert_int_equal(header.id, f->channel.virtq.call_id);
        assert_int_equal(header.payload_len, size - HEADER_SIZE);
        assert_int_equal(hl_wire_decode_call_external(
                             message + HEADER_SIZE, size - HEADER_SIZE, &call),
                         HL_WIRE_OK);
        assert_int_equal(call.args[0].as.bytes.len, len);
    }
}

static void P6_2_ids_of_calls_skip_zero(void **state)
{
    struct fixture *f = *state;
    uint32_t id;

    f->channel.virtq.call_id = UINT32_MAX - 1;
    for (uint32_t i = 0; i < 3; i++) {
        fixture_restart(f);
        assert_ok(f, send(f, HL_TYPE_STRING, 0));
        memcpy(&id, slot_at(f, 0) + 4, sizeof(id));
        assert_int_equal(id, i == 0 ? UINT32_MAX : i);
    }
}

/* Without byte values the last buffer may be used, with them it is spared. */
static void B11_calls_too_big_leave_nothing(void **state)
{
    struct fixture *f = *state;

    for (uint32_t posted = 0; posted <= SLOTS; posted++) {
        for (uint32_t spare = 0; spare <= 1; spare++) {
            const enum hl_type type = spare ? HL_TYPE_BYTES : HL_TYPE_STRING;
            const size_t room =
                posted < spare ? 0 : (posted - spare) * HL_PAGE_SIZE;
            size_t fits = 0;

            for (size_t len = 0; len <= INPUT_SIZE; len += 4) {
                fixture_restart(f);
                memset(h2g_at(f, 0), 0, SLOTS * sizeof(*h2g_at(f, 0)));
                slots_post(f, posted);
                if (send(f, type, len) == HL_OK) {
                    fits = len;
                    continue;
                }
                /* This first time, nothing was taken either. */
                assert_int_equal(f->channel.virtq.h2g.avail.index, 0);
                refused(f, HL_FAIL_TOO_BIG, type, len, "raise --input-size");
                break;
            }
            /* What the message has besides is less than 200 bytes. */
            assert_true(fits <= room);
            assert_true(room == 0 ? fits == 0 : fits + 200 > room);
        }
    }
    fixture_restart(f);
    refused(f, HL_FAIL_TOO_BIG, HL_TYPE_STRING, 2 * INPUT_SIZE,
            "raise --input-size");
}

/* A buffer of the wrong shape, whichever of those needed: nothing is sent. */
static void B1_input_buffers_of_the_wrong_shape(void **state)
{
    static const struct {
        uint16_t flags;
        int32_t len;
        const char *why;
    } bad[] = {
        {HL_VQ_AVAIL, 0, "wrong shape"},
        {HL_VQ_AVAIL | HL_VQ_WRITE, -1, "wrong shape"},
        {HL_VQ_AVAIL | HL_VQ_WRITE, 1, "wrong shape"},
        {HL_VQ_AVAIL | HL_VQ_WRITE, -HL_PAGE_SIZE, "wrong shape"},
        {HL_VQ_AVAIL | HL_VQ_WRITE | HL_VQ_NEXT, 0, "wrong shape"},
        {HL_VQ_AVAIL | HL_VQ_NEXT, 0, "wrong shape"},
        {HL_VQ_AVAIL | HL_VQ_WRITE, INT32_MAX, "descriptor address"},
        {HL_VQ_AVAIL | HL_VQ_WRITE | HL_VQ_INDIRECT, 0, "descriptor flags"},
        {HL_VQ_AVAIL | HL_VQ_WRITE | 8, 0, "descriptor flags"},
    };
    struct fixture *f = *state;

    for (uint32_t at = 0; at < SLOTS; at++) {
        for (size_t i = 0; i < COUNT_OF(bad); i++) {
            fixture_restart(f);
            h2g_at(f, at)->flags = bad[i].flags;
            h2g_at(f, at)->len += (uint32_t)bad[i].len;
            /* What follows belongs to the chain if NEXT is set. */
            h2g_at(f, SLOTS)->flags = HL_VQ_WRITE;
            h2g_at(f, SLOTS)->addr = SCRATCH_GVA;
            refused(f, HL_FAIL_PROTOCOL, HL_TYPE_STRING, 2 * HL_PAGE_SIZE,
                    bad[i].why);
        }
        fixture_restart(f);
        h2g_at(f, at)->id = at == 0 ? 32 : 0; /* out of range, or twice */
        refused(f, HL_FAIL_PROTOCOL, HL_TYPE_STRING, 2 * HL_PAGE_SIZE,
                "chain id");
    }
}

/* ---- Replies ------------------------------------------------------------ */

static void request(struct fixture *f, uint32_t room)
{
    struct hl_message message;
    bool empty;

    header_put(f, HL_VQ_REQUEST, 77, 20);
    publish_message(f, HEADER_SIZE + 20, room);
    assert_ok(f, receive(f, &message, &empty));
}

static hl_status reply(struct fixture *f, size_t len)
{
    static char text[INPUT_SIZE + OUTPUT_SIZE];
    const struct hl_wire_result result = {
        .value = {.type = HL_TYPE_STRING, .as.string = {text, len}}};
    size_t size;

    memset(text, 'y', sizeof(text));
    memset(&f->error, 0, sizeof(f->error));
    return f->channel.ops->send_reply(&f->channel, &result, &size, &f->error);
}

static void reply_read(struct fixture *f, const uint8_t *at,
                       struct hl_wire_result *result)
{
    struct hl_abi_vq_header header;

    memcpy(&header, at, sizeof(header));
    assert_int_equal(g2h_at(f, 0)->flags, HL_VQ_AVAIL | HL_VQ_USED);
    assert_int_equal(g2h_at(f, 0)->len, HEADER_SIZE + header.payload_len);
    assert_int_equal(header.kind, HL_VQ_RESPONSE);
    assert_int_equal(header.id, 77);
    assert_int_equal(hl_wire_decode_result_external(at + HEADER_SIZE,
                                                    header.payload_len, result),
                     HL_WIRE_OK);
    assert_false(f->channel.virtq.request_open);
}

/* Every size of the room: the reply, or the text that it is too long, or an
 * error with nothing written; never a byte behind the room. */
static void B5_B11_replies_stay_in_their_room(void **state)
{
    struct fixture *f = *state;
    uint32_t errors = 0, texts = 0, replies = 0;

    for (uint32_t room = 1; room <= 400; room++) {
        struct hl_wire_result result;

        fixture_restart(f);
        memset(pool_at(f, REPLY_AT), 0xEE, 0x1000);
        request(f, room);
        memory_keep(f);
        if (reply(f, 200) != HL_OK) {
            assert_int_equal(f->error.status, HL_FAIL_TOO_BIG);
            assert_memory_kept(f);
            errors++;
            continue;
        }
        reply_read(f, pool_at(f, REPLY_AT), &result);
        if (result.is_error) {
            assert_int_equal(result.code, HL_ERR_HOST);
            assert_int_equal(result.message.len, 40);
            assert_memory_equal(result.message.data,
                                "Host response exceeds virtqueue capacity", 40);
            texts++;
        } else {
            assert_int_equal(result.value.as.string.len, 200);
            replies++;
        }
        for (uint32_t i = g2h_at(f, 0)->len; i < 0x1000; i++)
            assert_int_equal(*pool_at(f, REPLY_AT + i), 0xEE);
    }
    assert_in_range(errors, 60, 131);
    assert_true(texts > 60 && replies > 60);
}

/* Room of several descriptors is filled in order. */
static void B5_replies_over_several_descriptors(void **state)
{
    static const uint32_t parts[] = {1, 0, 7, 30, 400};
    struct fixture *f = *state;
    struct hl_message message;
    struct hl_wire_result result;
    uint8_t joined[1024];
    uint32_t len = 0;
    bool empty;

    memset(pool_at(f, REPLY_AT), 0xEE, 0x1000);
    header_put(f, HL_VQ_REQUEST, 77, 20);
    publish(f, pool_gva(f, 0), HEADER_SIZE + 20, HL_VQ_NEXT);
    for (uint32_t i = 0; i < COUNT_OF(parts); i++)
        publish(f, pool_gva(f, REPLY_AT + 0x200 * i), parts[i],
                HL_VQ_WRITE | (i + 1 < COUNT_OF(parts) ? HL_VQ_NEXT : 0));
    assert_ok(f, receive(f, &message, &empty));
    assert_ok(f, reply(f, 200));
    for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
        memcpy(joined + len, pool_at(f, REPLY_AT + 0x200 * i), parts[i]);
        len += parts[i];
        if (i + 1 < COUNT_OF(parts))
            assert_int_equal(*pool_at(f, REPLY_AT + 0x200 * i + parts[i]),
                             0xEE);
    }
    reply_read(f, joined, &result);
    assert_int_equal(result.value.as.string.len, 200);
}

/* Room named many times over is no more than the host's own buffer. */
static void B6_endless_room_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct hl_message message;
    bool empty;

    header_put(f, HL_VQ_REQUEST, 77, 20);
    publish(f, pool_gva(f, 0), HEADER_SIZE + 20, HL_VQ_NEXT);
    for (uint32_t i = 0; i < 62; i++)
        publish(f, SCRATCH_GVA, SCRATCH, HL_VQ_WRITE | HL_VQ_NEXT);
    publish(f, SCRATCH_GVA, SCRATCH, HL_VQ_WRITE);
    assert_ok(f, receive(f, &message, &empty));
    assert_int_equal(f->channel.virtq.request.writable_len, 63 * SCRATCH);
    assert_ok(f, reply(f, INPUT_SIZE + OUTPUT_SIZE));
    /* It was too long: the fixed text stands over the guest's own ring, but
     * for the descriptor the host returned there. */
    assert_in_range(g2h_at(f, 0)->len, 100, 130);
}

/* Buffers that a message does not need are not looked at. */
static void B1_only_the_buffers_needed_are_looked_at(void **state)
{
    struct fixture *f = *state;

    h2g_at(f, 1)->len--;
    assert_ok(f, send(f, HL_TYPE_STRING, 0));
    assert_int_equal(h2g_at(f, 0)->flags, HL_VQ_AVAIL | HL_VQ_USED);
    fixture_restart(f);
    /* No bytes are sent, so that none need be spared. */
    memset(h2g_at(f, 1), 0, 2 * sizeof(*h2g_at(f, 1)));
    assert_ok(f, send_bare(f));
}

/* A guest may post more buffers than its pool has: over each other. */
static void B6_more_buffers_than_the_pool_has(void **state)
{
    struct fixture *f = *state;

    for (uint32_t i = SLOTS; i < f->layout.virtq.h2g_size; i++) {
        *h2g_at(f, i) = slot_desc(f, 0);
        h2g_at(f, i)->id = (uint16_t)i;
    }
    refused(f, HL_FAIL_TOO_BIG, HL_TYPE_BYTES, 2 * HL_PAGE_SIZE,
            "message needs 3 input buffers with 1 to spare");
    /* And one that no number of them would hold: told before. */
    refused(f, HL_FAIL_TOO_BIG, HL_TYPE_STRING, INPUT_SIZE,
            "does not fit the guest's input buffers");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(P6_2_calls_arrive_over_as_many_buffers_as_they_need),
        TEST(P6_2_ids_of_calls_skip_zero),
        TEST(B11_calls_too_big_leave_nothing),
        TEST(B1_input_buffers_of_the_wrong_shape),
        TEST(B5_B11_replies_stay_in_their_room),
        TEST(B5_replies_over_several_descriptors),
        TEST(B6_endless_room_is_bounded),
        TEST(B1_only_the_buffers_needed_are_looked_at),
        TEST(B6_more_buffers_than_the_pool_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
