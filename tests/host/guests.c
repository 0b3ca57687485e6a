/* SPDX-License-Identifier: MIT */
/* guarantees: P2.2 P3.2 P3.3 P3.4 P3.5 P5.1 B8 B11 B12 B13 B26 */
/* The guest runtime: one script a promise, each with the guest of its name. */
#include "script.h"

static hl_config *config;
static char log_text[1000];

HL_PROVIDE(int32_t, HostFail, (int32_t, x))
{
    return hl_call_fail(call, HL_ERR_HOST, "host says no %d", x), 0;
}
HL_PROVIDE(hl_string, HostEcho, (hl_string, s))
{
    return s;
}
HL_PROVIDE(hl_string, HostText, (hl_string, s))
{
    return s.len == 3 ? (hl_string){"a\0b", 3} : s;
}
static unsigned entered;

HL_PROVIDE(void, HostVoid)
{
    entered++;
}
HL_PROVIDE(hl_bytes, HostBytes, (int32_t, size))
{
    uint8_t *bytes = hl_call_alloc(call, (size_t)size);

    memset(bytes, 'x', (size_t)size);
    return (hl_bytes){bytes, (size_t)size};
}
HL_PROVIDE(double, HostMix, (int32_t, a), (uint32_t, b), (int64_t, c),
           (uint64_t, d), (float, e), (double, f), (bool, g), (hl_string, h),
           (hl_bytes, i), (const char *, j), (int32_t, k))
{
    return (double)a + b + (double)c + (double)d + (double)e + f + g +
           (double)h.len + (double)i.len + (double)strlen(j) + k;
}

static void log_note(void *context, const hl_log_record *record)
{
    size_t used = strlen(log_text);

    (void)context;
    snprintf(log_text + used, sizeof(log_text) - used, "%u %.*s:%u\n",
             record->level, (int)(record->message.len % 100),
             record->message.data, record->line);
}

static int up(void **state)
{
    (void)state;
    config = config_new();
    hl_config_set_log(config, 5, log_note, NULL);
    log_text[0] = 0;
    entered = 0;
    return 0;
}

static int down(void **state)
{
    (void)state;
    hl_config_free(config);
    return 0;
}

#define RUN(guest, ...)                                                        \
    do {                                                                       \
        static const struct step steps[] = {__VA_ARGS__};                      \
        (void)state;                                                           \
        script_run(guest, config, steps, COUNT_OF(steps));                     \
    } while (0)
#define SNAPSHOT {"snapshot", ""}
#define RESTORE  {"restore", ""}

static void every_type_as_parameter_and_result(void **state)
{
    RUN("types", {"echo_int(i:-5)->i", "-5"},
        {"echo_uint(u:4000000000)->u", "4000000000"},
        {"echo_long(l:-9000000000000000000)->l", "-9000000000000000000"},
        {"echo_ulong(U:18000000000000000000)->U", "18000000000000000000"},
        {"echo_float(f:1.5)->f", "1.5"},
        {"echo_double(d:-1e300)->d", "-1.0000000000000001e+300"},
        {"echo_bool(b:true)->b", "true"}, {"echo_bool(b:false)->b", "false"},
        {"echo_string(s:)->s", ""}, {"echo_string(s:h\u00e9)->s", "h\u00e9"},
        {"echo_bytes(B:abc)->B", "3 bytes"}, {"echo_cstr(s:abc)->s", "abc"},
        {"nothing()->v", "void"}, {"empty()->s", ""},
        {"terminated(s:,B:)->b", "true"},
        {"mix(B:ab,i:-1,u:2,l:-3,U:4,f:0.5,d:0.25,b:true,s:str,s:cst,i:9)->s",
         "195 -1 2 -3 4 0.5 0.25 true str cst 9"});
}

