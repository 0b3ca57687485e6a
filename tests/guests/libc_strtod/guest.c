/* SPDX-License-Identifier: MIT */
/* strtod(snprintf("%.17g")) gives back the same bits; limits and ends. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "../libc_check/check.h"

static uint64_t number = 88172645463325252u;

/* A repeatable sequence of bit patterns (xorshift). */
static double next_double(void)
{
    double value;

    number ^= number << 13;
    number ^= number >> 7;
    number ^= number << 17;
    memcpy(&value, &number, sizeof(value));
    return value;
}

static void round_trips(void)
{
    char text[64];
    int wrong = 0;

    for (int i = 0; i < 500; i++) {
        double value = next_double(), back;

        if (!isfinite(value))
            continue;
        snprintf(text, sizeof(text), "%.17g", value);
        back = strtod(text, NULL);
        wrong += memcmp(&value, &back, sizeof(value)) != 0;
    }
    CHECK(wrong == 0);
}

static void doubles(void)
{
    char *end;

    CHECK(strtod("  -1.5e3x", &end) == -1500.0 && *end == 'x');
    CHECK(strtod("0x1.8p1", &end) == 3.0 && *end == '\0');
    CHECK(isinf(strtod("inf", NULL)) && isnan(strtod("nan", NULL)));
    CHECK_ERRNO(strtod("1e999", NULL) == HUGE_VAL, ERANGE);
    CHECK(strtod("1.7976931348623157e308", NULL) == DBL_MAX);
    CHECK(strtod("5e-324", NULL) > 0);
    CHECK(strtod("x", &end) == 0 && *end == 'x');
    CHECK(strtof("0.1", NULL) == 0.1f);
    CHECK(atof("2.5") == 2.5);
}

static void integers(void)
{
    char *end;

    CHECK(strtol("-2147483649", NULL, 10) == -2147483649L);
    CHECK_ERRNO(strtol("9223372036854775808", NULL, 10) == LONG_MAX, ERANGE);
    CHECK_ERRNO(strtoul("18446744073709551616", NULL, 10) == ULONG_MAX, ERANGE);
    CHECK(strtoull("ffffffffffffffff", &end, 16) == ULLONG_MAX && *end == '\0');
    CHECK(strtol("0x1F", NULL, 0) == 31 && strtol("017", NULL, 0) == 15);
    CHECK(strtol("zz", NULL, 36) == 35 * 36 + 35);
}

static void functions(void)
{
    CHECK(sqrt(2.0) == 1.4142135623730951);
    CHECK(fabs(sin(1.0) - 0.8414709848078965) < 1e-15);
    CHECK(fabs(exp(1.0) - 2.718281828459045) < 1e-15);
    CHECK(fabs(log(10.0) - 2.302585092994046) < 1e-15);
    CHECK(pow(2.0, 10.0) == 1024.0 && fmod(7.5, 2.0) == 1.5);
    CHECK(floor(-1.5) == -2.0 && ceil(-1.5) == -1.0 && round(2.5) == 3.0);
    CHECK(fma(2.0, 3.0, 4.0) == 10.0);
    CHECK(fma(1.0 + 0x1p-30, 1.0 + 0x1p-30, -1.0) == 0x1p-29 + 0x1p-60);
    CHECK(lrint(2.5) == 2 && trunc(-1.7) == -1.0);
}

int main(void)
{
    round_trips();
    doubles();
    integers();
    functions();
    return check_done();
}
