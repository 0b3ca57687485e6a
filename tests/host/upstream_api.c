/* SPDX-License-Identifier: MIT */
/*
 * Host functions called through upstream's C API: every type, failures, results
 * that wait for a later call, calls at start-up (tests/guests/upstream_api).
 */
#include "script.h"

static hl_config *config;
static char log_text[500];

#define PROVIDE_ECHO(name, type)                                               \
    HL_PROVIDE(type, name, (type, value))                                      \
    {                                                                          \
        return value;                                                          \
    }
PROVIDE_ECHO(HostInt, int32_t)
PROVIDE_ECHO(HostUInt, uint32_t)
PROVIDE_ECHO(HostLong, int64_t)
PROVIDE_ECHO(HostULong, uint64_t)
PROVIDE_ECHO(HostFloat, float)
PROVIDE_ECHO(HostDouble, double)
PROVIDE_ECHO(HostBool, bool)
PROVIDE_ECHO(HostString, hl_string)
PROVIDE_ECHO(HostVecBytes, hl_bytes)

HL_PROVIDE(void, HostVoid)
{
}
HL_PROVIDE(int32_t, HostFail)
{
    return hl_call_fail(call, HL_ERR_HOST, "Host function error!");
}
HL_PROVIDE(hl_string, HostNulText)
{
    return (hl_string){"a\0b", 3};
}

static void log_note(void *context, const hl_log_record *record)
{
    size_t used = strlen(log_text);

    (void)context;
    snprintf(log_text + used, sizeof(log_text) - used, "%u %.*s\n",
             record->level, (int)(record->message.len % 100),
             record->message.data);
}

static int up(void **state)
{
    static const hl_provided *const provided[] = {
        &hl_provided_HostInt,   &hl_provided_HostUInt,
        &hl_provided_HostLong,  &hl_provided_HostULong,
        &hl_provided_HostFloat, &hl_provided_HostDouble,
        &hl_provided_HostBool,  &hl_provided_HostString,
        &hl_provided_HostVoid,  &hl_provided_HostVecBytes,
        &hl_provided_HostFail,  &hl_provided_HostNulText,
    };

    (void)state;
    config = config_new();
    for (size_t i = 0; i < COUNT_OF(provided); i++)
        hl_config_grant(config, provided[i], NULL);
    hl_config_set_log(config, 4, log_note, NULL);
    log_text[0] = 0;
    return 0;
}

static int up_virtq(void **state)
{
    up(state);
    assert_status(hl_config_set_abi(config, HL_ABI_VIRTQ), HL_OK);
    return 0;
}

static int down(void **state)
{
    (void)state;
    hl_config_free(config);
    return 0;
}

#define RUN(...)                                                               \
    do {                                                                       \
        static const struct step steps[] = {__VA_ARGS__};                      \
        (void)state;                                                           \
        script_run("upstream_api", config, steps, COUNT_OF(steps));            \
    } while (0)
#define SNAPSHOT {"snapshot", ""}
#define RESTORE  {"restore", ""}

static void every_type_goes_to_the_host_and_back(void **state)
{
    RUN({"AskInt(i:-5)->i", "-5"}, {"AskUInt(u:4000000000)->u", "4000000000"},
        {"AskLong(l:-9000000000000000000)->l", "-9000000000000000000"},
        {"AskULong(U:18000000000000000000)->U", "18000000000000000000"},
        {"AskFloat(f:1.5)->f", "1.5"}, {"AskDouble(d:0.25)->d", "0.25"},
        {"AskBool(b:true)->b", "true"}, {"AskBool(b:false)->b", "false"},
        {"AskString(s:text)->s", "text"}, {"AskString(s:)->s", ""},
        {"AskBytes(B:12345)->B", "5 bytes"}, {"AskBytes(B:)->B", "0 bytes"},
        {"AskBytes(B:#20000)->B", "20000 bytes"},
        {"AskChunks(B:1234567)->B", "7 bytes"}, {"AskVoid()->v", "void"});
}

/* Exactly one result: the error of the host, whatever the guest returns. */
static void failed_host_calls_fail_the_call_with_the_hosts_text(void **state)
{
    RUN({"AskMissing()->s", "error 17 HostFunction HostMissing was not found"},
        {"AskInt(i:7)->i", "7"}, {"AskCarefully()->s", "Host function error!"},
        {"AskWrongType(i:1)->i",
         "error 2 the host's result is of type Int, not Long"},
        {"AskNulText()->s", "error 14 has a NUL byte inside"},
        {"AskNullText()->i", "error 2 a parameter of the host call is NULL"},
        {"AskInt(i:7)->i", "7"});
}

static void many_host_calls_need_no_more_room_than_one(void **state)
{
    RUN({"AskOften(i:1000)->i", "1000"}, {"AskInt(i:7)->i", "7"});
}