static void B26_calls_that_do_not_fit_the_signature(void **state)
{
    RUN("types",
        {"echo_int()->i", "error 5 Called function echo_int with 0 parameters "
                          "but it takes 1."},
        {"echo_int(i:1,i:2)->i", "error 5 with 2 parameters but it takes 1."},
        {"echo_int(s:x)->i", "error 14 Expected parameter type Int for "
                             "parameter index 0 of function echo_int but got "
                             "String."},
        {"echo_int(i:1)->l", "error 15 Function echo_int returns Int but the "
                             "caller expects Long."},
        {"no_such()->i", "error 4 no_such"},
        {"echo_in(i:1)->i", "error 4 echo_in"},
        {"echo_int2(i:1)->i", "error 4 echo_int2"}, {"echo_int(i:7)->i", "7"});
}

static void B8_texts_that_are_none(void **state)
{
    RUN("types", {"echo_cstr(s:@)->s", "error 14 has a NUL byte inside"},
        {"bad_utf8()->s", "error 15 string is not valid UTF-8"},
        {"null_text()->s", "error 15 Function null_text returned NULL."},
        {"echo_int(i:7)->i", "7"});
}

static void B11_results_that_do_not_fit(void **state)
{
    RUN("types", {"make_bytes(u:1000)->B", "1000 bytes"},
        {"make_bytes(u:65000)->B", "65000 bytes"},
        {"make_bytes(u:65536)->B", "error 15 raise --output-size"},
        {"make_bytes(u:700000)->B", "error 13 no room for 700000 bytes"},
        {"echo_int(i:7)->i", "7"});
}

static void P2_2_state_lasts_and_restore_brings_it_back(void **state)
{
    RUN("state", {"next_data()->i", "41"}, {"next_bss()->i", "1"},
        {"next_heap()->i", "1"}, SNAPSHOT, {"next_data()->i", "42"},
        {"next_bss()->i", "2"}, {"next_heap()->i", "2"}, RESTORE,
        {"next_heap()->i", "2"}, {"next_bss()->i", "2"},
        {"next_data()->i", "42"}, {"next_data()->i", "43"}, RESTORE,
        {"next_data()->i", "42"});
}

static void constructors_run_in_order_before_the_first_call(void **state)
{
    RUN("constructors", {"order_seen()->s", "abcm"});
}

/* The SDK's own guests ask for it too, and are told no. */
static void P5_1_constructors_reach_no_host_function(void **state)
{
    hl_config_grant(config, &hl_provided_HostVoid, NULL);
    RUN("p5_constructors",
        {"seen()->s", "17 17 host functions cannot be called during start-up"});
    assert_int_equal(entered, 0);
    RUN("p5_constructors", {"now()->i", "0"});
    assert_int_equal(entered, 1);
    hl_config_allow_startup_calls(config, true);
    RUN("p5_constructors", {"seen()->s", "0 0 "});
    assert_int_equal(entered, 3);
}

static void bss_and_data_larger_than_scratch_cost_what_is_written(void **state)
{
    RUN("bss_large", {"is_zero(i:200)->b", "true"},
        {"data_sum(b:false)->i", "3"}, {"touch(i:0,i:5)->i", "6"},
        {"data_sum(b:true)->i", "5"}, SNAPSHOT, {"touch(i:3,i:5)->i", "11"},
        RESTORE, {"touch(i:3,i:5)->i", "11"}, {"is_zero(i:100)->b", "true"},
        {"data_sum(b:true)->i", "7"},
        {"touch(i:0,i:256)->i", "abort 13 out of scratch pages: raise "
                                "--scratch"});
}

static void P3_5_heap_exhaustion_is_null(void **state)
{
    RUN("heap_exhaust", {"fill_again(u:1000,i:240)->b", "true"},
        {"malloc_works(U:200000)->b", "true"},
        {"malloc_works(U:2000000)->b", "false"},
        {"malloc_works(U:0x7fffffffffffffff)->b", "false"},
        {"calloc_overflows()->b", "true"});
}

static void stack_overflow_is_reported_whatever_the_frame(void **state)
{
    RUN("stack_overflow", {"deep(i:20)->i", "20"}, {"big_frames(i:1)->i", "1"},
        {"use_alloca(u:10000)->i", "3"}, SNAPSHOT,
        {"deep(i:1000)->i", "fault 14 stack overflow at 0x"}, RESTORE,
        {"big_frames(i:20)->i", "fault 14 stack overflow at 0x"}, RESTORE,
        {"use_alloca(u:70000)->i", "fault 14 stack overflow at 0x"}, RESTORE,
        {"use_alloca(u:134217728)->i", "fault 14 stack overflow at 0x"},
        RESTORE, {"deep(i:20)->i", "20"});
}

