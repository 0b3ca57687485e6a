/* SPDX-License-Identifier: MIT */
/*
 * Every byte that leaves is one that was meant to. Under MSan
 * (make sanitize) each outgoing byte is asked for; in every other build the
 * same is sent twice, with what lay on the stack and in the private buffers
 * before being something else, and nothing of it shows.
 */
#include "virtq_fixture.h"

#ifdef __has_feature
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define ask_for(bytes, size) __msan_check_mem_is_initialized(bytes, size)
#define forget(bytes, size)  __msan_poison(bytes, size)
#endif
#endif
#ifndef ask_for
#define ask_for(bytes, size)
#define forget(bytes, size)
#endif

#define MESSAGE_MAX 4096
#define NOISE_SIZE  16384

/* Leave stain where the next calls will have their frames. */
static __attribute__((noinline)) void stack_stain(int stain)
{
    volatile uint8_t noise[NOISE_SIZE];

    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)stain;
    forget((void *)(uintptr_t)noise, sizeof(noise));
}

/* One value of each type; texts and bytes of len bytes, which makes padding of
 * every size. */
static hl_value value_of(enum hl_type type, size_t len)
{
    static const char text[] = "0123456789abcdefghijklmnop";
    hl_value value;

    memset(&value, 0, sizeof(value));
    value.type = type;
    switch (type) {
    case HL_TYPE_STRING:
        value.as.string = (hl_string){text, len};
        break;
    case HL_TYPE_BYTES:
        value.as.bytes = (hl_bytes){(const uint8_t *)text, len};
        break;
    case HL_TYPE_BOOL:
        value.as.boolean = true;
        break;
    default:
        value.as.u64 = 0x3ff0000000000001; /* a number in all of them */
    }
    return value;
}

static void call_make(struct hl_wire_call *call, unsigned which)
{
    memset(call, 0, sizeof(*call));
    call->name = (hl_string){"a_function_of_the_guest", 1 + which % 9};
    call->kind = HL_WIRE_CALL_GUEST;
    call->returns = HL_TYPE_INT;
    call->count = which % (HL_ARGS_MAX + 1);
    for (uint32_t i = 0; i < call->count; i++)
        call->args[i] =
            value_of((enum hl_type)(HL_TYPE_INT + (which + i) % 8), which % 17);
}

static void result_make(struct hl_wire_result *result, unsigned which)
{
    memset(result, 0, sizeof(*result));
    result->is_error = which % 4 == 0;
    if (result->is_error) {
        result->code = HL_ERR_HOST;
        result->message = (hl_string){"why it was refused", which % 17};
    } else {
        result->value =
            value_of((enum hl_type)(HL_TYPE_INT + which % 8), which % 17);
    }
}

static void log_make(struct hl_wire_log *record, unsigned which)
{
    static const char text[] = "what happened, where and how often it did";

    memset(record, 0, sizeof(*record));
    record->message = (hl_string){text, which % 17};
    record->source = (hl_string){text, which % 5};
    record->caller = (hl_string){text, which % 7};
    record->file = (hl_string){text, which % 3};
    record->line = which;
    record->level = (uint8_t)(which % 7);
}

#define MESSAGES 400

/* Message number which, by each encoder in turn; its size. */
static size_t encode(unsigned which, uint8_t *to)
{
    struct hl_wire_call call;
    struct hl_wire_result result;
    struct hl_wire_log record;
    enum hl_wire_error error;
    size_t size = 0;

    call_make(&call, which / 5);
    result_make(&result, which / 5);
    log_make(&record, which / 5);
    switch (which % 5) {
    case 0:
        error = hl_wire_encode_call(&call, to, MESSAGE_MAX, &size);
        break;
    case 1:
        error = hl_wire_encode_result(&result, to, MESSAGE_MAX, &size);
        break;
    case 2:
        error = hl_wire_encode_log(&record, to, MESSAGE_MAX, &size);
        break;
    case 3:
        error = hl_wire_encode_call_external(&call, to, MESSAGE_MAX, &size);
        break;
    default:
        error = hl_wire_encode_result_external(&result, to, MESSAGE_MAX, &size);
    }
    assert_int_equal(error, HL_WIRE_OK);
    return size;
}

static void P6_2_every_byte_of_a_message_is_written(void **state)
{
    static uint8_t first[MESSAGE_MAX], second[MESSAGE_MAX];

    (void)state;
    for (unsigned which = 0; which < MESSAGES; which++) {
        size_t size;

        memset(first, 0x00, sizeof(first));
        memset(second, 0xFF, sizeof(second));
        forget(first, sizeof(first));
        stack_stain(0x00);
        size = encode(which, first);
        ask_for(first, size);
        stack_stain(0xFF);
        assert_int_equal(encode(which, second), size);
        assert_memory_equal(first, second, size);
    }
}

/* A fresh guest's memory, everything private full of stain. */
static void channel_restart(struct fixture *f, int stain)
{
    fixture_restart(f);
    f->channel.virtq.call_id = 0; /* counts on over restarts */
    memset(f->channel.copy, stain, OUTPUT_SIZE);
    forget(f->channel.copy, OUTPUT_SIZE);
    if (f->channel.virtq.message) {
        memset(f->channel.virtq.message, stain, f->channel.virtq.message_size);
        forget(f->channel.virtq.message, f->channel.virtq.message_size);
    }
    stack_stain(stain);
}

/* Both ways in which the host writes to the guest, after a request of the
 * guest's where the transport wants one. */
static void send_one(struct fixture *f, unsigned which)
{
    struct hl_wire_call call;
    struct hl_wire_result reply;
    struct hl_message message;
    size_t size = 0;
    bool empty;

    call_make(&call, which);
    result_make(&reply, which);
    assert_ok(f,
              f->channel.ops->send_call(&f->channel, &call, &size, &f->error));
    if (f->channel.ops == &hl_transport_virtq) {
        struct hl_wire_call request = {
            .name = {"h", 1},
            .kind = HL_WIRE_CALL_HOST,
            .returns = HL_TYPE_VOID,
        };
        uint8_t bytes[256];

        assert_int_equal(
            hl_wire_encode_call_external(&request, bytes, sizeof(bytes), &size),
            HL_WIRE_OK);
        header_put(f, HL_VQ_REQUEST, 1, (uint32_t)size);
        memcpy(pool_at(f, HEADER_SIZE), bytes, size);
        publish_message(f, HEADER_SIZE + (uint32_t)size, 0x800);
        assert_ok(f, receive(f, &message, &empty));
    }
    assert_ok(
        f, f->channel.ops->send_reply(&f->channel, &reply, &size, &f->error));
    ask_for(f->scratch, SCRATCH);
}

static void send_all(struct fixture *f)
{
    for (unsigned which = 0; which < 100; which++) {
        channel_restart(f, 0x00);
        send_one(f, which);
        memory_keep(f);
        channel_restart(f, 0xFF);
        send_one(f, which);
        assert_memory_kept(f);
    }
}

static void P6_2_queues_hold_nothing_else(void **state)
{
    send_all(*state);
}

static void P6_2_stacks_hold_nothing_else(void **state)
{
    struct fixture *f = *state;

    f->channel.ops->close(&f->channel);
    assert_ok(f, hl_transport_stack.open(&f->channel, &f->layout, f->scratch,
                                         &f->error));
    send_all(f);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_up, fixture_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(P6_2_every_byte_of_a_message_is_written),
        TEST(P6_2_queues_hold_nothing_else),
        TEST(P6_2_stacks_hold_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
