/* SPDX-License-Identifier: MIT */
/* guarantees: P4.1 P4.2 P5.2 P6.1 P6.5 */
/* Well-formed calls of what was not granted: other names, counts and types,
 * another time. */
#include "messages.h"

static void refused_name(const char *name, size_t len)
{
    struct hl_wire_call call = call_of(name, len);
    int32_t result;

    assert_status(send(encode(&call), HL_PORT_CALL, &result), HL_OK);
    assert_int_equal(result, -HL_ERR_HOST);
    assert_int_equal(entered, 0);
    assert_alive();
}

static void P4_2_names_near_a_granted_one(void **state)
{
    static const hl_string names[] = {
        {"", 0},           {"H", 1},         {"HostIn", 6},
        {"HostIncc", 8},   {"hostInc", 7},   {"HOSTINC", 7},
        {"HostInc ", 8},   {" HostInc", 8},  {"HostInc\0", 8},
        {"HostInc\0x", 9}, {"\0HostInc", 8}, {"Host\0Inc", 8},
        {"HostInd", 7},    {"HostInb", 7},   {"MixedHostInc", 12},
        {"HostPrint", 9},  {"hl_write", 8}};
    const size_t len = MOST_BYTES;
    char *huge = malloc(len);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        refused_name(names[i].data, names[i].len);
    memset(huge, 'H', len);
    refused_name(huge, len);
    memcpy(huge, "HostInc", 8); /* and a NUL behind it */
    refused_name(huge, len);
    free(huge);
    bytes[0] = 0;
    ask(mixed_encode());
    assert_int_equal(entered, 1);
}

static void P4_1_without_grants_no_name_is_served(void **state)
{
    static const char *const names[] = {"HostInc",    "Mixed",      "HostPrint",
                                        "hl_write",   "hl_println", "hl_read",
                                        "hl_get_time"};

    (void)state;
    close_all();
    open_with(false);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        refused_name(names[i], strlen(names[i]));
}

/* A call the guest left behind when it halted is served never. */
static void P5_2_a_call_left_behind_is_not_served(void **state)
{
    const struct hl_wire_call call = call_of("HostInc", 7);
    int32_t result;

    (void)state;
    assert_status(send(encode(&call), NO_PORT, &result), HL_FAIL_PROTOCOL);
    assert_int_equal(entered, 0);
    assert_alive();
    assert_int_equal(entered, 0);
    ask(encode(&call));
    assert_int_equal(entered, 1);
}

static const enum hl_type types[] = {
    HL_TYPE_INT,    HL_TYPE_UINT,   HL_TYPE_LONG, HL_TYPE_ULONG, HL_TYPE_FLOAT,
    HL_TYPE_DOUBLE, HL_TYPE_STRING, HL_TYPE_BOOL, HL_TYPE_BYTES};

static void P6_1_only_the_declared_counts_and_types(void **state)
{
    struct hl_wire_call call = call_of("HostInc", 7);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        for (uint32_t count = 0; count <= 12; count += test_is_kvm ? 3 : 1) {
            call.count = count;
            for (uint32_t j = 0; j < count; j++)
                call.args[j] = value_of(types[i]);
            ask(encode(&call));
        }
        call.count = 1;
        call.args[0] = value_of(types[i]);
        ask(encode(&call));
    }
    assert_in_range(entered, 1, 2); /* Int, once or twice */
}

static void P6_1_each_argument_of_another_type(void **state)
{
    const enum hl_type right[4] = {HL_TYPE_STRING, HL_TYPE_BYTES, HL_TYPE_LONG,
                                   HL_TYPE_BOOL};
    struct hl_wire_call call = call_of("Mixed", 5);

    (void)state;
    call.returns = HL_TYPE_STRING;
    call.count = 4;
    for (unsigned at = 0; at < 4; at++) {
        for (unsigned i = 0; i < 4; i++)
            call.args[i] = value_of(right[i]);
        for (size_t i = 0; i < COUNT_OF(types); i++) {
            call.args[at] = value_of(types[i]);
            ask(encode(&call));
        }
    }
    assert_int_equal(entered, 4); /* each position's own type, once */
}

static void P6_5_another_return_type_than_declared(void **state)
{
    struct hl_wire_call call = call_of("HostInc", 7);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        call.returns = (uint8_t)types[i];
        ask(encode(&call));
    }
    call.returns = HL_TYPE_VOID;
    ask(encode(&call));
    assert_int_equal(entered, 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        MESSAGES_TEST(P4_2_names_near_a_granted_one),
        MESSAGES_TEST(P4_1_without_grants_no_name_is_served),
        MESSAGES_TEST(P5_2_a_call_left_behind_is_not_served),
        MESSAGES_TEST(P6_1_only_the_declared_counts_and_types),
        MESSAGES_TEST(P6_1_each_argument_of_another_type),
        MESSAGES_TEST(P6_5_another_return_type_than_declared),
    };

    return RUN_TESTS(argc, argv, tests);
}
