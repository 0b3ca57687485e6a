/* SPDX-License-Identifier: MIT */
/* hl run GUEST [ARG…]: a program's main(). */
#include "clock.h"
#include "exit_status.h"
#include "session.h"
#include "text.h"
#include "value.h"

#include <inttypes.h>
#include <string.h>

#define MAIN_FUNCTION "hl_main"
#define TRUNCATED     "... [output truncated]"

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* argv, an empty string, NAME=VALUE strings (docs/libc.md, "Programs"). */
static int block_make(struct session *session, struct buffer *block)
{
    const struct options *options = session->options;
    const char *program = file_name(options->args[0]);

    buffer_add(block, program, strlen(program) + 1);
    for (int i = 1; i < options->arg_count; i++) {
        if (!*options->args[i])
            return session_fail_text(session, HL_EXIT_USAGE,
                                     "argument %d is empty: hl_main takes no "
                                     "empty arguments; leave it out",
                                     i);
        buffer_add(block, options->args[i], strlen(options->args[i]) + 1);
    }
    buffer_add(block, "", 1);
    for (size_t i = 0; i < options->env.count; i++)
        buffer_add(block, options->env.items[i],
                   strlen(options->env.items[i]) + 1);
    return block->failed
               ? session_fail_text(session, HL_EXIT_USAGE, "out of memory")
               : HL_EXIT_OK;
}

static int main_find(struct session *session)
{
    const struct hl_image_function *function =
        hl_image_function_find(session->image, HL_NOTE_KIND_EXPORT,
                               MAIN_FUNCTION, strlen(MAIN_FUNCTION));
    hl_signature wanted = HL_TYPE_INT | HL_TYPE_BYTES << 4;

    if (function && function->signature == wanted)
        return HL_EXIT_OK;
    return session_fail_text(
        session, HL_EXIT_NOT_RUNNABLE,
        "%s has no main(): call one of its functions with hl call (hl inspect "
        "lists them), or compile it with a main",
        session->options->args[0]);
}

/* ---- --json ----------------------------------------------------------- */

/* At most OUTPUT_CAPTURE_MAX characters, the mark behind what is cut. */
static bool captured_print(struct buffer *out, const struct output *output)
{
    struct buffer text = {0};
    size_t characters = 0, at = 0;
    bool cut = output->truncated;

    text_lossy(&text, output->kept.data, output->kept.len);
    for (; at < text.len; characters++) {
        size_t size;
        uint32_t code;
        text_next((const uint8_t *)text.data + at, text.len - at, &size, &code);
        if (characters == OUTPUT_CAPTURE_MAX)
            break;
        at += size;
    }
    cut |= at < text.len;
    text.len = at; /* before the part of a character the limit in bytes left */
    if (cut)
        buffer_text(&text, TRUNCATED);
    json_string(out, text.data, text.len);
    buffer_free(&text);
    return cut;
}

/* What --json prints: the one line that callers parse, so no key changes. */
static int outcome_print(struct session *session, const char *error, int status)
{
    struct buffer line = {0};
    uint64_t us = (clock_now() - session->started) / 1000;

    buffer_format(&line, "{\"success\":%s,\"exit_code\":%d,\"stdout\":",
                  status ? "false" : "true", status);
    bool cut = captured_print(&line, &session->out);
    buffer_text(&line, ",\"stderr\":");
    if (!session->err.kept.len && status == HL_EXIT_TIMEOUT && error)
        buffer_text(&line, "\"Command timed out\"");
    else
        cut |= captured_print(&line, &session->err);
    buffer_text(&line, ",\"error\":");
    if (error)
        json_string(&line, error, strlen(error));
    else
        buffer_text(&line, "null");
    buffer_format(&line,
                  ",\"truncated\":%s,\"timed_out\":%s,\"duration_us\":%" PRIu64
                  "}\n",
                  cut ? "true" : "false",
                  status == HL_EXIT_TIMEOUT && error ? "true" : "false", us);
    session->report = session_report_line;
    int written =
        line.failed ? session_fail_text(session, HL_EXIT_USAGE, "out of memory")
                    : session_result(session, line.data, line.len);
    buffer_free(&line);
    return written ? written : status;
}

static int report_json(struct session *session, const hl_error *error,
                       const char *message, int status)
{
    (void)error;
    return outcome_print(session, message, status);
}

/* ---- The command ------------------------------------------------------ */

static int program_run(struct session *session, const struct buffer *block)
{
    hl_value result;
    hl_value argument = {
        .type = HL_TYPE_BYTES,
        .as.bytes = {(const uint8_t *)block->data, block->len}};
    uint64_t since = clock_now();

    session->function = file_name(session->options->args[0]);
    if (session_call(session, MAIN_FUNCTION, &argument, 1, HL_TYPE_INT,
                     &result) != HL_OK)
        return session_fail(session);
    session_times(session, "main", since);
    int flushed = session_flush(session);
    int status = result.as.i32 & 255;
    if (flushed)
        return flushed;
    return session->options->json ? outcome_print(session, NULL, status)
                                  : status;
}

static int run(const struct options *options)
{
    struct session session;
    struct buffer block = {0};
    int status = session_init(
        &session, options, options->json ? report_json : session_report_line);

    session.out.capture = session.err.capture = options->json;
    if (status == HL_EXIT_OK)
        status = main_find(&session);
    if (status == HL_EXIT_OK)
        status = block_make(&session, &block);
    if (status == HL_EXIT_OK)
        status = session_start(&session);
    if (status == HL_EXIT_OK)
        status = program_run(&session, &block);
    buffer_free(&block);
    session_close(&session);
    return status;
}

COMMAND(run) = {
    .name = "run",
    .arguments = "GUEST [ARG…]",
    .summary = "run main(); the exit status is the guest's",
    .details =
        "Options go before GUEST; all that follows it is the guest's. The "
        "program\ngets its arguments, the environment of --env alone, and "
        "--stdin; its stdout\nand stderr are hl's. --json prints one line "
        "with exit_code, stdout, stderr.",
    .order = 10,
    .groups = OPTIONS_VM | OPTIONS_RUN | OPTIONS_JSON,
    .min_args = 1,
    .max_args = -1,
    .options_first = 1,
    .run = run,
};
