/* SPDX-License-Identifier: MIT */
/* guarantees: P4.1 P4.2 P5.1 P5.2 P5.3 P6.4 P6.5 B6 B7 B8 B11 B12 B18 B22 */
/* Which host calls reach a handler, and what the guest gets when not. */
#include <stdlib.h>
#include <string.h>

#include "fake_sandbox.h"

static unsigned entered;            /* the handler counter */
static struct hl_wire_call asked;   /* what the guest asks for */
static struct hl_wire_result heard; /* the reply that it got */
static char heard_text[512];
static const char *failing; /* the handler fails with this text */
static int failing_code;
static const char *failing_again; /* and then with this one */
static hl_string returned = {"fine", 4};
static hl_status busy[4];

HL_PROVIDE(hl_string, name_of, (int32_t, n), (const char *, text))
{
    entered++;
    (void)n;
    (void)text;
    if (failing != NULL)
        hl_call_fail(call, failing_code, "%s", failing);
    if (failing_again != NULL)
        hl_call_fail(call, HL_ERR_MALLOC, "%s", failing_again);
    return returned;
}

static hl_snapshot *kept; /* of the sandbox, if there is one */

/* Does what no host function may do to its own sandbox. */
HL_PROVIDE(int32_t, reenter)
{
    hl_sandbox *sandbox = *(hl_sandbox **)hl_call_context(call);
    hl_snapshot *snapshot = NULL;
    int32_t value;

    entered++;
    busy[0] = fake_sandbox_call(sandbox, &value, NULL);
    busy[1] = hl_sandbox_snapshot(sandbox, &snapshot, NULL);
    busy[2] = hl_sandbox_is_poisoned(sandbox);
    busy[3] = hl_sandbox_restore(sandbox, kept, NULL);
    return 7;
}

static const hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_error error;
static int32_t result;

static void guest_asks(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_push_call(vm, &asked);
    fake_out(exit, HL_PORT_CALL, 0);
}

static void guest_hears(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_pop_reply(vm, &heard);
    snprintf(heard_text, sizeof(heard_text), "%.*s", (int)heard.message.len,
             heard.is_error ? heard.message.data : "");
    fake_push_int(vm, heard.is_error ? (int32_t)heard.code : 0);
    fake_halts(vm, exit);
}

static fake_step_fn *const asking[] = {guest_asks, guest_hears, NULL};

static void guest_hears_at_start(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_pop_reply(vm, &heard);
    fake_halts(vm, exit);
}

static int call_up(void **state)
{
    (void)state;
    entered = 0;
    failing = NULL;
    failing_again = NULL;
    failing_code = HL_ERR_HOST;
    returned = (hl_string){"fine", 4};
    fake_startup = NULL;
    fake_call = asking;
    asked = (struct hl_wire_call){
        .name = {"name_of", 7},
        .kind = HL_WIRE_CALL_HOST,
        .returns = HL_TYPE_STRING,
        .count = 2,
    };
    asked.args[0].type = HL_TYPE_INT;
    asked.args[1].type = HL_TYPE_STRING;
    asked.args[1].as.string = (hl_string){"text", 4};
    image = fake_image_open();
    config = hl_config_new(HL_PRESET_HLKIT);
    return 0;
}

static int call_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    sandbox = NULL;
    hl_config_free(config);
    hl_image_free((hl_image *)(uintptr_t)image);
    return 0;
}

static void open_granted(void)
{
    assert_int_equal(hl_config_grant(config, &hl_provided_name_of, NULL),
                     HL_OK);
    sandbox = fake_sandbox_open(image, config, &error);
    assert_non_null(sandbox);
}

/* The guest asked in vain: code 17 and a text, handler not entered, guest
 * goes on, sandbox healthy. */
static void assert_refused(const char *text)
{
    const unsigned before = entered;

    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_non_null(strstr(heard_text, text));
    assert_int_equal(entered, before);
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static void assert_served(void)
{
    const unsigned before = entered;

    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, 0);
    assert_int_equal(entered, before + 1);
}

