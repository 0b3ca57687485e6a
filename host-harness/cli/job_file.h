/* SPDX-License-Identifier: MIT */
/* Job files in, results out: the forms that hl job --help shows. */
#ifndef CLI_JOB_FILE_H
#define CLI_JOB_FILE_H

#include "buffer.h"

#include <stdint.h>

struct job {
    struct buffer input; /* what execute gets */
    uint64_t timeout;    /* ns; JOB_TIMEOUT if the file names none */
};

#define JOB_TIMEOUT UINT64_C(5000000000)

/* Bytes of a job file: what it carries must fit a guest. */
#define JOB_FILE_MAX  (64u << 20)

#define JOB_ERROR_MAX 200

/* Read the text of a job file. False with what is wrong with it in error. */
bool job_parse(struct job *job, const char *text, size_t len,
               char error[JOB_ERROR_MAX]);
void job_free(struct job *job);

/*
 * Append {"Success":{"data":…,"metadata":{}}}: data is the output if that is
 * JSON, else {"raw_output": its text}.
 */
void job_success(struct buffer *out, const void *output, size_t len);

/* Append {"Failure":{"reason":…,"is_retryable":…,"error_code":null}}. */
void job_failure(struct buffer *out, const char *reason, bool is_retryable);

#endif
