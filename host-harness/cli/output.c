/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "clock.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe that poll calls writable takes this much without blocking. */
enum { PIECE = 4096 };

void output_init(struct output *output, int fd, bool raw, uint64_t deadline)
{
    struct stat info;

    *output = (struct output){.fd = fd, .deadline = deadline};
    output->escape = !raw && isatty(fd);
    output->wait = fstat(fd, &info) || !S_ISREG(info.st_mode);
}

static int bytes_write(struct output *output, const char *bytes, size_t len)
{
    while (len) {
        if (output->wait && !clock_wait_fd(output->fd, true, output->deadline))
            return ETIMEDOUT;
        size_t piece = output->wait && len > PIECE ? PIECE : len;
        ssize_t done = write(output->fd, bytes, piece);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return errno;
        if (done > 0) {
            bytes += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

/* What is past the limit is dropped; the mark says so. */
static int bytes_capture(struct output *output, const char *bytes, size_t len)
{
    if (output->truncated)
        return 0;
    size_t room = OUTPUT_CAPTURE_BYTES - output->kept.len;
    if (len > room) {
        output->truncated = true;
        len = room;
    }
    buffer_add(&output->kept, bytes, len);
    return output->kept.failed ? ENOMEM : 0;
}

/* Bytes at the end of the text that begin a character without ending it. */
static size_t cut_size(const uint8_t *bytes, size_t len)
{
    size_t from = len > 3 ? len - 3 : 0;
    for (; from < len; from++) {
        size_t size;
        uint32_t code;
        if (text_next(bytes + from, len - from, &size, &code) == TEXT_CUT &&
            from + size == len)
            return size;
    }
    return 0;
}

static int escaped_write(struct output *output, const void *bytes, size_t len)
{
    struct buffer whole = {0}, text = {0};

    buffer_add(&whole, output->cut, output->cut_len);
    buffer_add(&whole, bytes, len);
    int error = ENOMEM;
    if (!whole.failed) {
        size_t cut = cut_size((const uint8_t *)whole.data, whole.len);
        memcpy(output->cut, whole.data + whole.len - cut, cut);
        output->cut_len = cut;
        text_escape(&text, whole.data, whole.len - cut, TEXT_TERMINAL);
        error = text.failed ? ENOMEM : bytes_write(output, text.data, text.len);
    }
    buffer_free(&whole);
    buffer_free(&text);
    return error;
}

int output_write(struct output *output, const void *bytes, size_t len)
{
    if (!len)
        return 0;
    if (output->capture)
        return bytes_capture(output, bytes, len);
    if (output->escape)
        return escaped_write(output, bytes, len);
    return bytes_write(output, bytes, len);
}

int output_flush(struct output *output)
{
    struct buffer text = {0};

    if (!output->cut_len)
        return 0;
    text_escape(&text, output->cut, output->cut_len, TEXT_TERMINAL);
    output->cut_len = 0;
    int error = text.failed ? ENOMEM : bytes_write(output, text.data, text.len);
    buffer_free(&text);
    return error;
}

void output_free(struct output *output)
{
    buffer_free(&output->kept);
}