static void P3_3_code_and_constants_are_read_only(void **state)
{
    RUN("write_to_code", {"plain()->i", "1"}, SNAPSHOT,
        {"attack()->i", "fault 14 write to read-only memory at 0x"}, RESTORE,
        {"attack()->i", "fault 14 write to read-only memory at 0x"});
    RUN("write_to_rodata", {"plain()->i", "7"}, SNAPSHOT,
        {"attack()->i", "fault 14 write to read-only memory"}, RESTORE,
        {"attack_pointers()->i", "fault 14 write to read-only memory"}, RESTORE,
        {"attack_exports()->i", "fault 14 write to read-only memory"}, RESTORE,
        {"plain()->i", "7"});
}

static void P3_4_data_does_not_execute(void **state)
{
    RUN("execute_data", SNAPSHOT,
        {"heap()->i", "fault 14 execution of memory that is not executable"},
        RESTORE,
        {"stack()->i", "fault 14 execution of memory that is not executable"},
        RESTORE,
        {"data()->i", "fault 14 execution of memory that is not executable"},
        RESTORE,
        {"bss()->i", "fault 14 execution of memory that is not executable"},
        RESTORE,
        {"rodata()->i", "fault 14 execution of memory that is not executable"},
        RESTORE,
        {"arena()->i", "fault 14 execution of memory that is not executable"});
}

static void P3_2_page_zero_and_unmapped_memory(void **state)
{
    RUN("page_zero", SNAPSHOT,
        {"read_null()->i", "fault 14 read of a null pointer at 0x0"}, RESTORE,
        {"write_null()->i", "fault 14 write to a null pointer at 0x10"},
        RESTORE,
        {"call_null()->i", "fault 14 execution of a null pointer at 0x0"});
    RUN("exceptions", SNAPSHOT,
        {"unmapped(U:0x500000000000,b:true)->U",
         "fault 14 write to unmapped memory at 0x500000000000"},
        RESTORE,
        {"unmapped(U:0x500000000000,b:false)->U",
         "fault 14 read of unmapped memory at 0x500000000000"});
}

static void other_exceptions_are_named(void **state)
{
    RUN("exceptions", {"divide(i:8,i:2)->i", "4"}, SNAPSHOT,
        {"divide(i:1,i:0)->i", "fault 0 division by zero"}, RESTORE,
        {"invalid()->v", "fault 6 invalid instruction"}, RESTORE,
        {"divide(i:9,i:3)->i", "3"});
}

/* abi §8.3: the sentence, the registers, the backtrace, and no more. */
static void a_fault_is_three_lines(void **state)
{
    hl_image *image = image_open("exceptions");
    hl_sandbox *sandbox = sandbox_open(image, config);
    const char *registers, *backtrace;
    hl_value result;

    (void)state;
    assert_status(hl_sandbox_call(sandbox, "invalid", 7, NULL, 0, HL_TYPE_VOID,
                                  &result, &test_error),
                  HL_FAIL_EXCEPTION);
    registers = strchr(test_error.message, '\n');
    assert_non_null(registers);
    assert_int_equal(strncmp(registers, "\nrip=0x", 7), 0);
    backtrace = strchr(registers + 1, '\n');
    assert_non_null(backtrace);
    assert_int_equal(strncmp(backtrace, "\nbt=0x", 6), 0);
    assert_null(strchr(backtrace + 1, '\n'));
    assert_non_null(strstr(registers, " rsp=0x"));
    assert_non_null(strstr(registers, " rflags=0x"));
    assert_non_null(strstr(registers, " r15=0x"));
    assert_true(strstr(registers, " r15=0x") < backtrace);
    hl_sandbox_close(sandbox);
    hl_image_free(image);
}

static void stack_smash_ends_the_run(void **state)
{
    RUN("stack_smash", {"attack(B:abc)->i", "97"},
        {"attack(B:#100)->i", "abort 10 stack buffer overflow detected"});
}

