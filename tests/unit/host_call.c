/* SPDX-License-Identifier: MIT */
/* guarantees: P4.1 P4.2 P5.1 P5.2 P5.3 P6.4 P6.5 B18 B22 */
/* Which host calls reach a handler. */
#include "host_call.h"

static hl_status busy[4];
static hl_snapshot *kept; /* of the sandbox, if there is one */

/* Does what no host function may do to its own sandbox. */
HL_PROVIDE(int32_t, reenter)
{
    hl_sandbox *mine = *(hl_sandbox **)hl_call_context(call);
    hl_snapshot *snapshot = NULL;
    int32_t value;

    entered++;
    busy[0] = fake_sandbox_call(mine, &value, NULL);
    busy[1] = hl_sandbox_snapshot(mine, &snapshot, NULL);
    busy[2] = hl_sandbox_is_poisoned(mine);
    busy[3] = hl_sandbox_restore(mine, kept, NULL);
    return 7;
}

static void guest_hears_at_start(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_pop_reply(vm, &heard);
    fake_halts(vm, exit);
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
    const struct CMUnitTest tests[] = {
        CALL_TEST(P4_1_without_grants_no_name_is_found),
        CALL_TEST(P4_2_near_misses_never_enter_a_handler),
        CALL_TEST(P4_3_a_grant_of_one_sandbox_is_not_anothers),
        CALL_TEST(P5_1_no_host_call_during_start_up),
        CALL_TEST(P5_2_none_after_the_halt),
        CALL_TEST(P5_3_phase_is_that_of_each_sandbox),
        CALL_TEST(P6_4_only_calls_marked_as_host_calls),
        CALL_TEST(P6_5_expected_return_type_must_be_the_declared_one),
        CALL_TEST(B18_no_way_back_into_its_own_sandbox),
        CALL_TEST(B22_host_calls_have_a_budget),
    };

    return cmocka_run_group_tests_name("host_call", tests, NULL, NULL);
}
