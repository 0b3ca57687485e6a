/* SPDX-License-Identifier: MIT */
/* guarantees: P1.2 P4.3 P6.2 B8 B9 B11 B16 B18 B22 B25 */
/* Open, call, close: what an embedder gets from guests made with the SDK. */
#include "support.h"

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static unsigned entered;
static hl_status nested;

HL_PROVIDE(int32_t, HostAdd, (int32_t, a), (int32_t, b))
{
    entered++;
    return a + b;
}

HL_PROVIDE(int64_t, HostAddWide, (int32_t, a), (int32_t, b))
{
    entered++;
    return (int64_t)a + b;
}

HL_PROVIDE(int32_t, HostReenter)
{
    hl_sandbox *own = *(hl_sandbox **)hl_call_context(call);

    nested = hl_sandbox_call(own, "next", 4, NULL, 0, HL_TYPE_INT, NULL, NULL);
    return 5;
}

static int core_up(void **state)
{
    (void)state;
    entered = 0;
    image = image_open("core");
    config = config_new();
    hl_config_grant(config, &hl_provided_HostAdd, NULL);
    hl_config_grant(config, &hl_provided_HostReenter, &sandbox);
    sandbox = sandbox_open(image, config);
    return 0;
}

static int core_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

static hl_status call(hl_sandbox *in, const char *name, const hl_value *args,
                      size_t count, enum hl_type returns, hl_value *result)
{
    memset(&test_error, 0, sizeof(test_error));
    return hl_sandbox_call(in, name, strlen(name), args, count, returns, result,
                           &test_error);
}

static hl_status add(hl_sandbox *in, int32_t a, int32_t b, int32_t *sum)
{
    const hl_value args[2] = {{.type = HL_TYPE_INT, .as.i32 = a},
                              {.type = HL_TYPE_INT, .as.i32 = b}};
    hl_value result = {0};
    const hl_status status = call(in, "add", args, 2, HL_TYPE_INT, &result);

    *sum = result.as.i32;
    return status;
}

static hl_status call_host(hl_sandbox *in, int32_t a, int32_t b, int32_t *sum)
{
    const hl_value args[2] = {{.type = HL_TYPE_INT, .as.i32 = a},
                              {.type = HL_TYPE_INT, .as.i32 = b}};
    hl_value result = {0};
    const hl_status status =
        call(in, "call_host", args, 2, HL_TYPE_INT, &result);

    *sum = result.as.i32;
    return status;
}

static void calls_keep_the_guests_state(void **state)
{
    int32_t result;

    (void)state;
    for (int32_t i = 1; i <= 100; i++) {
        assert_status(call_int(sandbox, "next", &result), HL_OK);
        assert_int_equal(result, i);
    }
    assert_status(add(sandbox, 40, 2, &result), HL_OK);
    assert_int_equal(result, 42);
}

static void sandboxes_open_and_close_again_and_again(void **state)
{
    int32_t result;

    (void)state;
    for (int i = 0; i < 50; i++) {
        hl_sandbox *another = sandbox_open(image, config);

        assert_status(call_int(another, "next", &result), HL_OK);
        assert_int_equal(result, 1);
        hl_sandbox_close(another);
    }
}

/* At least one VM entry for each call, one more for each host call (P1.2). */
static void P1_2_each_call_enters_the_vm(void **state)
{
    hl_stats before;
    hl_stats after;
    int32_t result;

    (void)state;
    assert_status(add(sandbox, 1, 1, &result), HL_OK);
    hl_sandbox_get_stats(sandbox, &before);
    assert_status(add(sandbox, 1, 1, &result), HL_OK);
    hl_sandbox_get_stats(sandbox, &after);
    assert_int_equal(after.entries - before.entries, 1);
    assert_int_equal(after.calls - before.calls, 1);
    assert_status(call_host(sandbox, 1, 2, &result), HL_OK);
    hl_sandbox_get_stats(sandbox, &before);
    assert_int_equal(before.entries - after.entries, 2);
    assert_int_equal(before.host_calls - after.host_calls, 1);
}

