/* SPDX-License-Identifier: MIT */
/* A job that returns its input, with a prefix: bytes in, bytes out. */
#include <string.h>
#include <hl/job.h>

HL_IMPORT(void, hl_println, (hl_string, line));
HL_IMPORT(uint64_t, hl_get_time);

#define PREFIX     "Echo: "
#define PREFIX_LEN (sizeof(PREFIX) - 1)

static hl_bytes echo(hl_bytes input)
{
    uint8_t *output = hl_alloc(PREFIX_LEN + input.len);
    uint64_t now;

    if (!output)
        return hl_fail_bytes(HL_ERR_MALLOC, "no memory for %zu bytes",
                             input.len);
    if (hl_get_time(&now) != HL_OK)
        return hl_fail_bytes(HL_ERR_HOST, "no clock: %s", hl_last_error());
    hl_println(hl_format("Echoing %zu bytes at %llu", input.len,
                         (unsigned long long)now));
    memcpy(output, PREFIX, PREFIX_LEN);
    memcpy(output + PREFIX_LEN, input.data, input.len);
    return (hl_bytes){output, PREFIX_LEN + input.len};
}
define_job_handler(echo)
