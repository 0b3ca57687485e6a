/* SPDX-License-Identifier: MIT */
/* JSON jobs (hl/job.h): the way from input bytes to output bytes. */
#include "job.h"

#include "../guest.h"

/* A failure output always fits: a text and its escapes. */
#define MEMORY_MIN 8192

/*
 * Two thirds of what the arena has are for JSON; the rest serves the handler:
 * answers of host calls, its own hl_alloc, and pages of its heap, which come
 * from the same scratch memory.
 */
static bool job_memory(struct job *job)
{
    size_t room = hl_arena_room();
    void *block;

    if (room < MEMORY_MIN)
        return false;
    job->memory_size = room - room / 3;
    block = hl_alloc(job->memory_size);
    return block && yyjson_alc_pool_init(&job->memory, block, job->memory_size);
}

static hl_string job_error(struct job *job)
{
    static const char nothing[] = "the handler returned no data";
    hl_string text;

    if (job->error.data)
        return job->error;
    if (hl_failure_take(&text))
        return text;
    return (hl_string){nothing, sizeof(nothing) - 1};
}

static hl_bytes job_run(struct job *job, hl_json_handler *handler)
{
    yyjson_mut_doc *out = yyjson_mut_doc_new(&job->memory);
    yyjson_mut_val *data;
    hl_string text;

    if (!out)
        return job_failure(job->flag, hl_format("out of memory"));
    data = handler(out, job->payload, job->config);
    if (!data)
        return job_failure(job->flag, job_error(job));
    if (hl_failure_take(&text))
        return job_failure(job->flag, text);
    return job_success(job, out, data);
}

hl_bytes hl_job_json(hl_bytes input, hl_json_handler *handler, const char *flag)
{
    struct job job = {.flag = flag};

    if (!job_memory(&job))
        return hl_fail_bytes(HL_ERR_MALLOC,
                             "no memory is left for JSON: raise --scratch");
    if (!job_parse(&job, input))
        return job_failure(flag, job_error(&job));
    return job_run(&job, handler);
}