/* Bytes of a scalar: what lies behind them in a value means nothing. */
static size_t scalar_size(uint32_t type)
{
    switch (type) {
    case HL_TYPE_BOOL:
        return sizeof(bool);
    case HL_TYPE_INT:
    case HL_TYPE_UINT:
    case HL_TYPE_FLOAT:
        return sizeof(uint32_t);
    default:
        return sizeof(uint64_t);
    }
}

static void echo(hl_sandbox *in, const char *name, const hl_value *value)
{
    hl_value result = {0};

    assert_status(call(in, name, value, 1, (enum hl_type)value->type, &result),
                  HL_OK);
    assert_int_equal(result.type, value->type);
    if (value->type != HL_TYPE_STRING && value->type != HL_TYPE_BYTES) {
        assert_memory_equal(&result.as, &value->as, scalar_size(value->type));
        return;
    }
    assert_int_equal(result.as.bytes.len, value->as.bytes.len);
    assert_memory_equal(result.as.bytes.data, value->as.bytes.data,
                        value->as.bytes.len);
}

static void P6_2_every_type_there_and_back(void **state)
{
    static const uint8_t bytes[] = {0, 1, 0xFF, 0x80, 0, 'x'};
    const struct {
        const char *name;
        hl_value value;
    } cases[] = {
        {"echo_int", {.type = HL_TYPE_INT, .as.i32 = INT32_MIN}},
        {"echo_uint", {.type = HL_TYPE_UINT, .as.u32 = UINT32_MAX}},
        {"echo_long", {.type = HL_TYPE_LONG, .as.i64 = INT64_MIN}},
        {"echo_ulong", {.type = HL_TYPE_ULONG, .as.u64 = UINT64_MAX}},
        {"echo_float", {.type = HL_TYPE_FLOAT, .as.f32 = -1.5e-30F}},
        {"echo_double", {.type = HL_TYPE_DOUBLE, .as.f64 = -1e300}},
        {"echo_double", {.type = HL_TYPE_DOUBLE, .as.u64 = 1}},
        {"echo_bool", {.type = HL_TYPE_BOOL, .as.boolean = true}},
        {"echo_bool", {.type = HL_TYPE_BOOL, .as.boolean = false}},
        {"echo_string", {.type = HL_TYPE_STRING, .as.string = {"a\0b", 3}}},
        {"echo_string", {.type = HL_TYPE_STRING, .as.string = {"", 0}}},
        {"echo_cstr", {.type = HL_TYPE_STRING, .as.string = {"plain", 5}}},
        {"echo_bytes",
         {.type = HL_TYPE_BYTES, .as.bytes = {bytes, sizeof(bytes)}}},
        {"echo_bytes", {.type = HL_TYPE_BYTES, .as.bytes = {bytes, 0}}},
    };
    hl_image *types = image_open("types");
    hl_sandbox *in = sandbox_open(types, config);
    hl_value nothing = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        echo(in, cases[i].name, &cases[i].value);
    assert_status(call(in, "nothing", NULL, 0, HL_TYPE_VOID, &nothing), HL_OK);
    assert_int_equal(nothing.type, HL_TYPE_VOID);
    hl_sandbox_close(in);
    hl_image_free(types);
}