static void P4_1_without_grants_no_name_is_found(void **state)
{
    static const char *const names[] = {"name_of",  "HostPrint", "hl_println",
                                        "hl_write", "",          "reenter"};

    (void)state;
    sandbox = fake_sandbox_open(image, config, &error);
    assert_non_null(sandbox);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        asked.name = (hl_string){names[i], strlen(names[i])};
        assert_refused("was not found");
    }
    assert_int_equal(entered, 0);
}

static void P4_2_near_misses_never_enter_a_handler(void **state)
{
    static const hl_string names[] = {
        {"name_o", 6},    {"name_of ", 8},   {"Name_of", 7},   {"NAME_OF", 7},
        {"name_of\0", 8}, {"name_of\0x", 9}, {"\0name_of", 8}, {"n", 1},
        {"", 0},          {"name_of\n", 8},  {"name\0_of", 8}};
    char *huge = malloc(60000);

    (void)state;
    open_granted();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        asked.name = names[i];
        assert_refused("was not found");
    }
    memset(huge, 'n', 60000);
    asked.name = (hl_string){huge, 60000};
    assert_refused("was not found");
    free(huge);
    asked.name = (hl_string){"name_of", 7};
    assert_served();
}

static void P4_3_a_grant_of_one_sandbox_is_not_anothers(void **state)
{
    hl_config *bare = hl_config_new(HL_PRESET_HLKIT);
    hl_sandbox *granted;

    (void)state;
    open_granted();
    granted = sandbox;
    sandbox = fake_sandbox_open(image, bare, &error);
    assert_refused("was not found");
    hl_sandbox_close(sandbox);
    sandbox = granted;
    assert_served();
    hl_config_free(bare);
}

static void P5_1_no_host_call_during_start_up(void **state)
{
    static fake_step_fn *const starting[] = {guest_asks, guest_hears_at_start,
                                             NULL};

    (void)state;
    fake_startup = starting;
    open_granted();
    assert_int_equal(entered, 0);
    assert_true(heard.is_error);
    assert_int_equal(heard.code, HL_ERR_HOST);
    assert_served();
    hl_sandbox_close(sandbox);
    hl_config_allow_startup_calls(config, true);
    entered = 0;
    open_granted();
    assert_int_equal(entered, 1);
    assert_false(heard.is_error);
}

/* A call pushed before the halt is a malformed result, not a call. */
static void P5_2_none_after_the_halt(void **state)
{
    static fake_step_fn *const late[] = {guest_asks, fake_halts, NULL};

    (void)state;
    open_granted();
    fake_call = late + 1;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_NO_RESULT);
    fake_push_call(fake_last, &asked);
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_PROTOCOL);
    assert_int_equal(entered, 0);
}

/* While one sandbox is inside a call, another one's start-up is still one. */
static const hl_image *inner_image;
static bool inner_opened;

HL_PROVIDE(void, open_another)
{
    hl_config *inner_config = hl_config_new(HL_PRESET_HLKIT);
    fake_step_fn *const *const outer = fake_call;
    hl_sandbox *inner;

    (void)call;
    hl_config_grant(inner_config, &hl_provided_name_of, NULL);
    inner = fake_sandbox_open(inner_image, inner_config, NULL);
    inner_opened = inner != NULL;
    hl_sandbox_close(inner);
    hl_config_free(inner_config);
    fake_call = outer;
}

static void guest_asks_name(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    asked.name = (hl_string){"name_of", 7};
    asked.returns = HL_TYPE_STRING;
    asked.count = 2;
    guest_asks(vm, exit);
}

static void P5_3_phase_is_that_of_each_sandbox(void **state)
{
    static fake_step_fn *const starting[] = {guest_asks_name,
                                             guest_hears_at_start, NULL};
    static fake_step_fn *const calling[] = {guest_asks, fake_answers_42, NULL};

    (void)state;
    hl_config_grant(config, &hl_provided_open_another, NULL);
    sandbox = fake_sandbox_open(image, config, &error);
    inner_image = image;
    fake_startup = starting;
    fake_call = calling;
    asked.name = (hl_string){"open_another", 12};
    asked.returns = HL_TYPE_VOID;
    asked.count = 0;
    /* The fake guest's position is global: the outer call is over when the
     * inner sandbox is closed, hence the outer result is not looked at. */
    fake_sandbox_call(sandbox, &result, &error);
    assert_true(inner_opened);
    assert_int_equal(entered, 0);
    assert_true(heard.is_error);
    assert_int_equal(heard.code, HL_ERR_HOST);
}

