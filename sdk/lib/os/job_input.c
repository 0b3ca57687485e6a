/* SPDX-License-Identifier: MIT */
/* JobInput, of both kinds. */
#include "job.h"

#include <stdio.h>
#include <string.h>

#include "../guest.h"

#define FAILED "Failed to parse input: "

static bool input_fail(struct job *job, hl_string text)
{
    job->error = text;
    return false;
}

static bool input_refuse(struct job *job, hl_bytes input,
                         const yyjson_read_err *error)
{
    if (error->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return input_fail(
            job, hl_format(FAILED "%zu bytes of input do not fit the %zu bytes "
                                  "of memory of a call: raise --scratch",
                           input.len, job->memory_size));
    return input_fail(
        job, hl_format(FAILED "%s at byte %zu", error->msg, error->pos));
}

/* Parse bytes; NULL with *error set. */
static yyjson_val *json_parse(struct job *job, const void *bytes, size_t len,
                              yyjson_read_err *error)
{
    /* without YYJSON_READ_INSITU the text is not written to */
    char *text = (char *)(uintptr_t)bytes;

    return yyjson_doc_get_root(
        yyjson_read_opts(text, len, YYJSON_READ_NOFLAG, &job->memory, error));
}

/* A string value of these bytes, which must stay; NULL if it is not UTF-8. */
static yyjson_val *string_value(struct job *job, const char *bytes, size_t len)
{
    yyjson_val *value;

    if (!hl_wire_utf8_valid(bytes, len))
        return NULL;
    value = job->memory.malloc(job->memory.ctx, sizeof(*value));
    if (value)
        unsafe_yyjson_set_strn(value, bytes, len);
    return value;
}

/* The bytes of {"data": [byte, ...]}, NUL-terminated; NULL with error set. */
static char *data_bytes(struct job *job, yyjson_val *data)
{
    size_t count = yyjson_arr_size(data), index, max;
    char *bytes = job->memory.malloc(job->memory.ctx, count + 1);
    yyjson_val *item;

    if (!bytes) {
        input_fail(job, hl_format(FAILED "%zu bytes of data do not fit the "
                                         "memory of a call: raise --scratch",
                                  count));
        return NULL;
    }
    yyjson_arr_foreach(data, index, max, item)
    {
        if (!yyjson_is_uint(item) || yyjson_get_uint(item) > UINT8_MAX) {
            input_fail(job, hl_format(FAILED "data[%zu] is not a byte (0 to "
                                             "255)",
                                      index));
            return NULL;
        }
        bytes[index] = (char)yyjson_get_uint(item);
    }
    bytes[count] = '\0';
    return bytes;
}

/*
 * The bytes of data are what the host makes of a payload: a text as it is,
 * anything else as JSON.
 */
static bool data_parse(struct job *job, hl_bytes input, yyjson_val *data)
{
    size_t len = yyjson_arr_size(data);
    yyjson_read_err error;
    char *bytes;

    if (!yyjson_is_arr(data))
        return input_fail(job, hl_format(FAILED "data is not an array of "
                                                "bytes"));
    bytes = data_bytes(job, data);
    if (!bytes)
        return false;
    job->payload = json_parse(job, bytes, len, &error);
    if (job->payload)
        return true;
    if (error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return input_refuse(job, input, &error);
    job->payload = string_value(job, bytes, len);
    return job->payload ||
           input_fail(job, hl_format(FAILED "data is neither JSON nor UTF-8 "
                                            "text"));
}

bool job_parse(struct job *job, hl_bytes input)
{
    yyjson_read_err error = {0};
    yyjson_val *root = json_parse(job, input.data, input.len, &error), *data;

    if (!root)
        return input_refuse(job, input, &error);
    if (!yyjson_is_obj(root))
        return input_fail(job, hl_format(FAILED "not a JSON object"));
    job->config = yyjson_obj_get(root, "config");
    if (yyjson_is_null(job->config))
        job->config = NULL; /* as if absent */
    job->payload = yyjson_obj_get(root, "payload");
    if (job->payload)
        return true;
    data = yyjson_obj_get(root, "data");
    if (data)
        return data_parse(job, input, data);
    return input_fail(job, hl_format(FAILED "missing field `payload`"));
}
