/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "child.h"
#include "clock.h"
#include "exit_status.h"
#include "fault.h"
#include "file.h"
#include "grants.h"
#include "harden.h"
#include "say.h"
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The Hyperlight versions whose interface hl speaks, by transport. */
static const char *const hyperlight_versions[] = {
    [HL_ABI_STACK] = "0.17.0",
    [HL_ABI_VIRTQ] = "0.18.0",
};

/* ---- Failures --------------------------------------------------------- */

int session_report_line(struct session *session, const hl_error *error,
                        const char *message, int status)
{
    (void)session;
    (void)error;
    say("%s", message);
    return status;
}

static void grace_give(struct session *session)
{
    uint64_t deadline = clock_grace(session->deadline);

    session->out.deadline = session->err.deadline = session->result.deadline =
        deadline;
    say_until(deadline);
}

int session_fail_text(struct session *session, int status, const char *fmt, ...)
{
    char message[HL_ERROR_MESSAGE_MAX];
    hl_error none = {.status = HL_FAIL_ARGUMENT, .vector = -1};
    va_list list;

    if (status == HL_EXIT_TIMEOUT)
        none.status = HL_FAIL_TIMEOUT;
    va_start(list, fmt);
    vsnprintf(message, sizeof message, fmt, list);
    va_end(list);
    grace_give(session);
    return session->report(session, &none, message, status);
}

/* What to say of a failure: what happened, where, and the next step. */
static void failure_text(const struct session *session, const hl_error *error,
                         struct buffer *text)
{
    const char *function = session->sandbox ? session->function : NULL;

    if (error->status == HL_FAIL_TIMEOUT) {
        buffer_format(text,
                      "%s: Command timed out after %g s; --timeout sets "
                      "the limit",
                      function ? function : session->options->args[0],
                      (double)session->options->timeout / 1e9);
        return;
    }
    if (function)
        buffer_format(text, "%s%s", function,
                      error->status == HL_FAIL_GUEST ? " failed" : "");
    if (error->status == HL_FAIL_GUEST)
        buffer_format(text, ": code %u: ", error->guest_code);
    else if (error->status == HL_FAIL_ABORT)
        buffer_format(text, "%sguest aborted: code %u: ", function ? ": " : "",
                      error->guest_code);
    else if (function)
        buffer_text(text, ": ");
    buffer_text(text, error->message);
    if (error->status == HL_FAIL_GRANT)
        grants_advise(text, error->message);
}

int session_fail(struct session *session)
{
    struct hl_error error = session->error;
    struct buffer text = {0};
    struct fault fault;

    /* Only a guest's own fault report has lines behind the sentence. */
    bool has_report = fault_split(&fault, error.message);
    failure_text(session, &error, &text);
    grace_give(session);
    output_flush(&session->out);
    output_flush(&session->err);
    int status = session->report(session, &error, text.data ? text.data : "",
                                 session->fail_status ? session->fail_status
                                                      : exit_status_of(&error));
    if (has_report)
        fault_print(&fault, session->image, session->deadline);
    buffer_free(&text);
    return status;
}

/* ---- Setting up ------------------------------------------------------- */

static int stdin_open(struct session *session)
{
    const char *path = session->options->stdin_path;

    if (!path)
        return HL_EXIT_OK;
    session->stdin_fd = file_open(path);
    if (session->stdin_fd >= 0)
        return HL_EXIT_OK;
    return session_fail_text(session, exit_status_of_file(errno),
                             "cannot read the --stdin file %s: %s", path,
                             strerror(errno));
}

static hl_status sizes_set(hl_config *config, const struct options *options)
{
    const uint64_t sizes[] = {
        [HL_SIZE_HEAP] = options->heap,
        [HL_SIZE_SCRATCH] = options->scratch,
        [HL_SIZE_INPUT] = options->input_size,
        [HL_SIZE_OUTPUT] = options->output_size,
    };
    hl_status status = HL_OK;

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i] && status == HL_OK)
            status = hl_config_set_size(config, (enum hl_size)i, sizes[i]);
    return status;
}

/* The library takes 0 for "no limit", so what is over becomes the least. */
static uint64_t limit_left(const struct session *session)
{
    if (!session->deadline)
        return 0;
    uint64_t left = clock_left(session->deadline);
    return left ? left : 1;
}

/*
 * The first event is the entry into the guest's start-up: all that the
 * sandbox needs is there, and no guest code has run.
 */
