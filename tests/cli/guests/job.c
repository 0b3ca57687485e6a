/* SPDX-License-Identifier: MIT */
/* A job that says what it got and how often it ran; a few inputs fail. */
#include <hl/job.h>

#include <stdio.h>
#include <string.h>

static int runs;

static bool is(hl_bytes input, const char *text)
{
    return input.len == strlen(text) && !memcmp(input.data, text, input.len);
}

static hl_bytes work(hl_bytes input)
{
    printf("run %d\n", ++runs);
    if (is(input, "fail"))
        return hl_fail_bytes(HL_ERR_GUEST, "not today");
    if (is(input, "spin"))
        for (;;)
            ;
    if (is(input, "crash"))
        __builtin_trap();
    if (is(input, "count"))
        return (hl_bytes){(const uint8_t *)(runs == 1 ? "1" : "more"),
                          runs == 1 ? 1 : 4};
    return input;
}

define_job_handler(work)