/* Errors of the guest come as values with the ABI's codes, and do no harm. */
static void B16_wrong_calls_are_errors_that_poison_nothing(void **state)
{
    const hl_value text = {.type = HL_TYPE_STRING, .as.string = {"x", 1}};
    const hl_value two[2] = {text, text};
    const hl_value bad = {.type = HL_TYPE_STRING, .as.string = {"\xFF", 1}};
    hl_value many[HL_ARGS_MAX + 1] = {{0}};
    int32_t result;

    (void)state;
    assert_status(call(sandbox, "no such", NULL, 0, HL_TYPE_INT, NULL),
                  HL_FAIL_GUEST);
    assert_int_equal(test_error.guest_code, HL_ERR_NOT_FOUND);
    assert_status(call(sandbox, "", NULL, 0, HL_TYPE_INT, NULL), HL_FAIL_GUEST);
    assert_status(call(sandbox, "add", &text, 1, HL_TYPE_INT, NULL),
                  HL_FAIL_GUEST);
    assert_int_equal(test_error.guest_code, HL_ERR_PARAMETER_COUNT);
    assert_status(call(sandbox, "add", two, 2, HL_TYPE_INT, NULL),
                  HL_FAIL_GUEST);
    assert_int_equal(test_error.guest_code, HL_ERR_PARAMETER_TYPE);
    assert_status(call(sandbox, "add", &bad, 1, HL_TYPE_INT, NULL),
                  HL_FAIL_ARGUMENT);
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i].type = HL_TYPE_INT;
    assert_status(call(sandbox, "add", many, COUNT_OF(many), HL_TYPE_INT, NULL),
                  HL_FAIL_ARGUMENT);
    assert_status(hl_sandbox_call(sandbox, "\xC0", 1, NULL, 0, HL_TYPE_INT,
                                  NULL, &test_error),
                  HL_FAIL_ARGUMENT);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_status(add(sandbox, 1, 2, &result), HL_OK);
}

static void B9_another_type_than_asked_for(void **state)
{
    int32_t result;
    hl_status status;

    (void)state;
    status = call(sandbox, "next", NULL, 0, HL_TYPE_STRING, NULL);
    assert_true(status == HL_FAIL_RESULT_TYPE || status == HL_FAIL_GUEST);
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_status(call_int(sandbox, "next", &result), HL_OK);
}

static void B11_arguments_that_do_not_fit_change_nothing(void **state)
{
    uint8_t *big = calloc(1, 70000);
    const hl_value arg = {.type = HL_TYPE_BYTES, .as.bytes = {big, 70000}};
    int32_t result;

    (void)state;
    assert_status(call(sandbox, "set_canary", &arg, 1, HL_TYPE_VOID, NULL),
                  HL_FAIL_TOO_BIG);
    assert_non_null(strstr(test_error.message, "--input-size"));
    assert_false(hl_sandbox_is_poisoned(sandbox));
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_int_equal(result, 1);
    free(big);
}

static void P4_3_grants_are_those_of_one_sandbox(void **state)
{
    hl_config *bare = config_new();
    hl_sandbox *another = sandbox_open(image, bare);
    int32_t result;

    (void)state;
    assert_status(call_host(another, 1, 2, &result), HL_FAIL_GUEST);
    assert_non_null(strstr(test_error.message, "HostAdd"));
    assert_int_equal(entered, 0);
    assert_status(call_host(sandbox, 1, 2, &result), HL_OK);
    assert_int_equal(entered, 1);
    hl_sandbox_close(another);
    hl_config_free(bare);
}

static void P4_2_missing_imports_are_refused_by_name(void **state)
{
    hl_image *needy = image_open("imports_required");
    hl_sandbox *none = NULL;

    (void)state;
    assert_status(hl_sandbox_open(&none, needy, config, &test_error),
                  HL_FAIL_GRANT);
    assert_null(none);
    assert_non_null(strstr(test_error.message, "HostRequired(Int)->Int"));
    hl_image_free(needy);
}

static void P6_5_grants_of_another_type_are_refused_by_name(void **state)
{
    hl_provided wide = hl_provided_HostAddWide;
    hl_sandbox *none = NULL;

    (void)state;
    wide.name = "HostAdd";
    wide.name_len = strlen(wide.name);
    hl_config_grant(config, &wide, NULL);
    assert_status(hl_sandbox_open(&none, image, config, &test_error),
                  HL_FAIL_GRANT);
    assert_non_null(strstr(test_error.message, "HostAdd(Int,Int)->Long"));
}

