/* SPDX-License-Identifier: MIT */
#include "grants.h"

#include "exit_status.h"
#include "file.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- The functions ---------------------------------------------------- */

/* Bytes written, or -errno. */
HL_PROVIDE(int32_t, hl_write, (int32_t, fd), (hl_bytes, bytes))
{
    struct session *session = hl_call_context(call);

    if (fd != STDOUT_FILENO && fd != STDERR_FILENO)
        return -EBADF;
    struct output *output = fd == STDOUT_FILENO ? &session->out : &session->err;
    int error = output_write(output, bytes.data, bytes.len);
    return error ? -error : (int32_t)bytes.len;
}

/* At most max bytes of stdin; none at its end. */
HL_PROVIDE(hl_bytes, hl_read, (int32_t, max))
{
    struct session *session = hl_call_context(call);
    hl_bytes none = {(const uint8_t *)"", 0};

    if (session->stdin_fd < 0 || max <= 0)
        return none;
    /* The reply must fit the input buffer, beside the call's arguments. */
    size_t size =
        (size_t)max < session->read_max ? (size_t)max : session->read_max;
    uint8_t *bytes = hl_call_alloc(call, size);
    if (!bytes)
        return hl_call_fail(call, HL_ERR_HOST, "out of memory"), none;
    int error =
        file_next(session->stdin_fd, bytes, size, &size, session->deadline);
    if (error)
        return hl_call_fail(call, HL_ERR_HOST, "cannot read stdin: %s",
                            strerror(error)),
               none;
    return (hl_bytes){bytes, size};
}

HL_PROVIDE(void, hl_println, (hl_string, line))
{
    struct session *session = hl_call_context(call);

    if (!output_write(&session->out, line.data, line.len))
        output_write(&session->out, "\n", 1);
}

/* Whole seconds since 1970, 0 if the clock fails (docs/libc.md, "Time"). */
HL_PROVIDE(uint64_t, hl_get_time)
{
    time_t now = time(NULL);
    return now < 0 ? 0 : (uint64_t)now;
}

/* As Hyperlight's own: 0 when printed. */
HL_PROVIDE(int32_t, HostPrint, (hl_string, text))
{
    struct session *session = hl_call_context(call);

    return -output_write(&session->out, text.data, text.len);
}

/* ---- Granting --------------------------------------------------------- */

static const struct offer {
    const hl_provided *provided;
    bool by_default[2]; /* with enum hl_preset */
} offers[] = {
    {&hl_provided_hl_write, {true, true}},
    {&hl_provided_hl_read, {true, true}},
    {&hl_provided_hl_println, {true, true}},
    {&hl_provided_hl_get_time, {true, true}},
    {&hl_provided_HostPrint, {false, true}},
};
enum { OFFER_COUNT = sizeof offers / sizeof offers[0] };

static const hl_provided *offer_find(const char *name)
{
    for (size_t i = 0; i < OFFER_COUNT; i++)
        if (!strcmp(offers[i].provided->name, name))
            return offers[i].provided;
    return NULL;
}

static int offer_unknown(struct session *session, const char *name)
{
    struct buffer names = {0};

    for (size_t i = 0; i < OFFER_COUNT; i++)
        buffer_format(&names, "%s%s", i ? ", " : "", offers[i].provided->name);
    int status = session_fail_text(session, HL_EXIT_USAGE,
                                   "there is no host function %s; hl has %s",
                                   name, names.data ? names.data : "");
    buffer_free(&names);
    return status;
}

static hl_status deny(struct session *session, const char *name)
{
    hl_status status = HL_OK;

    if (strcmp(name, "all") != 0)
        return hl_config_deny(session->config, name);
    for (size_t i = 0; i < OFFER_COUNT && status == HL_OK; i++)
        status = hl_config_deny(session->config, offers[i].provided->name);
    return status;
}

/* One of --grant NAME ("+NAME") and --deny NAME ("-NAME"). */
static int grant_edit(struct session *session, const char *edit)
{
    const char *name = edit + 1;
    const hl_provided *provided = offer_find(name);
    hl_status status;

    if (!provided && (*edit == '+' || strcmp(name, "all") != 0))
        return offer_unknown(session, name);
    if (*edit == '+')
        status = hl_config_grant(session->config, provided, session);
    else
        status = deny(session, name);
    if (status != HL_OK)
        return session_fail_text(session, HL_EXIT_USAGE, "cannot grant %s: %s",
                                 name, hl_status_text(status));
    return HL_EXIT_OK;
}

int grants_apply(struct session *session)
{
    const struct options *options = session->options;

    for (size_t i = 0; i < OFFER_COUNT; i++)
        if (offers[i].by_default[options->preset] &&
            hl_config_grant(session->config, offers[i].provided, session) !=
                HL_OK)
            return session_fail_text(session, HL_EXIT_USAGE, "out of memory");
    for (size_t i = 0; i < options->grants.count; i++) {
        int status = grant_edit(session, options->grants.items[i]);
        if (status != HL_EXIT_OK)
            return status;
    }
    return HL_EXIT_OK;
}

static int provided_compare(const void *a, const void *b)
{
    const hl_provided *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static void granted_print(const hl_config *config)
{
    const hl_provided *granted[OFFER_COUNT];
    char text[160];
    size_t count = 0;

    while (count < OFFER_COUNT &&
           (granted[count] = hl_config_grant_at(config, count)))
        count++;
    qsort(granted, count, sizeof granted[0], provided_compare);
    for (size_t i = 0; i < count; i++) {
        hl_signature_format(granted[i]->name, granted[i]->signature, text,
                            sizeof text);
        puts(text);
    }
}

int grants_show(const struct options *options)
{
    struct session session = {
        .options = options, .stdin_fd = -1, .report = session_report_line};

    session.config = hl_config_new((enum hl_preset)options->preset);
    if (!session.config)
        return session_fail_text(&session, HL_EXIT_USAGE, "out of memory");
    int status = grants_apply(&session);
    if (status == HL_EXIT_OK)
        granted_print(session.config);
    hl_config_free(session.config);
    return status;
}

void grants_advise(struct buffer *text, const char *message)
{
    /* One of another type would be refused again (hl_sandbox_open). */
    if (!strstr(message, "which is not granted"))
        return;
    for (size_t i = 0; i < OFFER_COUNT; i++) {
        char call[40];
        snprintf(call, sizeof call, " %s(", offers[i].provided->name);
        if (strstr(message, call))
            buffer_format(text, " (--grant %s)", offers[i].provided->name);
    }
}

/* ---- Log and debug port ----------------------------------------------- */

static void log_print(void *context, const hl_log_record *record)
{
    static const char *const levels[] = {"trace", "debug",    "info", "warning",
                                         "error", "critical", "log"};
    unsigned level = record->level < 6 ? record->level : 6;

    (void)context;
    say("guest log: %s: %.*s:%u: %.*s", levels[level], (int)record->file.len,
        record->file.data, record->line, (int)record->message.len,
        record->message.data);
}

static void debug_print(void *context, const char *text, size_t len)
{
    struct session *session = context;
    output_write(&session->err, text, len);
}

hl_status grants_debug(struct session *session)
{
    enum { LOG_ERROR = 1, LOG_TRACE = 5 };
    uint32_t level = session->options->verbose ? LOG_TRACE : LOG_ERROR;
    hl_status status =
        hl_config_set_log(session->config, level, log_print, session);

    if (status != HL_OK)
        return status;
    return hl_config_set_debug(session->config, debug_print, session);
}
