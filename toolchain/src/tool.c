/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *tool_name = "hl-cc";

static void message(const char *kind, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void message(const char *kind, const char *format, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s: ", tool_name, kind);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void tool_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message("error", format, args);
    va_end(args);
}

void tool_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message("note", format, args);
    va_end(args);
}

void tool_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message("error", format, args);
    va_end(args);
    exit(1);
}

void words_add(struct words *words, const char *word)
{
    if (words->count + 1 >= words->room) {
        words->room = words->room ? 2 * words->room : 64;
        words->at = realloc(words->at, words->room * sizeof(*words->at));
        if (!words->at)
            tool_fail("out of memory");
    }
    words->at[words->count++] = word;
    words->at[words->count] = NULL;
}

void words_add_all(struct words *words, const char *const *list)
{
    for (; *list; list++)
        words_add(words, *list);
}

static void word_print(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=+,./:@%";

    if (*word && !word[strspn(word, plain)]) {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*word);
    putchar('\'');
}

void words_print(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (i)
            putchar(' ');
        word_print(words->at[i]);
    }
    putchar('\n');
}

char *text_format(const char *format, ...)
{
    char *text;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        tool_fail("out of memory");
    return text;
}

const char *text_after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

char *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t room = 0, count = 0, got;

    if (!file)
        return NULL;
    do {
        if (count + 1 >= room) {
            room = room ? 2 * room : 65536;
            bytes = realloc(bytes, room);
            if (!bytes)
                tool_fail("out of memory reading %s", path);
        }
        got = fread(bytes + count, 1, room - count - 1, file);
        count += got;
    } while (got && !feof(file) && !ferror(file));
    if (ferror(file)) {
        int error = errno;

        fclose(file);
        free(bytes);
        errno = error;
        return NULL;
    }
    fclose(file);
    bytes[count] = '\0';
    *size = count;
    return bytes;
}

char *tool_prefix(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (length < 0)
        tool_fail("cannot find out where this program is: /proc/self/exe: %s",
                  strerror(errno));
    path[length] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');

        if (!slash)
            tool_fail("cannot find the sysroot: no folder above %s", path);
        *slash = '\0';
    }
    return text_format("%s", path);
}

/* The build tree keeps it beside bin/, an installed tree in lib/. */
char *sysroot_find(const char *prefix)
{
    static const char *const places[] = {"sysroot", "lib/hlkit/sysroot"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char *sysroot = text_format("%s/%s", prefix, places[i]);
        char *linker = text_format("%s/libexec/hl-ld", sysroot);

        if (access(linker, X_OK) == 0)
            return sysroot;
    }
    tool_fail("no sysroot in %s/sysroot nor in %s/lib/hlkit/sysroot; run "
              "`make` in the hlkit tree, or install it anew",
              prefix, prefix);
}
