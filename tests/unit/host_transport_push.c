/* SPDX-License-Identifier: MIT */
/* guarantees: B3 B6 B10 B11 */
/* The host puts calls and replies on the guest's input stack (abi §5). */
#include "channel_fixture.h"

#define ROOM_OF_A_CALL (BUFFER_SIZE - 16)

static struct hl_wire_call call_of_bytes(const uint8_t *data, size_t len)
{
    struct hl_wire_call call = {
        .name = {"f", 1},
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_VOID,
        .count = 1,
    };

    call.args[0].type = HL_TYPE_BYTES;
    call.args[0].as.bytes = (hl_bytes){data, len};
    return call;
}

static struct hl_wire_result reply_of_bytes(const uint8_t *data, size_t len)
{
    struct hl_wire_result reply = {0};

    reply.value.type = HL_TYPE_BYTES;
    reply.value.as.bytes = (hl_bytes){data, len};
    return reply;
}

static hl_status send_call(struct fixture *f, const struct hl_wire_call *call)
{
    size_t size = 0;

    return f->channel.ops->send_call(&f->channel, call, &size, &f->error);
}

static hl_status send_reply(struct fixture *f,
                            const struct hl_wire_result *reply)
{
    size_t size = 0;

    return f->channel.ops->send_reply(&f->channel, reply, &size, &f->error);
}

/* The top element of the input stack, as a guest finds it. */
static const uint8_t *top_element(const struct fixture *f, size_t *size)
{
    const uint8_t *input = f->channel.input;
    const uint64_t sp = word_get(input, 0);
    const uint64_t start = word_get(input, sp - 8);

    *size = sp - 8 - start;
    return input + start;
}

static void B10_call_lies_at_the_bottom_whatever_the_guest_left(void **state)
{
    static const uint64_t left[] = {0, 7, 0x100, BUFFER_SIZE, UINT64_MAX};
    static const uint8_t data[] = {1, 2, 3};
    const struct hl_wire_call call = call_of_bytes(data, sizeof(data));
    struct fixture *f = *state;
    struct hl_wire_call seen;
    size_t size;

    for (size_t i = 0; i < COUNT_OF(left); i++) {
        word_put(f->channel.input, 0, left[i]);
        assert_int_equal(send_call(f, &call), HL_OK);
        assert_ptr_equal(top_element(f, &size), f->channel.input + 8);
        assert_int_equal(hl_wire_decode_call(f->channel.input + 8, size, &seen),
                         HL_WIRE_OK);
        assert_memory_equal(seen.args[0].as.bytes.data, data, sizeof(data));
        f->channel.ops->finish(&f->channel, NULL);
        assert_true(is_zero(f->channel.input + 8, BUFFER_SIZE - 8));
    }
    check_canaries(f);
}

/* From the largest call that fits, byte by byte over the edge. */
static void B11_call_that_does_not_fit_leaves_nothing(void **state)
{
    static uint8_t data[2 * BUFFER_SIZE];
    struct fixture *f = *state;
    unsigned fitted = 0;
    unsigned refused = 0;

    memset(data, 0x5A, sizeof(data));
    for (size_t len = BUFFER_SIZE - 160; len <= BUFFER_SIZE + 16; len++) {
        const struct hl_wire_call call = call_of_bytes(data, len);
        const hl_status status = send_call(f, &call);

        if (status == HL_OK) {
            assert_int_equal(refused, 0);
            assert_true(word_get(f->channel.input, 0) <= BUFFER_SIZE);
            fitted++;
        } else {
            assert_int_equal(status, HL_FAIL_TOO_BIG);
            assert_non_null(strstr(f->error.message, "--input-size"));
            assert_true(is_zero(f->channel.input + 8, BUFFER_SIZE - 8));
            refused++;
        }
        f->channel.ops->finish(&f->channel, NULL);
        check_canaries(f);
    }
    assert_true(fitted > 0 && refused > 0);
}

static void B6_sizes_that_would_wrap_are_refused(void **state)
{
    static const size_t sizes[] = {
        SIZE_MAX,        SIZE_MAX - 1,    SIZE_MAX - 7, SIZE_MAX - 4096,
        (size_t)1 << 63, (size_t)1 << 32, UINT32_MAX,   UINT32_MAX - 3u,
        INT32_MAX,       BUFFER_SIZE};
    static const uint8_t data[1] = {0};
    struct fixture *f = *state;

    /* The data is never read: a size that cannot fit is refused first. */
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        const struct hl_wire_call call = call_of_bytes(data, sizes[i]);
        const struct hl_wire_result reply = reply_of_bytes(data, sizes[i]);

        assert_int_equal(send_call(f, &call), HL_FAIL_TOO_BIG);
        assert_int_equal(send_reply(f, &reply), HL_FAIL_TOO_BIG);
        assert_int_equal(word_get(f->channel.input, 0), HL_STACK_EMPTY);
        check_canaries(f);
    }
}

