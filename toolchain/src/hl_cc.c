/* SPDX-License-Identifier: MIT */
/*
 * hl-cc: the C compiler for guests. It puts the target's flags before the
 * user's arguments and becomes clang; everything else (status, signals,
 * messages, temporary files) is clang's own. Linking happens in hl-ld, which
 * clang runs as its linker.
 */
#include "response.h"
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLANG "clang-19"
/* As deep as response files may name each other. */
#define RESPONSE_DEPTH 16

struct options {
    enum target_float variant;
    const char *note; /* --hl-note=, or NULL */
    bool no_includes; /* -nostdinc, -nostdlibinc */
    bool no_libs;     /* -nodefaultlibs */
    bool show_version;
    bool show_help;
    struct words user; /* the arguments that are clang's */
};

/* True if word is an option of hl-cc's own, which clang must not see. */
static bool option_take(struct options *options, const char *word)
{
    const char *value;

    if ((value = text_after(word, "-mfloat="))) {
        if (!target_float_parse(value, &options->variant))
            tool_fail("unknown float variant '%s'; write -mfloat=sse2 or "
                      "-mfloat=soft",
                      value);
        return true;
    }
    if ((value = text_after(word, "--hl-note="))) {
        options->note = value;
        return true;
    }
    return false;
}

static void option_look(struct options *options, const char *word)
{
    if (strcmp(word, "-nostdinc") == 0 || strcmp(word, "-nostdlibinc") == 0)
        options->no_includes = true;
    else if (strcmp(word, "-nodefaultlibs") == 0)
        options->no_libs = true;
    else if (strcmp(word, "--version") == 0)
        options->show_version = true;
    else if (strcmp(word, "--help") == 0 || strcmp(word, "-help") == 0)
        options->show_help = true;
}

/* True if a word of the response file, or of one it names, is hl-cc's own. */
static bool response_holds_ours(const char *path, int depth)
{
    struct options unused = {0};
    struct words words = {0};

    if (depth == RESPONSE_DEPTH || !response_read(&words, path))
        return false;
    for (size_t i = 0; i < words.count; i++)
        if (words.at[i][0] == '@'
                ? response_holds_ours(words.at[i] + 1, depth + 1)
                : option_take(&unused, words.at[i]))
            return true;
    return false;
}

/* Sort one argument. A response file is left to clang unless it holds an
 * option of ours: then its words take its place. */
static void argument_sort(struct options *options, const char *word, int depth)
{
    struct words words = {0};

    if (word[0] == '@' && depth < RESPONSE_DEPTH &&
        response_read(&words, word + 1)) {
        bool ours = response_holds_ours(word + 1, depth);

        for (size_t i = 0; i < words.count; i++)
            if (ours)
                argument_sort(options, words.at[i], depth + 1);
            else
                option_look(options, words.at[i]);
        if (ours)
            return;
    } else if (option_take(options, word)) {
        return;
    }
    option_look(options, word);
    words_add(&options->user, word);
}

static _Noreturn void help_print(void)
{
    fputs("usage: hl-cc [option | file]...\n"
          "\n"
          "Compiles and links C programs into Hyperlight guests. Takes every\n"
          "option of " CLANG " (see `" CLANG " --help`), and these:\n"
          "\n"
          "  -mfloat=sse2|soft      floating point in SSE2 registers (the\n"
          "                         default), or without any SSE or x87\n"
          "                         instruction\n"
          "  -Wl,-z,stack-size=N    bytes of main stack "
          "(default " TARGET_STACK_SIZE ")\n"
          "  --hl-note=VERSION      pin the guest to one Hyperlight version\n"
          "                         (default: none, any host takes it)\n"
          "  --version              versions of hlkit, ABI, libc and clang\n"
          "  --help                 this text\n"
          "\n"
          "The libc, libm, the compiler's run-time library and the guest\n"
          "library are always linked.\n",
          stdout);
    exit(fflush(stdout) == 0 ? 0 : 1);
}

/* The libc's version as its own header says it, or "unknown". */
static const char *libc_version(const char *sysroot)
{
    static const char key[] = "#define __PICOLIBC_VERSION__ \"";
    size_t size;
    char *text =
        file_read(text_format("%s/include/picolibc.h", sysroot), &size);
    char *version = text ? strstr(text, key) : NULL;

    if (!version)
        return "unknown";
    version += sizeof(key) - 1;
    version[strcspn(version, "\"")] = '\0';
    return version;
}

/* Clang's words come first: build systems take the first number they see for
 * the compiler's version. */
static _Noreturn void version_print(const char *sysroot)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        execlp(CLANG, CLANG, "--target=" TARGET_TRIPLE, "--version",
               (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
        tool_fail("cannot run " CLANG "; install it: apt-get install " CLANG
                  " lld-19");
    printf("hl-cc (hlkit) %s\nABI: %s\npicolibc %s\n", HL_VERSION, TARGET_ABI,
           libc_version(sysroot));
    exit(fflush(stdout) == 0 ? 0 : 1);
}

static _Noreturn void clang_become(const char *const *arguments)
{
    /* execvp does not change what it is given; its type is older than const */
    union {
        const char *const *in;
        char *const *out;
    } argv = {.in = arguments};

    execvp(CLANG, argv.out);
    if (errno == ENOENT)
        tool_fail(CLANG " is not on PATH; install it: apt-get install " CLANG
                        " lld-19");
    tool_fail("cannot run " CLANG ": %s", strerror(errno));
}

int main(int argc, char **argv)
{
    struct options options = {.variant = TARGET_SSE2};
    struct words command = {0};
    char *sysroot = sysroot_find(tool_prefix());

    words_add(&command, CLANG);
    /* clang's own inner tools have no target flags */
    if (argc > 1 && text_after(argv[1], "-cc1")) {
        for (int i = 1; i < argc; i++)
            words_add(&command, argv[i]);
        clang_become(command.at);
    }

    for (int i = 1; i < argc; i++)
        argument_sort(&options, argv[i], 0);
    if (options.show_help)
        help_print();
    if (options.show_version)
        version_print(sysroot);

    words_add(&command, "--start-no-unused-arguments");
    target_compile_flags(&command, options.variant, sysroot,
                         !options.no_includes);
    target_link_flags(&command, options.variant, sysroot);
    if (options.note)
        words_add(&command, text_format("-Wl,--hl-note=%s", options.note));
    /* the one link option that clang does not pass on by itself */
    if (options.no_libs)
        words_add(&command, "-Wl,-nodefaultlibs");
    words_add(&command, "--end-no-unused-arguments");
    if (options.user.at)
        words_add_all(&command, options.user.at);
    clang_become(command.at);
}
