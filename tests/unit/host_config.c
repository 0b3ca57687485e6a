/* SPDX-License-Identifier: MIT */
/* guarantees: P4.1 P4.2 P4.4 B25 */
/* Settings and grants: what is there by default, and who replaces whom. */
#include <string.h>

#include "test.h"
#include "config.h"

HL_PROVIDE(int32_t, alpha, (int32_t, a))
{
    return a;
}
HL_PROVIDE(void, beta)
{
}
HL_PROVIDE(void, al)
{
}

static int config_up(void **state)
{
    *state = hl_config_new(HL_PRESET_HLKIT);
    return *state == NULL;
}

static int config_down(void **state)
{
    hl_config_free(*state);
    return 0;
}

static bool is_granted(const hl_config *config, const char *name)
{
    return config_find_grant(config, (hl_string){name, strlen(name)}) != NULL;
}

static void presets_are_those_of_the_reference(void **state)
{
    hl_config *upstream = hl_config_new(HL_PRESET_HYPERLIGHT);
    const hl_config *config = *state;

    assert_int_equal(hl_config_get_size(config, HL_SIZE_HEAP), 256 << 10);
    assert_int_equal(hl_config_get_size(config, HL_SIZE_SCRATCH), 768 << 10);
    assert_int_equal(hl_config_get_size(config, HL_SIZE_INPUT), 64 << 10);
    assert_int_equal(hl_config_get_size(config, HL_SIZE_OUTPUT), 64 << 10);
    assert_false(config->allow_startup_calls);
    assert_false(config->fpu_each_call);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_HEAP), 128 << 10);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_SCRATCH), 288 << 10);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_INPUT), 16 << 10);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_OUTPUT), 16 << 10);
    assert_true(upstream->allow_startup_calls);
    assert_true(upstream->fpu_each_call);
    hl_config_free(upstream);
}

static void P4_1_P4_4_nothing_is_granted_by_default(void **state)
{
    static const char *const names[] = {"HostPrint",   "hl_println", "hl_write",
                                        "hl_get_time", "alpha",      ""};
    hl_config *upstream = hl_config_new(HL_PRESET_HYPERLIGHT);
    const hl_config *config = *state;

    assert_null(hl_config_grant_at(config, 0));
    assert_null(hl_config_grant_at(upstream, 0));
    assert_null(config->log);
    assert_null(config->debug);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_false(is_granted(config, names[i]));
        assert_false(is_granted(upstream, names[i]));
    }
    hl_config_free(upstream);
}

static void P4_2_only_the_very_name_is_found(void **state)
{
    static const char *const near_misses[] = {
        "",       "a",      "alph",   "alphaa", "Alpha", "ALPHA",
        " alpha", "alpha ", "beta\n", "bet",    "l",     "a1"};
    hl_config *config = *state;
    char *huge = test_malloc(65536);

    assert_int_equal(hl_config_grant(config, &hl_provided_alpha, NULL), HL_OK);
    assert_int_equal(hl_config_grant(config, &hl_provided_beta, NULL), HL_OK);
    assert_int_equal(hl_config_grant(config, &hl_provided_al, NULL), HL_OK);
    for (size_t i = 0; i < COUNT_OF(near_misses); i++)
        assert_false(is_granted(config, near_misses[i]));
    assert_null(config_find_grant(config, (hl_string){"alpha\0", 6}));
    assert_null(config_find_grant(config, (hl_string){"al\0ha", 5}));
    memset(huge, 'a', 65536);
    assert_null(config_find_grant(config, (hl_string){huge, 65536}));
    test_free(huge);
    assert_true(is_granted(config, "alpha"));
    assert_true(is_granted(config, "al"));
    assert_true(is_granted(config, "beta"));
}

