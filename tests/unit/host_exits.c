/* SPDX-License-Identifier: MIT */
/* guarantees: B9 B14 B15 B16 B22 B23 P3.1 P3.6 */
/* Every exit a guest can make: its named error, and whether it poisons. */
#include <stdlib.h>
#include <string.h>

#include "fake_sandbox.h"

static struct hl_vmm_exit next_exit;
static uint8_t pushed[4096];
static size_t pushed_size;
static struct hl_wire_log log_sent;
static unsigned logs;
static char debug_text[64];
static size_t debug_len;

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static hl_error error;
static int32_t result;

static void guest_exits(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    if (pushed_size != 0)
        fake_push(vm, pushed, pushed_size);
    *exit = next_exit;
}

static fake_step_fn *const exiting[] = {guest_exits, fake_answers_42, NULL};

static void take_log(void *context, const hl_log_record *record)
{
    (void)context;
    logs++;
    assert_int_equal(record->level, log_sent.level);
    assert_int_equal(record->line, log_sent.line);
    assert_string_equal(record->message.data, log_sent.message.data);
}

static void take_debug(void *context, const char *text, size_t len)
{
    (void)context;
    memcpy(debug_text + debug_len, text, len);
    debug_len += len;
}

static int exits_up(void **state)
{
    (void)state;
    pushed_size = 0;
    logs = 0;
    debug_len = 0;
    fake_startup = NULL;
    fake_call = exiting;
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_set_log(config, 5, take_log, NULL);
    hl_config_set_debug(config, take_debug, NULL);
    hl_config_set_limit(config, HL_LIMIT_PRINTED, 1000);
    hl_config_set_limit(config, HL_LIMIT_LOGS, 10);
    sandbox = fake_sandbox_open(image, config, &error);
    return hl_sandbox_snapshot(sandbox, &fresh, &error);
}

static int exits_down(void **state)
{
    (void)state;
    fake_close(fresh, sandbox, config, image);
    return 0;
}

static hl_status call(void)
{
    memset(&error, 0, sizeof(error));
    return fake_sandbox_call(sandbox, &result, &error);
}

/* The call ends with status and text, poisons, and all is refused until a
 * restore, after which the sandbox works again (B16). */
static void assert_poisons(hl_status status, const char *text)
{
    hl_snapshot *none = NULL;

    assert_int_equal(call(), status);
    assert_non_null(strstr(error.message, text));
    assert_true(hl_sandbox_is_poisoned(sandbox));
    assert_int_equal(call(), HL_FAIL_POISONED);
    assert_int_equal(hl_sandbox_snapshot(sandbox, &none, &error),
                     HL_FAIL_POISONED);
    assert_null(none);
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    fake_call = exiting + 1;
    assert_int_equal(call(), HL_OK);
    assert_int_equal(result, 42);
    fake_call = exiting;
}

static void assert_goes_on(void)
{
    assert_int_equal(call(), HL_OK);
    assert_int_equal(result, 42);
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static void B15_every_unknown_port_poisons_by_its_number(void **state)
{
    char text[32];

    (void)state;
    for (unsigned port = 0; port < 65536; port += port < 256 ? 1 : 977) {
        if (port == HL_PORT_LOG ||
            (port >= HL_PORT_CALL && port <= HL_PORT_DEBUG) ||
            port == HL_PORT_HALT)
            continue;
        fake_out(&next_exit, (uint16_t)port, 1);
        snprintf(text, sizeof(text), "port %u,", port);
        assert_poisons(HL_FAIL_PORT, text);
    }
}

static void B15_string_output_is_refused_on_every_port(void **state)
{
    static const uint16_t ports[] = {HL_PORT_LOG,   HL_PORT_CALL, HL_PORT_ABORT,
                                     HL_PORT_DEBUG, HL_PORT_HALT, 77};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        fake_out(&next_exit, ports[i], 1);
        next_exit.count = 2;
        assert_poisons(HL_FAIL_PORT, "rep outs");
    }
}

static void B15_narrow_outputs_are_as_good_as_wide_ones(void **state)
{
    (void)state;
    for (uint8_t width = 1; width <= 4; width = (uint8_t)(width * 2)) {
        debug_len = 0;
        fake_out(&next_exit, HL_PORT_DEBUG, 'x');
        next_exit.width = width;
        assert_goes_on();
        assert_int_equal(debug_len, 1);
    }
}

