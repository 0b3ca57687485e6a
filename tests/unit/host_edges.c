/* SPDX-License-Identifier: MIT */
/* guarantees: B9 B10 B14 B16 B22 P2.2 P6.2 */
/* Calls at their edges: the most arguments, the last character of each length,
 * no wish for an error, what is reset and when. */
#include <string.h>

#include "fake_sandbox.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static hl_error error;
static int32_t result;
static struct hl_vmm_exit next_exit;
static uint64_t flags_seen;
static char printed[64];
static size_t printed_len;

static void guest_exits(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    flags_seen = vm->regs.rflags;
    *exit = next_exit;
}

static void guest_looks(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    flags_seen = vm->regs.rflags;
    fake_answers_42(vm, exit);
}

static fake_step_fn *const exiting[] = {guest_exits, fake_answers_42, NULL};
static fake_step_fn *const looking[] = {guest_looks, NULL};

static void take_debug(void *context, const char *text, size_t len)
{
    (void)context;
    memcpy(printed + printed_len, text, len);
    printed_len += len;
}

static int edges_up(void **state)
{
    (void)state;
    fake_startup = NULL;
    fake_call = looking;
    printed_len = 0;
    memset(printed, 0, sizeof(printed));
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    hl_config_set_debug(config, take_debug, NULL);
    sandbox = fake_sandbox_open(image, config, &error);
    return hl_sandbox_snapshot(sandbox, &fresh, &error);
}

static int edges_down(void **state)
{
    (void)state;
    fake_close(fresh, sandbox, config, image);
    return 0;
}

static hl_status call(hl_error *why)
{
    return fake_sandbox_call(sandbox, &result, why);
}

static void B14_first_and_last_character_of_each_length(void **state)
{
    static const struct {
        uint32_t scalar;
        const char *text;
    } cases[] = {{0x7F, "\x7F"},
                 {0x80, "\xC2\x80"},
                 {0x7FF, "\xDF\xBF"},
                 {0x800, "\xE0\xA0\x80"},
                 {0xD7FF, "\xED\x9F\xBF"},
                 {0xE000, "\xEE\x80\x80"},
                 {0xFFFF, "\xEF\xBF\xBF"},
                 {0x10000, "\xF0\x90\x80\x80"},
                 {0x10FFFF, "\xF4\x8F\xBF\xBF"}};
    static const uint32_t none[] = {0xD800, 0xDFFF, 0x110000};

    (void)state;
    fake_call = exiting;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        printed_len = 0;
        memset(printed, 0, sizeof(printed));
        fake_out(&next_exit, HL_PORT_DEBUG, cases[i].scalar);
        assert_int_equal(call(&error), HL_OK);
        assert_string_equal(printed, cases[i].text);
    }
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        fake_out(&next_exit, HL_PORT_DEBUG, none[i]);
        assert_int_equal(call(&error), HL_FAIL_PROTOCOL);
        assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    }
}

static void B22_no_limit_is_none(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_set_limit(config, HL_LIMIT_PRINTED, 0);
    sandbox = fake_sandbox_open(image, config, &error);
    fake_call = exiting;
    fake_out(&next_exit, HL_PORT_DEBUG, 'x');
    assert_int_equal(call(&error), HL_OK);
    assert_string_equal(printed, "x");
}

/* Every failing exit, with nobody who wants to know why. */
static void B16_no_error_wanted_is_fine(void **state)
{
    (void)state;
    fake_call = exiting;
    for (int kind = HL_VMM_EXIT_OUT; kind <= HL_VMM_EXIT_OTHER; kind++) {
        if (kind == HL_VMM_EXIT_STOPPED || kind == HL_VMM_EXIT_HALT)
            continue;
        next_exit = (struct hl_vmm_exit){
            .kind = (enum hl_vmm_exit_kind)kind, .port = 77, .count = 1};
        assert_int_not_equal(call(NULL), HL_OK);
        assert_true(hl_sandbox_is_poisoned(sandbox));
        assert_int_equal(call(NULL), HL_FAIL_POISONED);
        assert_int_equal(hl_sandbox_restore(sandbox, fresh, NULL), HL_OK);
    }
}