static void a_result_waits_for_a_later_call(void **state)
{
    RUN({"Stash(B:12345)->v", "void"}, {"EchoInt(i:3)->i", "3"},
        {"StashTake()->B", "5 bytes"},
        {"StashTake()->B", "error 15 there is no result of a host call"},
        {"StashFailure()->v", "void"}, {"EchoInt(i:1)->i", "1"},
        {"StashTake()->B", "error 17 Host function error!"},
        {"Stash(B:1)->v", "void"}, {"AskInt(i:7)->i", "7"},
        {"StashTake()->B", "error 15 there is no result of a host call"});
}

static void a_result_that_waits_survives_snapshot_and_restore(void **state)
{
    RUN({"Stash(B:123456)->v", "void"}, SNAPSHOT, {"StashTake()->B", "6 bytes"},
        {"StashTake()->B", "error 15 there is no result"}, RESTORE,
        {"StashTake()->B", "6 bytes"}, RESTORE, {"StashTake()->B", "6 bytes"});
}

static void hyperlight_main_may_call_a_host_that_allows_it(void **state)
{
    RUN({"Greeting()->s", "no host calls at start-up"});
    hl_config_allow_startup_calls(config, true);
    RUN({"Greeting()->s", "from the start"}, {"AskString(s:x)->s", "x"},
        {"Greeting()->s", "from the start"});
}

static void set_error_and_errors_of_results_end_with_their_call(void **state)
{
    RUN({"SetError(i:15,s:broken)->i", "error 15 broken"},
        {"EchoInt(i:1)->i", "1"}, {"CountVoids()->i", "0"},
        {"EchoVoid()->v", "void"}, {"CountVoids()->i", "1"},
        {"EchoString(s:@)->s", "error 14 has a NUL byte inside"},
        {"EchoString(s:x)->s", "x"});
}

/* Read where its seal would be, this one would be a fault. */
static void a_foreign_pointer_at_the_arenas_end_is_refused(void **state)
{
    RUN({"ReturnChunk(B:abc)->B",
         "error 15 C guest function \"ReturnChunk\" returned an hl_Vec that no "
         "hl_flatbuffer_result_from_ function made in this call"},
        {"EchoInt(i:1)->i", "1"});
}

/* A result that was kept is none of the next call. */
static void a_result_of_an_earlier_call_is_refused(void **state)
{
    static const struct step steps[] = {
        {"Any(i:5)->i", "6"},
        {"Any()->i", "error 15 C guest function \"Any\" returned an hl_Vec "
                     "that no hl_flatbuffer_result_from_ function made in "
                     "this call"},
        {"Any(i:6)->i", "7"},
    };

    (void)state;
    script_run("upstream_fallback", config, steps, COUNT_OF(steps));
}

/* Calls of exports of hl.h end the C API's host calls, too. */
static void exports_that_call_the_host_keep_their_memory(void **state)
{
    static const struct step steps[] = {
        {"FailAndMark()->i", "0"},
        {"FillAndFail()->i", "0"},
        {"StashHere()->v", "void"},
        {"TakeHere()->i", "1"},
        {"TakeHere()->i", "error 15 there is no result of a host call"},
    };

    (void)state;
    script_run("upstream_mixed", config, steps, COUNT_OF(steps));
}

static void logs_carry_their_level(void **state)
{
    RUN({"LogText(i:1,s:one)->v", "void"}, {"LogText(i:2,s:two)->v", "void"},
        {"LogText(i:3,s:three)->v", "void"}, {"LogText(i:4,s:four)->v", "void"},
        {"LogText(i:5,s:five)->v", "void"}, {"LogText(i:9,s:nine)->v", "void"});
    assert_string_equal(log_text, "4 one\n3 two\n2 three\n1 four\n");
}

/* Each over both transports. */
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, up, down),                           \
    {                                                                          \
        "virtq_" #name, name, up_virtq, down, NULL                             \
    }

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        TEST(every_type_goes_to_the_host_and_back),
        TEST(failed_host_calls_fail_the_call_with_the_hosts_text),
        TEST(many_host_calls_need_no_more_room_than_one),
        TEST(a_result_waits_for_a_later_call),
        TEST(a_result_that_waits_survives_snapshot_and_restore),
        TEST(hyperlight_main_may_call_a_host_that_allows_it),
        TEST(set_error_and_errors_of_results_end_with_their_call),
        TEST(a_foreign_pointer_at_the_arenas_end_is_refused),
        TEST(a_result_of_an_earlier_call_is_refused),
        TEST(exports_that_call_the_host_keep_their_memory),
        TEST(logs_carry_their_level),
    };

    return RUN_TESTS(argc, argv, tests);
}