static void P6_4_only_calls_marked_as_host_calls(void **state)
{
    hl_snapshot *snapshot;

    (void)state;
    open_granted();
    assert_int_equal(hl_sandbox_snapshot(sandbox, &snapshot, &error), HL_OK);
    asked.kind = HL_WIRE_CALL_GUEST;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_PROTOCOL);
    assert_non_null(strstr(error.message, "host call"));
    assert_true(hl_sandbox_is_poisoned(sandbox));
    assert_int_equal(entered, 0);
    assert_int_equal(hl_sandbox_restore(sandbox, snapshot, &error), HL_OK);
    asked.kind = HL_WIRE_CALL_HOST;
    assert_served();
    hl_snapshot_free(snapshot);
}

static void P6_5_expected_return_type_must_be_the_declared_one(void **state)
{
    (void)state;
    open_granted();
    for (uint8_t type = HL_TYPE_INT; type <= HL_TYPE_VOID; type++) {
        asked.returns = type;
        if (type == HL_TYPE_STRING)
            assert_served();
        else
            assert_refused("returns String, not");
    }
}

static void B8_text_with_a_nul_never_reaches_a_c_string(void **state)
{
    (void)state;
    open_granted();
    asked.args[1].as.string = (hl_string){"te\0t", 4};
    assert_refused("NUL");
    asked.args[1].as.string = (hl_string){"", 0};
    assert_served();
}

static void B12_failure_of_a_handler_is_a_value(void **state)
{
    static const int codes[] = {HL_ERR_HOST, HL_ERR_NOT_FOUND, HL_ERR_MALLOC};

    (void)state;
    open_granted();
    failing = "no such thing";
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        failing_code = codes[i];
        assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
        assert_int_equal(result, codes[i]);
        assert_string_equal(heard_text, "no such thing");
        assert_false(hl_sandbox_is_poisoned(sandbox));
    }
    failing = NULL;
    assert_served();
}

static void B12_codes_that_are_none_become_host_error(void **state)
{
    static const int codes[] = {0, 1, 9, 18, 100, 117, -1, 1 << 30};

    (void)state;
    open_granted();
    failing = "odd";
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        failing_code = codes[i];
        assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
        assert_int_equal(result, HL_ERR_HOST);
    }
}

static void B12_first_failure_counts(void **state)
{
    (void)state;
    open_granted();
    failing = "the first";
    failing_again = "the second";
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_string_equal(heard_text, "the first");
}

/* A message longer than its buffer is cut between characters. */
static void B12_long_failure_stays_text(void **state)
{
    char text[701];

    (void)state;
    open_granted();
    for (size_t i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "\xC3\xA9", 3);
    failing = text;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_int_equal(strlen(heard_text), 510); /* 511 would end in half one */
    assert_memory_equal(heard_text, text, 510);
}

/* A name of any length is told with at most 256 bytes of it. */
static void B7_long_names_are_told_short(void **state)
{
    char name[400];

    (void)state;
    open_granted();
    memset(name, 'n', sizeof(name));
    asked.name = (hl_string){name, 300};
    assert_refused("was not found");
    assert_int_equal(strlen(heard_text),
                     strlen("HostFunction  was not found") + 256);
}

static bool allocation_refused;
static char *allocated[2];

HL_PROVIDE(void, allocates)
{
    entered++;
    allocation_refused = hl_call_alloc(call, SIZE_MAX) == NULL &&
                         hl_call_alloc(call, SIZE_MAX - 8) == NULL;
    allocated[0] = hl_call_alloc(call, 0);
    allocated[1] = hl_call_alloc(call, 1000);
    memset(allocated[1], 'x', 1000);
}

static void B6_allocations_of_a_handler_do_not_wrap(void **state)
{
    (void)state;
    hl_config_grant(config, &hl_provided_allocates, NULL);
    open_granted();
    asked.name = (hl_string){"allocates", 9};
    asked.returns = HL_TYPE_VOID;
    asked.count = 0;
    assert_served();
    assert_true(allocation_refused);
    assert_non_null(allocated[0]);
    assert_non_null(allocated[1]);
}

