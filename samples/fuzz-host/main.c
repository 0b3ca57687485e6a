/* SPDX-License-Identifier: MIT */
/* A host function with a bug, and the line that makes a fuzzer of it. */
#include <string.h>
#include <hl_fuzz.h>

/*
 * Fields of a record: one byte of length, then so many bytes, and so on. The
 * check below was meant to be `at + 1 + len`: a last field that says it is
 * longer than the record is read beyond its end. -DFIXED has it right.
 */
HL_PROVIDE(int32_t, field_sum, (hl_bytes, record), (uint32_t, index))
{
    int32_t sum = 0;
    size_t at = 0;

    while (at < record.len) {
        const size_t len = record.data[at];
#ifdef FIXED
        const size_t end = at + 1 + len;
#else
        const size_t end = at + len;
#endif
        if (end > record.len)
            return hl_call_fail(call, HL_ERR_HOST, "record ends early");
        if (index-- == 0) {
            for (size_t i = 0; i < len; i++)
                sum += record.data[at + 1 + i];
            return sum;
        }
        at += 1 + len;
    }
    return hl_call_fail(call, HL_ERR_HOST, "no such field");
}

HL_PROVIDE(hl_string, greet, (const char *, name))
{
    const size_t len = strlen(name);
    char *text = hl_call_alloc(call, len + 8);

    if (text == NULL) {
        hl_call_fail(call, HL_ERR_MALLOC, "out of memory");
        return (hl_string){"", 0};
    }
    memcpy(text, "Hello, ", 7);
    memcpy(text + 7, name, len);
    return (hl_string){text, len + 7};
}

HL_FUZZ(NULL, &hl_provided_field_sum, &hl_provided_greet)
