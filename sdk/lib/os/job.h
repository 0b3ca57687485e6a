/* SPDX-License-Identifier: MIT */
/* What the parts of JSON jobs share. Not installed. */
#ifndef HL_OS_JOB_H
#define HL_OS_JOB_H

#include <hl/job.h>

/* One job: everything lives in one block of the call's arena. */
struct job {
    const char *flag; /* name of the output's first member */
    yyjson_alc memory;
    size_t memory_size;
    yyjson_val *payload;
    yyjson_val *config; /* NULL: none */
    hl_string error;    /* data NULL: none */
};

/*
 * Set payload and config from the input, or error. A parsed input stays
 * referenced by both, and needs no freeing: the arena ends with the call.
 */
bool job_parse(struct job *job, hl_bytes input);

/* {flag: false, "data": null, "error": text}; needs no JSON memory. */
hl_bytes job_failure(const char *flag, hl_string text);

/* The output bytes for data; empty when it has no JSON form. */
hl_bytes job_success(struct job *job, yyjson_mut_doc *out,
                     yyjson_mut_val *data);

#endif /* HL_OS_JOB_H */
