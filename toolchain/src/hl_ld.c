/* SPDX-License-Identifier: MIT */
/*
 * hl-ld: the linker that clang runs for hl-cc. It takes a compiler driver's
 * link arguments, adds what makes a guest (script, start code, libraries),
 * runs lld, and refuses an image that a Hyperlight host would refuse. It lives
 * in SYSROOT/libexec; the name it is called by ends in the float variant.
 */
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For every guest: PIE with relative relocations only (abi §1.1), pages that
 * can be told apart by permission, and the same bytes for the same input. */
static const char *const image_flags[] = {
    "-pie",
    "-static",
    "--no-dynamic-linker",
    "--gc-sections",
    "--icf=safe",
    "--no-undefined",
    "--hash-style=gnu",
    "--build-id=none",
    "-z",
    "norelro",
    "-z",
    "noexecstack",
    "-z",
    "max-page-size=4096",
    "-z",
    "text",
    /* __start_NAME and __stop_NAME keep the section NAME, as with GNU ld. */
    "-z",
    "nostart-stop-gc",
    NULL,
};

/* SYSROOT/lib/FLOAT/NAME, which must be there. */
static const char *sysroot_file(const struct link *link, const char *name)
{
    char *path = text_format("%s/lib/%s/%s", link->sysroot,
                             target_float_name(link->variant), name);

    if (access(path, R_OK) != 0)
        tool_fail("%s is missing: the sysroot is incomplete; run `make` in "
                  "the hlkit tree, or install it anew",
                  path);
    return path;
}

static void image_words(const struct link *link, struct words *command)
{
    words_add_all(command, image_flags);
    if (!link->own_script) {
        /* guest.ld gives each permission its own pages in memory; in the
         * file, which is copied, segments need not be padded to pages. */
        words_add(command, "--nmagic");
        words_add(command, "-T");
        words_add(command, text_format("%s/lib/guest.ld", link->sysroot));
    }
    words_add(command,
              text_format("--defsym=__hl_stack_size=%s", link->stack_size));
    if (!link->no_crt)
        words_add(command, sysroot_file(link, "crt0.o"));
    if (link->note)
        words_add(command, note_object(link->note));
}

static void library_words(const struct link *link, struct words *command)
{
    static const char *const libraries[] = {"libhl.a", "libyyjson.a", "libc.a",
                                            "libm.a", "libbuiltins.a"};

    if (!link->no_crt && link_defines_main(link))
        words_add(command, sysroot_file(link, "hl_main.o"));
    words_add(command, text_format("-L%s/lib/%s", link->sysroot,
                                   target_float_name(link->variant)));
    if (link->no_libs)
        return;
    words_add(command, "--start-group");
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        words_add(command, sysroot_file(link, libraries[i]));
    words_add(command, "--end-group");
}

static void command_make(const struct link *link, struct words *command)
{
    words_add(command, "ld.lld-19");
    words_add(command, "-m");
    words_add(command, "elf_x86_64");
    words_add(command, "--fat-lto-objects");
    if (isatty(STDERR_FILENO))
        words_add(command, "--color-diagnostics=always");
    if (!link->only_asks && !link->relocatable)
        image_words(link, command);
    if (link->lld.at)
        words_add_all(command, link->lld.at);
    if (!link->only_asks && !link->relocatable)
        library_words(link, command);
    words_add(command, "-o");
    words_add(command, link->output);
}

static bool is_regular_file(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int main(int argc, char **argv)
{
    struct link link = {.sysroot = tool_prefix()};
    struct words command = {0};
    const char *variant = strrchr(argv[0], '-');
    int status;

    if (!variant || !target_float_parse(variant + 1, &link.variant))
        link.variant = TARGET_SSE2;
    link_parse(&link, argc, argv);
    command_make(&link, &command);
    if (link.verbose)
        words_print(&command);
    fflush(stdout);
    status = lld_run(&command);
    if (status == 0 && !link.only_asks && !link.relocatable &&
        is_regular_file(link.output) && !image_check(link.output))
        status = 1;
    if (status != 0 && is_regular_file(link.output))
        unlink(link.output);
    return status;
}
