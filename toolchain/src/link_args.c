/* SPDX-License-Identifier: MIT */
/* The arguments of a compiler driver's link: what is ours, lld's, or nothing
 * to a guest. */
#include "link.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a compiler driver's link, without meaning for a guest: it is always 64
 * bits wide, static, position independent, of one thread. */
static const char *const ignored[] = {
    "-m64",      "-static",     "-pie",           "-no-pie",        "-nopie",
    "-rdynamic", "-static-pie", "-static-libgcc", "-shared-libgcc", "-pthread",
    "-Bstatic",  "-Bdynamic",   "--pie",          "--no-pie",       NULL,
};

/* lld's options that take the next word as their value. */
static const char *const valued[] = {
    "-e",     "-u",      "-m",          "-h",       "-soname",
    "-Map",   "--entry", "--undefined", "--defsym", "--version-script",
    "--wrap", "-y",      "-O",          "-mllvm",   NULL,
};

/* Libraries that hold nothing a guest lacks: their contents are always linked,
 * or there is nothing of the kind in a guest. */
static const char *const empty_libraries[] = {
    "gcc", "gcc_eh", "pthread", "rt", "dl", NULL,
};

/* Always linked, and in this order: the guest library overrides parts of libc,
 * so naming one earlier must not change the order. */
static const char *const standard_libraries[] = {
    "hl", "yyjson", "c", "m", "builtins", NULL,
};

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* -Wl,a,b and -Xlinker a become a b: one stream of linker words. */
static void words_flatten(struct words *out, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *list = text_after(argv[i], "-Wl,");

        if (list) {
            char *part = text_format("%s", list), *comma;

            for (; (comma = strchr(part, ',')); part = comma + 1) {
                *comma = '\0';
                words_add(out, part);
            }
            words_add(out, part);
        } else if (strcmp(argv[i], "-Xlinker") != 0 || i + 1 == argc) {
            words_add(out, argv[i]);
        } else {
            words_add(out, argv[++i]);
        }
    }
}

char *link_find_library(const struct link *link, const char *name)
{
    char *file = name[0] == ':' ? text_format("%s", name + 1)
                                : text_format("lib%s.a", name);
    char *path;

    for (size_t i = 0; i <= link->dirs.count; i++) {
        if (i < link->dirs.count)
            path = text_format("%s/%s", link->dirs.at[i], file);
        else
            path = text_format("%s/lib/%s/%s", link->sysroot,
                               target_float_name(link->variant), file);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* -z KEYWORD: stack-size is the guest's main stack, which crt0 sets up. */
static void keyword_parse(struct link *link, const char *keyword)
{
    const char *size = text_after(keyword, "stack-size=");
    char *end;

    if (size) {
        unsigned long bytes = strtoul(size, &end, 0);

        if (!isdigit((unsigned char)*size) || *end || bytes < 4096 ||
            bytes > 1ul << 30)
            tool_fail("-z stack-size=%s: the main stack is a number of bytes "
                      "from 4096 to 1073741824; write for example "
                      "-Wl,-z,stack-size=131072",
                      size);
        link->stack_size = size;
    }
    words_add(&link->lld, "-z");
    words_add(&link->lld, keyword);
}

/* Words that change what is linked, and are lld's as well or not at all. */
static bool mode_parse(struct link *link, const char *word)
{
    if (strcmp(word, "-shared") == 0 || strcmp(word, "-Bshareable") == 0 ||
        strcmp(word, "--shared") == 0)
        tool_fail("%s: a guest is one static file, there are no shared "
                  "libraries; leave %s out, or make a static library with "
                  "llvm-ar-19",
                  word, word);
    if (strcmp(word, "-m32") == 0 || strcmp(word, "-mx32") == 0)
        tool_fail("%s: a guest is 64-bit code; leave %s out", word, word);
    if (strcmp(word, "-nostdlib") == 0)
        link->no_crt = link->no_libs = true;
    else if (strcmp(word, "-nostartfiles") == 0)
        link->no_crt = true;
    else if (strcmp(word, "-nodefaultlibs") == 0)
        link->no_libs = true;
    else if (text_after(word, "--hl-note="))
        link->note = text_after(word, "--hl-note=");
    else
        return is_one_of(word, ignored) || text_after(word, "-fuse-ld=");
    return true;
}

/* Words that are lld's, which this side has to know of too. */
static void word_watch(struct link *link, const char *word)
{
    if (strcmp(word, "-r") == 0 || strcmp(word, "--relocatable") == 0)
        link->relocatable = true;
    else if (strcmp(word, "--version") == 0 || strcmp(word, "--help") == 0)
        link->only_asks = true;
    else if (strcmp(word, "-v") == 0 || strcmp(word, "--verbose") == 0)
        link->verbose = true;
    else if (text_after(word, "--script=") ||
             (text_after(word, "-T") && !text_after(word, "-Tbss") &&
              !text_after(word, "-Tdata") && !text_after(word, "-Ttext")))
        link->own_script = true;
    else if (word[0] != '-')
        words_add(&link->inputs, word);
}

/* Value of an option written as -xVALUE or -x VALUE. */
static const char *joined_value(const struct words *words, size_t *i)
{
    const char *word = words->at[*i];

    if (word[2])
        return word + 2;
    if (*i + 1 == words->count)
        tool_fail("%s needs a value after it", word);
    return words->at[++*i];
}

static void library_parse(struct link *link, const char *name)
{
    char *path = link_find_library(link, name);

    if (is_one_of(name, empty_libraries) && !path)
        return;
    if (!link->no_libs && is_one_of(name, standard_libraries) && path &&
        text_after(path, link->sysroot))
        return;
    words_add(&link->lld, text_format("-l%s", name));
    words_add(&link->inputs, text_format("-l%s", name));
}

static void word_parse(struct link *link, const struct words *words, size_t *i)
{
    const char *word = words->at[*i];

    if (mode_parse(link, word))
        return;
    if (text_after(word, "-o") && !text_after(word, "-oformat")) {
        link->output = joined_value(words, i);
    } else if (text_after(word, "-L")) {
        const char *dir = joined_value(words, i);

        words_add(&link->dirs, dir);
        words_add(&link->lld, text_format("-L%s", dir));
    } else if (text_after(word, "-l")) {
        library_parse(link, joined_value(words, i));
    } else if (text_after(word, "-z")) {
        keyword_parse(link, joined_value(words, i));
    } else if (is_one_of(word, valued) && *i + 1 < words->count) {
        words_add(&link->lld, word);
        words_add(&link->lld, words->at[++*i]);
    } else {
        word_watch(link, word);
        words_add(&link->lld, word);
        if (strcmp(word, "-T") == 0 && *i + 1 < words->count)
            words_add(&link->lld, words->at[++*i]);
    }
}

void link_parse(struct link *link, int argc, char **argv)
{
    struct words words = {0};

    link->output = "a.out";
    link->stack_size = TARGET_STACK_SIZE;
    words_flatten(&words, argc, argv);
    /* these decide what the other words mean */
    for (size_t i = 0; i < words.count; i++)
        mode_parse(link, words.at[i]);
    for (size_t i = 0; i < words.count; i++)
        word_parse(link, &words, &i);
}
