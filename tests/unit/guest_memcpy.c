/* SPDX-License-Identifier: MIT */
/* The guest's own memcpy copies all and nothing else. */
#include <string.h>

#include "test.h"

#define memcpy guest_memcpy
void *guest_memcpy(void *restrict to, const void *restrict from, size_t len);
#include "../../sdk/lib/os/os_memcpy.c"
#undef memcpy

static void memcpy_copies_each_length_at_each_alignment(void **state)
{
    uint8_t from[400], to[400], wanted[400];

    (void)state;
    for (size_t i = 0; i < sizeof(from); i++)
        from[i] = (uint8_t)(i * 7 + 1);
    for (size_t len = 0; len <= 300; len++)
        for (size_t at = 0; at < 64; at++) {
            uint8_t *target = to + 8 + at / 8;

            memset(to, 0xEE, sizeof(to));
            memcpy(wanted, to, sizeof(to));
            for (size_t i = 0; i < len; i++)
                wanted[8 + at / 8 + i] = from[at % 8 + i];
            assert_ptr_equal(guest_memcpy(target, from + at % 8, len), target);
            assert_memory_equal(to, wanted, sizeof(to));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memcpy_copies_each_length_at_each_alignment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