/* What a sandbox was given when it was opened is what it has (B25). */
static void B25_later_changes_of_the_configuration_do_not_count(void **state)
{
    int32_t result;

    (void)state;
    hl_config_deny(config, "HostAdd");
    assert_status(call_host(sandbox, 3, 4, &result), HL_OK);
    assert_int_equal(result, 7);
}

static void B18_own_sandbox_is_busy_inside_a_host_function(void **state)
{
    int32_t result;

    (void)state;
    nested = HL_OK;
    assert_status(call_int(sandbox, "reenter", &result), HL_OK);
    assert_int_equal(result, 5);
    assert_int_equal(nested, HL_FAIL_BUSY);
    assert_status(call_int(sandbox, "next", &result), HL_OK);
    assert_int_equal(result, 1);
}

static void B22_budgets_of_a_call(void **state)
{
    const hl_value ten = {.type = HL_TYPE_INT, .as.i32 = 10};
    const hl_value eleven = {.type = HL_TYPE_INT, .as.i32 = 11};
    hl_sandbox *in;
    hl_snapshot *fresh;

    (void)state;
    hl_config_set_limit(config, HL_LIMIT_HOST_CALLS, 10);
    hl_config_set_limit(config, HL_LIMIT_LOGS, 10);
    in = sandbox_open(image, config);
    fresh = snapshot_take(in);
    for (int i = 0; i < 3; i++) { /* each call anew */
        assert_status(call(in, "call_host_often", &ten, 1, HL_TYPE_LONG, NULL),
                      HL_OK);
        assert_status(call(in, "log_often", &ten, 1, HL_TYPE_VOID, NULL),
                      HL_OK);
    }
    assert_status(call(in, "call_host_often", &eleven, 1, HL_TYPE_LONG, NULL),
                  HL_FAIL_BUDGET);
    assert_true(hl_sandbox_is_poisoned(in));
    snapshot_apply(in, fresh);
    assert_status(call(in, "log_often", &eleven, 1, HL_TYPE_VOID, NULL),
                  HL_FAIL_BUDGET);
    hl_snapshot_free(fresh);
    hl_sandbox_close(in);
}

static void
P1_3_emulator_is_refused_where_a_hypervisor_is_required(void **state)
{
    hl_sandbox *in = NULL;
    hl_status status;

    (void)state;
    hl_config_require_hypervisor(config, true);
    status = hl_sandbox_open(&in, image, config, &test_error);
    assert_status(status, test_is_kvm ? HL_OK : HL_FAIL_BACKEND);
    if (!test_is_kvm)
        assert_non_null(strstr(test_error.message, "no security boundary"));
    hl_sandbox_close(in);
}

static void P1_3_backend_says_what_it_is(void **state)
{
    struct hl_backend_info info;

    (void)state;
    hl_sandbox_get_backend(sandbox, &info);
    assert_string_equal(info.name, test_is_kvm ? "kvm" : "emu");
    assert_int_equal(info.is_boundary, test_is_kvm);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, core_up, core_down)
    const struct CMUnitTest tests[] = {
        TEST(calls_keep_the_guests_state),
        TEST(sandboxes_open_and_close_again_and_again),
        TEST(P1_2_each_call_enters_the_vm),
        TEST(P6_2_every_type_there_and_back),
        TEST(B16_wrong_calls_are_errors_that_poison_nothing),
        TEST(B9_another_type_than_asked_for),
        TEST(B11_arguments_that_do_not_fit_change_nothing),
        TEST(P4_3_grants_are_those_of_one_sandbox),
        TEST(P4_2_missing_imports_are_refused_by_name),
        TEST(P6_5_grants_of_another_type_are_refused_by_name),
        TEST(B25_later_changes_of_the_configuration_do_not_count),
        TEST(B18_own_sandbox_is_busy_inside_a_host_function),
        TEST(B22_budgets_of_a_call),
        TEST(P1_3_emulator_is_refused_where_a_hypervisor_is_required),
        TEST(P1_3_backend_says_what_it_is),
    };

    return RUN_TESTS(argc, argv, tests);
}