static void B16_errors_say_where_and_what(void **state)
{
    (void)state;
    fake_call = exiting;
    next_exit =
        (struct hl_vmm_exit){.kind = HL_VMM_EXIT_OUT, .port = 77, .count = 1};
    memset(&error, 0, sizeof(error));
    assert_int_equal(call(&error), HL_FAIL_PORT);
    assert_int_equal(error.port, 77);
    assert_int_equal(error.image, HL_BASE_ADDRESS);
    assert_int_equal(error.rsp, FAKE_STACK);
    memset(&error, 0, sizeof(error));
    assert_int_equal(call(&error), HL_FAIL_POISONED);
    assert_int_equal(error.status, HL_FAIL_POISONED);
    assert_string_equal(error.message, hl_status_text(HL_FAIL_POISONED));
    hl_sandbox_restore(sandbox, fresh, &error);
    next_exit =
        (struct hl_vmm_exit){.kind = HL_VMM_EXIT_MEMORY, .gpa = 0x123000};
    assert_int_equal(call(&error), HL_FAIL_MEMORY);
    assert_int_equal(error.address, 0x123000);
    hl_sandbox_restore(sandbox, fresh, &error);
    next_exit =
        (struct hl_vmm_exit){.kind = HL_VMM_EXIT_INSTRUCTION, .byte_count = 15};
    memset(next_exit.bytes, 0x66, 15);
    assert_int_equal(call(&error), HL_FAIL_INSTRUCTION);
    assert_non_null(strstr(error.message, " 66 66 66 66 66 66 66 66 66 66 66 66"
                                          " 66 66 66 at"));
    hl_sandbox_restore(sandbox, fresh, &error);
}

static void P6_2_eleven_arguments_and_no_more(void **state)
{
    hl_value args[12];

    (void)state;
    for (int i = 0; i < 12; i++)
        args[i] = (hl_value){.type = HL_TYPE_INT, .as.i32 = i};
    assert_int_equal(
        hl_sandbox_call(sandbox, "f", 1, args, 11, HL_TYPE_INT, NULL, &error),
        HL_OK);
    assert_int_equal(
        hl_sandbox_call(sandbox, "f", 1, args, 12, HL_TYPE_INT, NULL, &error),
        HL_FAIL_ARGUMENT);
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static void guest_answers_twice(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_push_int(vm, 1);
    fake_answers_42(vm, exit);
}

/* A result that came, but with more behind it, is none. */
static void B9_a_failed_call_gives_no_result(void **state)
{
    static fake_step_fn *const twice[] = {guest_answers_twice, NULL};
    hl_value value = {.type = HL_TYPE_BOOL};

    (void)state;
    fake_call = twice;
    assert_int_equal(
        hl_sandbox_call(sandbox, "f", 1, NULL, 0, HL_TYPE_INT, &value, &error),
        HL_FAIL_PROTOCOL);
    assert_int_equal(value.type, HL_TYPE_BOOL);
}

/* Start-up may leave nothing behind, whether or not anybody asks why. */
static void B10_start_up_with_something_left_is_refused(void **state)
{
    static fake_step_fn *const leaving[] = {fake_answers_42, NULL};

    (void)state;
    fake_startup = leaving;
    assert_null(fake_sandbox_open(image, config, &error));
    assert_int_equal(error.status, HL_FAIL_START);
    assert_non_null(strstr(error.message, "unread bytes"));
    assert_null(fake_sandbox_open(image, config, NULL));
}

/* abi §3.3: the first call after a restore, and only that, asks for a flush. */
static void P2_2_first_call_after_a_restore_flushes(void **state)
{
    (void)state;
    assert_int_equal(call(&error), HL_OK);
    assert_int_equal(flags_seen, HL_RFLAGS_INIT);
    assert_int_equal(hl_sandbox_restore(sandbox, fresh, &error), HL_OK);
    assert_int_equal(call(&error), HL_OK);
    assert_int_equal(flags_seen, HL_RFLAGS_FLUSH);
    assert_int_equal(call(&error), HL_OK);
    assert_int_equal(flags_seen, HL_RFLAGS_INIT);
}

static void P2_2_fpu_is_reset_each_call_where_upstream_does(void **state)
{
    unsigned before = fake_last->fpu_resets;

    (void)state;
    assert_int_equal(call(&error), HL_OK);
    assert_int_equal(fake_last->fpu_resets, before);
    hl_sandbox_close(sandbox);
    config->fpu_each_call = true;
    sandbox = fake_sandbox_open(image, config, &error);
    before = fake_last->fpu_resets;
    assert_int_equal(call(&error), HL_OK);
    assert_int_equal(call(&error), HL_OK);
    assert_int_equal(fake_last->fpu_resets, before + 2);
}

static void each_status_has_a_text_of_its_own(void **state)
{
    enum { CODES_END = 256 };
    static const struct {
        hl_status status;
        const char *text;
    } known[] = {
#define KNOWN(name, code, text) {code, text},
        HL_ERR_TABLE(KNOWN) HL_FAIL_TABLE(KNOWN)
#undef KNOWN
    };
    size_t unknown = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        assert_string_equal(hl_status_text(known[i].status), known[i].text);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(known[i].text, known[j].text);
    }
    for (hl_status status = -1; status < CODES_END; status++)
        unknown += strcmp(hl_status_text(status), "unknown status") == 0;
    assert_int_equal(unknown, CODES_END + 1 - COUNT_OF(known));
}