static void B3_reply_refuses_a_stack_pointer_outside(void **state)
{
    static const uint64_t bad[] = {0,
                                   1,
                                   7,
                                   BUFFER_SIZE + 1,
                                   BUFFER_SIZE * 4,
                                   UINT32_MAX,
                                   INT64_MAX,
                                   UINT64_MAX - 7,
                                   UINT64_MAX};
    const struct hl_wire_result reply = reply_of_bytes((const uint8_t *)"", 0);
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        word_put(f->channel.input, 0, bad[i]);
        assert_int_equal(send_reply(f, &reply), HL_FAIL_PROTOCOL);
        assert_int_equal(word_get(f->channel.input, 0), bad[i]);
        assert_true(is_zero(f->channel.input + 8, BUFFER_SIZE - 8));
        check_canaries(f);
    }
}

/* A reply above the call that the guest still reads (abi §5.2). */
static void B11_reply_lands_above_the_call(void **state)
{
    static const uint8_t data[] = "abcdef";
    const struct hl_wire_call call = call_of_bytes(data, sizeof(data));
    const struct hl_wire_result reply = reply_of_bytes(data, 3);
    struct fixture *f = *state;
    struct hl_wire_call seen_call;
    struct hl_wire_result seen;
    const uint8_t *element;
    uint64_t sp;
    size_t size;

    assert_int_equal(send_call(f, &call), HL_OK);
    sp = word_get(f->channel.input, 0);
    assert_int_equal(send_reply(f, &reply), HL_OK);
    element = top_element(f, &size);
    assert_ptr_equal(element, f->channel.input + sp);
    assert_int_equal(hl_wire_decode_result(element, size, &seen), HL_WIRE_OK);
    assert_int_equal(seen.value.as.bytes.len, 3);
    assert_int_equal(
        hl_wire_decode_call(f->channel.input + 8, sp - 16, &seen_call),
        HL_WIRE_OK);
    f->channel.ops->finish(&f->channel, NULL);
    assert_true(is_zero(f->channel.input + 8, BUFFER_SIZE - 8));
}

static void B11_reply_at_every_stack_pointer_stays_inside(void **state)
{
    static const uint8_t data[64] = {1};
    const struct hl_wire_result reply = reply_of_bytes(data, sizeof(data));
    struct fixture *f = *state;

    for (uint64_t sp = 8; sp <= BUFFER_SIZE; sp++) {
        word_put(f->channel.input, 0, sp);
        const hl_status status = send_reply(f, &reply);

        if (status == HL_OK)
            assert_int_equal(
                word_get(f->channel.input, word_get(f->channel.input, 0) - 8),
                sp);
        else
            assert_int_equal(status, HL_FAIL_TOO_BIG);
        assert_true(word_get(f->channel.input, 0) <= BUFFER_SIZE);
    }
    assert_int_equal(send_reply(f, &reply), HL_FAIL_TOO_BIG);
    check_canaries(f);
}

static void B11_value_without_a_wire_form_is_an_argument_error(void **state)
{
    struct fixture *f = *state;
    struct hl_wire_call call = call_of_bytes((const uint8_t *)"", 0);

    call.args[0].type = HL_TYPE_STRING;
    call.args[0].as.string = (hl_string){"\xFF", 1};
    assert_int_equal(send_call(f, &call), HL_FAIL_ARGUMENT);
    call.args[0].type = HL_TYPE_VOID;
    assert_int_equal(send_call(f, &call), HL_FAIL_ARGUMENT);
    call.args[0].type = 99;
    assert_int_equal(send_call(f, &call), HL_FAIL_ARGUMENT);
    assert_true(is_zero(f->channel.input + 8, BUFFER_SIZE - 8));
    assert_int_equal(word_get(f->channel.input, 0), HL_STACK_EMPTY);
}

static void B10_clearing_stops_where_the_host_wrote(void **state)
{
    struct fixture *f = *state;
    const struct hl_wire_call call = call_of_bytes((const uint8_t *)"x", 1);
    uint64_t end;

    /* The guest's own bytes above cost the host nothing to leave there. */
    memset(f->channel.input + 8, 0x99, BUFFER_SIZE - 8);
    assert_int_equal(send_call(f, &call), HL_OK);
    end = word_get(f->channel.input, 0);
    f->channel.ops->finish(&f->channel, NULL);
    assert_true(is_zero(f->channel.input + 8, end - 8));
    assert_int_equal(f->channel.input[end], 0x99);
    check_canaries(f);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        TEST(B10_call_lies_at_the_bottom_whatever_the_guest_left),
        TEST(B11_call_that_does_not_fit_leaves_nothing),
        TEST(B6_sizes_that_would_wrap_are_refused),
        TEST(B3_reply_refuses_a_stack_pointer_outside),
        TEST(B11_reply_lands_above_the_call),
        TEST(B11_reply_at_every_stack_pointer_stays_inside),
        TEST(B11_value_without_a_wire_form_is_an_argument_error),
        TEST(B10_clearing_stops_where_the_host_wrote),
    };

    return cmocka_run_group_tests_name("host_transport_push", tests, NULL,
                                       NULL);
}
