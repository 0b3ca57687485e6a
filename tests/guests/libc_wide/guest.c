/* SPDX-License-Identifier: MIT */
/* Wide characters, UTF-8 and locales. */
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

#include "../libc_check/check.h"

int main(void)
{
    wchar_t wide[16];
    char narrow[32];
    mbstate_t state = {0};
    wchar_t euro;

    CHECK_TEXT(setlocale(LC_ALL, NULL), "C");
    CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
    CHECK(mbstowcs(wide, "a\xe2\x82\xac", 16) == 2 && wide[1] == 0x20ac);
    CHECK(wcstombs(narrow, L"\x20ac", sizeof(narrow)) == 3);
    CHECK_TEXT(narrow, "\xe2\x82\xac");
    CHECK(mbrtowc(&euro, "\xe2", 1, &state) == (size_t)-2);
    CHECK(mbrtowc(&euro, "\x82\xac", 2, &state) == 2 && euro == 0x20ac);
    CHECK_ERRNO(mbstowcs(wide, "\xff", 16) == (size_t)-1, EILSEQ);
    CHECK(MB_CUR_MAX > 1);
    CHECK(wcslen(L"four") == 4 && wcscmp(L"a", L"b") < 0);
    CHECK(towupper(L'x') == L'X' && iswalpha(L'x') && !iswdigit(L'x'));
    CHECK(wcstol(L"-17", NULL, 10) == -17);
    CHECK(snprintf(narrow, sizeof(narrow), "%ls|%lc", L"\x20ac", L'x') == 5);
    CHECK_TEXT(narrow, "\xe2\x82\xac|x");
    CHECK(swprintf(wide, 16, L"%d %ls", 5, L"w") == 3);
    CHECK(wcscmp(wide, L"5 w") == 0);
    CHECK_TEXT(localeconv()->decimal_point, ".");
    return check_done();
}
