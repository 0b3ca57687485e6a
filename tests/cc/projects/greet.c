/* SPDX-License-Identifier: MIT */
#include "greet.h"
#include <math.h>
#include <stdio.h>

void greet(const char *by)
{
    printf("hello from %s, %.4f\n", by, sqrt(2.0));
}