static uint64_t number(const char *guest, const char *function)
{
    hl_image *image = image_open(guest);
    hl_sandbox *sandbox = sandbox_open(image, config);
    hl_value result;
    hl_status status =
        hl_sandbox_call(sandbox, function, strlen(function), NULL, 0,
                        HL_TYPE_ULONG, &result, &test_error);

    assert_status(status, HL_OK);
    hl_sandbox_close(sandbox);
    hl_image_free(image);
    return result.as.u64;
}

static void canary_and_random_numbers_differ_between_sandboxes(void **state)
{
    (void)state;
    assert_true(number("stack_smash", "canary") !=
                number("stack_smash", "canary"));
    assert_int_equal(number("stack_smash", "canary") & 0xFF, 0);
    assert_true(number("random", "next") != number("random", "next"));
}

static void P2_2_random_numbers_differ_after_each_restore(void **state)
{
    hl_image *image = image_open("random");
    hl_sandbox *sandbox = sandbox_open(image, config);
    hl_snapshot *snapshot = snapshot_take(sandbox);
    uint64_t seen[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        hl_value result;

        snapshot_apply(sandbox, snapshot);
        assert_status(hl_sandbox_call(sandbox, "next", 4, NULL, 0,
                                      HL_TYPE_ULONG, &result, &test_error),
                      HL_OK);
        seen[i] = result.as.u64;
    }
    assert_true(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
    hl_sandbox_close(sandbox);
    hl_snapshot_free(snapshot);
    hl_image_free(image);
}

static void failures_of_every_type(void **state)
{
    RUN("fail", {"fail_int(i:0)->i", "error 15 code 0"},
        {"fail_int(i:13)->i", "error 13 code 13"},
        {"fail_bool()->b", "error 15 no"}, {"fail_double()->d", "error 15 no"},
        {"fail_string()->s", "error 15 no text"},
        {"fail_bytes()->B", "error 15 no bytes"},
        {"fail_cstr()->s", "error 15 no cstr"},
        {"fail_void()->v", "error 15 no void"},
        {"first_wins()->i", "error 13 first"}, {"fine()->i", "5"},
        {"long_text(u:1500)->i", "error 15 xyzabcdefgh"}, {"fine()->i", "5"});
}

static void optional_import_may_be_missing(void **state)
{
    RUN("imports_optional", {"no_error_yet()->s", ""},
        {"try()->s", "17 77 HostFunction not_there was not found"},
        {"no_error_yet()->s", ""});
}

static void B12_host_calls_and_their_failures_are_values(void **state)
{
    hl_config_grant(config, &hl_provided_HostFail, NULL);
    hl_config_grant(config, &hl_provided_HostEcho, NULL);
    hl_config_grant(config, &hl_provided_HostText, NULL);
    hl_config_grant(config, &hl_provided_HostVoid, NULL);
    hl_config_grant(config, &hl_provided_HostBytes, NULL);
    hl_config_grant(config, &hl_provided_HostMix, NULL);
    RUN("host_calls", {"failing(i:5)->s", "17 77 host says no 5"},
        {"echo_twice(s:hello)->s", "hello hello other"},
        {"count_bytes(i:1000)->u", "1000"}, {"text(s:ab)->s", "0 ab "},
        {"text(s:abc)->s", "14 unchanged the text that HostText returned has a "
                           "NUL byte inside, which a C string cannot carry"},
        {"no_result()->i", "0"}, {"mix()->d", "25.75"},
        {"too_big(u:70000)->s",
         "2 the arguments of HostEcho: they do not fit the output buffer: "
         "raise --output-size"},
        {"bad_text()->s",
         "2 the arguments of HostEcho: string is not valid UTF-8"},
        {"null_text()->s", "2 an argument of HostText is NULL"},
        {"echo_twice(s:hello)->s", "hello hello other"});
}

static void arena_is_bounded_and_free_at_the_next_call(void **state)
{
    RUN("arena_exhaust", {"fill(u:65536)->U", "458752"},
        {"fill(u:65536)->U", "458752"}, {"huge()->b", "true"},
        {"heap_is_zero(u:200000)->b", "true"},
        {"format_too_long()->s", "error 13 hl_format: the call's arena is "
                                 "exhausted: raise --scratch"},
        {"fail_too_long()->s", "error 17 (no room in the call's arena for the "
                               "text: raise --scratch)"},
        {"huge()->b", "true"});
}

/*
 * Over virtqueues a call of two buffers goes around the end of the pool once in
 * eight, if the first one is of one: that one lies in the arena itself.
 */
#define TOO_LONG                                                               \
    {"result_too_long(s:#5000)->s",                                            \
     "error 15 The result of result_too_long cannot be sent: it does "         \
     "not fit the output buffer: raise --output-size."}
static void a_result_that_filled_the_arena_still_says_why(void **state)
{
    RUN("arena_exhaust", {"huge()->b", "true"}, TOO_LONG, TOO_LONG, TOO_LONG,
        TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
        {"huge()->b", "true"});
}

static void logs_obey_the_hosts_filter(void **state)
{
    RUN("logs", {"all_levels()->v", "void"});
    assert_string_equal(log_text, "4 error 1:7\n3 warn 2:8\n2 info 3:9\n"
                                  "1 debug 4:10\n0 trace 5:11\n");
    log_text[0] = 0;
    hl_config_set_log(config, 2, log_note, NULL);
    RUN("logs", {"all_levels()->v", "void"});
    assert_string_equal(log_text, "4 error 1:7\n3 warn 2:8\n");
    log_text[0] = 0;
    hl_config_set_log(config, 0, log_note, NULL);
    RUN("logs", {"all_levels()->v", "void"});
    assert_string_equal(log_text, "");
}

static void B13_aborts_arrive_whole_whatever_is_in_them(void **state)
{
    RUN("abort", SNAPSHOT, {"with_text(i:7,B:hello)->v", "abort 7 hello"},
        RESTORE, {"with_text(i:255,B:hello)->v", "abort 8 hello"}, RESTORE,
        {"with_text(i:9,B:\nx)->v", "abort 9  \nx"}, RESTORE,
        {"with_text(i:9,B:\xFFx)->v", "abort 9 ?x"}, RESTORE,
        {"long_text(u:1500)->v", "abort 9 abcdefghijklmnopqrstuvwxyzabc"});
}

static void fallback_gets_unknown_names(void **state)
{
    RUN("fallback", {"known()->i", "-1"}, {"anything(i:1,i:2)->i", "2"},
        {"other()->i", "error 4 other"});
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
    const struct CMUnitTest tests[] = {
        TEST(every_type_as_parameter_and_result),
        TEST(B26_calls_that_do_not_fit_the_signature),
        TEST(B8_texts_that_are_none),
        TEST(B11_results_that_do_not_fit),
        TEST(P2_2_state_lasts_and_restore_brings_it_back),
        TEST(constructors_run_in_order_before_the_first_call),
        TEST(P5_1_constructors_reach_no_host_function),
        TEST(bss_and_data_larger_than_scratch_cost_what_is_written),
        TEST(P3_5_heap_exhaustion_is_null),
        TEST(stack_overflow_is_reported_whatever_the_frame),
        TEST(P3_3_code_and_constants_are_read_only),
        TEST(P3_4_data_does_not_execute),
        TEST(P3_2_page_zero_and_unmapped_memory),
        TEST(other_exceptions_are_named),
        TEST(a_fault_is_three_lines),
        TEST(stack_smash_ends_the_run),
        TEST(canary_and_random_numbers_differ_between_sandboxes),
        TEST(P2_2_random_numbers_differ_after_each_restore),
        TEST(failures_of_every_type),
        TEST(optional_import_may_be_missing),
        TEST(B12_host_calls_and_their_failures_are_values),
        TEST(arena_is_bounded_and_free_at_the_next_call),
        TEST(a_result_that_filled_the_arena_still_says_why),
        TEST(logs_obey_the_hosts_filter),
        TEST(B13_aborts_arrive_whole_whatever_is_in_them),
        TEST(fallback_gets_unknown_names),
    };

    return RUN_TESTS(argc, argv, tests);
}
