/* SPDX-License-Identifier: MIT */
/*
 * make faults: every call by which the host library asks the system or the
 * emulator for something fails once. wraps.c stands between the two (objcopy
 * renames what the library calls: malloc is fault_at_malloc); scenario.c is the
 * life of a sandbox; faults.c goes through the calls one at a time.
 */
#ifndef HL_FAULTS_H
#define HL_FAULTS_H

#include <hl_host.h>

/*
 * X(NAME, errno of its failure, may go unnoticed): what the library calls. A
 * failure that may go unnoticed has a fallback, or is one nobody can do
 * anything about; any other one has to be reported.
 */
#define FAULT_CALLS(X)                                                         \
    X(malloc, ENOMEM, true) /* the emulator's copies of code are a luxury */   \
    X(calloc, ENOMEM, false)                                                   \
    X(realloc, ENOMEM, false)                                                  \
    X(strdup, ENOMEM, false)                                                   \
    X(mmap, ENOMEM, false)                                                     \
    X(munmap, ENOMEM, true)                                                    \
    X(open, EMFILE, false)                                                     \
    X(close, EIO, true)                                                        \
    X(read, EIO, false)                                                        \
    X(fstat, EIO, false)                                                       \
    X(ioctl, EIO, false)                                                       \
    X(ioctl_optional, EIO, true)                                               \
    X(getrandom, EAGAIN, true) /* the clock */                                 \
    X(sigaction, EINVAL, false)                                                \
    X(timer_create, EAGAIN, false)                                             \
    X(timer_settime, EINVAL, true) /* disarming */                             \
    X(timer_delete, EINVAL, true)                                              \
    X(syscall, EAGAIN, true)  /* tgkill; gettid cannot fail */                 \
    X(readlink, EACCES, true) /* other places are looked at */                 \
    X(access, EACCES, true)                                                    \
    X(dlopen, ENOMEM, true)                                                    \
    X(dlsym, ENOENT, false)                                                    \
    X(uc_open, 1, false)                                                       \
    X(uc_ctl, 1, true) /* flushes */                                           \
    X(uc_context_alloc, 1, false)                                              \
    X(uc_context_save, 1, true)                                                \
    X(uc_context_restore, 1, true)                                             \
    X(uc_hook_add, 1, true) /* landings only make port accesses quick */       \
    X(uc_mem_map_ptr, 1, false)

enum fault_call {
#define FAULT_ENUM(name, error, unnoticed) FAULT_##name,
    FAULT_CALLS(FAULT_ENUM)
#undef FAULT_ENUM
        FAULT_CALL_COUNT
};

extern const char *const fault_names[FAULT_CALL_COUNT];
extern const bool fault_unnoticed[FAULT_CALL_COUNT];

/* Let the number-th call from now on fail (0 is the next); with EINTR if it
 * is one of a kind that may be interrupted and eintr is set. */
void fault_arm(unsigned number, bool eintr);
/* No call fails from here. The one that failed, or FAULT_CALL_COUNT. */
enum fault_call fault_disarm(void);

/* What was taken from the system and not given back. */
struct fault_balance {
    long mapped; /* bytes */
    long timers;
    long files;
};
struct fault_balance fault_balance_now(void);
/* Bytes of the munmap that was made to fail. */
long fault_unmapped(void);

/* How the life of a sandbox ended: status HL_OK if as it should. */
struct outcome {
    hl_status status;
    const char *step;
    const char *wrong; /* a broken promise beside status, or NULL */
    hl_error error;
};
struct scenario {
    enum hl_backend backend;
    enum hl_abi abi;
    const char *guest;
};
void scenario_run(const struct scenario *scenario, struct outcome *outcome);

#endif /* HL_FAULTS_H */
