/* SPDX-License-Identifier: MIT */
/* qsort and bsearch, and some of string.h. */
#include <ctype.h>
#include <stdlib.h>

#include "../libc_check/check.h"

#define COUNT 1000

static int compare(const void *a, const void *b)
{
    int left = *(const int *)a, right = *(const int *)b;

    return (left > right) - (left < right);
}

static void sorting(void)
{
    static int numbers[COUNT];
    unsigned state = 1;
    int wrong = 0, key;

    for (int i = 0; i < COUNT; i++) {
        state = state * 1103515245 + 12345;
        numbers[i] = (int)(state >> 16) % 500;
    }
    qsort(numbers, COUNT, sizeof(numbers[0]), compare);
    for (int i = 1; i < COUNT; i++)
        wrong += numbers[i - 1] > numbers[i];
    CHECK(wrong == 0);
    key = numbers[COUNT / 3];
    CHECK(bsearch(&key, numbers, COUNT, sizeof(key), compare) != NULL);
    key = 10000;
    CHECK(bsearch(&key, numbers, COUNT, sizeof(key), compare) == NULL);
}

static void strings(void)
{
    char list[] = "a,b,,c", buffer[16], *rest = list;

    CHECK_TEXT(strtok_r(list, ",", &rest), "a");
    CHECK_TEXT(strtok_r(NULL, ",", &rest), "b");
    CHECK_TEXT(strtok_r(NULL, ",", &rest), "c");
    CHECK(strtok_r(NULL, ",", &rest) == NULL);
    CHECK_TEXT(strstr("haystack", "st"), "stack");
    CHECK_TEXT(strrchr("a/b/c", '/'), "/c");
    CHECK(strspn("aab", "a") == 2 && strcspn("aab", "b") == 2);
    CHECK(strcasecmp("AbC", "aBc") == 0 && strncmp("abc", "abd", 2) == 0);
    memcpy(buffer, "0123456789", 11);
    memmove(buffer + 2, buffer, 5);
    CHECK_TEXT(buffer, "0101234789");
    CHECK(isalpha('x') && !isdigit('x') && toupper('x') == 'X');
    CHECK_TEXT(strerror(ENOENT), "No such file or directory");
    CHECK(strerror(12345) != NULL);
}

int main(void)
{
    sorting();
    strings();
    return check_done();
}