static void B25_a_later_grant_replaces_the_earlier(void **state)
{
    hl_config *config = *state;
    int first;
    int second;

    assert_int_equal(hl_config_grant(config, &hl_provided_alpha, &first),
                     HL_OK);
    assert_int_equal(hl_config_grant(config, &hl_provided_alpha, &second),
                     HL_OK);
    assert_int_equal(config->grant_count, 1);
    assert_ptr_equal(
        config_find_grant(config, (hl_string){"alpha", 5})->context, &second);
}

static void B25_deny_takes_back_and_ignores_unknown_names(void **state)
{
    hl_config *config = *state;

    hl_config_grant(config, &hl_provided_alpha, NULL);
    hl_config_grant(config, &hl_provided_beta, NULL);
    assert_int_equal(hl_config_deny(config, "unknown"), HL_OK);
    assert_int_equal(hl_config_deny(config, "alpha"), HL_OK);
    assert_int_equal(hl_config_deny(config, "alpha"), HL_OK);
    assert_false(is_granted(config, "alpha"));
    assert_true(is_granted(config, "beta"));
    assert_int_equal(config->grant_count, 1);
}

/* A sandbox works on its copy: a change made later does not reach it. */
static void B25_later_grants_do_not_reach_a_copy(void **state)
{
    hl_config *config = *state;
    struct hl_config *copy;

    hl_config_grant(config, &hl_provided_alpha, NULL);
    copy = config_copy(config);
    assert_non_null(copy);
    hl_config_grant(config, &hl_provided_beta, NULL);
    hl_config_deny(config, "alpha");
    assert_true(is_granted(copy, "alpha"));
    assert_false(is_granted(copy, "beta"));
    hl_config_free(copy);
}

static void B25_names_that_are_none_are_refused(void **state)
{
    hl_config *config = *state;
    hl_provided bad = hl_provided_alpha;

    assert_int_equal(hl_config_grant(config, NULL, NULL), HL_FAIL_ARGUMENT);
    bad.name_len = 0;
    assert_int_equal(hl_config_grant(config, &bad, NULL), HL_FAIL_ARGUMENT);
    bad.name = "\xFF";
    bad.name_len = 1;
    assert_int_equal(hl_config_grant(config, &bad, NULL), HL_FAIL_ARGUMENT);
    assert_int_equal(config->grant_count, 0);
}

/* Many grants in any order: each is found, each once, in a total order. */
static void B25_many_grants_stay_sorted(void **state)
{
    enum { MANY = 300 };
    static char names[MANY][8];
    static hl_provided many[MANY];
    hl_config *config = *state;

    for (unsigned i = 0; i < MANY; i++) {
        const unsigned n = i * 7919 % MANY;

        many[n] = hl_provided_beta;
        many[n].name = names[n];
        many[n].name_len =
            (size_t)snprintf(names[n], sizeof(names[n]), "f%u", n);
        assert_int_equal(hl_config_grant(config, &many[n], &many[n]), HL_OK);
    }
    assert_int_equal(config->grant_count, MANY);
    for (unsigned n = 0; n < MANY; n++)
        assert_ptr_equal(
            config_find_grant(config, (hl_string){names[n], many[n].name_len})
                ->context,
            &many[n]);
    for (unsigned n = 0; n < MANY; n += 2)
        hl_config_deny(config, names[n]);
    for (unsigned n = 0; n < MANY; n++)
        assert_int_equal(is_granted(config, names[n]), n % 2);
}

static void settings_out_of_range_are_refused(void **state)
{
    hl_config *config = *state;

    assert_int_equal(hl_config_set_size(config, (enum hl_size)4, 0),
                     HL_FAIL_ARGUMENT);
    assert_int_equal(
        hl_config_set_size(config, HL_SIZE_HEAP, (16ull << 30) + 1),
        HL_FAIL_ARGUMENT);
    assert_int_equal(hl_config_set_size(config, HL_SIZE_HEAP, UINT64_MAX),
                     HL_FAIL_ARGUMENT);
    assert_int_equal(hl_config_set_size(config, HL_SIZE_HEAP, 1), HL_OK);
    assert_int_equal(hl_config_get_size(config, HL_SIZE_HEAP), 4096);
    assert_int_equal(hl_config_set_limit(config, (enum hl_limit)3, 1),
                     HL_FAIL_ARGUMENT);
    assert_int_equal(hl_config_set_backend(config, (enum hl_backend)3),
                     HL_FAIL_ARGUMENT);
    assert_int_equal(hl_config_set_abi(config, (enum hl_abi)2),
                     HL_FAIL_ARGUMENT);
    assert_int_equal(hl_config_set_log(config, 6, NULL, NULL),
                     HL_FAIL_ARGUMENT);
    assert_int_equal(
        hl_config_set_version(config, "a version longer than thirty-one bytes"),
        HL_FAIL_ARGUMENT);
}

