/* SPDX-License-Identifier: MIT */
/* hl job GUEST: execute(bytes) -> bytes under the job contract. */
#include "clock.h"
#include "exit_status.h"
#include "file.h"
#include "job_file.h"
#include "say.h"
#include "session.h"

#include <errno.h>
#include <string.h>

#define EXECUTE_FUNCTION "execute"

/* ---- Results ---------------------------------------------------------- */

/* The step that failed, in the words that hosts of jobs look for. */
static const char *failure_step(const struct session *session)
{
    if (session->sandbox)
        return "Guest execution failed";
    if (session->entered)
        return "Failed to initialize sandbox";
    return "Failed to create sandbox";
}

static int document_print(struct session *session, struct buffer *document)
{
    buffer_text(document, "\n");
    session->report = session_report_line;
    int status =
        document->failed
            ? session_fail_text(session, HL_EXIT_USAGE, "out of memory")
            : session_result(session, document->data, document->len);
    buffer_free(document);
    return status;
}

static int report_failure(struct session *session, const hl_error *error,
                          const char *message, int status)
{
    struct buffer document = {0}, reason = {0};
    bool too_big = error->status == HL_FAIL_IMAGE_TOO_BIG;

    /* The guest's own words, without ours around them. */
    if (error->status == HL_FAIL_GUEST)
        message = error->message;
    if (!too_big)
        buffer_format(&reason,
                      "VM execution failed: %s: ", failure_step(session));
    buffer_text(&reason, message);
    job_failure(&document, reason.data ? reason.data : "", !too_big);
    buffer_free(&reason);
    document_print(session, &document);
    return status;
}

static bool result_is_document(const struct options *options)
{
    return options->job_path || options->json;
}

static session_report_fn *report_of(const struct options *options)
{
    return result_is_document(options) ? report_failure : session_report_line;
}

static int output_print(struct session *session, const hl_value *output)
{
    const hl_bytes *bytes = &output->as.bytes;
    struct buffer document = {0};

    if (!result_is_document(session->options))
        return session_result(session, bytes->data, bytes->len);
    job_success(&document, bytes->data, bytes->len);
    return document_print(session, &document);
}

/* ---- Input ------------------------------------------------------------ */

static int file_load(struct session *session, struct buffer *content,
                     const char *path, size_t max, const char *next_step)
{
    int error = file_read(content, path, max, session->deadline);
    int status = exit_status_of_file(error);

    if (!error)
        return HL_EXIT_OK;
    if (error == ETIMEDOUT) {
        session->report = report_of(session->options);
        return session_fail_text(session, status,
                                 "%s: Command timed out while %s was read",
                                 session->options->args[0], path);
    }
    if (error == EFBIG)
        return session_fail_text(session, status,
                                 "%s holds more than %zu bytes%s", path, max,
                                 next_step);
    return session_fail_text(session, status, "cannot read %s: %s", path,
                             strerror(error));
}

static int job_load(struct job *job, const struct options *options)
{
    struct session session;
    struct buffer text = {0};
    char error[JOB_ERROR_MAX];

    /* A word on the file is for who wrote it, and no job's result. */
    session_begin(&session, options, session_report_line);
    int status = file_load(&session, &text, options->job_path, JOB_FILE_MAX,
                           ", which no guest can take");
    if (status == HL_EXIT_OK &&
        !job_parse(job, text.data ? text.data : "", text.len, error))
        status =
            session_fail_text(&session, HL_EXIT_USAGE,
                              "%s is no job file: %s (hl job --help shows one)",
                              options->job_path, error);
    buffer_free(&text);
    session_close(&session);
    return status;
}

static int input_load(struct session *session, struct job *job)
{
    const char *path = session->options->input_path;

    if (!path)
        return HL_EXIT_OK;
    return file_load(session, &job->input, path,
                     hl_config_get_size(session->config, HL_SIZE_INPUT),
                     ", which the guest cannot take: raise --input-size");
}

/* ---- Running ---------------------------------------------------------- */

