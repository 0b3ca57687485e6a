/* SPDX-License-Identifier: MIT */
/*
 * Scripts for guests: a step is a call as text and what it gives as text.
 *
 *     {"add(i:3,i:4)->i", "7"}          arguments with their type's letter
 *     {"f(s:#100)->s", "error 15 ..."}  text of 100 `a`; @ is "a\0b"
 *     {"snapshot", ""}, {"restore", ""}
 *
 * Letters: i u l U f d b s B v (Int UInt Long ULong Float Double Bool String
 * VecBytes Void). A result is compared whole; `error CODE TEXT`, `abort CODE
 * TEXT`, `fault VECTOR TEXT` and `open TEXT` match if the message holds TEXT.
 */
#ifndef HL_SCRIPT_H
#define HL_SCRIPT_H

#include <stdio.h>

#include "support.h"

struct step {
    const char *call;
    const char *gives;
};

#define SCRIPT_TEXT_MAX 70000

static enum hl_type script_type(char letter)
{
    switch (letter) {
    case 'i':
        return HL_TYPE_INT;
    case 'u':
        return HL_TYPE_UINT;
    case 'l':
        return HL_TYPE_LONG;
    case 'U':
        return HL_TYPE_ULONG;
    case 'f':
        return HL_TYPE_FLOAT;
    case 'd':
        return HL_TYPE_DOUBLE;
    case 's':
        return HL_TYPE_STRING;
    case 'b':
        return HL_TYPE_BOOL;
    case 'B':
        return HL_TYPE_BYTES;
    default:
        return HL_TYPE_VOID;
    }
}

/* The value of "T:text", text ending at end. */
static hl_value script_value(const char *from, const char *end)
{
    static char many[SCRIPT_TEXT_MAX];
    hl_value value = {.type = script_type(from[0])};
    const char *text = from + 2;

    switch (value.type) {
    case HL_TYPE_INT:
        value.as.i32 = (int32_t)strtol(text, NULL, 0);
        break;
    case HL_TYPE_UINT:
        value.as.u32 = (uint32_t)strtoul(text, NULL, 0);
        break;
    case HL_TYPE_LONG:
        value.as.i64 = strtol(text, NULL, 0);
        break;
    case HL_TYPE_ULONG:
        value.as.u64 = strtoul(text, NULL, 0);
        break;
    case HL_TYPE_FLOAT:
        value.as.f32 = strtof(text, NULL);
        break;
    case HL_TYPE_DOUBLE:
        value.as.f64 = strtod(text, NULL);
        break;
    case HL_TYPE_BOOL:
        value.as.boolean = *text == 't';
        break;
    default:
        value.as.string = (hl_string){text, (size_t)(end - text)};
        if (*text == '@')
            value.as.string = (hl_string){"a\0b", 3};
        if (*text == '#') {
            memset(many, 'a', sizeof(many));
            value.as.string = (hl_string){many, strtoul(text + 1, NULL, 0)};
        }
    }
    return value;
}

static void script_show(char *out, size_t size, const hl_value *value)
{
    switch (value->type) {
    case HL_TYPE_INT:
        snprintf(out, size, "%d", value->as.i32);
        break;
    case HL_TYPE_UINT:
        snprintf(out, size, "%u", value->as.u32);
        break;
    case HL_TYPE_LONG:
        snprintf(out, size, "%ld", value->as.i64);
        break;
    case HL_TYPE_ULONG:
        snprintf(out, size, "%lu", value->as.u64);
        break;
    case HL_TYPE_FLOAT:
        snprintf(out, size, "%.9g", (double)value->as.f32);
        break;
    case HL_TYPE_DOUBLE:
        snprintf(out, size, "%.17g", value->as.f64);
        break;
    case HL_TYPE_BOOL:
        snprintf(out, size, "%s", value->as.boolean ? "true" : "false");
        break;
    case HL_TYPE_STRING:
        snprintf(out, size, "%.*s", (int)value->as.string.len,
                 value->as.string.data);
        break;
    case HL_TYPE_BYTES:
        snprintf(out, size, "%zu bytes", value->as.bytes.len);
        break;
    default:
        snprintf(out, size, "void");
    }
}

static void script_show_error(char *out, size_t size, const hl_error *error)
{
    if (error->status == HL_FAIL_GUEST)
        snprintf(out, size, "error %u %s", error->guest_code, error->message);
    else if (error->status == HL_FAIL_ABORT)
        snprintf(out, size, "abort %u %s", error->guest_code, error->message);
    else if (error->status == HL_FAIL_EXCEPTION)
        snprintf(out, size, "fault %d %s", error->vector, error->message);
    else
        snprintf(out, size, "status %d %s", error->status, error->message);
}

/* Make the call and describe what it gave. */
static void script_call(hl_sandbox *sandbox, const char *call, char *out,
                        size_t size)
{
    const char *open = strchr(call, '('), *at = open + 1;
    hl_value args[12], result;
    size_t count = 0;

    while (*at != ')') {
        const char *end = at + strcspn(at, ",)");

        args[count++] = script_value(at, end);
        at = *end == ',' ? end + 1 : end;
    }
    memset(&test_error, 0, sizeof(test_error));
    if (hl_sandbox_call(sandbox, call, (size_t)(open - call), args, count,
                        script_type(at[3]), &result, &test_error) == HL_OK)
        script_show(out, size, &result);
    else
        script_show_error(out, size, &test_error);
}

/* Kind and number alike, and the message holds the text. */
static bool script_matches(const char *got, const char *wanted)
{
    static const char *const kinds[] = {"error ", "abort ", "fault "};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        size_t head = strlen(kinds[i]);

        if (strncmp(wanted, kinds[i], head) != 0)
            continue;
        head += strcspn(wanted + head, " ") + 1;
        return strncmp(got, wanted, head) == 0 &&
               strstr(got + head, wanted + head) != NULL;
    }
    return strcmp(got, wanted) == 0;
}

/* Run the steps in one sandbox of the guest. */
static void script_run(const char *guest, const hl_config *config,
                       const struct step *steps, size_t count)
{
    hl_image *image = image_open(guest);
    hl_sandbox *sandbox = sandbox_open(image, config);
    hl_snapshot *snapshot = NULL;
    char got[HL_ERROR_MESSAGE_MAX + 64];

    for (size_t i = 0; i < count; i++) {
        if (strcmp(steps[i].call, "snapshot") == 0) {
            hl_snapshot_free(snapshot);
            snapshot = snapshot_take(sandbox);
            continue;
        }
        if (strcmp(steps[i].call, "restore") == 0) {
            snapshot_apply(sandbox, snapshot);
            continue;
        }
        script_call(sandbox, steps[i].call, got, sizeof(got));
        if (!script_matches(got, steps[i].gives))
            fail_msg("%s: %s gave `%s` instead of `%s`", guest, steps[i].call,
                     got, steps[i].gives);
    }
    hl_sandbox_close(sandbox);
    hl_snapshot_free(snapshot);
    hl_image_free(image);
}

#endif /* HL_SCRIPT_H */
