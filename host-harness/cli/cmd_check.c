/* SPDX-License-Identifier: MIT */
/* hl check GUEST: would a Hyperlight host accept it, and why not. */
#include "exit_status.h"
#include "file.h"
#include "options.h"
#include "say.h"
#include "text.h"
#include "value.h"

#include <hl/abi.h>
#include <hl_host.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct report {
    struct buffer text;
    const char *file;
    unsigned problems;
    bool json;
};

static void problem_add(void *context, const char *rule, const char *problem,
                        const char *fix)
{
    struct report *report = context;
    struct buffer *text = &report->text;

    report->problems++;
    if (report->json) {
        buffer_text(text, report->problems > 1 ? ",{\"rule\":" : "{\"rule\":");
        json_string(text, rule, strlen(rule));
        buffer_text(text, ",\"problem\":");
        json_string(text, problem, strlen(problem));
        buffer_text(text, ",\"fix\":");
        json_string(text, fix, strlen(fix));
        buffer_text(text, "}");
        return;
    }
    text_escape(text, report->file, strlen(report->file), TEXT_LINE);
    buffer_format(text, ": %s: ", rule);
    text_escape(text, problem, strlen(problem), TEXT_LINE);
    buffer_text(text, "\n  fix: ");
    text_escape(text, fix, strlen(fix), TEXT_LINE);
    buffer_text(text, "\n");
}

/* A note pins the image: a host of another version refuses it (abi §1.4). */
static void accepted_print(const struct report *report,
                           const struct buffer *content)
{
    struct buffer line = {0};
    struct hl_image_info info = {0};
    hl_image *image = NULL;
    hl_error error;

    if (hl_image_from_memory(&image, report->file, content->data, content->len,
                             &error) == HL_OK)
        hl_image_get_info(image, &info);
    text_escape(&line, report->file, strlen(report->file), TEXT_LINE);
    if (info.version_note) {
        buffer_text(&line, ": OK, but only Hyperlight ");
        text_escape(&line, info.version_note, strlen(info.version_note),
                    TEXT_LINE);
        buffer_text(&line, " accepts it (version note)");
    } else {
        buffer_text(&line, ": OK, every Hyperlight host accepts it");
    }
    printf("%s\n", line.data ? line.data : "");
    hl_image_free(image);
    buffer_free(&line);
}

static void report_print(const struct report *report, bool accepted,
                         const struct buffer *content)
{
    const char *text = report->text.data ? report->text.data : "";

    if (report->json)
        printf("{\"ok\":%s,\"problems\":[%s]}\n", accepted ? "true" : "false",
               text);
    else
        fputs(text, stdout);
    if (accepted && !report->json)
        accepted_print(report, content);
}

static int content_check(const struct options *options,
                         const struct buffer *content)
{
    struct report report = {.file = options->args[0], .json = options->json};
    hl_status status = hl_image_check(content->data ? content->data : "",
                                      content->len, problem_add, &report);
    bool accepted = status == HL_OK && !report.problems;

    report_print(&report, accepted, content);
    buffer_free(&report.text);
    return accepted ? HL_EXIT_OK : HL_EXIT_NOT_RUNNABLE;
}

/* No file, none to read, too big: as the loader sees it, in its own words. */
static int open_report(const char *path, int number)
{
    hl_image *image = NULL;
    hl_error error;

    if (hl_image_open(&image, path, &error) != HL_OK) {
        say("%s", error.message);
        return exit_status_of_image(&error, path);
    }
    hl_image_free(image);
    say("cannot read %s: %s", path, strerror(number));
    return HL_EXIT_USAGE;
}

/* 0 or an errno value. What is no regular file may have no end. */
static int content_read(struct buffer *content, const char *path)
{
    struct stat info;

    if (stat(path, &info))
        return errno;
    if (!S_ISREG(info.st_mode))
        return EINVAL;
    return file_read(content, path, HL_IMAGE_SIZE_MAX, 0);
}

static int check(const struct options *options)
{
    struct buffer content = {0};
    int number = content_read(&content, options->args[0]);
    int status = number ? open_report(options->args[0], number)
                        : content_check(options, &content);

    buffer_free(&content);
    return status;
}

COMMAND(check) = {
    .name = "check",
    .arguments = "GUEST",
    .summary = "would a Hyperlight host accept it, and why not",
    .details = "",
    .order = 50,
    .groups = OPTIONS_JSON,
    .min_args = 1,
    .max_args = 1,
    .run = check,
};
