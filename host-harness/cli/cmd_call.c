/* SPDX-License-Identifier: MIT */
/* hl call GUEST FN [ARG…]: one typed call. */
#include "clock.h"
#include "exit_status.h"
#include "session.h"
#include "value.h"

#include <string.h>

/* The function to call: its name without a signature, and its signature. */
struct target {
    char *name;
    hl_signature signature;
    bool noted; /* the signature is the image's own word */
};

/* ---- The function ----------------------------------------------------- */

static int function_unknown(struct session *session, const struct target *t)
{
    if (hl_image_function_count(session->image) == 0)
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "%s has no function %s, nor any other: "
                                 "HL_EXPORT in its source makes one",
                                 session->options->args[0], t->name);
    return session_fail_text(session, HL_EXIT_USAGE,
                             "%s has no function %s; hl inspect %s lists what "
                             "it exports",
                             session->options->args[0], t->name,
                             session->options->args[0]);
}

/* FN of an image that names its functions, with a signature or without. */
static int target_noted(struct session *session, struct target *target,
                        bool signature_given)
{
    const struct hl_image_function *function =
        hl_image_function_find(session->image, HL_NOTE_KIND_EXPORT,
                               target->name, strlen(target->name));
    char text[256];

    /* hl_fallback and upstream's C API answer for names without a note. */
    if (!function && signature_given)
        return HL_EXIT_OK;
    if (!function)
        return function_unknown(session, target);
    if (signature_given && function->signature != target->signature) {
        hl_signature_format(function->name, function->signature, text,
                            sizeof text);
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "the signature differs from the image's own, "
                                 "%s: give the name alone",
                                 text);
    }
    target->signature = function->signature;
    target->noted = true;
    return HL_EXIT_OK;
}

static int target_find(struct session *session, struct target *target)
{
    char *word = session->options->args[1];
    struct hl_image_info info;
    size_t len;

    hl_image_get_info(session->image, &info);
    bool given = strchr(word, '(') != NULL;
    if (given && !hl_signature_parse(word, &len, &target->signature))
        return session_fail_text(
            session, HL_EXIT_USAGE,
            "not a signature: write it as 'Add(Int,Int)->Int' with Int UInt "
            "Long ULong Float Double Bool String VecBytes Void");
    /* The word is ours to cut: arguments are borrowed from argv. */
    if (given)
        word[len] = '\0';
    target->name = word;
    if (info.has_hlkit_note)
        return target_noted(session, target, given);
    if (given)
        return HL_EXIT_OK;
    return session_fail_text(session, HL_EXIT_USAGE,
                             "%s was not made by hlkit and does not say what "
                             "%s takes: write it as '%s(Int,Int)->Int'",
                             session->options->args[0], word, word);
}

/* ---- The arguments ---------------------------------------------------- */

static int arguments_parse(struct session *session, const struct target *target,
                           struct arguments *arguments)
{
    const struct options *options = session->options;
    size_t given = (size_t)options->arg_count - 2;
    unsigned wanted = hl_signature_count(target->signature);
    const struct value_limits limits = {
        hl_config_get_size(session->config, HL_SIZE_INPUT), session->deadline};
    char error[VALUE_ERROR_MAX], text[256];
    int status;

    if (given != wanted) {
        hl_signature_format(target->name, target->signature, text, sizeof text);
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "%s takes %u argument%s, not %zu", text,
                                 wanted, wanted == 1 ? "" : "s", given);
    }
    for (unsigned i = 0; i < wanted; i++) {
        enum hl_type type = hl_signature_param(target->signature, i);
        if (!value_parse(&arguments->values[i], type, options->args[i + 2],
                         &arguments->files[i], &limits, error, &status))
            return session_fail_text(session, status,
                                     "%s: argument %u (%s): %s", target->name,
                                     i + 1, hl_type_name(type), error);
    }
    arguments->count = wanted;
    return HL_EXIT_OK;
}

/* ---- The result ------------------------------------------------------- */

