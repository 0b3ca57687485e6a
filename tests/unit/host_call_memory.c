/* SPDX-License-Identifier: MIT */
/* guarantees: B8 B12 P5.2 P6.2 */
/*
 * What a handler may do with its call: memory, errors and their texts; and
 * calls in the other transport's form. Linked with --wrap=calloc.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_sandbox.h"

static bool calloc_fails;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return calloc_fails ? NULL : __real_calloc(count, size);
}

static const char *failing[2]; /* texts of the handler's errors */
static int failing_code;
static hl_bytes seen; /* the handler's argument */
static struct hl_wire_result sent;
static char sent_text[1024];

static void memory_use(hl_host_call *call)
{
    uint8_t *first = hl_call_alloc(call, 100);
    uint8_t *second = hl_call_alloc(call, 0);

    assert_non_null(first);
    assert_non_null(second);
    assert_int_equal((uintptr_t)first % 16, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(first[i], 0);
    memset(first, 0xFF, 100);
    assert_null(hl_call_alloc(call, SIZE_MAX));
    calloc_fails = true;
    assert_null(hl_call_alloc(call, 1));
    calloc_fails = false;
}

HL_PROVIDE(hl_bytes, take, (hl_bytes, data))
{
    memory_use(call);
    seen = data;
    for (int i = 0; i < 2; i++)
        if (failing[i])
            hl_call_fail(call, failing_code, "%s", failing[i]);
    return data;
}

static hl_status reply_keep(struct hl_channel *channel,
                            const struct hl_wire_result *reply, size_t *size,
                            hl_error *error)
{
    (void)channel;
    (void)error;
    sent = *reply;
    snprintf(sent_text, sizeof(sent_text), "%.*s", (int)reply->message.len,
             reply->is_error ? reply->message.data : "");
    *size = 0;
    return HL_OK;
}

struct world {
    hl_image *image;
    hl_config *config;
    hl_sandbox *sandbox;
    struct hl_transport_ops ops;
    hl_error error;
};

static int world_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    memset(failing, 0, sizeof(failing));
    memset(&sent, 0, sizeof(sent));
    failing_code = HL_ERR_HOST;
    fake_startup = NULL;
    fake_call = NULL;
    world->image = fake_image_open();
    world->config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_grant(world->config, &hl_provided_take, NULL);
    world->sandbox =
        fake_sandbox_open(world->image, world->config, &world->error);
    assert_non_null(world->sandbox);
    /* The queues' messages, without the queues. */
    world->ops = hl_transport_stack;
    world->ops.codec = hl_transport_virtq.codec;
    world->ops.send_reply = reply_keep;
    world->sandbox->channel.ops = &world->ops;
    *state = world;
    return 0;
}

static int world_down(void **state)
{
    struct world *world = *state;

    world->sandbox->phase = HL_PHASE_IDLE;
    hl_sandbox_close(world->sandbox);
    hl_config_free(world->config);
    hl_image_free(world->image);
    free(world);
    return 0;
}

/* The guest calls take(bytes), in type, and wants that type back. */
static hl_status ask(struct world *world, enum hl_phase phase,
                     enum hl_type type)
{
    static const uint8_t data[] = "some bytes";
    struct hl_wire_call call = {
        .name = {"take", 4},
        .kind = HL_WIRE_CALL_HOST,
        .returns = (uint8_t)type,
        .count = 1,
    };
    uint8_t bytes[512];
    struct hl_message message = {.kind = HL_MESSAGE_CALL, .data = bytes};

    call.args[0].type = type;
    call.args[0].as.bytes = (hl_bytes){data, sizeof(data)};
    assert_int_equal(hl_wire_encode_call_external(&call, bytes, sizeof(bytes),
                                                  &message.size),
                     HL_WIRE_OK);
    world->sandbox->phase = phase;
    seen.len = 0;
    return sandbox_host_call(world->sandbox, &message, &world->error);
}

static void P6_2_chunks_are_bytes_to_a_handler(void **state)
{
    static const enum hl_type types[] = {HL_TYPE_BYTES, HL_TYPE_CHUNKS};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_int_equal(ask(*state, HL_PHASE_CALL, types[i]), HL_OK);
        assert_int_equal(seen.len, 11);
        assert_false(sent.is_error);
        assert_int_equal(sent.value.type, types[i]);
    }
}

static void B12_the_first_error_counts(void **state)
{
    static const enum hl_type types[] = {HL_TYPE_BYTES, HL_TYPE_CHUNKS};

    failing[0] = "the first";
    failing[1] = "the second";
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_int_equal(ask(*state, HL_PHASE_CALL, types[i]), HL_OK);
        assert_true(sent.is_error);
        assert_int_equal(sent.code, HL_ERR_HOST);
        assert_int_not_equal(sent.value.type, HL_TYPE_CHUNKS);
        assert_string_equal(sent_text, "the first");
    }
}

/* Upstream's codes go out as they are, anything else as HL_ERR_HOST. */
static void B12_codes_are_those_of_the_wire(void **state)
{
    bool known[256] = {false};

#define KNOWN(name, number, text) known[number] = (number) != HL_ERR_NONE;
    HL_ERR_TABLE(KNOWN)
#undef KNOWN
    failing[0] = "refused";
    for (failing_code = 0; failing_code < 256; failing_code++) {
        assert_int_equal(ask(*state, HL_PHASE_CALL, HL_TYPE_BYTES), HL_OK);
        assert_true(sent.is_error);
        assert_int_equal(sent.code,
                         known[failing_code] ? failing_code : HL_ERR_HOST);
    }
}

/* A text is cut at its end, and never inside a character. */
static void B8_texts_are_cut_between_characters(void **state)
{
    static char text[1000];

    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + 510, "\xC3\xA4", 2);
    failing[0] = text;
    assert_int_equal(ask(*state, HL_PHASE_CALL, HL_TYPE_BYTES), HL_OK);
    assert_int_equal(strlen(sent_text), 510);
    failing[0] = "\xFF\xFE";
    assert_int_equal(ask(*state, HL_PHASE_CALL, HL_TYPE_BYTES), HL_OK);
    assert_true(sent.is_error);
    assert_string_equal(sent_text, "");
}

static void P5_2_no_host_call_while_a_snapshot_is_made(void **state)
{
    struct world *world = *state;

    assert_int_equal(ask(world, HL_PHASE_CHECKPOINT, HL_TYPE_BYTES),
                     HL_FAIL_PROTOCOL);
    assert_non_null(strstr(world->error.message, "snapshot checkpoint"));
    assert_int_equal(seen.len, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_up, world_down)
    const struct CMUnitTest tests[] = {
        TEST(P6_2_chunks_are_bytes_to_a_handler),
        TEST(B12_the_first_error_counts),
        TEST(B12_codes_are_those_of_the_wire),
        TEST(B8_texts_are_cut_between_characters),
        TEST(P5_2_no_host_call_while_a_snapshot_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
