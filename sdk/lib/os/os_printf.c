/* SPDX-License-Identifier: MIT */
/*
 * vfprintf, under every printf to a stream, in front of picolibc's: a call on
 * an unbuffered stream is sent in pieces of a buffer, not character by
 * character, which would be a host call each. (picolibc's own vfprintf is a
 * weak symbol here: toolchain/build-picolibc.)
 */
#include "os.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdio-bufio.h>

/* picolibc's, with every conversion. */
int __d_vfprintf(FILE *stream, const char *format, va_list args);

int vfprintf(FILE *stream, const char *format, va_list args)
{
    struct __file_bufio *file = (struct __file_bufio *)stream;
    char buffer[128], *before;
    int count;

    if ((stream->flags & (__SBUF | __SRD)) != __SBUF || file->size != 1)
        return __d_vfprintf(stream, format, args);
    before = file->buf;
    file->buf = buffer;
    file->size = sizeof(buffer);
    count = __d_vfprintf(stream, format, args);
    if (fflush(stream) != 0)
        count = -1;
    file->buf = before;
    file->size = 1;
    return count;
}
