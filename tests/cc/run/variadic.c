/* SPDX-License-Identifier: MIT */
/* Floating arguments through "...": where the soft variant needs care. */
#include <stdarg.h>
#include <stdio.h>

static void mixed(const char *kinds, ...)
{
    va_list args, copy;

    va_start(args, kinds);
    va_copy(copy, args);
    for (const char *k = kinds; *k; k++) {
        if (*k == 'd')
            printf(" %.3f", va_arg(args, double));
        else if (*k == 'i')
            printf(" %d", va_arg(args, int));
        else if (*k == 'l')
            printf(" %ld", va_arg(args, long));
        else
            printf(" %s", va_arg(args, const char *));
    }
    va_end(args);
    if (*kinds == 'd')
        printf(" again %.1f", va_arg(copy, double));
    va_end(copy);
    putchar('\n');
}

int main(void)
{
    char text[64];

    mixed("d", 1.5);
    mixed("did", 1.25, 7, -2.5);
    mixed("ididididididid", 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7,
          7.5);
    mixed("dddddddddddd", 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0,
          11.0, 12.0);
    mixed("sldis", "text", 1234567890123L, 0.125, -1, "end");
    snprintf(text, sizeof(text), "%d %f %s %e %g %c", 1, 2.0, "three", 4.0, 5.0,
             '6');
    puts(text);
    printf("%Lf %d %.1Lf\n", 1.5L, 2, 3.25L);
    return 0;
}
