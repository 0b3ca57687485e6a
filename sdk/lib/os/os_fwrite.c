/* SPDX-License-Identifier: MIT */
/*
 * fwrite, in place of picolibc's, which sends a block to a line-buffered
 * stream line by line: a block goes to the buffer as a whole or, when it is
 * larger, straight to the host. A line in it is not kept waiting.
 */
#include "os_stream.h"

#include <string.h>

static ssize_t send_some(struct __file_bufio *file, const void *data,
                         size_t len)
{
    void *target = (void *)(uintptr_t)file->ptr;

    if (file->bflags & __BFPTR)
        return file->write_ptr(target, data, len);
    return file->write_int((int)(intptr_t)target, data, len);
}

static size_t send_all(struct __file_bufio *file, const char *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t sent = send_some(file, data + done, len - done);

        if (sent <= 0)
            break;
        done += (size_t)sent;
    }
    file->pos += (off_t)done;
    return done;
}

static size_t block_write(FILE *stream, const char *data, size_t len)
{
    struct __file_bufio *file = (struct __file_bufio *)stream;

    if (__bufio_setdir_locked(stream, __SWR) < 0)
        return 0;
    if (len >= (size_t)(file->size - file->len) &&
        __bufio_flush_locked(stream) < 0)
        return 0;
    if (len >= (size_t)file->size)
        return send_all(file, data, len);
    memcpy(file->buf + file->len, data, len);
    file->len += (int)len;
    if ((file->bflags & __BLBF) && memchr(data, '\n', len) &&
        __bufio_flush_locked(stream) < 0)
        return 0;
    return len;
}

static size_t chars_put(FILE *stream, const char *data, size_t len)
{
    size_t done = 0;

    while (done < len && stream->put(data[done], stream) >= 0)
        done++;
    return done;
}

size_t fwrite(const void *restrict data, size_t size, size_t count,
              FILE *restrict stream)
{
    size_t len, done;

    if (!(stream->flags & __SWR) || __builtin_mul_overflow(size, count, &len) ||
        len == 0)
        return 0;
    done = stream->flags & __SBUF ? block_write(stream, data, len)
                                  : chars_put(stream, data, len);
    if (done < len)
        stream->flags |= __SERR;
    return done / size;
}