static void B12_value_without_a_wire_form_becomes_host_error(void **state)
{
    (void)state;
    open_granted();
    returned = (hl_string){"\xC0\x80", 2};
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_non_null(strstr(heard_text, "invalid value"));
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static void B11_reply_too_big_is_an_error_to_the_caller(void **state)
{
    char *big = calloc(1, 70000);
    hl_snapshot *snapshot;

    (void)state;
    open_granted();
    assert_int_equal(hl_sandbox_snapshot(sandbox, &snapshot, &error), HL_OK);
    returned = (hl_string){big, 70000};
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_TOO_BIG);
    assert_true(hl_sandbox_is_poisoned(sandbox));
    assert_int_equal(hl_sandbox_restore(sandbox, snapshot, &error), HL_OK);
    returned = (hl_string){"fine", 4};
    assert_served();
    hl_snapshot_free(snapshot);
    free(big);
}

static void B18_no_way_back_into_its_own_sandbox(void **state)
{
    static fake_step_fn *const calling[] = {guest_asks, guest_hears, NULL};

    (void)state;
    hl_config_grant(config, &hl_provided_reenter, &sandbox);
    sandbox = fake_sandbox_open(image, config, &error);
    assert_int_equal(hl_sandbox_snapshot(sandbox, &kept, &error), HL_OK);
    asked.name = (hl_string){"reenter", 7};
    asked.returns = HL_TYPE_INT;
    asked.count = 0;
    fake_call = calling;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(entered, 1);
    assert_int_equal(busy[0], HL_FAIL_BUSY);
    assert_int_equal(busy[1], HL_FAIL_BUSY);
    assert_false(busy[2]);
    assert_int_equal(busy[3], HL_FAIL_BUSY);
    hl_snapshot_free(kept);
    assert_false(heard.is_error);
    assert_int_equal(heard.value.as.i32, 7);
}

static void guest_asks_for_ever(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    static fake_step_fn *const again[] = {guest_asks_for_ever, NULL};

    fake_call = again;
    vm->regs.rip = FAKE_DISPATCH; /* back to this step */
    if (entered != 0)
        fake_pop_reply(vm, &heard);
    guest_asks(vm, exit);
}

static void B22_host_calls_have_a_budget(void **state)
{
    static fake_step_fn *const endless[] = {guest_asks_for_ever, NULL};

    (void)state;
    hl_config_set_limit(config, HL_LIMIT_HOST_CALLS, 100);
    open_granted();
    fake_call = endless;
    assert_int_equal(fake_sandbox_call(sandbox, &result, &error),
                     HL_FAIL_BUDGET);
    assert_int_equal(entered, 100);
    assert_true(hl_sandbox_is_poisoned(sandbox));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, call_up, call_down)
    const struct CMUnitTest tests[] = {
        TEST(P4_1_without_grants_no_name_is_found),
        TEST(P4_2_near_misses_never_enter_a_handler),
        TEST(P4_3_a_grant_of_one_sandbox_is_not_anothers),
        TEST(P5_1_no_host_call_during_start_up),
        TEST(P5_2_none_after_the_halt),
        TEST(P5_3_phase_is_that_of_each_sandbox),
        TEST(P6_4_only_calls_marked_as_host_calls),
        TEST(P6_5_expected_return_type_must_be_the_declared_one),
        TEST(B8_text_with_a_nul_never_reaches_a_c_string),
        TEST(B12_failure_of_a_handler_is_a_value),
        TEST(B12_codes_that_are_none_become_host_error),
        TEST(B12_first_failure_counts),
        TEST(B12_long_failure_stays_text),
        TEST(B7_long_names_are_told_short),
        TEST(B6_allocations_of_a_handler_do_not_wrap),
        TEST(B12_value_without_a_wire_form_becomes_host_error),
        TEST(B11_reply_too_big_is_an_error_to_the_caller),
        TEST(B18_no_way_back_into_its_own_sandbox),
        TEST(B22_host_calls_have_a_budget),
    };

    return cmocka_run_group_tests_name("host_call", tests, NULL, NULL);
}
