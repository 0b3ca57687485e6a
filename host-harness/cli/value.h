/* SPDX-License-Identifier: MIT */
/* Values of a call: words of the command line in, results out. */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "buffer.h"

#include <hl_host.h>

/* Arguments of one call; what they point to lives in words and files. */
struct arguments {
    hl_value values[HL_ARGS_MAX];
    struct buffer files[HL_ARGS_MAX];
    size_t count;
};

#define VALUE_ERROR_MAX 200

/* How much of an @file is read (more is refused), and for how long. */
struct value_limits {
    size_t max;
    uint64_t deadline; /* clock_now time; 0 = none */
};

/*
 * Convert one word to a value of type. Contents of an @file go to *file.
 * False with a text, which never repeats the word, in error; *status then is
 * the exit status.
 */
bool value_parse(hl_value *value, enum hl_type type, const char *word,
                 struct buffer *file, const struct value_limits *limits,
                 char error[VALUE_ERROR_MAX], int *status);
void arguments_free(struct arguments *arguments);

/* Append as hl call prints it, without a new line; raw: bytes as they are. */
void value_print(struct buffer *out, const hl_value *value, bool raw);

/* Append as a JSON value. */
void value_print_json(struct buffer *out, const hl_value *value);

/* Append the text as a JSON string; ill-formed UTF-8 becomes U+FFFD. */
void json_string(struct buffer *out, const char *text, size_t len);

/* Append a JSON document: what a terminal must not see is escaped as JSON. */
void json_plain(struct buffer *out, const char *document, size_t len);

#endif
