/* SPDX-License-Identifier: MIT */
/* Numbers in messages, without printf. */
#include "os.h"

const char *os_decimal(char buffer[OS_DECIMAL], int number)
{
    char *at = buffer + OS_DECIMAL - 1;
    unsigned rest = number < 0 ? 0u - (unsigned)number : (unsigned)number;

    *at = '\0';
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    return at;
}
