/* SPDX-License-Identifier: MIT */
/* hl doctor: what this machine has, and how to get what it lacks. */
#include "exit_status.h"
#include "options.h"
#include "say.h"
#include "text.h"

#include <hl_host.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static void line_print(const char *part, const char *state, const char *detail)
{
    struct buffer text = {0};

    text_escape(&text, detail, strlen(detail), TEXT_LINE);
    printf("%-10s %-8s %s\n", part, state, text.data ? text.data : "");
    buffer_free(&text);
}

static void fix_print(const char *fix)
{
    printf("%-10s %-8s fix: %s\n", "", "", fix);
}

/* ---- Backends --------------------------------------------------------- */

static bool kvm_examine(void)
{
    struct hl_backend_info info;
    hl_error error;

    if (hl_backend_probe(HL_BACKEND_KVM, &info, &error) != HL_OK) {
        line_print("kvm", "missing", error.message);
        fix_print("make /dev/kvm readable and writable for you (group kvm), "
                  "or use the emulator");
        return false;
    }
    if (info.executes_sse) {
        line_print("kvm", "ok", "a security boundary");
    } else {
        line_print("kvm", "partly",
                   "a security boundary, for soft-float guests only: this "
                   "machine's KVM executes no SSE");
        fix_print("compile guests with -mfloat=soft, or use the emulator");
    }
    return true;
}

static bool emulator_examine(void)
{
    struct hl_backend_info info;
    hl_error error;

    if (hl_backend_probe(HL_BACKEND_EMU, &info, &error) != HL_OK) {
        line_print("emulator", "missing", error.message);
        fix_print("run make in the hlkit tree with a network connection, or "
                  "install libunicorn 2.1.4 or later");
        return false;
    }
    line_print("emulator", "ok",
               "for development and tests: no security boundary");
    return true;
}

/* ---- Compiler --------------------------------------------------------- */

/* The program's path if PATH has it. */
static bool program_find(const char *name, char path[PATH_SIZE])
{
    const char *places = getenv("PATH");

    while (places && *places) {
        size_t len = strcspn(places, ":");
        int size = snprintf(path, PATH_SIZE, "%.*s/%s", (int)len, places, name);
        if (size < PATH_SIZE && access(path, X_OK) == 0)
            return true;
        places += len + (places[len] == ':');
    }
    return false;
}

static void compiler_examine(void)
{
    static const char *const programs[] = {"clang-19", "ld.lld-19"};
    static const char *const packages[] = {"clang-19", "lld-19"};
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const char *part = i ? "linker" : "compiler";
        if (program_find(programs[i], path)) {
            line_print(part, "ok", path);
            continue;
        }
        snprintf(path, sizeof path, "%s is not in PATH: guests cannot be built",
                 programs[i]);
        line_print(part, "missing", path);
        snprintf(path, sizeof path,
                 "apt-get install %s, or run toolchain/install-deps",
                 packages[i]);
        fix_print(path);
    }
}

/* ---- Sysroot ---------------------------------------------------------- */

/* hl-config beside hl itself, else the one in PATH. */
static bool config_find(char path[PATH_SIZE])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_SIZE - 16);

    if (len > 0) {
        path[len] = '\0';
        char *slash = strrchr(path, '/');
        if (slash) {
            strcpy(slash, "/hl-config");
            if (access(path, X_OK) == 0)
                return true;
        }
    }
    return program_find("hl-config", path);
}

/* What `hl-config --sysroot` prints, without the new line. */
static bool sysroot_find(const char *config, char sysroot[PATH_SIZE])
{
    int ends[2], status;
    ssize_t got, len = 0;

    if (pipe(ends))
        return false;
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(config, config, "--sysroot", (char *)NULL);
        _exit(HL_EXIT_NO_FILE);
    }
    close(ends[1]);
    while (child > 0 && len < PATH_SIZE - 1 &&
           (got = read(ends[0], sysroot + len, PATH_SIZE - 1 - (size_t)len)) >
               0)
        len += got;
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
        return false;
    sysroot[len] = '\0';
    sysroot[strcspn(sysroot, "\n")] = '\0';
    return *sysroot;
}

/* The first file that a sysroot must have and this one has not, or NULL. */
static const char *sysroot_lack(const char *sysroot)
{
    static const char *const files[] = {
        "include/hl.h",     "include/stdio.h", "lib/guest.ld",
        "lib/sse2/libc.a",  "lib/soft/libc.a", "lib/sse2/libhl.a",
        "lib/soft/libhl.a",
    };
    char path[2 * PATH_SIZE];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", sysroot, files[i]);
        if (access(path, R_OK))
            return files[i];
    }
    return NULL;
}

static void sysroot_examine(void)
{
    char config[PATH_SIZE], sysroot[PATH_SIZE], text[2 * PATH_SIZE];
    const char *lack = NULL;

    if (!config_find(config)) {
        line_print("sysroot", "missing",
                   "hl-config is neither beside hl nor in PATH");
    } else if (!sysroot_find(config, sysroot)) {
        line_print("sysroot", "missing", "hl-config finds none");
    } else if ((lack = sysroot_lack(sysroot))) {
        snprintf(text, sizeof text, "%s lacks %s", sysroot, lack);
        line_print("sysroot", "missing", text);
    } else {
        line_print("sysroot", "ok", sysroot);
        return;
    }
    fix_print("run make in the hlkit tree, or install it anew");
}

/* ---- The command ------------------------------------------------------ */

static int doctor(const struct options *options)
{
    (void)options;
    bool kvm = kvm_examine();
    bool emulator = emulator_examine();

    compiler_examine();
    sysroot_examine();
    if (kvm || emulator)
        return HL_EXIT_OK;
    say("no backend works: guests can be built and inspected here, not run");
    return HL_EXIT_GUEST_ERROR;
}

COMMAND(doctor) = {
    .name = "doctor",
    .arguments = "",
    .summary = "kvm, emulator, compiler, sysroot: state and fix of each",
    .details = "Exits with 0 if hl can run guests on this machine, else "
               "with 1. The emulator is no\nsecurity boundary.",
    .order = 60,
    .groups = 0,
    .min_args = 0,
    .max_args = 0,
    .run = doctor,
};
