/* SPDX-License-Identifier: MIT */
#include "job_file.h"

#include "clock.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static bool job_fail(char *error, const char *text)
{
    snprintf(error, JOB_ERROR_MAX, "%s", text);
    return false;
}

/* Job types that their host sends to a VM. */
static bool type_check(yyjson_val *file, char *error)
{
    static const char *const keys[] = {"type", "job_type"};

    for (size_t i = 0; i < 2; i++) {
        yyjson_val *type = yyjson_obj_get(file, keys[i]);
        if (type && !yyjson_equals_str(type, "vm_execute") &&
            !yyjson_equals_str(type, "sandboxed"))
            return job_fail(error, "its type is neither vm_execute nor "
                                   "sandboxed: only those run in a VM");
    }
    return true;
}

static bool tags_check(yyjson_val *file, char *error)
{
    yyjson_val *tags = yyjson_obj_get(file, "tags"), *tag;
    size_t i, count;

    if (tags && !yyjson_is_arr(tags))
        return job_fail(error, "its tags are no array of strings");
    yyjson_arr_foreach(tags, i, count, tag)
    {
        if (!yyjson_is_str(tag))
            return job_fail(error, "its tags are no array of strings");
    }
    return true;
}

/* "timeout" in seconds, decimals allowed, or "timeout_ms". */
static bool timeout_read(struct job *job, yyjson_val *file, char *error)
{
    yyjson_val *seconds = yyjson_obj_get(file, "timeout");
    yyjson_val *ms = yyjson_obj_get(file, "timeout_ms");
    double limit;

    job->timeout = JOB_TIMEOUT;
    if (!seconds && !ms)
        return true;
    if (seconds && ms)
        return job_fail(error, "it has timeout and timeout_ms: keep one");
    if (!yyjson_is_num(seconds ? seconds : ms))
        return job_fail(error, "its timeout is not a number");
    limit = seconds ? yyjson_get_num(seconds) : yyjson_get_num(ms) / 1000;
    if (!(limit > 0))
        return job_fail(error, "its timeout is not above 0");
    if (limit > 1e9)
        return job_fail(error, "its timeout is above 1000000000 seconds");
    job->timeout = clock_limit((uint64_t)(limit * 1e9));
    return true;
}

/* Missing: nothing. A string: its bytes. Else: compact JSON. */
static bool input_read(struct job *job, yyjson_val *file, char *error)
{
    yyjson_val *payload = yyjson_obj_get(file, "payload");
    yyjson_val *input = yyjson_obj_get(payload, "input");
    size_t len;

    if (payload && !yyjson_is_obj(payload))
        return job_fail(error, "its payload is not an object");
    if (!input)
        return true;
    if (yyjson_is_str(input)) {
        buffer_add(&job->input, yyjson_get_str(input), yyjson_get_len(input));
    } else {
        char *text = yyjson_val_write(input, 0, &len);
        if (!text)
            return job_fail(error, "its input cannot be written as JSON");
        buffer_add(&job->input, text, len);
        free(text);
    }
    return !job->input.failed || job_fail(error, "out of memory");
}

bool job_parse(struct job *job, const char *text, size_t len,
               char error[JOB_ERROR_MAX])
{
    yyjson_read_err why;
    /* Numbers of more than 64 bits stay as they are written. */
    yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text, len,
                                       YYJSON_READ_BIGNUM_AS_RAW, NULL, &why);

    *job = (struct job){0};
    if (!doc) {
        snprintf(error, JOB_ERROR_MAX, "not JSON: %s at byte %zu", why.msg,
                 why.pos);
        return false;
    }
    yyjson_val *file = yyjson_doc_get_root(doc);
    bool fits = yyjson_is_obj(file) || job_fail(error, "not a JSON object");
    fits = fits && type_check(file, error) && tags_check(file, error) &&
           timeout_read(job, file, error) && input_read(job, file, error);
    yyjson_doc_free(doc);
    return fits;
}

void job_free(struct job *job)
{
    buffer_free(&job->input);
}

void job_success(struct buffer *out, const void *output, size_t len)
{
    yyjson_doc *doc = NULL;
    char *text = NULL;
    size_t size = 0;

    if (len)
        doc = yyjson_read_opts((char *)(uintptr_t)output, len,
                               YYJSON_READ_NUMBER_AS_RAW, NULL, NULL);
    buffer_text(out, "{\"Success\":{\"data\":");
    if (doc && (text = yyjson_write(doc, 0, &size))) {
        json_plain(out, text, size);
    } else {
        buffer_text(out, "{\"raw_output\":");
        json_string(out, output, len);
        buffer_text(out, "}");
    }
    buffer_text(out, ",\"metadata\":{}}}");
    free(text);
    yyjson_doc_free(doc);
}

void job_failure(struct buffer *out, const char *reason, bool is_retryable)
{
    buffer_text(out, "{\"Failure\":{\"reason\":");
    json_string(out, reason, strlen(reason));
    buffer_format(out, ",\"is_retryable\":%s,\"error_code\":null}}",
                  is_retryable ? "true" : "false");
}