static void settings_at_the_edge_are_taken(void **state)
{
    hl_config *config = *state;

    assert_int_equal(hl_config_set_size(config, HL_SIZE_HEAP, 16ull << 30),
                     HL_OK);
    assert_int_equal(hl_config_get_size(config, HL_SIZE_HEAP), 16ull << 30);
    assert_int_equal(hl_config_get_size(config, (enum hl_size)4), 0);
    assert_int_equal(hl_config_set_backend(config, HL_BACKEND_EMU), HL_OK);
    assert_int_equal(config->backend, HL_BACKEND_EMU);
    assert_int_equal(hl_config_set_abi(config, HL_ABI_VIRTQ), HL_OK);
    assert_int_equal(config->abi, HL_ABI_VIRTQ);
    assert_int_equal(hl_config_get_size(config, HL_SIZE_SCRATCH), 768 << 10);
    assert_int_equal(
        hl_config_set_version(config, "0.123456789.123456789.12345678"), HL_OK);
    assert_string_equal(config->version, "0.123456789.123456789.12345678");
    assert_int_equal(
        hl_config_set_version(config, "0.123456789.123456789.1234567890"),
        HL_FAIL_ARGUMENT);
    assert_int_equal(hl_config_set_version(config, NULL), HL_OK);
    assert_string_equal(config->version, "");
    assert_int_equal(hl_config_grant(config, &hl_provided_beta, NULL), HL_OK);
    assert_ptr_equal(hl_config_grant_at(config, 0), &hl_provided_beta);
    assert_null(hl_config_grant_at(config, 1));
    hl_config_free(NULL);
}

/* Upstream's sizes follow the transport's release, but for those set. */
static void sizes_of_the_preset_follow_the_transport(void **state)
{
    hl_config *upstream = hl_config_new(HL_PRESET_HYPERLIGHT);

    (void)state;
    hl_config_set_size(upstream, HL_SIZE_HEAP, 1 << 20);
    assert_int_equal(hl_config_set_abi(upstream, HL_ABI_VIRTQ), HL_OK);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_HEAP), 1 << 20);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_SCRATCH), 400 << 10);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_INPUT), 32 << 10);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_OUTPUT), 48 << 10);
    assert_int_equal(hl_config_set_abi(upstream, HL_ABI_STACK), HL_OK);
    assert_int_equal(hl_config_get_size(upstream, HL_SIZE_SCRATCH), 288 << 10);
    hl_config_free(upstream);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, config_up, config_down)
    const struct CMUnitTest tests[] = {
        TEST(presets_are_those_of_the_reference),
        TEST(P4_1_P4_4_nothing_is_granted_by_default),
        TEST(P4_2_only_the_very_name_is_found),
        TEST(B25_a_later_grant_replaces_the_earlier),
        TEST(B25_deny_takes_back_and_ignores_unknown_names),
        TEST(B25_later_grants_do_not_reach_a_copy),
        TEST(B25_names_that_are_none_are_refused),
        TEST(B25_many_grants_stay_sorted),
        TEST(settings_out_of_range_are_refused),
        TEST(settings_at_the_edge_are_taken),
        TEST(sizes_of_the_preset_follow_the_transport),
    };

    return cmocka_run_group_tests_name("host_config", tests, NULL, NULL);
}
