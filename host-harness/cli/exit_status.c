/* SPDX-License-Identifier: MIT */
#include "exit_status.h"

#include <errno.h>
#include <unistd.h>

static const struct {
    hl_status status;
    int exit;
} by_status[] = {
    {HL_OK, HL_EXIT_OK},
    {HL_FAIL_ARGUMENT, HL_EXIT_USAGE},
    {HL_FAIL_NO_MEMORY, HL_EXIT_USAGE},
    {HL_FAIL_SYSTEM, HL_EXIT_USAGE},
    {HL_FAIL_NO_FILE, HL_EXIT_NO_FILE},
    {HL_FAIL_IMAGE, HL_EXIT_NOT_RUNNABLE},
    {HL_FAIL_IMAGE_TOO_BIG, HL_EXIT_NOT_RUNNABLE},
    {HL_FAIL_LAYOUT, HL_EXIT_USAGE},
    {HL_FAIL_GRANT, HL_EXIT_USAGE},
    {HL_FAIL_BACKEND, HL_EXIT_USAGE},
    {HL_FAIL_START, HL_EXIT_NOT_RUNNABLE},
    {HL_FAIL_GUEST, HL_EXIT_GUEST_ERROR},
    {HL_FAIL_ABORT, HL_EXIT_ABORT},
    {HL_FAIL_EXCEPTION, HL_EXIT_ABORT},
    {HL_FAIL_PORT, HL_EXIT_ABORT},
    {HL_FAIL_MEMORY, HL_EXIT_MEMORY},
    {HL_FAIL_SHUTDOWN, HL_EXIT_ABORT},
    {HL_FAIL_INSTRUCTION, HL_EXIT_OPCODE},
    {HL_FAIL_TIMEOUT, HL_EXIT_TIMEOUT},
    {HL_FAIL_INTERRUPTED, HL_EXIT_ABORT},
    {HL_FAIL_BUDGET, HL_EXIT_ABORT},
    {HL_FAIL_PROTOCOL, HL_EXIT_ABORT},
    {HL_FAIL_NO_RESULT, HL_EXIT_ABORT},
    {HL_FAIL_RESULT_TYPE, HL_EXIT_USAGE},
    {HL_FAIL_POISONED, HL_EXIT_USAGE},
    {HL_FAIL_BUSY, HL_EXIT_USAGE},
    {HL_FAIL_TOO_BIG, HL_EXIT_USAGE},
    {HL_FAIL_SNAPSHOT, HL_EXIT_USAGE},
};

/* Exceptions that have a status of their own. */
static const struct {
    int vector;
    int exit;
} by_vector[] = {
    {0, HL_EXIT_DIVIDE},  /* divide error */
    {6, HL_EXIT_OPCODE},  /* invalid opcode */
    {12, HL_EXIT_MEMORY}, /* stack-segment fault */
    {13, HL_EXIT_MEMORY}, /* general protection fault */
    {14, HL_EXIT_MEMORY}, /* page fault, stack overflow */
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

int exit_status_of(const hl_error *error)
{
    if (error->status == HL_FAIL_EXCEPTION)
        for (size_t i = 0; i < COUNT(by_vector); i++)
            if (by_vector[i].vector == error->vector)
                return by_vector[i].exit;
    for (size_t i = 0; i < COUNT(by_status); i++)
        if (by_status[i].status == error->status)
            return by_status[i].exit;
    return HL_EXIT_USAGE;
}

int exit_status_of_image(const hl_error *error, const char *path)
{
    if (error->status == HL_FAIL_NO_FILE &&
        (access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR)))
        return HL_EXIT_NOT_RUNNABLE;
    return exit_status_of(error);
}

int exit_status_of_file(int number)
{
    if (number == ETIMEDOUT)
        return HL_EXIT_TIMEOUT;
    return number == ENOENT ? HL_EXIT_NO_FILE : HL_EXIT_USAGE;
}
