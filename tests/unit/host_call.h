/* SPDX-License-Identifier: MIT */
/*
 * For the tests of host calls: a guest that asks for `asked` in each call and
 * hears the reply, and a host function that counts its calls and fails if it
 * is told to.
 */
#ifndef HL_HOST_CALL_H
#define HL_HOST_CALL_H

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

static const hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_error error;
static int32_t result;

static inline void guest_asks(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_push_call(vm, &asked);
    fake_out(exit, HL_PORT_CALL, 0);
}

static inline void guest_hears(struct fake_vmm *vm, struct hl_vmm_exit *exit)
{
    fake_pop_reply(vm, &heard);
    snprintf(heard_text, sizeof(heard_text), "%.*s", (int)heard.message.len,
             heard.is_error ? heard.message.data : "");
    fake_push_int(vm, heard.is_error ? (int32_t)heard.code : 0);
    fake_halts(vm, exit);
}

static fake_step_fn *const asking[] = {guest_asks, guest_hears, NULL};

static inline int call_up(void **state)
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

static inline int call_down(void **state)
{
    (void)state;
    hl_sandbox_close(sandbox);
    sandbox = NULL;
    hl_config_free(config);
    hl_image_free((hl_image *)(uintptr_t)image);
    return 0;
}

static inline void open_granted(void)
{
    assert_int_equal(hl_config_grant(config, &hl_provided_name_of, NULL),
                     HL_OK);
    sandbox = fake_sandbox_open(image, config, &error);
    assert_non_null(sandbox);
}

/* The guest asked in vain: code 17 and a text, handler not entered, guest
 * goes on, sandbox healthy. */
static inline void assert_refused(const char *text)
{
    const unsigned before = entered;

    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, HL_ERR_HOST);
    assert_non_null(strstr(heard_text, text));
    assert_int_equal(entered, before);
    assert_false(hl_sandbox_is_poisoned(sandbox));
}

static inline void assert_served(void)
{
    const unsigned before = entered;

    assert_int_equal(fake_sandbox_call(sandbox, &result, &error), HL_OK);
    assert_int_equal(result, 0);
    assert_int_equal(entered, before + 1);
}

#define CALL_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, call_up, call_down)

#endif /* HL_HOST_CALL_H */