static void P3_6_exits_of_every_kind_have_their_own_error(void **state)
{
    (void)state;
    next_exit = (struct hl_vmm_exit){.kind = HL_VMM_EXIT_IN, .port = 5};
    assert_poisons(HL_FAIL_PORT, "`in` on port 5");
    next_exit = (struct hl_vmm_exit){.kind = HL_VMM_EXIT_SHUTDOWN};
    assert_poisons(HL_FAIL_SHUTDOWN, "triple fault");
    next_exit = (struct hl_vmm_exit){
        .kind = HL_VMM_EXIT_MEMORY, .gpa = 0x300000000, .is_write = true};
    assert_poisons(HL_FAIL_MEMORY, "wrote to read-only or missing memory at "
                                   "physical address 0x300000000");
    next_exit.is_write = false;
    assert_poisons(HL_FAIL_MEMORY, "read or executed missing memory");
    next_exit = (struct hl_vmm_exit){.kind = HL_VMM_EXIT_INSTRUCTION,
                                     .bytes = {0x0F, 0x57, 0xC0},
                                     .byte_count = 3};
    assert_poisons(HL_FAIL_INSTRUCTION, "instruction 0f 57 c0 at");
    next_exit.byte_count = 200; /* not to be believed */
    assert_poisons(HL_FAIL_INSTRUCTION, "-mfloat=soft");
    next_exit =
        (struct hl_vmm_exit){.kind = HL_VMM_EXIT_OTHER, .text = "strange"};
    assert_poisons(HL_FAIL_SYSTEM, "strange");
}

/* Nothing a guest does maps memory: no exit, on no port, and no restore of the
 * snapshot that is there. */
static void P3_1_no_exit_changes_what_is_mapped(void **state)
{
    struct hl_vmm_slot slots[HL_VMM_SLOTS];
    unsigned maps;

    (void)state;
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    maps = fake_last->maps;
    memcpy(slots, fake_last->slots, sizeof(slots));
    for (int kind = HL_VMM_EXIT_OUT; kind <= HL_VMM_EXIT_OTHER; kind++) {
        for (uint32_t port = 0; port < 256; port++) {
            next_exit =
                (struct hl_vmm_exit){.kind = (enum hl_vmm_exit_kind)kind,
                                     .port = (uint16_t)port,
                                     .width = 4,
                                     .count = 1,
                                     .gpa = (uint64_t)port << 30};
            if (kind == HL_VMM_EXIT_STOPPED)
                continue; /* goes on with the same exit */
            call();
            assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
        }
    }
    assert_int_equal(fake_last->maps, maps);
    assert_memory_equal(fake_last->slots, slots, sizeof(slots));
}

/* Each size that differs makes it another guest's snapshot. */
static void B23_snapshots_of_another_layout_are_refused(void **state)
{
    uint64_t *const members[] = {
        &fresh->layout.image_size,   &fresh->layout.heap_size,
        &fresh->layout.scratch_size, &fresh->layout.input_size,
        &fresh->layout.output_size,
    };
    const struct hl_transport_ops *transport = fresh->layout.transport;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        *members[i] += HL_PAGE_SIZE;
        assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error),
                         HL_FAIL_SNAPSHOT);
        *members[i] -= HL_PAGE_SIZE;
        assert_false(hl_sandbox_is_poisoned(sandbox));
    }
    fresh->layout.transport = &hl_transport_virtq;
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error),
                     HL_FAIL_SNAPSHOT);
    fresh->layout.transport = transport;
    fresh->image = NULL; /* as if of another image of the same size */
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error),
                     HL_FAIL_SNAPSHOT);
    fresh->image = image;
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
}

static void B16_failing_backend_poisons(void **state)
{
    (void)state;
    fake_last->fail_run = HL_FAIL_SYSTEM;
    assert_int_equal(call(), HL_FAIL_SYSTEM);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    fake_last->fail_run = HL_OK;
    fake_out(&next_exit, HL_PORT_DEBUG, 'x');
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    assert_goes_on();
}

static void halt_without_result_does_not_poison(void **state)
{
    (void)state;
    next_exit = (struct hl_vmm_exit){.kind = HL_VMM_EXIT_HALT};
    assert_int_equal(call(), HL_FAIL_NO_RESULT);
    assert_string_equal(error.message, "guest stopped without a result");
    assert_false(hl_sandbox_is_poisoned(sandbox));
    fake_call = exiting + 1;
    assert_goes_on();
}

static void B9_result_of_another_type_is_refused(void **state)
{
    const struct hl_wire_result text = {
        .value = {.type = HL_TYPE_STRING, .as.string = {"x", 1}}};

    (void)state;
    assert_int_equal(
        hl_wire_encode_result(&text, pushed, sizeof(pushed), &pushed_size),
        HL_WIRE_OK);
    fake_out(&next_exit, HL_PORT_HALT, 0);
    assert_int_equal(call(), HL_FAIL_RESULT_TYPE);
    assert_string_equal(error.message, "result is String, Int was asked for");
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static void guest_answers_twice(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_push_int(vm, 1);
    fake_answers_42(vm, exit);
}

static void B9_two_results_are_an_error_and_cleared(void **state)
{
    static fake_step_fn *const twice[] = {guest_answers_twice, NULL};

    (void)state;
    fake_call = twice;
    assert_int_equal(call(), HL_FAIL_PROTOCOL);
    assert_non_null(strstr(error.message, "unread"));
    assert_false(hl_sandbox_is_poisoned(sandbox));
    fake_call = exiting + 1;
    assert_goes_on();
}

static void B14_debug_characters_are_unicode_or_an_error(void **state)
{
    static const uint32_t bad[] = {0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF};
    static const uint32_t good[] = {0, 'a', 0x7FF, 0x800, 0xFFFF, 0x10FFFF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        fake_out(&next_exit, HL_PORT_DEBUG, bad[i]);
        assert_poisons(HL_FAIL_PROTOCOL, "Unicode");
    }
    assert_int_equal(debug_len, 0);
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        fake_out(&next_exit, HL_PORT_DEBUG, good[i]);
        assert_goes_on();
    }
    assert_int_equal(debug_len, 1 + 1 + 2 + 3 + 3 + 4);
    assert_true(hl_wire_utf8_valid(debug_text, debug_len));
}

