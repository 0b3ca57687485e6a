/* SPDX-License-Identifier: MIT */
/* Counts what is read of a range; see touch.h. */
#include "support/touch.h"

static struct {
    uintptr_t base;
    size_t size; /* 0: nobody watches */
    unsigned most;
    bool copies;
    uint64_t loads;
    size_t low, high; /* bytes of counts that are not 0 lie between */
} touch;

static uint8_t counts[TOUCH_MAX];

static void watch(const void *base, size_t size, unsigned most, bool copies)
{
    FUZZ_CHECK(size <= TOUCH_MAX && most < UINT8_MAX);
    touch.base = (uintptr_t)base;
    touch.size = size;
    touch.most = most;
    touch.copies = copies;
    touch.loads = 0;
    touch.low = size;
    touch.high = 0;
}

void touch_begin(const void *base, size_t size, unsigned most)
{
    watch(base, size, most, true);
}

void touch_begin_loads(const void *base, size_t size, unsigned most)
{
    watch(base, size, most, false);
}

uint64_t touch_end(void)
{
    touch.size = 0;
    if (touch.high > touch.low)
        memset(counts + touch.low, 0, touch.high - touch.low);
    return touch.loads;
}

static inline void touched(uintptr_t at, size_t width)
{
    const size_t offset = at - touch.base;

    if (__builtin_expect(offset >= touch.size, 1))
        return;
    touch.loads++;
    if (offset < touch.low)
        touch.low = offset;
    for (size_t i = 0; i < width && offset + i < touch.size; i++)
        FUZZ_CHECK(++counts[offset + i] <= touch.most);
    if (offset + width > touch.high)
        touch.high = offset + width < touch.size ? offset + width : touch.size;
}

#define TOUCH_CALLBACK(width)                                                  \
    void __sanitizer_cov_load##width(const void *at);                          \
    void __sanitizer_cov_load##width(const void *at)                           \
    {                                                                          \
        touched((uintptr_t)at, width);                                         \
    }
TOUCH_CALLBACK(1)
TOUCH_CALLBACK(2)
TOUCH_CALLBACK(4)
TOUCH_CALLBACK(8)
TOUCH_CALLBACK(16)

void *__real___asan_memcpy(void *to, const void *from, size_t size);
void *__wrap___asan_memcpy(void *to, const void *from, size_t size);

void *__wrap___asan_memcpy(void *to, const void *from, size_t size)
{
    if (touch.size != 0 && touch.copies)
        touched((uintptr_t)from, size);
    return __real___asan_memcpy(to, from, size);
}