static void event_see(void *context, const hl_trace_event *event)
{
    struct session *session = context;

    if (!session->entered) {
        session->entered = true;
        if (*session->kvm_failed)
            say("running on the emulator, which is no security boundary: %s",
                session->kvm_failed);
        session->harden_status = harden_process(session);
    }
    if (session->options->trace == TRACE_TEXT)
        trace_text(NULL, event);
    else if (session->options->trace == TRACE_JSON)
        trace_json(NULL, event);
    /* A call is traced before its limit begins, and the line may have waited
     * for its reader. */
    if (event->kind == HL_TRACE_CALL && session->sandbox)
        hl_sandbox_set_timeout(session->sandbox, limit_left(session));
}

static int config_make(struct session *session)
{
    const struct options *options = session->options;
    hl_config *config = hl_config_new((enum hl_preset)options->preset);

    session->config = config;
    if (!config)
        return session_fail_text(session, HL_EXIT_USAGE, "out of memory");
    if (sizes_set(config, options) != HL_OK)
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "a memory size is over 16g: lower it");
    session->read_max = hl_config_get_size(config, HL_SIZE_INPUT) / 4;
    hl_status status = hl_config_set_abi(config, (enum hl_abi)options->abi);
    if (status == HL_OK && options->require_hypervisor)
        status = hl_config_require_hypervisor(config, true);
    if (status == HL_OK && options->strict_note)
        status =
            hl_config_set_version(config, hyperlight_versions[options->abi]);
    if (status == HL_OK)
        status = grants_debug(session);
    if (status == HL_OK)
        status = hl_config_set_trace(config, event_see, session);
    if (status != HL_OK)
        return session_fail_text(session, HL_EXIT_USAGE,
                                 "cannot configure the sandbox: %s",
                                 hl_status_text(status));
    return grants_apply(session);
}

void session_begin(struct session *session, const struct options *options,
                   session_report_fn *report)
{
    *session = (struct session){
        .options = options,
        .started = options->started,
        .stdin_fd = -1,
        .report = report,
    };
    if (options->timeout)
        session->deadline = session->started + options->timeout;
    bool is_program = options->command->groups & OPTIONS_RUN;
    output_init(&session->out, is_program ? STDOUT_FILENO : STDERR_FILENO,
                options->raw, session->deadline);
    output_init(&session->err, STDERR_FILENO, options->raw, session->deadline);
    output_init(&session->result, STDOUT_FILENO, options->raw,
                session->deadline);
    say_until(session->deadline);
}

int session_init(struct session *session, const struct options *options,
                 session_report_fn *report)
{
    session_begin(session, options, report);
    int status = config_make(session);
    if (status == HL_EXIT_OK)
        status = stdin_open(session);
    if (status != HL_EXIT_OK)
        return status;
    if (hl_image_open(&session->image, options->args[0], &session->error) !=
        HL_OK) {
        session->fail_status =
            exit_status_of_image(&session->error, options->args[0]);
        return session_fail(session);
    }
    return HL_EXIT_OK;
}

/* ---- Running ---------------------------------------------------------- */

static hl_status sandbox_open(struct session *session, enum hl_backend backend)
{
    session->backend = backend;
    hl_config_set_backend(session->config, backend);
    hl_config_set_timeout(session->config, limit_left(session));
    return hl_sandbox_open(&session->sandbox, session->image, session->config,
                           &session->error);
}

/* Kvm where it works; else kvm_failed says why not. */
static hl_status kvm_try(struct session *session)
{
    if (session->options->backend == HL_BACKEND_EMU)
        return HL_FAIL_BACKEND;
    hl_status status = sandbox_open(session, HL_BACKEND_KVM);
    if (status != HL_FAIL_BACKEND ||
        session->options->backend == HL_BACKEND_KVM)
        return status;
    memcpy(session->kvm_failed, session->error.message,
           sizeof session->kvm_failed);
    if (session->options->require_hypervisor)
        /* BACKEND would mean: go on with the emulator. */
        return hl_error_set(&session->error, HL_FAIL_SYSTEM,
                            "a hypervisor is required, and the emulator is "
                            "no security boundary: %.*s",
                            (int)sizeof session->kvm_failed - 100,
                            session->kvm_failed);
    return status;
}

