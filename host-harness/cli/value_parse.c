/* SPDX-License-Identifier: MIT */
/* One word of the command line to a value of a type; no error repeats it. */
#include "value.h"

#include "exit_status.h"
#include "file.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conversion {
    hl_value *value;
    const char *word;
    struct buffer *file;
    const struct value_limits *limits;
    char *error;
    int *status;
};

static bool conversion_fail(struct conversion *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool conversion_fail(struct conversion *c, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    vsnprintf(c->error, VALUE_ERROR_MAX, fmt, list);
    va_end(list);
    return false;
}

/*
 * A whole decimal number as sign and magnitude; strtol would take spaces,
 * and strtoul minus signs.
 */
static bool decimal_read(struct conversion *c, bool *negative,
                         uint64_t *magnitude)
{
    const char *p = c->word;
    uint64_t sum = 0;
    bool big = false;

    *negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!*p)
        return conversion_fail(c, "not a decimal number");
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return conversion_fail(c, "not a decimal number");
        big |= __builtin_mul_overflow(sum, UINT64_C(10), &sum);
        big |= __builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum);
    }
    *magnitude = big ? UINT64_MAX : sum;
    /* UINT64_MAX itself must stay distinguishable from what is beyond it. */
    if (big)
        return conversion_fail(c, "number out of range, beyond 64 bits");
    return true;
}

static bool signed_read(struct conversion *c, int64_t min, int64_t max,
                        int64_t *out)
{
    bool negative;
    uint64_t magnitude;
    uint64_t lowest = (uint64_t)max + 1; /* -min without overflow */

    if (!decimal_read(c, &negative, &magnitude))
        return false;
    if (magnitude > (negative ? lowest : (uint64_t)max))
        return conversion_fail(c, "number out of range, %" PRId64 "…%" PRId64,
                               min, max);
    *out = negative ? (int64_t)-magnitude : (int64_t)magnitude;
    return true;
}

static bool unsigned_read(struct conversion *c, uint64_t max, uint64_t *out)
{
    bool negative;

    if (!decimal_read(c, &negative, out))
        return false;
    if (*out > max || (negative && *out))
        return conversion_fail(c, "number out of range, 0…%" PRIu64, max);
    return true;
}

static bool read_int(struct conversion *c)
{
    int64_t number = 0;
    if (!signed_read(c, INT32_MIN, INT32_MAX, &number))
        return false;
    c->value->as.i32 = (int32_t)number;
    return true;
}

static bool read_long(struct conversion *c)
{
    return signed_read(c, INT64_MIN, INT64_MAX, &c->value->as.i64);
}

static bool read_uint(struct conversion *c)
{
    uint64_t number = 0;
    if (!unsigned_read(c, UINT32_MAX, &number))
        return false;
    c->value->as.u32 = (uint32_t)number;
    return true;
}

static bool read_ulong(struct conversion *c)
{
    return unsigned_read(c, UINT64_MAX, &c->value->as.u64);
}

/* strtod and strtof read the same forms; only their rounding differs. */
static bool real_check(struct conversion *c, const char *end, bool is_infinite)
{
    if (end == c->word || *end || c->word[0] == ' ' ||
        (c->word[0] >= '\t' && c->word[0] <= '\r'))
        return conversion_fail(c, "not a number");
    if (is_infinite && errno == ERANGE)
        return conversion_fail(c, "number out of range; infinity is inf");
    return true;
}

static bool read_float(struct conversion *c)
{
    char *end;
    errno = 0;
    c->value->as.f32 = strtof(c->word, &end);
    return real_check(c, end, isinf(c->value->as.f32));
}

static bool read_double(struct conversion *c)
{
    char *end;
    errno = 0;
    c->value->as.f64 = strtod(c->word, &end);
    return real_check(c, end, isinf(c->value->as.f64));
}

