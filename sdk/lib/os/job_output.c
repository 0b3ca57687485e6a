/* SPDX-License-Identifier: MIT */
/* JobOutput: flag, data, error, in this order, all of them always there. */
#include "job.h"

#include <string.h>

#include "../guest.h"

/* Longest error text that goes out; what is longer is cut. */
#define ERROR_MAX 1024

struct writer {
    char *bytes;
    size_t len;
};

static void put(struct writer *writer, const char *text, size_t len)
{
    memcpy(writer->bytes + writer->len, text, len);
    writer->len += len;
}

static void put_text(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

/* One character of a JSON string, 6 bytes at most. */
static void put_escaped(struct writer *writer, char c)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char code = (unsigned char)c;

    if (c == '"' || c == '\\') {
        put(writer, "\\", 1);
        put(writer, &c, 1);
    } else if (code >= 0x20) {
        put(writer, &c, 1);
    } else {
        put_text(writer, "\\u00");
        put(writer, &digits[code >> 4], 1);
        put(writer, &digits[code & 15], 1);
    }
}

/* A JSON string of text; what is not UTF-8 in it becomes '?'. */
static void put_string(struct writer *writer, hl_string text)
{
    bool valid;

    if (text.len > ERROR_MAX) {
        text.len = ERROR_MAX;
        /* not inside a character */
        while (text.len > 0 && (text.data[text.len] & 0xc0) == 0x80)
            text.len--;
    }
    valid = hl_wire_utf8_valid(text.data, text.len);
    put(writer, "\"", 1);
    for (size_t i = 0; i < text.len; i++)
        put_escaped(writer,
                    valid || !(text.data[i] & 0x80) ? text.data[i] : '?');
    put(writer, "\"", 1);
}

hl_bytes job_failure(const char *flag, hl_string text)
{
    size_t most = text.len < ERROR_MAX ? text.len : ERROR_MAX;
    struct writer writer = {hl_alloc(64 + strlen(flag) + 6 * most), 0};

    if (!writer.bytes)
        return (hl_bytes){(const uint8_t *)"", 0};
    put_text(&writer, "{\"");
    put_text(&writer, flag);
    put_text(&writer, "\":false,\"data\":null,\"error\":");
    put_string(&writer, text);
    put_text(&writer, "}");
    return (hl_bytes){(const uint8_t *)writer.bytes, writer.len};
}

hl_bytes job_success(struct job *job, yyjson_mut_doc *out, yyjson_mut_val *data)
{
    yyjson_mut_val *root = yyjson_mut_obj(out);
    yyjson_write_err error = {0};
    size_t len = 0;
    char *text = NULL;

    yyjson_mut_doc_set_root(out, root);
    if (yyjson_mut_obj_add_bool(out, root, job->flag, true) &&
        yyjson_mut_obj_add_val(out, root, "data", data) &&
        yyjson_mut_obj_add_null(out, root, "error"))
        text = yyjson_mut_write_opts(out, YYJSON_WRITE_NOFLAG, &job->memory,
                                     &len, &error);
    if (text)
        return (hl_bytes){(const uint8_t *)text, len};
    if (error.code == YYJSON_WRITE_SUCCESS ||
        error.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION)
        return job_failure(job->flag,
                           hl_format("the output does not fit the memory of a "
                                     "call: raise --scratch"));
    return (hl_bytes){(const uint8_t *)"", 0};
}
