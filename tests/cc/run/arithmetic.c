/* SPDX-License-Identifier: MIT */
/* Every operation of float and double, printed bit by bit. */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void bits(const char *what, double value)
{
    uint64_t word;

    memcpy(&word, &value, sizeof(word));
    if (value != value)
        word = 0; /* the sign of a NaN is not laid down */
    printf("%s %016" PRIx64 "\n", what, word);
}

int main(void)
{
    static const double values[] = {
        0.0, -0.0,   1.0,  -1.5,     0.1,       1e300, 1e-300,
        3.0, 5e-324, 1e16, INFINITY, -INFINITY, NAN,   1.0 / 3,
    };
    int count = sizeof(values) / sizeof(values[0]);

    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            volatile double a = values[i], b = values[j];
            volatile float fa = (float)a, fb = (float)b;

            bits("add", a + b);
            bits("sub", a - b);
            bits("mul", a * b);
            bits("div", a / b);
            bits("fadd", fa + fb);
            bits("fmul", fa * fb);
            bits("fdiv", fa / fb);
            bits("fmod", fmod(a, b));
            printf("%d%d%d%d%d\n", a < b, a <= b, a == b, a > b, a != b);
        }
    for (int i = 0; i < count; i++) {
        bits("sqrt", sqrt(values[i]));
        bits("floor", floor(values[i]));
        bits("ceil", ceil(values[i]));
        bits("fabs", fabs(values[i]));
    }
    for (int i = -20; i <= 20; i++)
        printf("%.12e %.12e %.12e\n", sin(i * 0.37), exp(i * 0.37),
               log(fabs(i * 0.37) + 1e-3));
    return 0;
}