static bool read_bool(struct conversion *c)
{
    c->value->as.boolean = !strcmp(c->word, "true");
    if (c->value->as.boolean || !strcmp(c->word, "false"))
        return true;
    return conversion_fail(c, "neither true nor false");
}

static bool file_load(struct conversion *c)
{
    int error =
        file_read(c->file, c->word + 1, c->limits->max, c->limits->deadline);

    if (!error)
        return true;
    *c->status = exit_status_of_file(error);
    if (error == ETIMEDOUT)
        return conversion_fail(c, "Command timed out while its file was read");
    if (error == EFBIG)
        return conversion_fail(c,
                               "its file is too big for the input buffer (%zu "
                               "bytes); raise --input-size",
                               c->limits->max);
    return conversion_fail(c, "cannot read its file: %s", strerror(error));
}

static bool read_string(struct conversion *c)
{
    hl_string *string = &c->value->as.string;

    if (c->word[0] == '@') {
        if (!file_load(c))
            return false;
        *string = (hl_string){c->file->data ? c->file->data : "", c->file->len};
    } else {
        const char *text = strncmp(c->word, "text:", 5) ? c->word : c->word + 5;
        *string = (hl_string){text, strlen(text)};
    }
    for (size_t at = 0, size; at < string->len; at += size) {
        uint32_t code;
        if (text_next((const uint8_t *)string->data + at, string->len - at,
                      &size, &code) != TEXT_VALID)
            return conversion_fail(c,
                                   "not valid UTF-8 at byte %zu, which a "
                                   "String must be",
                                   at);
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_decode(struct conversion *c, const char *hex)
{
    for (; *hex; hex += 2) {
        int high = hex_digit(hex[0]);
        int low = high < 0 || !hex[1] ? -1 : hex_digit(hex[1]);
        if (high < 0 || low < 0)
            return conversion_fail(c, "hex: wants pairs of hex digits");
        char byte = (char)(high << 4 | low);
        buffer_add(c->file, &byte, 1);
    }
    return !c->file->failed || conversion_fail(c, "out of memory");
}

static bool read_bytes(struct conversion *c)
{
    hl_bytes *bytes = &c->value->as.bytes;

    if (c->word[0] == '@' && !file_load(c))
        return false;
    if (!strncmp(c->word, "hex:", 4) && !hex_decode(c, c->word + 4))
        return false;
    if (c->word[0] == '@' || !strncmp(c->word, "hex:", 4)) {
        const char *data = c->file->data ? c->file->data : "";
        *bytes = (hl_bytes){(const uint8_t *)data, c->file->len};
    } else {
        *bytes = (hl_bytes){(const uint8_t *)c->word, strlen(c->word)};
    }
    return true;
}

bool value_parse(hl_value *value, enum hl_type type, const char *word,
                 struct buffer *file, const struct value_limits *limits,
                 char error[VALUE_ERROR_MAX], int *status)
{
    static bool (*const readers[])(struct conversion *) = {
        [HL_TYPE_INT] = read_int,       [HL_TYPE_UINT] = read_uint,
        [HL_TYPE_LONG] = read_long,     [HL_TYPE_ULONG] = read_ulong,
        [HL_TYPE_FLOAT] = read_float,   [HL_TYPE_DOUBLE] = read_double,
        [HL_TYPE_STRING] = read_string, [HL_TYPE_BOOL] = read_bool,
        [HL_TYPE_BYTES] = read_bytes,
    };
    struct conversion c = {value, word, file, limits, error, status};

    *value = (hl_value){.type = type};
    *status = HL_EXIT_USAGE;
    if (type >= sizeof readers / sizeof readers[0] || !readers[type])
        return conversion_fail(&c, "no parameter can have this type");
    return readers[type](&c);
}

void arguments_free(struct arguments *arguments)
{
    for (size_t i = 0; i < HL_ARGS_MAX; i++)
        buffer_free(&arguments->files[i]);
    arguments->count = 0;
}
