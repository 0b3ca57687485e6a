/* SPDX-License-Identifier: MIT */
/* Between integers, floating point and text. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    static const int64_t integers[] = {
        0,
        1,
        -1,
        255,
        INT32_MAX,
        INT32_MIN,
        INT64_MAX,
        INT64_MIN,
        (int64_t)1 << 53,
        ((int64_t)1 << 53) + 1,
        -1234567890123456789,
    };
    static const char *const texts[] = {
        "0",
        "-0",
        "1.5",
        "1e10",
        "0x1.8p3",
        "1e-310",
        "1e400",
        "-inf",
        "nan",
        "3.14159265358979323846",
        "123456789012345678901234567890",
        ".5e-3x",
    };
    uint64_t state = 88172645463325252u;

    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        volatile int64_t n = integers[i];
        volatile double d = (double)n;
        volatile float f = (float)n;

        printf("%a %a %a %a\n", d, (double)f, (double)(uint64_t)n,
               (double)(float)(uint32_t)n);
        printf("%" PRId64 " %d\n", (int64_t)(d / 4), (int)(f / 1e15f));
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char *end;
        double value = strtod(texts[i], &end);

        printf("%s: %a %.6g rest \"%s\"\n", texts[i], value, value, end);
    }
    /* what is printed with 17 digits reads back as the same number */
    for (int i = 0; i < 500; i++) {
        char text[64];
        double value;

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        value = (double)(int64_t)state * 1.7e-9;
        snprintf(text, sizeof(text), "%.17g", value);
        if (strtod(text, NULL) != value)
            printf("%a does not round-trip\n", value);
        printf("%.10e %f\n", value, value / 1e9);
    }
    return 0;
}
