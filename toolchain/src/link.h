/* SPDX-License-Identifier: MIT */
/* hl-ld: one link, from the arguments clang gives to the checked image. */
#ifndef LINK_H
#define LINK_H

#include "target.h"

struct link {
    enum target_float variant;
    const char *sysroot;
    const char *output;
    const char *note;       /* --hl-note=, or NULL */
    const char *stack_size; /* of -z stack-size=, or the default */
    struct words lld;       /* the user's words, in order, for lld */
    struct words inputs;    /* among them: files and -l words */
    struct words dirs;      /* among them: the folders of -L */
    bool relocatable;       /* -r: one object, no guest yet */
    bool no_crt;            /* -nostartfiles, -nostdlib */
    bool no_libs;           /* -nodefaultlibs, -nostdlib */
    bool own_script;        /* -T: the user's script, not guest.ld */
    bool only_asks;         /* -Wl,--version and the like: nothing to link */
    bool verbose;           /* -Wl,-v, -Wl,--verbose: show lld's command */
};

/* Sort gcc-style arguments into *link; fails on what no guest can be. */
void link_parse(struct link *link, int argc, char **argv);

/* Is there an object or archive among the inputs that defines main? */
bool link_defines_main(const struct link *link);

/* The path of libNAME.a (of FILE for name ":FILE") in the -L folders or the
 * sysroot, or NULL. */
char *link_find_library(const struct link *link, const char *name);

/* An object file that holds the version note (abi §1.4), as a path that is
 * good for this process and its children. */
const char *note_object(const char *version);

/* Run lld; its words go on to stderr, with our advice after them. Returns its
 * exit status. */
int lld_run(const struct words *command);

/* Refuse what a Hyperlight host would refuse: false after saying why. */
bool image_check(const char *path);

/* Refuse an import declared with different C types, in a checked image. */
bool imports_check(const char *path, const void *bytes, size_t size);

#endif /* LINK_H */