/* The allocator's word is the guest's: shown where it can be one. */
static void scratch_used_is_bounded(void **state)
{
    const struct hl_layout *l = &sandbox->layout;
    const struct {
        uint64_t word, used;
    } cases[] = {{l->scratch_gpa, 0},
                 {l->scratch_gpa + 0x5000, 0x5000},
                 {HL_SCRATCH_GPA_END, l->scratch_size},
                 {HL_SCRATCH_GPA_END + 0x1000, l->scratch_size},
                 {l->scratch_gpa - 0x1000, l->scratch_size},
                 {0, l->scratch_size},
                 {UINT64_MAX, l->scratch_size}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        hl_stats stats;

        memcpy(fake_scratch(fake_last, l->scratch_size - HL_META_ALLOCATOR),
               &cases[i].word, 8);
        hl_sandbox_get_stats(sandbox, &stats);
        assert_int_equal(stats.scratch_used, cases[i].used);
    }
}

/* A message that is cut stays UTF-8. */
static void a_cut_message_ends_with_a_whole_character(void **state)
{
    static const char *const ends[] = {"x", "\xC3\xA9", "\xE2\x82\xAC",
                                       "\xF0\x9F\x98\x80"};
    char text[sizeof(error.message) + 8];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const size_t size = strlen(ends[i]);

        for (size_t inside = 0; inside <= size; inside++) {
            const size_t before = sizeof(error.message) - 1 - inside;

            memset(text, 'a', before);
            memcpy(text + before, ends[i], size + 1);
            memset(text + before + size, 'b', 2);
            text[before + size + 2] = '\0';
            hl_error_set(&error, HL_FAIL_ARGUMENT, "%s", text);
            assert_int_equal(strlen(error.message),
                             before + (inside == size ? size : 0));
            assert_memory_equal(error.message, text, strlen(error.message));
        }
    }
    hl_error_set(&error, HL_FAIL_ARGUMENT, "whole: %s", ends[1]);
    assert_string_equal(error.message, "whole: \xC3\xA9");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, edges_up, edges_down)
    const struct CMUnitTest tests[] = {
        TEST(B14_first_and_last_character_of_each_length),
        TEST(B22_no_limit_is_none),
        TEST(B16_no_error_wanted_is_fine),
        TEST(B16_errors_say_where_and_what),
        TEST(P6_2_eleven_arguments_and_no_more),
        TEST(B9_a_failed_call_gives_no_result),
        TEST(B10_start_up_with_something_left_is_refused),
        TEST(P2_2_first_call_after_a_restore_flushes),
        TEST(P2_2_fpu_is_reset_each_call_where_upstream_does),
        TEST(scratch_used_is_bounded),
        TEST(each_status_has_a_text_of_its_own),
        TEST(a_cut_message_ends_with_a_whole_character),
    };

    return cmocka_run_group_tests_name("host_edges", tests, NULL, NULL);
}
