/* SPDX-License-Identifier: MIT */
/* Every conversion of printf against the text ISO C demands. */
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>

#include "../libc_check/check.h"

static char text[512];

#define FORMAT(want, ...)                                                      \
    do {                                                                       \
        int length = snprintf(text, sizeof(text), __VA_ARGS__);                \
        CHECK_TEXT(text, want);                                                \
        CHECK(length == (int)strlen(want));                                    \
    } while (0)

static void integers(void)
{
    FORMAT("0 -1 2147483647 -2147483648", "%d %d %d %i", 0, -1, INT_MAX,
           INT_MIN);
    FORMAT("4294967295 37777777777 ffffffff FFFFFFFF", "%u %o %x %X", UINT_MAX,
           UINT_MAX, UINT_MAX, UINT_MAX);
    FORMAT("-9223372036854775808 18446744073709551615", "%ld %lu", LONG_MIN,
           ULONG_MAX);
    FORMAT("9223372036854775807 7fffffffffffffff", "%lld %llx", LLONG_MAX,
           LLONG_MAX);
    FORMAT("18446744073709551615 -1 -5", "%zu %td %jd", SIZE_MAX, (ptrdiff_t)-1,
           (intmax_t)-5);
    FORMAT("-128 255 -32768 65535", "%hhd %hhu %hd %hu", -128, 255, -32768,
           65535);
    FORMAT("9223372036854775807 "
           "255",
           "%" PRId64 " %" PRIu8, INT64_MAX, (uint8_t)255);
    FORMAT("[   42][42   ][00042][+42][ 42]", "[%5d][%-5d][%05d][%+d][% d]", 42,
           42, 42, 42, 42);
    FORMAT("[00042][  042][042  ]", "[%.5d][%5.3d][%-5.3d]", 42, 42, 42);
    FORMAT("0xff 0377 0XFF", "%#x %#o %#X", 255, 255, 255);
    FORMAT("[     7][7     ]", "[%*d][%-*d]", 6, 7, 6, 7);
    FORMAT("", "%.0d", 0);
    FORMAT("b a", "%2$s %1$s", "a", "b");
}

static void texts(void)
{
    FORMAT("[hi][   hi][hi   ][h]", "[%s][%5s][%-5s][%.1s]", "hi", "hi", "hi",
           "hi");
    FORMAT("x%y", "%c%%%c", 'x', 'y');
    FORMAT("(null)", "%s", (const char *)NULL);
    FORMAT("0x1f", "%p", (void *)0x1f);
    CHECK(snprintf(text, 4, "%s", "truncated") == 9);
    CHECK_TEXT(text, "tru");
    CHECK(snprintf(NULL, 0, "%d", 12345) == 5);
}

static void doubles(void)
{
    FORMAT("0.500000 -1.250000 100000.000000", "%f %f %f", 0.5, -1.25, 1e5);
    FORMAT("5.000000e-01 1.000000E+300", "%e %E", 0.5, 1e300);
    FORMAT("0.5 1e-05 1e+06 100000", "%g %g %g %g", 0.5, 1e-5, 1e6, 1e5);
    FORMAT("3.14 3 [    3.1][3.1    ][+3.1]",
           "%.2f %.0f [%7.1f][%-7.1f][%+.1f]", 3.14159, 3.14159, 3.14159,
           3.14159, 3.14159);
    FORMAT("inf -inf nan INF", "%f %f %f %F", HUGE_VAL, -HUGE_VAL,
           fabs((double)NAN), HUGE_VAL);
    FORMAT("0 2 2 4", "%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5);
    FORMAT("1.7976931348623157e+308", "%.17g", DBL_MAX);
    FORMAT("2.2250738585072014e-308", "%.17g", DBL_MIN);
    FORMAT("0x1p-1 0x1.8p+1", "%a %a", 0.5, 3.0);
    FORMAT("0.1 0.30000000000000004", "%.1f %.17g", 0.1, 0.1 + 0.2);
    FORMAT("-0.000000 000001.50", "%f %09.2f", -0.0, 1.5);
    FORMAT("123456789.12345679", "%.17g", 123456789.12345679);
    FORMAT("1 1.00000 0.", "%g %#g %#.0f", 1.0, 1.0, 0.0);
}

static void longer(void)
{
    FORMAT("1.500000 -2.5", "%Lf %.1Lf", 1.5L, -2.5L);
    FORMAT("1.000000e+100", "%Le", 1e100L);
}

int main(void)
{
    integers();
    texts();
    doubles();
    longer();
    return check_done();
}