static hl_status emulator_open(struct session *session)
{
    char reason[HL_ERROR_MESSAGE_MAX];
    hl_status status = sandbox_open(session, HL_BACKEND_EMU);

    if (status != HL_FAIL_BACKEND || !*session->kvm_failed)
        return status;
    memcpy(reason, session->error.message, sizeof reason);
    return hl_error_set(&session->error, status,
                        "no backend works: kvm: %.*s; emu: %.*s",
                        (int)sizeof reason / 2 - 50, session->kvm_failed,
                        (int)sizeof reason / 2 - 50, reason);
}

/* In the child of this process; the parent ends here. */
static hl_status emulator_start(struct session *session)
{
    struct child_end end;

    switch (child_enter(session->deadline, &end)) {
    case CHILD_INSIDE:
        return emulator_open(session);
    case CHILD_ENDED:
        if (end.text)
            session_fail_text(session, end.status, "%s: %s",
                              session->options->args[0], end.text);
        session_close(session);
        exit(end.status);
    default:
        return hl_error_set(&session->error, HL_FAIL_SYSTEM,
                            "cannot start a process for the emulator: %s",
                            strerror(errno));
    }
}

/* An image that hlkit did not make does not say which transport it speaks. */
static void transport_advise(struct session *session)
{
    struct hl_image_info info;
    hl_error *error = &session->error;
    const size_t len = strlen(error->message);

    hl_image_get_info(session->image, &info);
    if (error->status != HL_FAIL_START || info.abi != 0 ||
        sizeof(error->message) - len < 60)
        return;
    snprintf(error->message + len, sizeof(error->message) - len,
             "; if it speaks the other transport: --abi=%s",
             session->options->abi == HL_ABI_VIRTQ ? "stack" : "virtq");
}

static void backend_say(const struct session *session)
{
    struct hl_backend_info info;

    if (!session->options->verbose)
        return;
    hl_sandbox_get_backend(session->sandbox, &info);
    say("backend %s (%s), ready after %.3f ms", info.name,
        info.is_boundary ? "a security boundary" : "no security boundary",
        (double)(clock_now() - session->started) / 1e6);
}

int session_start(struct session *session)
{
    hl_status status = kvm_try(session);

    if (status == HL_FAIL_BACKEND &&
        session->options->backend != HL_BACKEND_KVM)
        status = emulator_start(session);
    if (status != HL_OK) {
        transport_advise(session);
        return session_fail(session);
    }
    backend_say(session);
    return session->harden_status;
}

hl_status session_call(struct session *session, const char *name,
                       const hl_value *args, size_t count, enum hl_type returns,
                       hl_value *result)
{
    hl_sandbox_set_timeout(session->sandbox, limit_left(session));
    return hl_sandbox_call(session->sandbox, name, strlen(name), args, count,
                           returns, result, &session->error);
}

void session_times(struct session *session, const char *what, uint64_t since)
{
    hl_stats stats;

    if (!session->options->verbose)
        return;
    hl_sandbox_get_stats(session->sandbox, &stats);
    say("%s took %.3f ms; since start-up: %" PRIu64 " VM exits, %" PRIu64
        " host calls, %" PRIu64 " log records; %" PRIu64 " KiB of scratch used",
        what, (double)(clock_now() - since) / 1e6, stats.exits,
        stats.host_calls, stats.logs, stats.scratch_used / 1024);
}

/* ---- Output ----------------------------------------------------------- */

static int output_status(struct session *session, int error)
{
    if (!error)
        return HL_EXIT_OK;
    if (error == ETIMEDOUT)
        return session_fail_text(session, HL_EXIT_TIMEOUT,
                                 "%s: Command timed out while its output was "
                                 "written",
                                 session->options->args[0]);
    say("cannot write the output: %s", strerror(error));
    return HL_EXIT_USAGE;
}

int session_flush(struct session *session)
{
    int error = output_flush(&session->out);
    int second = output_flush(&session->err);
    int third = output_flush(&session->result);

    return output_status(session, error ? error : second ? second : third);
}

int session_result(struct session *session, const void *bytes, size_t len)
{
    int status =
        output_status(session, output_write(&session->result, bytes, len));
    return status ? status : session_flush(session);
}

void session_close(struct session *session)
{
    hl_sandbox_close(session->sandbox);
    hl_config_free(session->config);
    hl_image_free(session->image);
    output_free(&session->out);
    output_free(&session->err);
    output_free(&session->result);
    if (session->stdin_fd > STDERR_FILENO)
        close(session->stdin_fd);
}
