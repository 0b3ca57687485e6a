/* SPDX-License-Identifier: MIT */
/* State in .data, .bss and on the heap lasts from call to call. */
#include <hl.h>

#include <stdlib.h>

static int32_t data = 40;
static int32_t bss;
static int32_t *heap;

HL_EXPORT(int32_t, next_data)
{
    return ++data;
}
HL_EXPORT(int32_t, next_bss)
{
    return ++bss;
}
HL_EXPORT(int32_t, next_heap)
{
    if (!heap)
        heap = calloc(1, sizeof(*heap));
    return heap ? ++*heap : hl_fail(HL_ERR_MALLOC, "no heap");
}
