/* SPDX-License-Identifier: MIT */
/*
 * write(): to the host function hl_write if it is granted, else as text to
 * HostPrint, else EIO. What constructors print is kept for the first call.
 */
#include "os.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../guest.h"

HL_IMPORT_OPTIONAL(int32_t, hl_write, (int32_t, fd), (hl_bytes, data));
/* Not by HL_IMPORT: a guest may declare it with const char *. */
#define PRINT_SIGNATURE                                                        \
    ((hl_signature)HL_TYPE_STRING << 4 | (hl_signature)HL_TYPE_INT)
HL_PP_NOTE(note_host_print, HL_NOTE_IMPORT_OPTIONAL, "HostPrint",
           PRINT_SIGNATURE, 0);

/* A guest that never prints to stdout must not get it from here. */
extern FILE *const stdout __attribute__((weak));

/* Once hl_write failed and HostPrint did not, all goes there. */
static bool only_text;

static bool host_print(const char *text, size_t len)
{
    const hl_value argument = {.type = HL_TYPE_STRING,
                               .as.string = {text, len}};
    hl_value printed;

    return hl_import_call("HostPrint", sizeof("HostPrint") - 1, PRINT_SIGNATURE,
                          false, &argument, &printed) == HL_OK;
}

/* Send some of len bytes; the bytes taken, 0 when nobody takes them. */
static size_t output_send_some(int fd, const uint8_t *data, size_t len)
{
    int32_t written;
    size_t taken;

    if (!only_text && hl_write(&written, fd, (hl_bytes){data, len}) == HL_OK)
        return written > 0 && (size_t)written <= len ? (size_t)written : 0;
    taken = os_text_send(fd, (const char *)data, len, host_print);
    if (taken > 0)
        only_text = true;
    return taken;
}

/* A host call carries what fits the output buffer: send in pieces of that. */
static size_t output_send(int fd, const uint8_t *data, size_t len)
{
    size_t done = 0, taken = 1;

    while (done < len && taken > 0) {
        size_t room = hl_output_room(), rest = len - done;

        taken = room > 0 ? output_send_some(fd, data + done,
                                            rest < room ? rest : room)
                         : 0;
        done += taken;
    }
    return done;
}

static void output_send_all(int fd, const void *data, size_t len)
{
    output_send(fd, data, len);
}

ssize_t write(int fd, const void *data, size_t len)
{
    size_t done;

    if (fd != OS_STDOUT && fd != OS_STDERR)
        return os_fail(EBADF);
    if (len == 0)
        return 0;
    if (!hl_call_active()) {
        done = os_kept_add(fd, data, len);
        return done > 0 ? (ssize_t)done : os_fail(ENOSPC);
    }
    done = output_send(fd, data, len);
    return done > 0 ? (ssize_t)done : os_fail(EIO);
}

/* Before the guest function of each call (guest.h). */
void hl_os_call_begin(void)
{
    os_kept_deliver(output_send_all);
}

/* After it. */
void hl_os_call_end(void)
{
    if (&stdout != NULL)
        fflush(stdout);
    os_text_end(host_print);
}

/* The run ends by an abort or a fault: what was printed before is a clue. */
void hl_os_last_words(void)
{
    if (hl_call_active())
        hl_os_call_end();
}
