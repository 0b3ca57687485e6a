/* SPDX-License-Identifier: MIT */
/* hl new DIR: a guest project that builds and tests itself. */
#include "buffer.h"
#include "exit_status.h"
#include "new_files.h"
#include "options.h"
#include "say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IDENTIFIER_MAX = 64 };

struct project {
    const char *path;
    const struct new_file *files;
    char identifier[IDENTIFIER_MAX];
    int directory; /* descriptor */
    bool made;     /* by us: goes away if something fails */
};

/* Letters and digits of the folder's name, all else as one _ each. */
static void identifier_make(struct project *project)
{
    char real[PATH_MAX];
    const char *whole = realpath(project->path, real) ? real : project->path;
    const char *slash = strrchr(whole, '/');
    const char *name = slash && slash[1] ? slash + 1 : whole;
    size_t len = 0;

    if (*name >= '0' && *name <= '9')
        project->identifier[len++] = '_';
    for (; *name && len < IDENTIFIER_MAX - 1; name++) {
        bool plain = (*name >= 'a' && *name <= 'z') ||
                     (*name >= 'A' && *name <= 'Z') ||
                     (*name >= '0' && *name <= '9');
        project->identifier[len++] = plain ? *name : '_';
    }
    /* A name of nothing but other characters, "" or "/" included. */
    if (strspn(project->identifier, "_") == len)
        strcpy(project->identifier, "guest");
}

/* Every ` is the identifier. */
static void template_fill(struct buffer *out, const char *text,
                          const char *identifier)
{
    for (const char *at; (at = strchr(text, '`')); text = at + 1) {
        buffer_add(out, text, (size_t)(at - text));
        buffer_text(out, identifier);
    }
    buffer_text(out, text);
}

/* ---- Files ------------------------------------------------------------ */

static int file_write(const struct project *project, const char *name,
                      const char *text, size_t len)
{
    int fd = openat(project->directory, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    while (len) {
        ssize_t done = write(fd, text, len);
        if (done < 0) {
            int error = errno;
            close(fd);
            return error;
        }
        text += done;
        len -= (size_t)done;
    }
    return close(fd) ? errno : 0;
}

static int file_make(const struct project *project, const struct new_file *file)
{
    struct buffer name = {0}, text = {0};

    template_fill(&name, file->name, project->identifier);
    template_fill(&text, file->text, project->identifier);
    int error = name.failed || text.failed
                    ? ENOMEM
                    : file_write(project, name.data, text.data, text.len);
    buffer_free(&name);
    buffer_free(&text);
    return error;
}

static void files_remove(const struct project *project)
{
    for (const struct new_file *file = project->files; file->name; file++) {
        struct buffer name = {0};
        template_fill(&name, file->name, project->identifier);
        if (!name.failed)
            unlinkat(project->directory, name.data, 0);
        buffer_free(&name);
    }
    if (project->made)
        rmdir(project->path);
}

/* All or nothing: no signal ends hl between the first file and the last. */
static int files_make(const struct project *project)
{
    const struct new_file *file;
    sigset_t all, before;
    int error = 0;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    for (file = project->files; file->name && !error; file++)
        error = file_make(project, file);
    if (error)
        files_remove(project);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* ---- The folder ------------------------------------------------------- */

static bool directory_is_empty(int directory)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    bool empty = entries != NULL;

    for (struct dirent *entry; empty && (entry = readdir(entries));)
        empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
    if (entries)
        closedir(entries);
    else if (copy >= 0)
        close(copy);
    return empty;
}

static int project_open(struct project *project)
{
    project->made = !mkdir(project->path, 0777);
    if (!project->made && errno != EEXIST) {
        say("cannot make the folder %s: %s", project->path, strerror(errno));
        return HL_EXIT_USAGE;
    }
    project->directory =
        open(project->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (project->directory < 0) {
        say("cannot use %s: %s", project->path, strerror(errno));
        return HL_EXIT_USAGE;
    }
    if (project->made || directory_is_empty(project->directory))
        return HL_EXIT_OK;
    say("%s is not empty, and nothing was changed: give a new folder",
        project->path);
    return HL_EXIT_USAGE;
}

static int project_make(struct project *project)
{
    int status = project_open(project);

    if (status != HL_EXIT_OK)
        return status;
    identifier_make(project);
    int error = files_make(project);
    if (!error)
        return HL_EXIT_OK;
    say("cannot write into %s: %s; nothing was left there", project->path,
        strerror(error));
    return HL_EXIT_USAGE;
}

/* ---- The command ------------------------------------------------------ */

/* The next command, ready to be pasted into a shell. */
static void next_step_say(const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";

    if (!path[strspn(path, plain)])
        say("made %s; go on with: make -C %s test", path, path);
    else if (!strchr(path, '\''))
        say("made %s; go on with: make -C '%s' test", path, path);
    else
        say("made %s; go on there with: make test", path);
}

static int new_project(const struct options *options)
{
    struct project project = {.path = options->args[0], .directory = -1};

    if (options->new_job + options->new_main + options->new_host > 1)
        return say_usage("new", "--job, --main and --host exclude each other");
    project.files = options->new_job    ? new_files_job
                    : options->new_main ? new_files_main
                    : options->new_host ? new_files_host
                                        : new_files_function;
    int status = project_make(&project);
    if (project.directory >= 0)
        close(project.directory);
    if (status == HL_EXIT_OK)
        next_step_say(project.path);
    return status;
}

COMMAND(new) = {
    .name = "new",
    .arguments = "DIR",
    .summary = "a guest project that builds and tests itself",
    .details = "Its Makefile has all, test and run, and needs hl, hl-cc and "
               "hl-config in PATH.\nWithout an option: functions for a host "
               "to call.",
    .order = 70,
    .groups = OPTIONS_NEW,
    .min_args = 1,
    .max_args = 1,
    .run = new_project,
};
