/* SPDX-License-Identifier: MIT */
/* What is called millions of times, and where its stack and heap are. */
#include <hl.h>

#include <stdlib.h>
#include <string.h>

HL_IMPORT(int64_t, HostTwice, (int64_t, v));

HL_EXPORT(int32_t, add, (int32_t, a), (int32_t, b))
{
    return a + b;
}

HL_EXPORT(hl_string, echo, (hl_string, text))
{
    char *copy = hl_alloc(text.len + 1);

    if (!copy)
        return hl_fail_string(HL_ERR_HOST, "out of memory");
    memcpy(copy, text.data, text.len);
    return (hl_string){copy, text.len};
}

/* malloc and free, and a host call between them */
HL_EXPORT(int64_t, twice, (int64_t, v))
{
    int64_t *result = malloc(sizeof(*result) + (size_t)(v & 0xFFF));

    if (!result || HostTwice(result, v) != HL_OK) {
        free(result);
        return hl_fail(HL_ERR_HOST, "%s", hl_last_error());
    }
    v = *result;
    free(result);
    return v;
}

HL_EXPORT(int32_t, refuse)
{
    return hl_fail(HL_ERR_HOST, "as always");
}

HL_EXPORT(uint64_t, stack)
{
    return (uintptr_t)__builtin_frame_address(0);
}

/* Where the next block would be, small and large: a leak moves it. */
HL_EXPORT(uint64_t, heap)
{
    void *small = malloc(40), *large = malloc(20000);
    const uint64_t sum = (uintptr_t)small ^ (uintptr_t)large << 20;

    free(small);
    free(large);
    return small && large ? sum : 0;
}