static int execute_find(struct session *session)
{
    const struct hl_image_function *function =
        hl_image_function_find(session->image, HL_NOTE_KIND_EXPORT,
                               EXECUTE_FUNCTION, strlen(EXECUTE_FUNCTION));
    hl_signature wanted = HL_TYPE_BYTES | HL_TYPE_BYTES << 4;
    struct hl_image_info info;

    hl_image_get_info(session->image, &info);
    if (!info.has_hlkit_note || (function && function->signature == wanted))
        return HL_EXIT_OK;
    return session_fail_text(
        session, HL_EXIT_USAGE,
        "%s has no execute(VecBytes)->VecBytes: define it with "
        "define_job_handler(fn) of <hl/job.h>, or use hl call",
        session->options->args[0]);
}

/* The first run's state is the one after start-up; so is every other's. */
static int execute_repeat(struct session *session, const struct job *job,
                          hl_value *output)
{
    const uint64_t times = session->options->repeat;
    const char *data = job->input.data ? job->input.data : "";
    hl_value input = {.type = HL_TYPE_BYTES,
                      .as.bytes = {(const uint8_t *)data, job->input.len}};
    hl_snapshot *start = NULL;
    hl_status status = HL_OK;

    if (times > 1)
        status = hl_sandbox_snapshot(session->sandbox, &start, &session->error);
    for (uint64_t i = 0; i < times && status == HL_OK; i++) {
        if (i)
            status =
                hl_sandbox_restore(session->sandbox, start, &session->error);
        uint64_t since = clock_now();
        if (status == HL_OK)
            status = session_call(session, EXECUTE_FUNCTION, &input, 1,
                                  HL_TYPE_BYTES, output);
        if (status == HL_OK)
            session_times(session, EXECUTE_FUNCTION, since);
    }
    hl_snapshot_free(start);
    if (status == HL_OK)
        return HL_EXIT_OK;
    return session_fail(session);
}

static int job_run(const struct options *options, struct job *job)
{
    struct session session;
    hl_value output = {0};
    int status = session_init(&session, options, report_of(options));

    if (status == HL_EXIT_OK)
        status = execute_find(&session);
    if (status == HL_EXIT_OK)
        status = input_load(&session, job);
    if (status == HL_EXIT_OK)
        status = session_start(&session);
    session.function = EXECUTE_FUNCTION;
    if (status == HL_EXIT_OK)
        status = execute_repeat(&session, job, &output);
    if (status == HL_EXIT_OK)
        status = output_print(&session, &output);
    session_close(&session);
    return status;
}

static int job(const struct options *given)
{
    struct options options = *given;
    struct job job = {.timeout = options.timeout};

    if (options.job_path && options.input_path)
        return say_usage("job", "--job and --input exclude each other: the "
                                "job file has the input");
    int status = options.job_path ? job_load(&job, &options) : HL_EXIT_OK;
    if (options.job_path && !options.timeout_given) {
        options.timeout = job.timeout;
        options.started = clock_now();
    }
    if (status == HL_EXIT_OK)
        status = job_run(&options, &job);
    job_free(&job);
    return status;
}

COMMAND(job) = {
    .name = "job",
    .arguments = "GUEST",
    .summary = "execute(bytes) with the job contract",
    .details =
        "The output bytes go to stdout, what the guest prints to stderr.\n\n"
        "A job file (--job) is a JSON object:\n"
        "  {\"type\": \"vm_execute\", \"payload\": {\"input\": …}, "
        "\"timeout\": 5,\n   \"tags\": [\"requires_isolation\"]}\n"
        "type (or job_type): vm_execute or sandboxed. input: missing = no "
        "bytes, a string =\nits bytes, anything else = its compact JSON. "
        "timeout: seconds (or timeout_ms).\nAll are optional, other fields "
        "are ignored. The result is printed as JSON:\n"
        "  {\"Success\":{\"data\":…,\"metadata\":{}}}   data is the output, or "
        "{\"raw_output\":…}\n"
        "  {\"Failure\":{\"reason\":…,\"is_retryable\":true,\"error_code\":"
        "null}}",
    .order = 30,
    .groups = OPTIONS_VM | OPTIONS_JOB | OPTIONS_JSON,
    .min_args = 1,
    .max_args = 1,
    .run = job,
};
