/* SPDX-License-Identifier: MIT */
/*
 * hl-config: tells other build systems how to compile for guests with plain
 * clang, and how to build host programs. All it says is relative to where it
 * lies, so that an installed tree can be moved.
 */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    const char *prefix;
    const char *sysroot;
    enum target_float variant;
};

static void cflags_add(const struct place *place, struct words *words)
{
    target_compile_flags(words, place->variant, place->sysroot, true);
}

static void ldflags_add(const struct place *place, struct words *words)
{
    words_add(words, "--target=" TARGET_TRIPLE);
    target_link_flags(words, place->variant, place->sysroot);
}

static void libs_add(const struct place *place, struct words *words)
{
    static const char *const libs[] = {"-lhl", "-lc", "-lm", "-lbuiltins",
                                       NULL};

    (void)place;
    words_add_all(words, libs);
}

static void sysroot_add(const struct place *place, struct words *words)
{
    words_add(words, place->sysroot);
}

static void abi_add(const struct place *place, struct words *words)
{
    (void)place;
    words_add(words, TARGET_ABI);
}

static void version_add(const struct place *place, struct words *words)
{
    (void)place;
    words_add(words, HL_VERSION);
}

static void host_cflags_add(const struct place *place, struct words *words)
{
    int root;

    words_add(words, text_format("-I%s/include", place->prefix));
    if (access(text_format("%s/include/hl_host.h", place->prefix), R_OK) == 0)
        return;
    /* the build tree, one folder down: headers are where they are written */
    root = (int)(strrchr(place->prefix, '/') - place->prefix);
    words_add(words,
              text_format("-I%.*s/host-harness/include", root, place->prefix));
    words_add(words, text_format("-I%.*s/sdk/include", root, place->prefix));
}

static void host_libs_add(const struct place *place, struct words *words)
{
    words_add(words, text_format("-L%s/lib", place->prefix));
    words_add(words, text_format("-Wl,-rpath,%s/lib", place->prefix));
    words_add(words, "-lhlhost");
    words_add(words, "-lpthread");
    words_add(words, "-ldl");
}

static const struct query {
    const char *option;
    void (*add)(const struct place *place, struct words *words);
    const char *help;
} queries[] = {
    {"--cflags", cflags_add, "clang-19's flags to compile for a guest"},
    {"--ldflags", ldflags_add, "clang-19's flags to link a guest"},
    {"--libs", libs_add, "a guest's libraries (hl-cc links them by itself)"},
    {"--sysroot", sysroot_add, "folder of the guest's headers and libraries"},
    {"--abi", abi_add, "the binary interface that guests speak"},
    {"--version", version_add, "version of hlkit"},
    {"--host-cflags", host_cflags_add, "flags to compile a host program"},
    {"--host-libs", host_libs_add, "flags to link a host program"},
};
#define QUERIES (sizeof(queries) / sizeof(queries[0]))

static void usage_print(FILE *to)
{
    fputs("usage: hl-config [-mfloat=sse2|soft] QUERY...\n", to);
    for (size_t i = 0; i < QUERIES; i++)
        fprintf(to, "  %-15s %s\n", queries[i].option, queries[i].help);
}

/* True if word chooses the float variant. */
static bool float_take(struct place *place, const char *word)
{
    const char *name = text_after(word, "-mfloat=");

    if (!name)
        name = text_after(word, "--float=");
    if (name && !target_float_parse(name, &place->variant))
        tool_fail("unknown float variant '%s'; write -mfloat=sse2 or "
                  "-mfloat=soft",
                  name);
    return name != NULL;
}

static void query_answer(const struct place *place, const char *word,
                         struct words *answer)
{
    for (size_t i = 0; i < QUERIES; i++)
        if (strcmp(word, queries[i].option) == 0) {
            queries[i].add(place, answer);
            return;
        }
    tool_error("unknown option '%s'", word);
    usage_print(stderr);
    exit(1);
}

int main(int argc, char **argv)
{
    struct place place = {.variant = TARGET_SSE2};
    struct words answer = {0};

    tool_name = "hl-config";
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage_print(stdout);
        return 0;
    }
    place.prefix = tool_prefix();
    place.sysroot = sysroot_find(place.prefix);
    for (int i = 1; i < argc; i++)
        float_take(&place, argv[i]);
    for (int i = 1; i < argc; i++)
        if (!float_take(&place, argv[i]))
            query_answer(&place, argv[i], &answer);
    if (answer.count == 0) {
        usage_print(stderr);
        return 1;
    }
    /* one word is taken as it is ("$(hl-config --sysroot)") */
    if (answer.count == 1)
        puts(answer.at[0]);
    else
        words_print(&answer);
    return fflush(stdout) == 0 ? 0 : 1;
}
