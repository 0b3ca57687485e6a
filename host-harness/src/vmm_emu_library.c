/* SPDX-License-Identifier: MIT */
/* Find and load libunicorn. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm_emu_unicorn.h"

#define SONAME "libunicorn.so.2"
/* From bin/ or lib/ of a build or an installed tree, and from the programs of
 * tests, one folder deeper. */
static const char *const private_paths[] = {
    "/../lib/hlkit/" SONAME,
    "/../../lib/hlkit/" SONAME,
};

#define ADVICE                                                                 \
    "; put Unicorn 2.1.4 or later where HL_UNICORN says, or into lib/hlkit "   \
    "(toolchain/fetch-source .cache unicorn gets it), or use --backend kvm"

/* The folder of the file that path names; false if it does not fit. */
static bool folder_of(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static bool executable_folder(char *path, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", path, size);

    if (len < 0 || (size_t)len >= size)
        return false;
    path[len] = '\0';
    return folder_of(path);
}

/* Where libhlhost.so is, when that is what this code is in. */
static bool library_folder(char *path, size_t size)
{
    static const char here = 0;
    Dl_info info;

    if (dladdr(&here, &info) == 0 || !info.dli_fname ||
        strlen(info.dli_fname) >= size)
        return false;
    strcpy(path, info.dli_fname);
    return folder_of(path);
}

static void *open_in(bool (*folder)(char *, size_t), char *path, size_t size)
{
    char at[384];

    if (!folder(at, sizeof(at)))
        return NULL;
    for (size_t i = 0; i < sizeof(private_paths) / sizeof(*private_paths);
         i++) {
        snprintf(path, size, "%s%s", at, private_paths[i]);
        if (access(path, F_OK) == 0)
            return dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    return NULL;
}

static void *library_open(char *path, size_t size)
{
    const char *named = secure_getenv("HL_UNICORN");
    void *library;

    if (named && named[0] != '\0') { /* this one or none */
        snprintf(path, size, "%s", named);
        return dlopen(named, RTLD_NOW | RTLD_LOCAL);
    }
    library = open_in(executable_folder, path, size);
    if (!library)
        library = open_in(library_folder, path, size);
    if (!library) {
        snprintf(path, size, "%s", SONAME);
        library = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
    }
    return library;
}

static hl_status functions_find(void *library, struct uc_api *api,
                                hl_error *error)
{
    void *found;

#define UC_FIND(name, result, parameters)                                      \
    found = dlsym(library, "uc_" #name);                                       \
    if (!found)                                                                \
        return hl_error_set(error, HL_FAIL_BACKEND,                            \
                            "%s has no uc_" #name ADVICE, api->path);          \
    memcpy(&api->name, &found, sizeof(found));
    UC_FUNCTIONS(UC_FIND)
#undef UC_FIND
    unsigned version = api->version(NULL, NULL);
    if (version < UC_VERSION_LEAST)
        return hl_error_set(error, HL_FAIL_BACKEND,
                            "%s is Unicorn %u.%u.%u, which handles paging and "
                            "exceptions otherwise" ADVICE,
                            api->path, version >> 24, version >> 16 & 0xFF,
                            version >> 8 & 0xFF);
    return HL_OK;
}

static hl_status library_load(struct uc_api *api, hl_error *error)
{
    void *library = library_open(api->path, sizeof(api->path));

    if (!library)
        return hl_error_set(
            error, HL_FAIL_BACKEND,
            "the emulator's library cannot be loaded: %s" ADVICE, dlerror());
    hl_status status = functions_find(library, api, error);
    if (status != HL_OK)
        dlclose(library);
    return status;
}

/* A failure is not kept: the library may be there the next time. */
hl_status emu_library_get(const struct uc_api **api, hl_error *error)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct uc_api loaded;
    static bool is_loaded;
    hl_status status = HL_OK;

    pthread_mutex_lock(&lock);
    if (!is_loaded)
        status = library_load(&loaded, error);
    is_loaded = is_loaded || status == HL_OK;
    pthread_mutex_unlock(&lock);
    if (status == HL_OK)
        *api = &loaded;
    return status;
}