static void encode_log(void)
{
    log_sent = (struct hl_wire_log){
        .message = {"text", 4},
        .source = {"source", 6},
        .caller = {"caller", 6},
        .file = {"file.c", 6},
        .line = 77,
        .level = 3,
    };
    assert_int_equal(
        hl_wire_encode_log(&log_sent, pushed, sizeof(pushed), &pushed_size),
        HL_WIRE_OK);
    fake_out(&next_exit, HL_PORT_LOG, 0);
}

static void B14_log_records_are_delivered_or_an_error(void **state)
{
    size_t size;

    (void)state;
    encode_log();
    assert_goes_on();
    assert_int_equal(logs, 1);
    size = pushed_size;
    /* No record that is cut short is taken for one. */
    for (pushed_size = 8; pushed_size < size; pushed_size += 4)
        assert_poisons(HL_FAIL_PROTOCOL, "guest");
    pushed_size = 0; /* nothing on the stack at all */
    assert_poisons(HL_FAIL_PROTOCOL, "empty");
    assert_int_equal(logs, 1);
}

static void B14_unknown_log_levels_are_an_error(void **state)
{
    unsigned refused = 0;

    (void)state;
    encode_log();
    for (size_t at = 4; at < pushed_size; at++) {
        if (pushed[at] != 3) /* where the level may be */
            continue;
        for (unsigned level = 7; level < 256; level += 31) {
            encode_log();
            pushed[at] = (uint8_t)level;
            if (call() == HL_OK)
                continue;
            assert_int_equal(error.status, HL_FAIL_PROTOCOL);
            assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
            refused++;
        }
    }
    assert_true(refused >= 8);
}

static void guest_prints_for_ever(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    vm->regs.rip = FAKE_DISPATCH;
    fake_out(exit, next_exit.port, 'x');
    if (pushed_size != 0)
        fake_push(vm, pushed, pushed_size);
}

static void B22_prints_and_logs_have_budgets(void **state)
{
    static fake_step_fn *const endless[] = {guest_prints_for_ever, NULL};
    hl_stats stats;

    (void)state;
    fake_call = endless;
    next_exit.port = HL_PORT_DEBUG;
    hl_config_set_debug(sandbox->config, NULL, NULL);
    assert_int_equal(call(), HL_FAIL_BUDGET);
    assert_non_null(strstr(error.message, "1000 printed bytes"));
    hl_sandbox_get_stats(sandbox, &stats);
    assert_int_equal(stats.printed, 1000);
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    encode_log();
    assert_int_equal(call(), HL_FAIL_BUDGET);
    assert_non_null(strstr(error.message, "10 log records"));
    assert_int_equal(logs, 10);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    /* The texts of a record are printed bytes, too: 22 of them each. */
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    hl_config_set_limit(sandbox->config, HL_LIMIT_LOGS, 0);
    logs = 0;
    assert_int_equal(call(), HL_FAIL_BUDGET);
    assert_non_null(strstr(error.message, "1000 printed bytes"));
    assert_int_equal(logs, 1000 / 22);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, exits_up, exits_down)
    const struct CMUnitTest tests[] = {
        TEST(B15_every_unknown_port_poisons_by_its_number),
        TEST(B15_string_output_is_refused_on_every_port),
        TEST(B15_narrow_outputs_are_as_good_as_wide_ones),
        TEST(P3_6_exits_of_every_kind_have_their_own_error),
        TEST(P3_1_no_exit_changes_what_is_mapped),
        TEST(B23_snapshots_of_another_layout_are_refused),
        TEST(B16_failing_backend_poisons),
        TEST(halt_without_result_does_not_poison),
        TEST(B9_result_of_another_type_is_refused),
        TEST(B9_two_results_are_an_error_and_cleared),
        TEST(B14_debug_characters_are_unicode_or_an_error),
        TEST(B14_log_records_are_delivered_or_an_error),
        TEST(B14_unknown_log_levels_are_an_error),
        TEST(B22_prints_and_logs_have_budgets),
    };

    return cmocka_run_group_tests_name("host_exits", tests, NULL, NULL);
}
