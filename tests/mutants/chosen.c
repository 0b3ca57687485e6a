/* SPDX-License-Identifier: MIT */
/* The mutant this process runs with; 0 is none. See schemata.py. */
#include <stdlib.h>

int hl_mutant;

static void __attribute__((constructor)) mutant_choose(void)
{
    const char *number = getenv("HL_MUTANT");

    hl_mutant = number == NULL ? 0 : atoi(number);
}
