/* SPDX-License-Identifier: MIT */
/*
 * setvbuf, in place of picolibc's: stdout and stderr have no pointer to the
 * code that does it, which only programs that ask for it get so.
 */
#include "os_stream.h"

int setvbuf(FILE *stream, char *buffer, int mode, size_t size)
{
    struct __file_ext *file = (struct __file_ext *)stream;

    if (stream->flags & __SBUF)
        return __bufio_setvbuf(stream, buffer, mode, size);
    if ((stream->flags & __SEXT) && file->setvbuf)
        return file->setvbuf(stream, buffer, mode, size);
    return 0;
}