static int report_json(struct session *session, const hl_error *error,
                       const char *message, int status)
{
    struct buffer line = {0};
    uint32_t code = (uint32_t)error->status;

    if (error->status == HL_FAIL_GUEST || error->status == HL_FAIL_ABORT ||
        error->status == HL_FAIL_EXCEPTION)
        code = error->guest_code;
    /* The guest's own words, without ours around them. */
    if (error->status == HL_FAIL_GUEST || error->status == HL_FAIL_ABORT)
        message = error->message;
    buffer_format(&line, "{\"ok\":false,\"code\":%u,\"message\":", code);
    json_string(&line, message, strlen(message));
    buffer_format(&line, ",\"status\":%d}\n", status);
    session->report = session_report_line;
    session_result(session, line.data, line.len);
    buffer_free(&line);
    return status;
}

static void result_format(struct buffer *out, const hl_value *value,
                          const struct options *options)
{
    if (options->json) {
        buffer_format(out, "{\"ok\":true,\"type\":\"%s\",\"value\":",
                      hl_type_name((enum hl_type)value->type));
        value_print_json(out, value);
        buffer_text(out, "}\n");
        return;
    }
    value_print(out, value, options->raw);
    bool alone = options->raw && (value->type == HL_TYPE_STRING ||
                                  value->type == HL_TYPE_BYTES);
    if (value->type != HL_TYPE_VOID && !alone)
        buffer_text(out, "\n");
}

static int result_print(struct session *session, const hl_value *value)
{
    struct buffer out = {0};

    result_format(&out, value, session->options);
    int status =
        out.failed ? session_fail_text(session, HL_EXIT_USAGE, "out of memory")
                   : session_result(session, out.data, out.len);
    buffer_free(&out);
    return status;
}

static bool text_is_of(const char *text, const char *start, const char *name)
{
    return strncmp(text, start, strlen(start)) == 0 && strstr(text, name);
}

/*
 * Without notes nobody knew before the call that there is no such function
 * or that it takes something else: the guest's answer says so. A function may
 * fail with these codes, too; the texts are those of the dispatchers,
 * upstream's and ours (sdk/lib/refuse.c).
 */
static bool error_is_usage(const hl_error *error, const struct target *target)
{
    if (target->noted || error->status != HL_FAIL_GUEST)
        return false;
    switch (error->guest_code) {
    case HL_ERR_NOT_FOUND:
        return strcmp(error->message, target->name) == 0;
    case HL_ERR_PARAMETER_COUNT:
        return text_is_of(error->message, "Called function ", target->name);
    case HL_ERR_PARAMETER_TYPE:
        return text_is_of(error->message, "Expected parameter type ",
                          target->name) ||
               text_is_of(error->message, "Parameter index ", target->name);
    default:
        return false;
    }
}

static int target_call(struct session *session, const struct target *target,
                       const struct arguments *arguments)
{
    hl_value result;
    uint64_t since = clock_now();

    session->function = target->name;
    if (session_call(session, target->name, arguments->values, arguments->count,
                     hl_signature_return(target->signature),
                     &result) != HL_OK) {
        if (error_is_usage(&session->error, target))
            session->fail_status = HL_EXIT_USAGE;
        return session_fail(session);
    }
    session_times(session, target->name, since);
    return result_print(session, &result);
}

/* ---- The command ------------------------------------------------------ */

static int call(const struct options *options)
{
    struct session session;
    struct target target = {0};
    struct arguments arguments = {0};
    int status = session_init(
        &session, options, options->json ? report_json : session_report_line);

    if (status == HL_EXIT_OK)
        status = target_find(&session, &target);
    if (status == HL_EXIT_OK)
        status = arguments_parse(&session, &target, &arguments);
    if (status == HL_EXIT_OK)
        status = session_start(&session);
    if (status == HL_EXIT_OK)
        status = target_call(&session, &target, &arguments);
    arguments_free(&arguments);
    session_close(&session);
    return status;
}

COMMAND(call) = {
    .name = "call",
    .arguments = "GUEST FN [ARG…]",
    .summary = "one typed call; the result is printed",
    .details =
        "Arguments are converted by FN's exported signature: decimal numbers, "
        "true or\nfalse, text. Strings: text, @file, text:… for a literal. "
        "Bytes: text, hex:00ff,\n@file. An image that hlkit did not make: FN "
        "is 'Add(Int,Int)->Int'. Options may\nstand behind the arguments, "
        "too; -- ends them. -5 is an argument.\n\nThe result goes to stdout, "
        "bytes as hex:… (--raw: as they are); what the guest\nprints goes to "
        "stderr.",
    .order = 20,
    .groups = OPTIONS_VM | OPTIONS_CALL,
    .min_args = 2,
    .max_args = -1,
    .run = call,
};
